"""Reimbursement: price against volume of each listing to be negotiated, and the largest cut to accept."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from echelon.company.company import Company
from echelon.company.rows.market import Listing, Scheme
from echelon.company.rows.money import Choice
from echelon.company.rows.science import Program
from echelon.futures.build.shapes import Shape, mass_below, mean, shape
from echelon.futures.rules.draws import quantile
from echelon.priors.base import table
from echelon.runs.breakeven import cut_to_break_even, volume_to_break_even
from echelon.runs.gaps import gap
from echelon.runs.paired import Lived, Pairing, Progress
from echelon.runs.run import RunError
from echelon.runs.simulate import Order

NEVER, ANY = 0.0, 1.0
TRIED_AT = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Quantiles of the cut asked at which a largest cut is tried, beside never listing, taking any, and break-even."""

LISTINGS: dict[str, Any] = {
    "program": pl.String,
    "territory": pl.String,
    "scheme": pl.String,
    "cut_low": pl.Float64,
    "cut_mean": pl.Float64,
    "cut_high": pl.Float64,
    "volume": pl.Float64,
    "break_even_volume": pl.Float64,
    "break_even_cut": pl.Float64,
    "p_pays": pl.Float64,
    "p_round": pl.Float64,
    "most_cut": pl.Float64,
}

CHOICES: dict[str, Any] = {
    "program": pl.String,
    "most_cut": pl.Float64,
    "difference": pl.Float64,
    "se": pl.Float64,
    "p_listed": pl.Float64,
    "p_listed_se": pl.Float64,
    "behind": pl.Float64,
    "behind_se": pl.Float64,
    "best": pl.Boolean,
    "as_good": pl.Boolean,
}


@dataclass(frozen=True)
class Reimbursement:
    """Price against volume.

    info : as of a run. listings : one per planned listing, its cut and volume against break-even. choices : one per
    program and largest cut accepted: difference in the company's value to never listing, and to the best choice
    (`behind`), both paired; `as_good` marks the choices that two standard errors do not tell from the best.
    rounds : published rounds of the NRDL. asked : the program asked for, blank for all.
    """

    info: dict[str, Any]
    listings: pl.DataFrame
    choices: pl.DataFrame
    rounds: pl.DataFrame
    asked: str = ""


def reimbursement(
    order: Order, program: str = "", threads: int | None = None, progress: Progress | None = None
) -> Reimbursement:
    """Weigh price against volume for every planned listing.

    Parameters
    ----------
    order : company, scenario, plan, seed and number of futures.
    program : one program; blank for all.
    threads, progress : as in `simulate`.

    Raises
    ------
    RunError
        If there is no such program, or no listing to be negotiated.
    """
    pairing = Pairing(order, threads, progress)
    rows = planned(pairing.company, program)
    names = list(dict.fromkeys(row.program for row in rows))
    tried = {name: grid(pairing.company, [row for row in rows if row.program == name]) for name in names}
    pairing.expect(sum(len(cuts) for cuts in tried.values()))
    choices = [line for name in names for line in _tried(pairing, name, tried[name])]
    return Reimbursement(
        pairing.info,
        pl.DataFrame([_listing(pairing.company, row) for row in rows], LISTINGS),
        pl.DataFrame(choices, CHOICES),
        rounds(),
        program,
    )


def planned(company: Company, program: str = "") -> list[Listing]:
    """Listings still to be negotiated, of active programs: of one program, or of all."""
    if program and company.get(Program, program) is None:
        msg = f"there is no program `{program}`; the company has: {', '.join(company.tables['programs'])}"
        raise RunError(msg)
    active = {row.id for row in company.rows(Program) if row.status == "active"}
    found = [
        row
        for row in company.rows(Listing)
        if row.status == "planned"
        and row.program in active
        and program in ("", row.program)
        and company.get(Scheme, f"{row.scheme}/{row.territory}") is not None
    ]
    if not found:
        what = f"program `{program}`" if program else "the company"
        msg = f"{what} has no listing to be negotiated, so there is no price to weigh against volume"
        raise RunError(msg)
    return found


