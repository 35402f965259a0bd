"""Classical designs: factorials and their fractions, Plackett-Burman, central composite, Box-Behnken."""

from collections import Counter
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, Literal

import numpy as np
import pydoe

from echelon.company.diagnostics import CompanyError, Diagnostic, Place
from echelon.supply.process.table import F8, Experiments, point

Kind = Literal[
    "full-factorial", "fractional-factorial", "plackett-burman", "central-composite", "face-centred", "box-behnken",
    "d-optimal", "bayesian",
]  # fmt: skip

CENTRES = 3
"""Runs at the centre, where nobody says how many: enough to see pure error."""

MOST_RUNS = 512

FRACTIONS = {5: "a b c d abcd", 6: "a b c d e abcde", 7: "a b c d e f abcdef", 8: "a b c d e f abcd abef"}
"""Fractions of resolution V that carry a central composite design of many factors."""


@dataclass(frozen=True)
class Plan:
    """Experiments to be made.

    Attributes
    ----------
    kind : which design. x : (n, k) coded runs in the order in which they are to be made.
    block : block of these runs, or "" where the study has no blocks. said : what it can and cannot tell.
    expected : for each run, what a model expects of it, by name; empty for designs without a model of the response.
    """

    kind: Kind
    x: F8
    block: str
    said: tuple[str, ...]
    expected: tuple[dict[str, float], ...] = ()

    def rows(self, experiments: Experiments) -> list[dict[str, Any]]:
        """The runs in units, as a table."""
        found = []
        for i, x in enumerate(self.x):
            row: dict[str, Any] = {"run": i + 1}
            if self.block:
                row["block"] = self.block
            levels = zip(experiments.factors, point(experiments, x.tolist()).values(), strict=True)
            row |= {f.name: v if f.categorical else f.rounded(float(x[j])) for j, (f, v) in enumerate(levels)}
            found.append(row | (self.expected[i] if self.expected else {}))
        return found


def refuse(experiments: Experiments, message: str, hint: str = "") -> CompanyError:
    """The error of a design that cannot be made."""
    return CompanyError([Diagnostic(Place(experiments.file), "E614", message, hint)])


def classical(experiments: Experiments, kind: Kind, runs: int | None, centres: int | None, seed: int) -> Plan:
    """A classical design of the study's factors, less the runs that are made already.

    Parameters
    ----------
    runs : at most so many, for a fraction; other designs have their own number.
    centres : runs at the centre of the numeric factors.

    Raises
    ------
    CompanyError
        If these factors do not allow the design.
    """
    made, said = _coded(experiments, kind, runs)
    numeric = list(experiments.numeric)
    middle = (CENTRES if centres is None else centres) if numeric else 0
    if kind == "plackett-burman" and centres is None:
        middle = 0
    if middle:
        made = np.vstack([made, _centre(experiments, middle)])
    left = _less(experiments, made)
    if len(left) < len(made):
        said.append(
            f"{len(made) - len(left)} of its {len(made)} runs are in the table already and are not asked for again."
        )
    if not len(left):
        raise refuse(experiments, f"every run of the {kind} design is in the table already", "try d-optimal")
    if len(left) > MOST_RUNS:
        raise refuse(experiments, f"the design has {len(left):,} runs; at most {MOST_RUNS} are planned")
    order = np.random.default_rng(seed).permutation(len(left))
    said.append(f"The order of the runs is drawn at random (seed {seed}), so that drift does not look like a factor.")
    return Plan(kind, left[order], next_block(experiments), tuple(said))


def next_block(experiments: Experiments) -> str:
    """A name for the block of the runs to come, where the study has blocks."""
    names = experiments.block_names
    if not names:
        return ""
    if all(name.isdigit() for name in names):
        return str(max(int(name) for name in names) + 1)
    return "next"


def _coded(experiments: Experiments, kind: Kind, runs: int | None) -> tuple[F8, list[str]]:
    k = len(experiments.factors)
    words = [factor for factor in experiments.factors if factor.categorical]
    if kind == "full-factorial":
        levels = [range(len(f.levels)) if f.categorical else (-1.0, 1.0) for f in experiments.factors]
        size = int(np.prod([len(one) for one in levels]))
        if size > MOST_RUNS:
            raise refuse(experiments, f"a full factorial has {size:,} runs", "try fractional-factorial or d-optimal")
        return np.array(list(product(*levels)), dtype=float), ["Every main effect and interaction can be told apart."]
    if kind in ("fractional-factorial", "plackett-burman"):
        many = [factor.name for factor in words if len(factor.levels) > 2]
        if many:
            message = f"a {kind} design has two levels, and {many[0]} has more"
            raise refuse(experiments, message, "try full-factorial or d-optimal")
        coded, said = _screening(experiments, kind, runs, k)
        for i, factor in enumerate(experiments.factors):
            if factor.categorical:
                coded[:, i] = coded[:, i] > 0
        return coded, said
    if words:
        raise refuse(experiments, f"a {kind} design needs numbers, and {words[0].name} has words", "try d-optimal")
    if kind == "box-behnken":
        if k < 3:
            raise refuse(
                experiments, f"a Box-Behnken design needs at least 3 factors, not {k}", "try central-composite"
            )
        return np.asarray(pydoe.bbdesign(k, center=0), dtype=float), [
            "A quadratic surface can be fitted; no run stands at a corner, where all factors are extreme at once."
        ]
    return _composite(experiments, kind, k)


