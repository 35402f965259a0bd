"""Arrays made for another plan are those that building anew gives, word for word."""

from dataclasses import fields
from datetime import date

import numpy as np
import pytest

from echelon.company.read import load
from echelon.company.resolve import resolve
from echelon.company.rows.money import Choice
from echelon.company.rows.science import Discovery, Program
from echelon.examples import example
from echelon.futures.build.build import build
from echelon.futures.build.replan import replan


def equal(one, other):
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if hasattr(one, "_fields"):
        return all(equal(getattr(one, name), getattr(other, name)) for name in one._fields)
    return one == other


@pytest.mark.parametrize("name", ["biotech", "top_alliance"])
def test_replanned_is_built(name):
    company, _ = resolve(load(example(name)))
    open_ones = [row for row in company.rows(Program) if row.stage != "marketed"]
    first = (Choice(action="fund", target=open_ones[0].id),)
    choices = [
        Choice(action="delay", target=open_ones[0].id, on=date(2029, 3, 1)),
        Choice(action="stop", target=open_ones[len(open_ones) // 2].id, on=date(2028, 1, 1)),
        Choice(action="at_risk", target=open_ones[0].id, value=0.5),
        Choice(action="stop_below", target=open_ones[-1].id, value=0.2),
        Choice(action="cover", target="*", stage="phase3", value=6.0),
        Choice(action="fund", target="*", stage="phase2"),
    ]
    choices += [Choice(action="stop", target=row.id, on=date(2030, 1, 1)) for row in company.rows(Discovery)]
    anew = build(company, tuple(choices), 5)
    patched = replan(build(company, first, 5), company, tuple(choices))
    assert equal(patched.model, anew.model)
    assert all(
        getattr(patched, field.name) == getattr(anew, field.name)
        for field in fields(anew)
        if field.name in ("labels", "units")
    )
    assert not equal(patched.model.programs, build(company, first, 5).model.programs)
    assert not equal(patched.model.stages, build(company, first, 5).model.stages)
