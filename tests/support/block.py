"""A block of futures of a named company, compiled or not; `python -m tests.support.block FILE` writes them all."""

import sys
from pathlib import Path

import numpy as np
from tests.support.companies import everything_on
from tests.support.reacting import reacting

from echelon.company.read import load
from echelon.company.resolve import resolve
from echelon.examples import example
from echelon.futures.build.build import build
from echelon.futures.memory import new_state, new_tally
from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.bundles import pack
from echelon.futures.rules.future import run_block

COMPANIES = ("textbook", "biotech", "everything_on", "reacting")
FUTURES = 20


def model_of(name: str) -> Model:
    """Arrays of an example company, or of one in which every rule acts, without or with a plan that reacts."""
    made = {"everything_on": everything_on, "reacting": reacting}
    company = made[name]() if name in made else load(example(name))
    resolved, _ = resolve(company)
    return build(resolved, company.plans.get("reacts", company.plans.get("all", ())), 3).model


def block_of(name: str) -> dict[str, np.ndarray]:
    """Measures of the first futures, and all tallies."""
    model = model_of(name)
    state, tally = new_state(model), new_tally(model)
    measures = np.zeros((FUTURES, len(n.MEASURES)))
    run_block(pack(model), pack(state), pack(tally), np.uint64(0), FUTURES, measures, True)
    return {"measures": measures} | {field: getattr(tally, field) for field in tally._fields}


def main(target: Path) -> None:
    """Write the blocks of all companies to one file."""
    found = {f"{name}.{key}": value for name in COMPANIES for key, value in block_of(name).items()}
    np.savez_compressed(target, **found)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
