"""Information: known exactly for one program, by hand; and honest where alternatives are close."""

import numpy as np
import pytest
from tests.plans.test_why import lives_of
from tests.support.pockets import Pocket, pockets, values_of

from echelon.company.rows.choosing import Option
from echelon.plans.information import information, known, technical

GO_OR_STOP = Option(action="start", target="*", last="2025-12-31")


def by_hand(pos: float, gain: float, cost: float, sharp: float = 1.0) -> float:
    """Value of information on go or stop: go brings `gain - cost` with `pos`, else `-cost`."""
    good, bad = pos * sharp, pos * (1 - sharp)
    yes, no = good + (1 - pos) * (1 - sharp), bad + (1 - pos) * sharp
    return max(0.0, good * gain - yes * cost) + max(0.0, bad * gain - no * cost) - max(0.0, pos * gain - cost)


@pytest.mark.parametrize("program", [Pocket(0.6, 40.0, 60.0), Pocket(0.2, 60.0, 60.0), Pocket(0.9, 20.0, 40.0)])
def test_one_program_by_hand(program):
    sure, half = (values_of([Pocket(pos, program.cost, program.peak)])[0] for pos in (1.0, 0.5))
    never = 2.0 * half - sure  # value is linear in the chance
    assert never < 0.0 < sure
    lives = lives_of(pockets([program], [GO_OR_STOP]))
    found = information(lives, lives.levers.stands, 60_000)
    one = found.rows[0]
    assert one.futures == 4_096
    assert abs(one.success - program.pos) < 4 * np.sqrt(program.pos * (1 - program.pos) / 4_096)
    perfect, partial = (by_hand(program.pos, sure - never, -never, sharp) for sharp in (1.0, 0.8))
    assert perfect > 1.0
    assert abs(one.perfect.value - perfect) < 4 * one.perfect.se
    assert abs(one.partial.value - partial) < 4 * one.partial.se + 1e-9
    assert one.if_success != "stop"
    assert one.if_failure == "stop"


def test_it_is_worth_more_the_sharper_it_is_and_nothing_without_sharpness():
    luck = np.random.Generator(np.random.Philox(3))
    succeeds = luck.random(20_000) < 0.4
    gains = np.stack([succeeds * 100.0 - 30.0, np.zeros(20_000)])
    values = [known(gains, succeeds, sharp).value for sharp in (0.5, 0.7, 0.8, 0.9, 1.0)]
    assert values[0] == pytest.approx(0.0, abs=1e-9)
    assert values == sorted(values)
    assert values[-1] == pytest.approx(by_hand(0.4, 100.0, 30.0), abs=0.5)
    assert values[2] == pytest.approx(by_hand(0.4, 100.0, 30.0, 0.8), abs=0.5)


@pytest.mark.parametrize(("pos", "gain", "cost"), [(0.3, 100.0, 30.0), (0.6, 100.0, 20.0), (0.1, 50.0, 10.0)])
@pytest.mark.parametrize("sharp", [1.0, 0.8])
def test_few_and_noisy_futures_do_not_flatter(pos, gain, cost, sharp):
    luck = np.random.Generator(np.random.Philox(5))
    exact, found = by_hand(pos, gain, cost, sharp), []
    for _ in range(400):
        succeeds = luck.random(512) < pos
        go = succeeds * gain - cost + luck.normal(0.0, 60.0, 512)
        found.append(known(np.stack([go, np.zeros(512), go - 1.0 + luck.normal(0.0, 20.0, 512)]), succeeds, sharp))
    values, errors = np.array([one.value for one in found]), np.array([one.se for one in found])
    assert abs(values.mean() - exact) < 0.35 * errors.mean()  # the bias is well under one reported error
    covered = (np.abs(values - exact) <= 2 * errors + 1e-9).mean()
    assert covered > 0.88


def test_what_changes_nothing_is_worth_nothing():
    lives = lives_of(pockets([Pocket(0.5, 0.0, 40.0), Pocket(0.5, 30.0, 0.0)], [GO_OR_STOP]))
    stop = lives.levers.rows[1].nothing
    found = information(lives, (lives.levers.stands[0], stop), 20_000)
    assert [one.perfect.value for one in found.rows] == [0.0, 0.0]


def test_technical_success_is_drawn_as_stated():
    lives = lives_of(pockets([Pocket(0.25, 10.0, 40.0), Pocket(0.8, 10.0, 40.0)]))
    succeeds = technical(lives, 2_048)
    for name, pos in (("p0", 0.25), ("p1", 0.8)):
        assert abs(succeeds[name].mean() - pos) < 4 * np.sqrt(pos * (1 - pos) / 2_048)


def test_ctrl_c_keeps_what_is_done():
    lives = lives_of(pockets([Pocket(0.6, 40.0, 60.0), Pocket(0.2, 60.0, 60.0)], [GO_OR_STOP]))

    def interrupt(done, total):
        raise KeyboardInterrupt

    found = information(lives, lives.levers.stands, 20_000, progress=interrupt)
    assert found.stopped
    assert len(found.rows) == 1
