"""Terms of a response surface, the columns they make, and which of them the runs can tell apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Literal

import numpy as np

from echelon.supply.process.table import F8, ORDERS, Experiments, Factor, Order

Kind = Literal["intercept", "block", "linear", "interactions", "quadratic"]
Part = tuple[int, int]
"""Factor, and which of its columns: 0 for a number, the level (from 1) for words."""

TOLERANCE = 1e-8
"""Share of a column's length below which what other columns leave of it is rounding."""

SHOWN = 1e-6
"""Least weight of a term in an alias that is named."""


@dataclass(frozen=True)
class Term:
    """One coefficient: its name, the kind it belongs to, and what it is the product of."""

    name: str
    kind: Kind
    parts: tuple[Part, ...] = ()
    block: int = 0


@dataclass(frozen=True)
class Alias:
    """A term that the runs cannot tell apart from others: it equals the sum of weight × term in every run."""

    term: str
    kind: Kind
    of: tuple[tuple[float, str], ...]

    @property
    def text(self) -> str:
        """As an equation."""
        return f"{self.term} = {equation(self.of)}"


def equation(parts: Sequence[tuple[float, str]]) -> str:
    """A sum of weighted terms as text."""
    words = []
    for i, (weight, name) in enumerate(parts):
        sign = ("-" if weight < 0 else "") if i == 0 else (" - " if weight < 0 else " + ")
        size = "" if abs(abs(weight) - 1) < SHOWN else f"{abs(weight):.3g} "
        words.append(f"{sign}{size}{name}")
    return "".join(words) or "0"


def basis(factor: Factor, levels: F8) -> F8:
    """Columns of one factor: one for numbers; words sum to zero over their levels, the first being minus the rest."""
    if not factor.categorical:
        return levels[:, None]
    count = len(factor.levels)
    contrasts = np.vstack([-np.ones(count - 1), np.eye(count - 1)])
    found: F8 = contrasts[levels.astype(int)]
    return found


def terms_of(factors: Sequence[Factor], order: Order, blocks: Sequence[str] = ()) -> tuple[Term, ...]:
    """Every term of a model: intercept, blocks against the first, then by order."""
    parts: list[tuple[Part, str]] = []
    for i, factor in enumerate(factors):
        if factor.categorical:
            two = len(factor.levels) == 2
            parts += [
                ((i, level), factor.name if two else f"{factor.name}[{factor.levels[level]}]")
                for level in range(1, len(factor.levels))
            ]
        else:
            parts.append(((i, 0), factor.name))
    found = [Term("intercept", "intercept")]
    found += [Term(f"block {name}", "block", (), b) for b, name in enumerate(blocks) if b]
    found += [Term(name, "linear", (part,)) for part, name in parts]
    if order in ("interactions", "quadratic"):
        found += [
            Term(f"{a_name}:{b_name}", "interactions", (a, b))
            for (a, a_name), (b, b_name) in combinations(parts, 2)
            if a[0] != b[0]
        ]
    if order == "quadratic":
        found += [Term(f"{name}²", "quadratic", (part, part)) for part, name in parts if part[1] == 0]
    return tuple(found)


def columns(
    factors: Sequence[Factor], terms: Sequence[Term], x: F8, block: Sequence[int] | None = None, of: int = 1
) -> F8:
    """Model matrix.

    Parameters
    ----------
    x : (n, k) coded levels.
    block : number of each run's block; None stands for the average over all `of` blocks.

    Returns
    -------
    (n, q) float64, one column per term.
    """
    bases = [basis(factor, x[:, i]) for i, factor in enumerate(factors)]
    made = np.ones((len(x), len(terms)))
    for j, term in enumerate(terms):
        if term.kind == "block":
            made[:, j] = 1.0 / of if block is None else np.asarray(block) == term.block
        for i, level in term.parts:
            made[:, j] *= bases[i][:, max(level - 1, 0)]
    return made


def independent(matrix: F8) -> tuple[list[int], dict[int, F8]]:
    """Columns kept, in order, and for each other one its weights on the kept ones before it."""
    kept: list[int] = []
    depends: dict[int, F8] = {}
    orthogonal = np.zeros((len(matrix), 0))
    for j in range(matrix.shape[1]):
        column = matrix[:, j]
        left = column - orthogonal @ (orthogonal.T @ column)
        left -= orthogonal @ (orthogonal.T @ left)
        size, all_of_it = float(np.linalg.norm(left)), float(np.linalg.norm(column))
        if all_of_it > 0 and size > TOLERANCE * all_of_it * max(matrix.shape):
            kept.append(j)
            orthogonal = np.column_stack([orthogonal, left / size])
        else:
            depends[j] = np.asarray(np.linalg.lstsq(matrix[:, kept], column, rcond=None)[0]) if kept else np.zeros(0)
    return kept, depends


