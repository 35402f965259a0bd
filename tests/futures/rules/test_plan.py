"""Plans that react: they see only what is known, cover only delays, limits hold, and `fund` lifts cash limits alone."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from tests.support.companies import everything_on
from tests.support.random_supply import random_supply
from tests.support.random_worlds import random_world
from tests.support.reacting import random_plan, reacting

from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows.base import Uncertain
from echelon.company.rows.money import Choice, Resource
from echelon.company.rows.science import Program, Stage
from echelon.futures.build.build import Built, build
from echelon.futures.engine import Engine
from echelon.futures.model import Model
from echelon.futures.rules import numbers as n

CLINIC = 1


def built(company: Company, choices: tuple[Choice, ...], seed: int = 3) -> Built:
    return build(resolve(company)[0], choices, seed)


def first_stage(made: Built, program: str, stage: str) -> int:
    return made.labels.stages.index((program, stage))


def fixed(company: Company) -> Company:
    """Stages with lengths and costs known ahead: all that a stage's own draw decides is whether it passes."""
    stages = [
        row.model_copy(
            update={name: Uncertain.fixed(value.mode) for name in ("duration", "cost") if (value := getattr(row, name))}
        )
        for row in resolve(company)[0].rows(Stage)
    ]
    return resolve(company)[0].with_rows(Stage, stages)


def with_other_luck(model: Model, s: int) -> Model:
    """The same futures, but for the outcome of one stage."""
    key = model.early.key.copy()
    key[:, s] = key[::-1, s] ^ np.uint32(12345)
    return model._replace(early=model.early._replace(key=key))


def reacts() -> tuple[Company, tuple[Choice, ...]]:
    return reacting(), reacting().plans["reacts"]


def random_reacts() -> tuple[Company, tuple[Choice, ...]]:
    return random_plan(random_supply(3), 3)


@pytest.mark.parametrize("make", [reacts, random_reacts])
def test_nothing_before_a_readout_depends_on_it(make) -> None:
    company, plan = make()
    model = build(fixed(company), plan, 3).model
    one = Engine(model, 1)
    compared = parted = 0
    for s in np.flatnonzero((model.stages.kind == CLINIC) & (model.stages.pos < 1.0))[:14]:
        other = Engine(with_other_luck(model, int(s)), 1)
        for future in range(12):
            _, state = one.one(future)
            begun, decided, read = state.begun.copy(), state.decided_at.copy(), state.read_at[s]
            _, state = other.one(future)
            if np.isnan(read):
                assert np.array_equal(begun, state.begun, equal_nan=True)
                continue
            assert state.read_at[s] == read
            for mine, theirs in ((begun, state.begun), (decided, state.decided_at)):
                # In a quarter programs act in the order in which cash is given, whatever their times in it.
                early = np.fmin(mine, theirs) < np.floor(read * 4.0) / 4.0
                assert np.array_equal(mine[early], theirs[early])
                compared += int(early.sum())
                parted += int((np.nan_to_num(mine) != np.nan_to_num(theirs)).any())
    assert compared > 500
    assert parted > 20, "other outcomes must change something later on"


@pytest.mark.parametrize("stage", ["phase2", "phase3"])
def test_more_cover_never_starts_a_stage_earlier(stage: str) -> None:
    company = everything_on()
    plan = tuple(row for row in company.plans["all"] if row.target != "gamma-next")
    starts = []
    for value in (0.0, 4.0, 8.0, 16.0):
        made = built(company, (*plan, Choice(action="cover", target="gamma-next", stage=stage, value=value)))
        engine, s = Engine(made.model, 1), first_stage(made, "gamma-next", stage)
        begun = [float(engine.one(future)[1].begun[s]) for future in range(150)]
        starts.append(np.nan_to_num(begun, nan=np.inf))
    for less, more in pairwise(starts):
        assert (more >= less).all()
    assert (starts[-1] > starts[0]).any()


def test_cover_holds_back_only_while_more_goes_out_than_comes_in() -> None:
    company = everything_on()
    rich = company.settings.money.model_copy(update={"overhead": 0.0, "opening_cash": 5000.0})
    company = company.with_settings(company.settings.model_copy(update={"money": rich}))
    plan = company.plans["all"]
    covered = (*plan, Choice(action="cover", target="*", value=4.0))
    without, with_it = (Engine(built(company, rows).model, 1) for rows in (plan, covered))
    for future in range(30):
        assert without.one(future)[0].tobytes() == with_it.one(future)[0].tobytes()


def test_fund_lifts_cover_and_no_other_limit() -> None:
    company = everything_on()
    never = Choice(action="cover", target="*", value=400.0)
    funds = Choice(action="fund", target="beta-lung", stage="phase3")
    stages = (("beta-lung", "phase3"), ("duo-lung", "phase3"))
    covered, funded = built(company, (never,)), built(company, (never, funds))
    seen = np.array([[_starts(made, *one) for one in stages] for made in (covered, funded)])
    assert seen[1, 0] > seen[0, 0]
    assert seen[1, 0] > 20
    years = range(2025, 2045)
    closed = company.with_rows(Resource, [Resource(resource="trial_starts", year=y, amount=0) for y in years])
    assert _starts(built(closed, (never, funds)), "beta-lung", "phase3") == 0


def _starts(made: Built, program: str, stage: str) -> int:
    # Of 100 futures, those in which a stage starts.
    engine, s = Engine(made.model, 1), first_stage(made, program, stage)
    return sum(not np.isnan(engine.one(future)[1].begun[s]) for future in range(100))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("make", [random_world, random_supply])
