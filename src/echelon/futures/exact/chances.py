"""Chances: what each program's stages and filings pass with, given the factors that its outcomes share."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from echelon.futures.arrays import F8, I8
from echelon.futures.model import Model

OWN_NODES = 48
DATA_NODES = 64
SUM_NODES = np.linspace(-7.0, 7.0, 113)
FILING = 2


@dataclass(frozen=True)
class Chances:
    """Probabilities of one program on nodes z of the shared factor.

    reach, passed : f8[z, stage] probability of reaching and of passing each stage ahead.
    weight : f8[z, i] probability of what the data are worth, given that the filing is reached.
    approve : f8[i, pair] probability of approval then; approvals are independent given i.
    """

    reach: F8
    passed: F8
    weight: F8
    approve: F8


def factor_roots(model: Model) -> F8:
    """Loadings f8[p, k] of the programs on independent standard normals, from the way factors are drawn."""
    factors = model.factors
    count = factors.mean.size
    root = np.zeros((count, count))
    for k in range(count - 1, -1, -1):
        root[k, k] = factors.scale[k]
        for i in range(factors.solve_from[k], factors.solve_from[k + 1]):
            root[k] -= factors.weight[i] * root[factors.solve[i]]
    return _loadings(model) @ root


def shared_columns(model: Model) -> tuple[int, ...]:
    """Independent normals that move the outcomes of more than one program that has stages ahead."""
    ahead = np.diff(model.programs.stage_from) > 0
    roots = factor_roots(model)[ahead]
    return tuple(int(k) for k in np.flatnonzero((np.abs(roots) > 1e-12).sum(axis=0) > 1))


def normal_nodes(count: int) -> tuple[F8, F8]:
    """Nodes and weights of a standard normal (Gauss-Hermite)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    return nodes, weights / weights.sum()


def open_pairs(model: Model, p: int) -> I8:
    """Pairs of a program that are still to be decided; other parts of a combination follow theirs."""
    mine = np.arange(model.programs.pair_from[p], model.programs.pair_from[p + 1])
    return np.asarray(mine[(model.pairs.held[mine] == 0) & (model.pairs.leader[mine] < 0)], np.int64)


def gets_there(model: Model, f: int) -> float:
    """Probability that an authority has data to decide on: taken as they are, or after a bridging study."""
    pairs = model.pairs
    if pairs.bridge_stream[f] < 0:
        return 1.0
    return float(pairs.accepts[f] + (1.0 - pairs.accepts[f]) * pairs.bridging_pos[f])


class ChanceBook:
    """Chances of all programs on common nodes of the one factor that they may share."""

    def __init__(self, model: Model, nodes: int) -> None:
        self._model = model
        shared = shared_columns(model)
        assert len(shared) <= 1, "one shared factor at most"
        roots = factor_roots(model)
        self._mean = _loadings(model) @ model.factors.mean
        self._shared = roots[:, shared[0]] if shared else np.zeros(len(roots))
        variance = (roots**2).sum(axis=1) - self._shared**2 + model.programs.private**2
        self._own = np.sqrt(np.maximum(variance, 0.0))
        self.nodes, self.weight = normal_nodes(nodes) if shared else (np.zeros(1), np.ones(1))

    def of(self, p: int) -> Chances:
        """Chances of one program."""
        model, programs = self._model, self._model.programs
        stages = range(programs.stage_from[p], programs.stage_from[p + 1])
        x, w = normal_nodes(OWN_NODES) if self._own[p] > 1e-9 else (np.zeros(1), np.ones(1))
        value = self._mean[p] + self._shared[p] * self.nodes[:, None] + self._own[p] * x[None, :]
        residual = float(programs.residual[p])
        left = np.broadcast_to(w, value.shape)
        reach = np.zeros((self.nodes.size, len(stages)))
        passed = np.zeros_like(reach)
        weight, approve = np.ones((self.nodes.size, 1)), np.zeros((1, 0))
        for j, s in enumerate(stages):
            reach[:, j] = left.sum(axis=1)
            if model.stages.kind[s] == FILING:
                weight, approve = self._filed(p, value, left)
                passed[:, j] = reach[:, j] * (weight @ (1.0 - np.prod(1.0 - approve, axis=1)))
            else:
                left = left * (
                    model.stages.pos[s] if residual >= 1.0 else ndtr((model.stages.threshold[s] - value) / residual)
                )
                passed[:, j] = left.sum(axis=1)
        return Chances(reach, passed, weight, approve)

    def _filed(self, p: int, value: F8, left: F8) -> tuple[F8, F8]:
        # What the data are worth, given that the filing is reached, and the approvals that follow.
        pairs, residual = self._model.pairs, float(self._model.programs.residual[p])
        mine = open_pairs(self._model, p)
        cuts, common = pairs.threshold[mine], pairs.common[mine]
        total = left.sum(axis=1, keepdims=True)
        # A filing that is never reached has no data; any distribution of them then weighs nothing.
        given = np.divide(left, total, out=np.full_like(left, 1.0 / left.shape[1]), where=total > 0.0)
        open_to = np.array([gets_there(self._model, int(f)) for f in mine])
        if mine.size == 1:
            chance = (given * ndtr((cuts[0] - value) / residual)).sum(axis=1)
            return np.stack([chance, 1.0 - chance], axis=1), np.array([[1.0], [0.0]]) * open_to
        if (common >= 1.0).all():
            weight, approve = self._nested(p, mine, value, given)
            return weight, approve * open_to
        # All authorities weigh the same sum of shared value and data, each with a remainder of its own.
        shared = residual * common[0]
        if value.size == 1 and shared > 0.0:
            data, weight = normal_nodes(DATA_NODES)
            centre = value[0, 0] + shared * data
            weight = weight[None, :]
        else:
            centre = SUM_NODES
            width = centre[1] - centre[0]
            away = (centre[None, None, :] - value[:, :, None]) / width
            if shared > 0.0:
                edge = 0.5 * width
                mass = ndtr((away * width + edge) / shared) - ndtr((away * width - edge) / shared)
            else:
                mass = np.maximum(1.0 - np.abs(away), 0.0)
            weight = (given[:, :, None] * mass).sum(axis=1)
            weight = weight / weight.sum(axis=1, keepdims=True)
        noise = residual * np.sqrt(1.0 - common[0] ** 2)
        return weight, ndtr((cuts[None, :] - centre[:, None]) / noise) * open_to

    def _nested(self, p: int, mine: I8, value: F8, given: F8) -> tuple[F8, F8]:
        # Every authority reads the same data: who approves under a stricter threshold approves under a laxer one.
        pairs, residual = self._model.pairs, float(self._model.programs.residual[p])
        cuts = pairs.threshold[mine]
        order = np.unique(cuts)
        under = ndtr((order[None, None, :] - value[:, :, None]) / residual)
        weight = (given[:, :, None] * np.diff(under, axis=2, prepend=0.0, append=1.0)).sum(axis=1)
        approve = (np.append(order, np.inf)[:, None] <= cuts[None, :]).astype(np.float64)
        approve[-1] = 0.0
        place = {int(f): i for i, f in enumerate(mine)}
        for i, f in enumerate(mine):
            other = place.get(int(pairs.relies[f]), -1)
            if other >= 0:
                approve[:, i] *= approve[:, other]
        return weight, approve


def _loadings(model: Model) -> F8:
    programs = model.programs
    found = np.zeros((programs.report.size, model.factors.mean.size))
    for p in range(programs.report.size):
        for i in range(programs.factor_from[p], programs.factor_from[p + 1]):
            found[p, programs.factor[i]] += programs.loading[i]
    return found
