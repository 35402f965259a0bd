"""Bayesian design: the next runs by expected improvement under Gaussian processes, where the limits may well hold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize, stats

from echelon.supply.process.designs import Plan, next_block, refuse
from echelon.supply.process.fit import fit
from echelon.supply.process.model import basis, numbered
from echelon.supply.process.space import candidates
from echelon.supply.process.table import F8, Experiments, Response

POINTS = 4_096
"""Places of the region at which the next run is looked for; a power of two."""

NEXT = 4
APART = 0.3
"""Coded units by which runs of one batch differ in some factor."""

TINY = 1e-12


@dataclass(frozen=True)
class Process:
    """A Gaussian process with squared-exponential kernel, one length per factor, and noise.

    The kernel's numbers maximise the marginal likelihood (Rasmussen and Williams 2006, eq. 5.8) times weak priors that
    keep lengths near the size of the region; the response is in standard units.
    """

    x: F8
    weights: F8
    factor: F8
    lengths: F8
    signal: float
    noise: float
    mean: float
    scale: float

    def predict(self, x: F8) -> tuple[F8, F8]:
        """(p,) mean and standard deviation of the surface, without noise, in the response's unit."""
        across = _kernel(x, self.x, self.lengths, self.signal)
        half = linalg.solve_triangular(self.factor, across.T, lower=True)
        variance = np.maximum(self.signal - (half**2).sum(axis=0), TINY)
        return self.mean + self.scale * (across @ self.weights), self.scale * np.sqrt(variance)

    @property
    def noise_sd(self) -> float:
        """Standard deviation of a single run about the surface."""
        return float(self.scale * np.sqrt(self.noise))


def _kernel(a: F8, b: F8, lengths: F8, signal: float) -> F8:
    gap = ((a[:, None, :] - b[None, :, :]) / lengths) ** 2
    found: F8 = signal * np.exp(-0.5 * gap.sum(axis=2))
    return found


def learn(x: F8, y: F8) -> Process:
    """A process fitted to runs; (n, d) places and (n,) values."""
    mean, scale = float(y.mean()), float(y.std()) or 1.0
    values = (y - mean) / scale
    d = x.shape[1]

    def cost(logs: F8) -> float:
        lengths, signal, noise = np.exp(logs[:d]), float(np.exp(logs[d])), float(np.exp(logs[d + 1]))
        try:
            factor = linalg.cholesky(_kernel(x, x, lengths, signal) + (noise + 1e-8) * np.eye(len(x)), lower=True)
        except linalg.LinAlgError:
            return 1e10
        half = linalg.solve_triangular(factor, values, lower=True)
        prior = ((logs[:d] - np.log(1.5)) ** 2).sum() / 2 + logs[d] ** 2 / 8 + (logs[d + 1] - np.log(0.05)) ** 2 / 8
        return float(0.5 * half @ half + np.log(np.diag(factor)).sum() + prior)

    bounds = [(np.log(0.1), np.log(30.0))] * d + [(np.log(0.05), np.log(50.0)), (np.log(1e-5), np.log(2.0))]
    tried = [
        optimize.minimize(cost, np.array([np.log(length)] * d + [0.0, np.log(0.05)]), method="L-BFGS-B", bounds=bounds)
        for length in (0.7, 1.5, 4.0)
    ]
    logs = min(tried, key=lambda one: float(one.fun)).x
    lengths, signal, noise = np.exp(logs[:d]), float(np.exp(logs[d])), float(np.exp(logs[d + 1]))
    return _given(x, values, lengths, signal, noise, mean, scale)


def _given(x: F8, values: F8, lengths: F8, signal: float, noise: float, mean: float, scale: float) -> Process:
    factor = linalg.cholesky(_kernel(x, x, lengths, signal) + (noise + 1e-8) * np.eye(len(x)), lower=True)
    weights = linalg.cho_solve((factor, True), values)
    return Process(x, weights, factor, lengths, signal, noise, mean, scale)


def _believing(process: Process, values: F8, at: F8) -> tuple[Process, F8]:
    """The process as if a run had given its expected value, so that the next run looks elsewhere."""
    seen = (process.predict(at[None])[0] - process.mean) / process.scale
    values = np.append(values, seen)
    x = np.vstack([process.x, at])
    made = _given(x, values, process.lengths, process.signal, process.noise, process.mean, process.scale)
    return made, values


def _places(experiments: Experiments, x: F8) -> F8:
    parts = [basis(factor, x[:, i]) for i, factor in enumerate(experiments.factors)]
    found: F8 = np.hstack(parts)
    return found


