"""Supply: mass is conserved, nothing expired is served, only certified sites supply, more room never serves less."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from tests.support.networks import AS_OF, RULES, random_network

from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows.base import Uncertain
from echelon.company.rows.supply import Certificate, Expansion, Line, Recipe, RecipeStep
from echelon.futures.build.build import Built, build
from echelon.futures.engine import Engine
from echelon.futures.rules import numbers as n
from echelon.futures.state import State

SEEDS = range(40)
TIGHT = 1e-9


def built(company: Company) -> Built:
    return build(resolve(company)[0], (), 5)


def lived(found: Built, future: int = 0) -> tuple[State, dict[str, np.ndarray]]:
    """One future: the state it leaves, and its flows."""
    engine = Engine(found.model)
    _, sums = engine._block(engine._workers[0], future, 1)
    return engine._workers[0].state, sums


def grams_served(found: Built, futures: int = 3) -> np.ndarray:
    """Grams served by future, order and quarter."""
    return np.stack([lived(found, future)[1]["order_sums"][:, 1] for future in range(futures)])


def grams_of(found: Built, asset: str) -> np.ndarray:
    """Grams of an asset served by future and quarter."""
    mine = [k for k, (name, _) in enumerate(found.labels.orders) if name == asset]
    return grams_served(found)[:, mine].sum(axis=1)


@pytest.mark.parametrize("seed", SEEDS)
def test_mass_is_conserved_at_every_stage_and_quarter(seed: int) -> None:
    found = built(random_network(seed))
    supply = found.model.supply
    for future in range(3):
        state, sums = lived(found, future)
        flows, orders = sums["stock_sums"], sums["order_sums"]
        for k in range(len(found.labels.orders)):
            first = int(state.stocked[k])
            if first < 0:
                assert not orders[k].any()
                continue
            stages = range(supply.order_from[k], supply.order_from[k + 1])
            for j in stages:
                made, released, used, expired, stock, waiting = flows[j]
                scale = max(1.0, float(made.max()))
                opened = stock[first] - released[first] + used[first] + expired[first]
                under_way = waiting[first] - made[first] + released[first]
                for q in range(first + 1, made.size):
                    assert stock[q] == pytest.approx(
                        stock[q - 1] + released[q] - used[q] - expired[q], abs=TIGHT * scale
                    )
                    assert waiting[q] == pytest.approx(waiting[q - 1] + made[q] - released[q], abs=TIGHT * scale)
                # Stocks begin full for what is sold at as_of, and empty for a launch.
                begins = supply.stage_cover[j] * state.made_in[j, 0] if first == 0 else 0.0
                assert opened == pytest.approx(begins, abs=TIGHT * scale)
                assert under_way == pytest.approx(supply.stage_lag[j] * state.made_in[j, 0] if first == 0 else 0.0,
                                                  abs=TIGHT * scale)  # fmt: skip
                assert min(stock.min(), waiting.min(), made.min(), expired.min()) >= -TIGHT * scale
                if j > stages[0]:  # what the stage before gives, less what is lost on the way
                    assert made == pytest.approx(flows[j - 1][n.USED] * supply.stage_yield[j], abs=TIGHT * scale)
            asked, served = orders[k]
            assert (served <= asked * (1 + TIGHT)).all()
            if len(stages):
                assert served == pytest.approx(flows[stages[-1]][n.USED])
            else:
                assert not served.any()


@pytest.mark.parametrize("seed", SEEDS)
def test_lines_never_do_more_than_they_can(seed: int) -> None:
    found = built(random_network(seed))
    supply = found.model.supply
    state, sums = lived(found)
    asked = dict.fromkeys(range(len(found.labels.lines)), 0.0)
    for j in range(supply.stage_yield.size):
        first, legs = supply.leg_from[j], supply.leg_from[j + 1] - supply.leg_from[j]
        if legs != 1:
            continue  # grams by site are not kept apart; one site says enough
        for i in range(supply.use_from[first], supply.use_from[first + 1]):
            line, r = int(supply.use_line[i]), int(supply.use_titer[i])
            use = supply.use[i] / (state.titer[r] if r >= 0 else 1.0)
            asked[line] = asked[line] + sums["stock_sums"][j, n.MADE] * use
    for line, taken in asked.items():
        assert (taken <= state.capacity[line] * (1 + 1e-9) + 1e-9).all()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("seed", range(12))
def test_more_capacity_never_lowers_units_served(seed: int, rule: str) -> None:
    # In all, over the horizon. One product may get less for a while: another, no longer held up at a later step, then
    # takes more of an earlier one that both need.
    company = free_and_lasting(random_network(seed, rule=rule))
    before = grams_served(built(company)).sum(axis=1).cumsum(axis=1)
    lines = len(list(company.rows(Line)))
    wider = grams_served(built(scaled(company, 1.5))).sum(axis=1).cumsum(axis=1)
    assert (wider >= before * (1 - 1e-9) - 1e-6).all()
    for only in {seed % lines, (7 * seed + 3) % lines}:
        after = grams_served(built(scaled(company, 1.7, only))).sum(axis=1).cumsum(axis=1)
        assert (after[:, -1] >= before[:, -1] * (1 - 1e-9) - 1e-6).all()


@pytest.mark.parametrize("seed", range(20))
def test_more_capacity_never_lowers_what_a_lone_product_serves(seed: int) -> None:
    company = free_and_lasting(random_network(seed))
    company = company.with_rows(Recipe, [row for row in company.rows(Recipe) if row.asset == "d0"])
    company = company.with_rows(RecipeStep, [row for row in company.rows(RecipeStep) if row.asset == "d0"])
    # Several territories with unlike certificates are orders that share; one is alone.
    company = company.with_rows(Certificate, [])
    before = grams_served(built(company)).cumsum(axis=2)
    for only in range(len(list(company.rows(Line)))):
        after = grams_served(built(scaled(company, 1.7, only))).cumsum(axis=2)
        assert (after.sum(axis=1) >= before.sum(axis=1) * (1 - 1e-9) - 1e-6).all()


def scaled(company: Company, factor: float, only: int | None = None) -> Company:
    """The same company with lines, or one of them, as many times as large."""
    rows = [
        row.model_copy(update={"litres": row.litres and factor * row.litres, "rate": row.rate and factor * row.rate})
        if only in (None, at) else row
        for at, row in enumerate(company.rows(Line))
    ]  # fmt: skip
    return company.with_rows(Line, rows)


def free_and_lasting(company: Company) -> Company:
    """The same network with free expansions on their day and no end to shelf life."""
    free = [row.model_copy(update={"capital": 0.0, "trigger": None}) for row in company.rows(Expansion)]
    lasting = [row.model_copy(update={"substance_shelf": None, "product_shelf": None}) for row in company.rows(Recipe)]
    return company.with_rows(Expansion, free).with_rows(Recipe, lasting)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_served_after_its_shelf_life(seed: int) -> None:
    found = built(random_network(seed))
    supply = found.model.supply
    for future in range(3):
        state, sums = lived(found, future)
        for j in range(supply.stage_yield.size):
            k = int(np.searchsorted(supply.order_from, j, side="right")) - 1
            first, life = int(state.stocked[k]), int(supply.stage_life[j])
            if first < 0:
                continue
            released, used, expired = (sums["stock_sums"][j, i] for i in (n.RELEASED, n.USED, n.EXPIRED))
            opened = supply.stage_cover[j] * state.made_in[j, 0] if first == 0 else 0.0
            arrived = opened + np.cumsum(released)
            gone = np.cumsum(used + expired)
            # Oldest first: all that had come in `life` quarters before has gone by now.
            for q in range(first + life, released.size):
                assert gone[q] >= arrived[q - life] - 1e-9 * max(1.0, arrived[q])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_site_without_a_certificate_never_supplies(seed: int) -> None:
    company = random_network(seed, certified=True)
    first = next(iter(company.rows(Line))).site
    rest = [row for row in company.rows(Certificate) if row.site != first]
    # The site's certificates are taken away, so that what it could do changes nothing.
    assert rest
    bare = company.with_rows(Certificate, rest)
    idle = bare.with_rows(Line, [
        row.model_copy(update={"litres": row.litres and 0.0, "rate": row.rate and 0.0}) if row.site == first else row
        for row in bare.rows(Line)
    ]).with_rows(Expansion, [row for row in bare.rows(Expansion) if row.site != first])  # fmt: skip
    there, gone = built(bare), built(idle)
    for asset in there.labels.supplied:
        assert grams_of(there, asset) == pytest.approx(grams_of(gone, asset))


def test_litres_needed_for_one_product_on_one_line() -> None:
    # grams / (titer x working volume x recovery x success) = litres of a batch; days a quarter / batch days = batches.
    company = one_line(litres=1.0)
    found = built(company)
    state, _ = lived(found)
    grams = float(state.grams[0, 20])
    days = 365.25 / 4 * 0.85
    litres = grams / (3.0 * 0.8 * 0.7 * 0.93) * 18.0 / days
    enough, short = one_line(litres=litres * 1.0000001), one_line(litres=litres * 0.9)
    assert lived(built(enough))[0].served[0, 20] == 1.0
    assert lived(built(short))[0].served[0, 20] == pytest.approx(0.9, rel=1e-9)


def one_line(litres: float) -> Company:
    company = random_network(0, rule="pro-rata", stocks=False)
    recipe = Recipe(asset="d0", site="s0", titer=Uncertain.fixed(3.0), sales_per_gram=20_000.0, steps=("cell-culture",))
    company = company.with_rows(Recipe, [recipe]).with_rows(RecipeStep, []).with_rows(Certificate, [])
    company = company.with_rows(Expansion, [])
    return company.with_rows(Line, [Line(id="one", site="s0", litres=litres)])


def test_what_is_short_counts_against_the_line_that_holds_it_up() -> None:
    found = built(one_line(litres=1.0))
    engine = Engine(found.model)
    for _ in engine.blocks(64):
        pass
    counts = engine.take_counts()["shortages"]
    assert counts[0, 0] == 64
    assert counts[1, -1] == 64


def test_a_transfer_and_a_certificate_open_a_site_on_their_day() -> None:
    company = one_line(litres=1e6)
    recipe = next(iter(company.rows(Recipe)))
    later = recipe.model_copy(
        update={"transfer": Uncertain.fixed(12.0), "transfer_starts": AS_OF + timedelta(days=365), "transfer_cost": 4.0}
    )
    state, _ = lived(built(company.with_rows(Recipe, [later])))
    assert not state.served[0, :8].any()
    assert (state.served[0, 9:] == 1.0).all()
    assert state.ledger[n.CAPITAL].sum() == pytest.approx(4.0)
    certified = [
        Certificate(site="s0", territory=at, from_date=AS_OF + timedelta(days=730)) for at in ("here", "there")
    ]
    state, _ = lived(built(company.with_rows(Certificate, certified)))
    assert not state.served[:, :7].any()


def test_a_trigger_builds_when_demand_ahead_is_too_much() -> None:
    company = one_line(litres=1.0)
    state, _ = lived(built(company))
    grams = float(state.grams[0].max())
    litres = grams / (3.0 * 0.8 * 0.7 * 0.93) * 18.0 / (365.25 / 4 * 0.85)
    more = Expansion(id="more", site="s0", litres=2 * litres, capital=10.0, build=Uncertain.fixed(6),
                     licence=Uncertain.fixed(3), trigger=0.9, trigger_years=1.0)  # fmt: skip
    small = one_line(litres=0.5 * litres).with_rows(Expansion, [more])
    state, _ = lived(built(small))
    assert state.ledger[n.CAPITAL].sum() == pytest.approx(10.0)
    assert state.served[0, 12] == 1.0
    large = one_line(litres=3 * litres).with_rows(Expansion, [more])
    state, _ = lived(built(large))
    assert state.ledger[n.CAPITAL].sum() == 0.0
    settings = small.settings.model_copy(update={"money": small.settings.money.model_copy(update={"cash_floor": 1e6})})
    state, _ = lived(built(replace(small, settings=settings)))
    assert state.ledger[n.CAPITAL].sum() == 0.0


def test_goods_made_are_paid_for_once() -> None:
    company = one_line(litres=1e6)
    recipe = next(iter(company.rows(Recipe))).model_copy(update={"substance_cost": 500.0})
    state, sums = lived(built(company.with_rows(Recipe, [recipe])))
    grams = sums["stock_sums"][:, n.MADE].sum(axis=0)
    share = state.ledger[n.COGS] - grams * 500.0 / 1e6
    plain, _ = lived(built(company))
    made = plain.ledger[n.COGS] - share
    assert made == pytest.approx(0.2 * grams * 20_000.0 / 1e6)
