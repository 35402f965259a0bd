"""Replan: the arrays of another plan that differs in its choices for programs only, without building anew."""

from dataclasses import replace

from echelon.company.company import Company
from echelon.company.rows.money import Choice
from echelon.futures.build.build import Built
from echelon.futures.build.roster import Unit, chosen_for, own_choices
from echelon.futures.build.units import ChoiceTimes, chosen_arrays

PROGRAM_ACTIONS = frozenset({"fund", "delay", "stop", "at_risk", "stop_below"})
"""Actions that set when programs may start and nothing else; every other one needs `build`."""


def replan(built: Built, company: Company, choices: tuple[Choice, ...]) -> Built:
    """Arrays of a company under other choices for programs, equal to those of `build`.

    built : of the same resolved company, under choices that differ from `choices` in `PROGRAM_ACTIONS` only.
    """
    chosen = chosen_for(choices)
    units = tuple(_chosen(unit, own_choices(chosen, unit)) for unit in built.units)
    arrays = chosen_arrays(units, ChoiceTimes(company.settings.company.as_of))
    model = built.model
    programs = model.programs._replace(**arrays)
    beliefs = company.settings.couplings.learning > 0.0 or bool((programs.stop_below > 0.0).any())
    switches = model.switches._replace(beliefs=beliefs)
    return replace(built, model=model._replace(programs=programs, switches=switches), units=units)


def _chosen(unit: Unit, chosen: dict[str, Choice]) -> Unit:
    return unit if unit.chosen == chosen else replace(unit, chosen=chosen)