def _screening(experiments: Experiments, kind: Kind, runs: int | None, k: int) -> tuple[F8, list[str]]:
    if kind == "plackett-burman":
        coded = np.asarray(pydoe.pbdesign(k), dtype=float)
        return coded, [
            f"{len(coded)} runs for {k} factors: main effects only; each carries a part of many interactions."
        ]
    if k < 3:
        raise refuse(experiments, f"a fraction needs at least 3 factors, not {k}", "try full-factorial")
    most = runs if runs is not None else 2 ** (k - 1)
    erased = next((p for p in range(1, k) if 2 ** (k - p) <= most), k)
    if 2 ** (k - erased) <= k:
        least = 2 ** int(np.ceil(np.log2(k + 1)))
        raise refuse(experiments, f"{k} factors need at least {least} runs, not {most}", f"give --runs {least} or more")
    generator = _generator(k, erased)
    coded = np.asarray(pydoe.fracfact(generator), dtype=float)
    length = _resolution(coded)
    meaning = {
        3: "main effects carry two-factor interactions",
        4: "main effects are clear of two-factor interactions, which carry each other",
    }.get(length, "main effects and two-factor interactions can be told apart")
    roman = {3: "III", 4: "IV", 5: "V", 6: "VI", 7: "VII", 8: "VIII"}.get(length, str(length))
    return coded, [f"A 2^({k}-{erased}) fraction of resolution {roman} (generators {generator}): {meaning}."]


def _generator(k: int, erased: int) -> str:
    """Words of the fraction of highest resolution and least aberration among products of the basic factors."""
    letters = "abcdefghijklmnop"[: k - erased]
    if erased == 1:
        return " ".join([*letters, letters])
    words, _, _ = pydoe.fracfact_opt(k, erased)
    return str(words)


def _resolution(coded: F8) -> int:
    """Length of the shortest word among products of columns that are constant, up to 8."""
    k = int(coded.shape[1])
    for length in range(1, min(k, 8) + 1):
        for chosen in combinations(range(k), length):
            if abs(float(coded[:, list(chosen)].prod(axis=1).sum())) == len(coded):
                return length
    return k + 1


def _composite(experiments: Experiments, kind: Kind, k: int) -> tuple[F8, list[str]]:
    if k < 2:
        raise refuse(experiments, "a composite design needs at least 2 factors", "try full-factorial with --centres")
    if k > max(FRACTIONS):
        raise refuse(experiments, f"a composite design of {k} factors is not planned", "try d-optimal")
    cube = np.asarray(pydoe.fracfact(FRACTIONS[k]) if k in FRACTIONS else pydoe.ff2n(k), dtype=float)
    alpha = 1.0 if kind == "face-centred" else float(len(cube) ** 0.25)
    star = np.vstack([sign * alpha * np.eye(k)[i] for i in range(k) for sign in (-1, 1)])
    far = "A quadratic surface can be fitted; axial runs stay at low and high."
    if alpha > 1:
        ends = ", ".join(f"{f.name} {f.plain(-alpha):.5g} to {f.plain(alpha):.5g}" for f in experiments.factors)
        far = (
            f"A quadratic surface can be fitted, equally sure in all directions (rotatable, {alpha:.4g}); "
            f"its axial runs lie beyond low and high: {ends}. Where these cannot be run, take face-centred."
        )
    return np.vstack([cube, star]), [far]


def _centre(experiments: Experiments, count: int) -> F8:
    """Runs at the middle of the numbers, the words taking turns."""
    found = np.zeros((count, len(experiments.factors)))
    for i, factor in enumerate(experiments.factors):
        if factor.categorical:
            found[:, i] = np.arange(count) % len(factor.levels)
    return found


def _less(experiments: Experiments, made: F8) -> F8:
    """Runs of a design without those that the table has, run for run."""
    have = Counter(tuple(np.round(x, 2).tolist()) for x in experiments.x)
    kept = []
    for x in made:
        key = tuple((np.round(x, 2) + 0.0).tolist())
        if have[key] > 0:
            have[key] -= 1
        else:
            kept.append(x)
    return np.array(kept).reshape(-1, made.shape[1])