def test_limits_are_never_exceeded(make, seed: int) -> None:
    company, plan = random_plan(make(seed), seed)
    company = resolve(company)[0]
    years = range(company.settings.company.as_of.year, company.settings.company.as_of.year + 40)
    kept = [row for row in company.rows(Resource) if row.resource != "headcount"]
    at_work = build(company, plan, seed).model.money.at_work
    most = at_work + 15.0
    limits = [Resource(resource="headcount", year=y, amount=most) for y in years]
    company = company.with_rows(Resource, [*kept, *limits])
    model = build(company, plan, seed).model
    engine, reached = Engine(model, 1), 0.0
    clinic = model.stages.kind == CLINIC
    for future in range(60):
        _, state = engine.one(future)
        assert state.people.max() <= most + 1e-9
        times = state.begun[clinic & (state.begun >= 0.0)]
        year = model.calendar.year[(times * 4.0).astype(int)]
        started = np.bincount(year, minlength=model.calendar.years).astype(float)
        started[0] += model.money.trials_begun
        open_years = started > 0
        open_years[0] = started[0] > model.money.trials_begun
        assert (started <= model.money.trial_starts)[open_years].all()
        reached += (started == model.money.trial_starts)[open_years].sum() + (state.people > most - 5.0).sum()
    assert reached > 0, "a limit that is never reached proves nothing"


def test_people_are_at_work_while_their_stage_runs() -> None:
    model = built(reacting(), reacting().plans["reacts"]).model
    free = model._replace(money=model.money._replace(headcount=np.full(model.calendar.years, 1e9)))
    _, state = Engine(free, 1).one(5)
    programs, found = model.programs, np.zeros(model.calendar.quarters)
    found[0] = model.money.at_work
    for p in range(programs.report.size):
        for s in range(programs.stage_from[p], programs.stage_from[p + 1]):
            start = state.begun[s]
            if np.isnan(start):
                continue
            end = min(start + state.stage_length[s], programs.stop_at[p])
            if np.isinf(state.passed_at[s - 1]) and s > programs.stage_from[p]:
                end = min(end, state.read_at[s - 1])  # begun at risk, and lost with the readout before it
            for q in range(0 if start >= 0.0 else 1, model.calendar.quarters):
                if start < (q + 1) * 0.25 and end > q * 0.25:
                    found[q] += model.stages.people[s]
    assert np.allclose(state.people, found)
    assert found.max() > 50


def test_a_row_of_its_own_beats_one_for_every_program_and_a_stage_beats_all() -> None:
    company = everything_on()
    rows = (
        Choice(action="stop_below", target="*", value=0.1),
        Choice(action="stop_below", target="*", stage="phase3", value=0.2),
        Choice(action="stop_below", target="gamma-next", value=0.3),
        Choice(action="stop_below", target="gamma-next", stage="phase2", value=0.4),
        Choice(action="delay", target="gamma-next", stage="phase3", on=date(2030, 6, 30)),
        Choice(action="fund", target="*", stage="phase1"),
    )
    made = built(company, rows)
    below = dict(zip(made.labels.stages, made.model.stages.stop_below, strict=True))
    assert [below["beta-lung", stage] for stage in ("phase2", "phase3")] == [0.1, 0.2]
    assert [below["gamma-next", stage] for stage in ("phase1", "phase2", "phase3")] == [0.3, 0.4, 0.3]
    assert below["engine-001", "discovery"] == 0.1
    waits = dict(zip(made.labels.stages, made.model.stages.not_before, strict=True))
    assert waits["gamma-next", "phase2"] == -np.inf
    assert waits["gamma-next", "phase3"] == pytest.approx(4.747, abs=0.01)
    funded = {stage for (_, stage), on in zip(made.labels.stages, made.model.stages.always, strict=True) if on}
    assert funded == {"phase1"}


def test_a_stage_started_this_year_before_as_of_counts() -> None:
    company = everything_on()
    limits = [Resource(resource="trial_starts", year=2025, amount=3)]
    running = [
        row
        for row in company.rows(Program)
        if row.stage.startswith("phase")
        and row.stage_since
        and date(2025, 1, 1) <= row.stage_since <= date(2025, 9, 30)
    ]
    assert built(company.with_rows(Resource, limits), ()).model.money.trials_begun == len(running) > 0


def test_what_is_paused_is_counted() -> None:
    company = everything_on()
    years = range(2025, 2045)
    closed = company.with_rows(Resource, [Resource(resource="trial_starts", year=y, amount=1) for y in years])
    free, held = (Engine(built(one, ()).model, 1) for one in (company.with_rows(Resource, []), closed))
    paused = [[engine.one(f)[0][n.STARTS_PAUSED] for f in range(40)] for engine in (free, held)]
    assert sum(paused[1]) > sum(paused[0])


@pytest.mark.parametrize("share", [0.3, 0.7, 1.0])
def test_two_stages_at_risk_know_no_more_than_one(share: float) -> None:
    """Whether a stage fails or passes, until it reads out just the next one has begun at risk."""
    chain = [row.model_copy(update={"pos": 0.5, "overlap": 1.0}) for row in fixed(everything_on()).rows(Stage)]
    company = fixed(everything_on()).with_rows(Stage, chain)
    made = built(company, (Choice(action="at_risk", target="*", value=share), Choice(action="fund", target="*")))
    engine, seen = Engine(made.model, 1), {True: 0, False: 0}
    first = first_stage(made, "gamma-next", "phase1")
    for future in range(60):
        _, state = engine.one(future)
        begun, length = state.begun[first : first + 3], state.stage_length[first]
        read = begun[0] + length
        assert begun[1] == max(0.0, read - share * length)
        assert not begun[2] < read
        seen[bool(np.isfinite(state.passed_at[first]))] += 1
    assert min(seen.values()) > 10
