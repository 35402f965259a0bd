"""D-optimal designs by coordinate exchange, from nothing or round the runs that are made already."""

from collections.abc import Sequence

import numpy as np

from echelon.supply.process.designs import Plan, next_block, refuse
from echelon.supply.process.model import Term, columns, numbered, terms_of
from echelon.supply.process.table import F8, Experiments, Order

STARTS = 12
"""Random designs from which exchanges begin; the best end is kept."""

MOST_SWEEPS = 60
RIDGE = 1e-5
"""Added to the information matrix of a start, so that a singular one can be left."""

BETTER = 1 + 1e-8


def d_optimal(experiments: Experiments, runs: int | None, seed: int) -> Plan:
    """Runs that make the determinant of the information matrix largest, together with the runs made already.

    Coordinate exchange (Meyer and Nachtsheim 1995, Technometrics 37:60): one factor of one run is moved at a time, as
    long as the determinant grows.

    Parameters
    ----------
    runs : how many to add; without it, as many as the model has terms and three more, less those that are made.

    Raises
    ------
    CompanyError
        If the runs are too few for the model.
    """
    order: Order = "quadratic" if experiments.settings.model == "auto" else experiments.settings.model
    block = next_block(experiments)
    names = (*experiments.block_names, block) if block else ()
    terms = terms_of(experiments.factors, order, names)
    q, have = len(terms), len(experiments.x)
    count = runs if runs is not None else max(q + 3 - have, 4)
    if have + count < q:
        message = f"the {order} model has {q} terms, and there are {have} runs and {count} to come"
        raise refuse(experiments, message, f"give --runs {q - have} or more, or a smaller --model")
    numbers = numbered(experiments)
    fixed = (
        columns(experiments.factors, terms, experiments.x, numbers, max(len(names), 1)) if have else np.zeros((0, q))
    )
    levels = [_levels(experiments, i, order) for i in range(len(experiments.factors))]
    rng = np.random.default_rng(seed)
    best: F8 | None = None
    most = -np.inf
    for _ in range(STARTS):
        x = np.column_stack([rng.choice(one, size=count) for one in levels])
        x = _exchange(experiments, terms, names, fixed, x, levels)
        value = log_determinant(np.vstack([fixed, _rows(experiments, terms, names, x)]))
        if value > most + 1e-9:
            best, most = x, value
    if best is None or not np.isfinite(most):
        raise refuse(experiments, f"no {count} runs let the {order} model be fitted", "ask for more runs")
    x = best[rng.permutation(count)]
    reached = 100 * efficiency(np.vstack([fixed, _rows(experiments, terms, names, x)]))
    said = [
        f"{count} runs for the {order} model of {q} terms, with the {have} runs made already."
        if have
        else f"{count} runs for the {order} model of {q} terms.",
        f"D-efficiency {reached:.1f} %, where 100 % is an orthogonal two-level design; no quadratic model reaches it.",
    ]
    if have + count - q < 3:
        said.append(f"Only {have + count - q} residual degrees of freedom would be left; more runs test the model.")
    if len(np.unique(np.vstack([experiments.x, x]), axis=0)) == have + count:
        said.append("No run is repeated, so pure error will not be seen; repeat some.")
    return Plan("d-optimal", x, block, tuple(said))


def _levels(experiments: Experiments, i: int, order: Order) -> F8:
    factor = experiments.factors[i]
    if factor.categorical:
        return np.arange(len(factor.levels), dtype=float)
    return np.array([-1.0, 0.0, 1.0]) if order == "quadratic" else np.array([-1.0, 1.0])


def _rows(experiments: Experiments, terms: Sequence[Term], names: Sequence[str], x: F8) -> F8:
    block = [len(names) - 1] * len(x) if names else None
    return columns(experiments.factors, terms, x, block, max(len(names), 1))


def _exchange(
    experiments: Experiments, terms: Sequence[Term], names: Sequence[str], fixed: F8, x: F8, levels: Sequence[F8]
) -> F8:
    x = x.copy()
    z = _rows(experiments, terms, names, x)
    q = z.shape[1]
    for _ in range(MOST_SWEEPS):
        inverse: F8 = np.asarray(np.linalg.inv(fixed.T @ fixed + z.T @ z + RIDGE * np.eye(q)), dtype=np.float64)
        moved = False
        for i in range(len(x)):
            for f, choices in enumerate(levels):
                tried = np.repeat(x[i][None], len(choices), axis=0)
                tried[:, f] = choices
                new = _rows(experiments, terms, names, tried)
                grown = _growth(inverse, z[i], new)
                best = int(grown.argmax())
                if grown[best] > BETTER:
                    inverse = _swapped(inverse, z[i], new[best])
                    x[i], z[i] = tried[best], new[best]
                    moved = True
        if not moved:
            break
    return x


def _growth(inverse: F8, old: F8, new: F8) -> F8:
    """By what the determinant is multiplied when a row is replaced by each of some others."""
    of_old = inverse @ old
    of_new = new @ inverse
    own, theirs = float(old @ of_old), np.einsum("pi,pi->p", of_new, new)
    across = new @ of_old
    found: F8 = (1 + theirs) * (1 - own) + across**2
    return found


def _swapped(inverse: F8, old: F8, new: F8) -> F8:
    """The inverse after a row is replaced, by two rank-one updates."""
    v = inverse @ new
    inverse = inverse - np.outer(v, v) / (1 + new @ v)
    v = inverse @ old
    found: F8 = inverse + np.outer(v, v) / (1 - old @ v)
    return found


def log_determinant(matrix: F8) -> float:
    """Log determinant of X'X; minus infinity where it is singular."""
    sign, value = np.linalg.slogdet(matrix.T @ matrix)
    return float(value) if sign > 0 else -np.inf


def efficiency(matrix: F8) -> float:
    """D-efficiency |X'X|^(1/q) / n; 1 for an orthogonal design whose columns are ±1."""
    value = log_determinant(matrix)
    return float(np.exp(value / matrix.shape[1]) / len(matrix)) if np.isfinite(value) else 0.0