def bayesian(experiments: Experiments, runs: int | None, seed: int) -> Plan:
    """The next runs: expected improvement of the goal, times the probability that all limits hold.

    Without a goal, the runs at which all limits are most likely to hold, given what is not yet known of the surface.
    Several runs are found one after the other, each as if those before had given what is expected of them.

    Raises
    ------
    CompanyError
        If nothing is wanted, or too little is known.
    """
    wanted = [j for j, response in enumerate(experiments.responses) if response.goal or response.limited]
    if not wanted:
        raise refuse(
            experiments, "a Bayesian design needs a limit or a goal for some response", 'add `goal = "maximise"`'
        )
    least = len(experiments.factors) + 2
    known = np.isfinite(experiments.y[:, wanted]).sum(axis=0) if len(experiments.y) else np.zeros(len(wanted))
    if min(known) < least:
        message = f"a Bayesian design learns from runs, and needs {least} of each response; there are {int(min(known))}"
        raise refuse(experiments, message, "begin with central-composite, box-behnken or d-optimal")
    processes: dict[int, tuple[Process, F8]] = {}
    for j in wanted:
        rows = np.isfinite(experiments.y[:, j])
        y = _without_blocks(experiments, j, rows)
        process = learn(_places(experiments, experiments.x[rows]), y)
        processes[j] = process, (y - process.mean) / process.scale
    points = candidates(experiments, POINTS, seed)
    found: list[F8] = []
    expected: list[dict[str, float]] = []
    for _ in range(NEXT if runs is None else runs):
        value = _acquisition(experiments, {j: p for j, (p, _) in processes.items()}, _places(experiments, points))
        for other in found:
            value = np.where(_far(experiments, points, other), value, -np.inf)
        x = points[int(value.argmax())]
        place = _places(experiments, x[None])
        expected.append(_expected(experiments, {j: p for j, (p, _) in processes.items()}, place))
        found.append(x)
        processes = {j: _believing(p, values, place[0]) for j, (p, values) in processes.items()}
    goals = [r.name for r in experiments.responses if r.goal]
    aim = f"expected improvement of {' and '.join(goals)}" if goals else "the chance that all limits hold"
    said = (
        f"{len(found)} runs by {aim}, learned from {len(experiments.x)} runs by Gaussian processes.",
        "Each run is chosen as if those before it had given what is expected, and apart from them.",
    )
    return Plan("bayesian", np.array(found), next_block(experiments), said, tuple(expected))


def _far(experiments: Experiments, points: F8, other: F8) -> NDArray[np.bool_]:
    """Which points differ from another by more than a fraction of a range, or by a word."""
    numeric = list(experiments.numeric)
    words = [i for i in range(points.shape[1]) if i not in numeric]
    gap = np.abs(points[:, numeric] - other[numeric]).max(axis=1, initial=0.0)
    return np.asarray((gap > APART) | (points[:, words] != other[words]).any(axis=1))


def _without_blocks(experiments: Experiments, j: int, rows: NDArray[np.bool_]) -> F8:
    """Values less what their block adds, by the fitted surface; a process would take a block for a factor."""
    y: F8 = experiments.y[rows, j]
    if not experiments.blocks:
        return y
    made = fit(experiments, j)
    numbers = np.array(numbered(experiments))[rows]
    shift = {term.block: value for term, value in zip(made.model.terms, made.beta, strict=True) if term.kind == "block"}
    added = np.array([shift.get(int(b), 0.0) for b in numbers])
    average = sum(shift.values()) / len(experiments.block_names)
    free: F8 = y - added + average
    return free


def _expected(experiments: Experiments, processes: dict[int, Process], place: F8) -> dict[str, float]:
    found: dict[str, float] = {}
    for j, process in processes.items():
        mean, sd = process.predict(place)
        name = experiments.responses[j].name
        found[f"{name} expected"] = float(mean[0])
        found[f"{name} sd"] = float(np.hypot(sd[0], process.noise_sd))
    return found


def _acquisition(experiments: Experiments, processes: dict[int, Process], places: F8) -> F8:
    """(p,) log of the probability that all limits hold, plus log of the improvement expected of the goals."""
    total = np.zeros(len(places))
    for j, process in processes.items():
        response = experiments.responses[j]
        mean, sd = process.predict(places)
        if response.limited:
            total += _log_held(response, mean, np.hypot(sd, process.noise_sd))
    for j, process in processes.items():
        if experiments.responses[j].goal:
            total += _log_improvement(experiments, j, process, places)
    return total


def _log_held(response: Response, mean: F8, sd: F8) -> F8:
    low = -np.inf if response.low is None else response.low
    high = np.inf if response.high is None else response.high
    inside = stats.norm.cdf((high - mean) / sd) - stats.norm.cdf((low - mean) / sd)
    beyond = np.maximum(np.maximum(low - mean, mean - high), 0.0) / sd
    # Far outside, where the probability underflows, the nearer is still the better.
    return np.asarray(np.where(inside > TINY, np.log(np.maximum(inside, TINY)), np.log(TINY) - beyond))


def _log_improvement(experiments: Experiments, j: int, process: Process, places: F8) -> F8:
    """Log expected improvement over the best expected value among the runs made."""
    response = experiments.responses[j]
    mean, sd = process.predict(places)
    seen = process.predict(process.x)[0]
    if response.goal == "target" and response.target is not None:
        best = float(np.abs(seen - response.target).min())
        nodes, weights = np.polynomial.hermite_e.hermegauss(31)
        near = np.abs(mean[:, None] + sd[:, None] * nodes - response.target)
        improvement = np.maximum(best - near, 0.0) @ weights / weights.sum()
        off = np.abs(mean - response.target) / sd
    else:
        sign = 1.0 if response.goal == "maximise" else -1.0
        z = (sign * mean - float((sign * seen).max())) / sd
        improvement = sd * (z * stats.norm.cdf(z) + stats.norm.pdf(z))
        off = np.abs(z)
    return np.asarray(np.where(improvement > TINY, np.log(np.maximum(improvement, TINY)), np.log(TINY) - off))