@dataclass(frozen=True)
class Model:
    """A model as the runs allow it: terms kept, those that cannot be told apart, and confounded ones left out.

    Attributes
    ----------
    order : linear, interactions or quadratic.
    terms : terms with a coefficient.
    aliases : terms of the order that equal others in every run, and are therefore not fitted.
    confounded : for each fitted term, what terms of the next order would add to its coefficient if they were real.
    chains : terms of the next order that are left out and could not be told from each other either.
    """

    factors: tuple[Factor, ...]
    blocks: tuple[str, ...]
    order: Order
    terms: tuple[Term, ...]
    aliases: tuple[Alias, ...] = ()
    confounded: tuple[Alias, ...] = ()
    chains: tuple[tuple[str, ...], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the fitted terms."""
        return tuple(term.name for term in self.terms)

    def matrix(self, x: F8, block: Sequence[int] | None = None) -> F8:
        """Model matrix at coded points; without blocks, of the average block."""
        return columns(self.factors, self.terms, x, block, max(len(self.blocks), 1))


def numbered(experiments: Experiments) -> list[int] | None:
    """Number of each run's block; None where there are none."""
    if not experiments.blocks:
        return None
    at = {name: b for b, name in enumerate(experiments.block_names)}
    return [at[name] for name in experiments.blocks]


def build(experiments: Experiments, rows: Sequence[int] | None = None) -> Model:
    """The model asked for, or the richest that the runs can tell apart and still leave a residual degree of freedom."""
    asked = experiments.settings.model
    use = list(range(len(experiments.x))) if rows is None else list(rows)
    if asked != "auto":
        return _model(experiments, asked, use)
    for order in reversed(ORDERS):
        model = _model(experiments, order, use)
        new = any(term.kind == order for term in model.terms)
        if not model.aliases and len(model.terms) < len(use) and (new or order == "linear"):
            return model
    return _model(experiments, "linear", use)


def _model(experiments: Experiments, order: Order, use: list[int]) -> Model:
    blocks, numbers = experiments.block_names, numbered(experiments)
    block = None if numbers is None else [numbers[i] for i in use]
    x = experiments.x[use]
    full = terms_of(experiments.factors, order, blocks)
    matrix = columns(experiments.factors, full, x, block, max(len(blocks), 1))
    kept, depends = independent(matrix)
    aliases = tuple(
        Alias(full[j].name, full[j].kind, _named(weights, [full[i].name for i in kept if i < j]))
        for j, weights in depends.items()
    )
    terms = tuple(full[j] for j in kept)
    confounded: tuple[Alias, ...] = ()
    chains: tuple[tuple[str, ...], ...] = ()
    if order != "quadratic":
        richer = terms_of(experiments.factors, "quadratic", blocks)
        after = ORDERS[ORDERS.index(order) + 1]
        others = [term for term in richer if term.kind == after]
        confounded = _confounded(experiments, terms, matrix[:, kept], others, x)
        chains = _chains(experiments, matrix[:, kept], others, x)
    return Model(experiments.factors, blocks, order, terms, aliases, confounded, chains)


def _named(weights: F8, names: Sequence[str]) -> tuple[tuple[float, str], ...]:
    return tuple((float(w), name) for w, name in zip(weights, names, strict=True) if abs(w) > SHOWN)


def _confounded(
    experiments: Experiments, terms: Sequence[Term], fitted: F8, others: Sequence[Term], x: F8
) -> tuple[Alias, ...]:
    """The alias matrix (X'X)⁻¹X'Z row by row: how much of each term left out goes into each coefficient."""
    if not others or not terms:
        return ()
    left_out = columns(experiments.factors, others, x)
    weights = np.linalg.lstsq(fitted, left_out, rcond=None)[0]
    names = [term.name for term in others]
    return tuple(
        Alias(term.name, term.kind, _named(row, names))
        for term, row in zip(terms, weights, strict=True)
        if term.kind != "block" and (np.abs(row) > SHOWN).any()
    )


def _chains(experiments: Experiments, fitted: F8, others: Sequence[Term], x: F8) -> tuple[tuple[str, ...], ...]:
    """Terms left out whose columns, after the fitted terms, are the same but for their sign."""
    if not others:
        return ()
    z = columns(experiments.factors, others, x)
    left = z - fitted @ np.linalg.lstsq(fitted, z, rcond=None)[0]
    sizes = np.linalg.norm(left, axis=0)
    free = [j for j in range(len(others)) if sizes[j] > SHOWN * np.linalg.norm(z[:, j])]
    found: list[tuple[str, ...]] = []
    while free:
        first, *rest = free
        alike = {j: float(left[:, first] @ left[:, j] / (sizes[first] * sizes[j])) for j in rest}
        same = [j for j in rest if abs(alike[j]) > 1 - SHOWN]
        if same:
            found.append((others[first].name, *(f"{'-' if alike[j] < 0 else ''}{others[j].name}" for j in same)))
        free = [j for j in rest if j not in same]
    return tuple(found)


def settings_of(factors: Sequence[Factor]) -> list[tuple[int, ...]]:
    """Every combination of levels of the categorical factors; one empty one where there are none."""
    return list(product(*(range(len(factor.levels)) for factor in factors if factor.categorical)))
