"""Ability of people and difficulty of questions: Rasch and two-parameter models by marginal maximum likelihood."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit, log_expit, logsumexp

Floats = npt.NDArray[np.float64]

NODES = 61
"""Points of the quadrature over ability."""

REACH = 6.0
"""Abilities reach from minus to plus this, in standard deviations."""

ENOUGH_FOR_SLOPES = 200
"""People under which a slope of its own per question is not worth fitting."""


@dataclass(frozen=True)
class Items:
    """A fitted model: P(right) = logistic(slope (ability - difficulty)), ability standard normal.

    Attributes
    ----------
    difficulty, slope : by question; float64 [question].
    error : standard error of each difficulty, slopes held; float64 [question].
    log_likelihood : of the marginal.
    """

    difficulty: Floats
    slope: Floats
    error: Floats
    log_likelihood: float


@dataclass(frozen=True)
class Ability:
    """Posterior mean and spread of each person's ability; float64 [person]."""

    mean: Floats
    error: Floats


def _nodes() -> tuple[Floats, Floats]:
    points = np.linspace(-REACH, REACH, NODES)
    weights = np.exp(-0.5 * points**2)
    return points, np.log(weights / weights.sum())


def _answers(answers: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Signs (+1 right, -1 wrong, 0 not asked) and checks."""
    table = np.asarray(answers, np.float64)
    if table.ndim != 2 or not table.size:
        msg = f"answers are a table of people by questions, not of shape {table.shape}"
        raise ValueError(msg)
    known = ~np.isnan(table)
    if not np.isin(table[known], (0.0, 1.0)).all():
        msg = "an answer is 1 (right), 0 (wrong) or blank (not asked)"
        raise ValueError(msg)
    return np.where(known, 2.0 * np.nan_to_num(table) - 1.0, 0.0), known.astype(np.float64)


def _person_logs(signs: Floats, difficulty: Floats, slope: Floats, points: Floats) -> Floats:
    """Log-likelihood of each person's answers at each ability; float64 [person, node]."""
    z = slope[:, None] * (points[None, :] - difficulty[:, None])
    return np.asarray((signs > 0) @ log_expit(z) + (signs < 0) @ log_expit(-z), np.float64)


def fit(
    answers: npt.ArrayLike,
    kind: Literal["rasch", "common", "slopes"] = "rasch",
    weights: npt.ArrayLike | None = None,
    prior: float = 0.0,
) -> Items:
    """Fit difficulties, and slopes where asked for.

    Parameters
    ----------
    answers : 1, 0 or NaN where not asked; float64 [person, question].
    kind : slopes 1 (rasch), one slope for all (common, the one-parameter model), one each (slopes).
    weights : how many people gave each row; 1 each where None.
    prior : standard deviation of a normal prior of difficulties around 0, so that a question everyone gets right has
        a finite one; none where 0.

    Raises
    ------
    ValueError
        When an answer is neither 1, 0 nor blank, or a question all got right or wrong is fitted without a prior.

    Notes
    -----
    Bock and Lieberman's marginal likelihood over 61 equal nodes of a standard normal ability. It reproduces the
    published fits of the LSAT data (Bock and Lieberman 1970).
    """
    signs, known = _answers(answers)
    count = np.ones(len(signs)) if weights is None else np.asarray(weights, np.float64)
    size = signs.shape[1]
    points, log_weights = _nodes()
    share = ((signs > 0) * count[:, None]).sum(axis=0) / np.maximum(1e-9, (known * count[:, None]).sum(axis=0))
    if not prior and ((share <= 0.0) | (share >= 1.0)).any():
        msg = "a question that all got right, or all wrong, has no difficulty by itself; give a prior, such as 2"
        raise ValueError(msg)

    def unpack(free: Floats) -> tuple[Floats, Floats]:
        if kind == "rasch":
            return free, np.ones(size)
        slope = np.exp(free[size:])
        return free[:size], slope if kind == "slopes" else np.repeat(slope, size)

    def loss(free: Floats) -> tuple[float, Floats]:
        difficulty, slope = unpack(free)
        joint = _person_logs(signs, difficulty, slope, points) + log_weights
        total = logsumexp(joint, axis=1)
        post = np.exp(joint - total[:, None]) * count[:, None]
        p = expit(slope[:, None] * (points[None, :] - difficulty[:, None]))
        rest = (signs > 0).T @ post - (known.T @ post) * p
        by_difficulty = -(slope * rest.sum(axis=1))
        by_slope = slope * (rest * (points[None, :] - difficulty[:, None])).sum(axis=1)
        gradient = [by_difficulty]
        if kind != "rasch":
            gradient.append(by_slope if kind == "slopes" else by_slope.sum(keepdims=True))
        value, made = -float(count @ total), -np.concatenate(gradient)
        if prior:
            value += float((difficulty**2).sum()) / (2.0 * prior**2)
            made[:size] += difficulty / prior**2
        return value, made

    from scipy.optimize import minimize

    start = -np.log(np.clip(share, 0.02, 0.98) / np.clip(1.0 - share, 0.02, 0.98))
    free = np.concatenate([start, np.zeros({"rasch": 0, "common": 1, "slopes": size}[kind])])
    options = {"gtol": 1e-7, "ftol": 1e-14, "maxiter": 1_000}
    best = minimize(loss, free, jac=True, method="L-BFGS-B", options=options)
    difficulty, slope = unpack(best.x)
    joint = _person_logs(signs, difficulty, slope, points) + log_weights
    post = np.exp(joint - logsumexp(joint, axis=1)[:, None]) * count[:, None]
    p = expit(slope[:, None] * (points[None, :] - difficulty[:, None]))
    information = slope**2 * ((known.T @ post) * p * (1.0 - p)).sum(axis=1) + (1.0 / prior**2 if prior else 0.0)
    likelihood = float(count @ logsumexp(joint, axis=1))
    return Items(difficulty, slope, 1.0 / np.sqrt(np.maximum(information, 1e-12)), likelihood)


def ability(answers: npt.ArrayLike, items: Items) -> Ability:
    """Each person's ability given the questions, as posterior mean and spread; someone never asked stays at 0 ± 1."""
    signs, _ = _answers(answers)
    points, log_weights = _nodes()
    joint = _person_logs(signs, items.difficulty, items.slope, points) + log_weights
    post = np.exp(joint - logsumexp(joint, axis=1)[:, None])
    mean = post @ points
    return Ability(mean, np.sqrt(np.maximum(0.0, post @ points**2 - mean**2)))


def chance_right(mean: Floats, error: Floats, difficulty: Floats) -> Floats:
    """Chance that each person answers each question right, uncertain ability averaged over; [person, question].

    A logistic averaged over a normal is a logistic shrunk by sqrt(1 + pi/8 times the variance) (MacKay 1992).
    """
    shrink = 1.0 / np.sqrt(1.0 + np.pi / 8.0 * error**2)
    return np.asarray(expit((mean[:, None] - difficulty[None, :]) * shrink[:, None]), np.float64)


def information_at(items: Items, at: float) -> Floats:
    """Information of each question for a person of ability `at`: whether it is worth keeping; float64 [question]."""
    p = expit(items.slope * (at - items.difficulty))
    return np.asarray(items.slope**2 * p * (1.0 - p), np.float64)
