"""Replan: the arrays of another plan that differs in its choices for programs only, without building anew."""

from dataclasses import replace

from echelon.company.company import Company
from echelon.company.rows.money import Choice
from echelon.futures.build.build import Built
from echelon.futures.build.chosen import Chosen, chosen_for
from echelon.futures.build.roster import Unit, own_choices
from echelon.futures.build.units import at_work, chosen_arrays, chosen_stages

PROGRAM_ACTIONS = frozenset({"fund", "delay", "stop", "at_risk", "stop_below", "cover"})
"""Actions that set when programs may start and nothing else; every other one needs `build`."""


def replan(built: Built, company: Company, choices: tuple[Choice, ...]) -> Built:
    """Arrays of a company under other choices for programs, equal to those of `build`.

    built : of the same resolved company, under choices that differ from `choices` in `PROGRAM_ACTIONS` only.
    """
    chosen, as_of = chosen_for(choices), company.settings.company.as_of
    units = tuple(_chosen(unit, own_choices(chosen, unit)) for unit in built.units)
    model = built.model
    programs = model.programs._replace(**chosen_arrays(units, as_of))
    stages = model.stages._replace(**chosen_stages(units, as_of))
    couplings = company.settings.couplings
    beliefs = couplings.learning > 0.0 or model.switches.foresight or bool((stages.stop_below > 0.0).any())
    cover = couplings.cash and bool((stages.cover > 0.0).any())
    new = model._replace(
        programs=programs,
        stages=stages,
        money=model.money._replace(at_work=at_work(units, as_of)),
        switches=model.switches._replace(beliefs=beliefs, cover=cover),
    )
    return replace(built, model=new, units=units)


def _chosen(unit: Unit, chosen: Chosen) -> Unit:
    return unit if unit.chosen == chosen else replace(unit, chosen=chosen)