def grid(company: Company, rows: list[Listing]) -> list[float]:
    """Largest cuts to try for a program's listings, ascending: never, ..., any."""
    cuts = {NEVER, ANY}
    for row in rows:
        asked, volume = terms(company, row)
        ends = np.array([asked], np.float64)
        cuts |= {round(min(1.0, quantile(ends, 0, at)), 2) for at in TRIED_AT}
        cuts.add(round(max(0.0, cut_to_break_even(volume)), 2))
    return sorted(cuts)


def terms(company: Company, row: Listing) -> tuple[Shape, float]:
    """Cut asked of a listing, and how many times the patients it brings."""
    scheme = company.get(Scheme, f"{row.scheme}/{row.territory}")
    assert scheme is not None, "planned() keeps listings with a scheme"
    cut = row.price_cut or scheme.price_cut
    assert cut is not None, "a resolved company has every scheme's cut"
    return shape(cut), row.volume or scheme.volume


def _listing(company: Company, row: Listing) -> dict[str, Any]:
    scheme = company.get(Scheme, f"{row.scheme}/{row.territory}")
    asked, volume = terms(company, row)
    even = cut_to_break_even(volume)
    ends = np.array([asked], np.float64)
    return {
        "program": row.program,
        "territory": row.territory,
        "scheme": row.scheme,
        "cut_low": min(1.0, quantile(ends, 0, 0.05)),
        "cut_mean": mean(asked),
        "cut_high": min(1.0, quantile(ends, 0, 0.95)),
        "volume": volume,
        "break_even_volume": volume_to_break_even(mean(asked)),
        "break_even_cut": even,
        "p_pays": mass_below(asked, even),
        "p_round": row.probability if row.probability is not None or scheme is None else scheme.probability,
        "most_cut": row.most_cut,
    }


def _tried(pairing: Pairing, program: str, cuts: list[float]) -> list[dict[str, Any]]:
    # Every largest cut of the grid, against never listing (the first) and against the best of them.
    lives = [pairing.chosen(Choice(action="accept_cut", target=program, value=most)) for most in cuts]
    never = lives[0].value
    values = np.array([life.value - never for life in lives])
    best = int(values.mean(axis=1).argmax())
    rows = []
    for most, life, value in zip(cuts, lives, values, strict=True):
        worth, behind = gap(value), gap(values[best] - value)
        share = p_listed(life, program)
        rows.append(
            {
                "program": program,
                "most_cut": most,
                "difference": worth.mean,
                "se": worth.se,
                "p_listed": share,
                "p_listed_se": float(np.sqrt(share * (1.0 - share) / life.results.futures)),
                "behind": behind.mean,
                "behind_se": behind.se,
                "best": bool((value == values[best]).all()),
                "as_good": behind.mean <= 2.0 * behind.se,
            }
        )
    return rows


def p_listed(lived: Lived, program: str) -> float:
    """Probability that a program is listed somewhere first within the horizon: the largest of its territories'."""
    labels = lived.built.labels
    mine = [f for f, (name, _, _) in enumerate(labels.pairs) if name == program and labels.leads[f]]
    counts = lived.results.counts["listed"][mine].sum(axis=1)
    return float(counts.max()) / lived.results.futures if len(mine) else 0.0


def rounds() -> pl.DataFrame:
    """Published rounds of the NRDL: year, mean cut of new listings, drugs listed and negotiated, source."""
    rows = [row for row in table("nrdl") if row["round"] == "new"]
    return pl.DataFrame(
        {
            "year": [int(row["year"]) for row in rows],
            "cut": [float(row["value"]) for row in rows],
            "listed": [int(row["listed"]) if row["listed"] else None for row in rows],
            "negotiated": [int(row["negotiated"]) if row["negotiated"] else None for row in rows],
            "source": [row["source"] for row in rows],
            "confidence": [row["confidence"] for row in rows],
        }
    )
