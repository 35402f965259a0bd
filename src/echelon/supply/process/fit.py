"""Least squares on one response: coefficients, analysis of variance, lack of fit, residuals."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from echelon.supply.process.model import Kind, Model, build, numbered
from echelon.supply.process.table import F8, Experiments

KINDS: tuple[Kind, ...] = ("block", "linear", "interactions", "quadratic")
WORDS = {"block": "blocks", "linear": "linear", "interactions": "interactions", "quadratic": "quadratic"}
OUTLIER = 0.05
"""Chance, over all runs together, at which a run is called an outlier though none is one."""

EXACT = 1e-12
"""Size of a residual over the largest response, under which it is rounding of a fit that is exact."""


@dataclass(frozen=True)
class Coefficient:
    """One coefficient in coded units; what needs residual degrees of freedom is nan where there are none."""

    term: str
    kind: Kind
    estimate: float
    se: float
    t: float
    p: float
    low: float
    high: float


@dataclass(frozen=True)
class Source:
    """One line of the analysis of variance; F and p are nan where there is nothing to compare with."""

    name: str
    df: int
    ss: float
    ms: float
    f: float
    p: float


@dataclass(frozen=True)
class Case:
    """One run beside its fit: residual, leverage, studentised residuals (with and without the run), Cook's distance."""

    line: int
    observed: float
    fitted: float
    residual: float
    leverage: float
    standardised: float
    studentised: float
    cook: float
    outlier: bool


@dataclass(frozen=True)
class Fit:
    """A fitted response surface.

    Attributes
    ----------
    response : place of the response.
    rows : places of the runs used.
    beta : (q,) coefficients, coded. inverse : (q, q) of X'X. df : residual degrees of freedom. s2 : residual variance.
    anova : sequential sums of squares: blocks, linear, interactions, quadratic, residual, lack of fit, pure error.
    """

    response: int
    rows: tuple[int, ...]
    model: Model
    beta: F8
    inverse: F8
    df: int
    s2: float
    r2: float
    r2_adjusted: float
    r2_predicted: float
    press: float
    coefficients: tuple[Coefficient, ...]
    anova: tuple[Source, ...]
    cases: tuple[Case, ...]

    def source(self, name: str) -> Source | None:
        """A line of the analysis of variance."""
        return next((one for one in self.anova if one.name == name), None)

    def predict(self, x: F8) -> F8:
        """(p,) predicted means at (p, k) coded points, of the average block."""
        found: F8 = self.model.matrix(x) @ self.beta
        return found

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "model": self.model.order,
            "runs": len(self.rows),
            "df": self.df,
            "sd": float(np.sqrt(self.s2)),
            "r2": self.r2,
            "r2_adjusted": self.r2_adjusted,
            "r2_predicted": self.r2_predicted,
            "press": self.press,
            "coefficients": [vars(one) for one in self.coefficients],
            "anova": [vars(one) for one in self.anova],
            "residuals": [vars(one) for one in self.cases],
        }


def fit(experiments: Experiments, response: int, model: Model | None = None) -> Fit:
    """Fit one response by least squares to the runs in which it was measured.

    Parameters
    ----------
    model : a model to use; without one, the model asked for or the richest that these runs allow.
    """
    rows = np.flatnonzero(np.isfinite(experiments.y[:, response]))
    made = build(experiments, rows.tolist()) if model is None else model
    numbers = numbered(experiments)
    block = None if numbers is None else [numbers[i] for i in rows]
    matrix, y = made.matrix(experiments.x[rows], block), experiments.y[rows, response]
    q_matrix, r_matrix = np.linalg.qr(matrix)
    r_inverse = np.linalg.inv(r_matrix)
    inverse = r_inverse @ r_inverse.T
    beta = r_inverse @ (q_matrix.T @ y)
    fitted = matrix @ beta
    residual = y - fitted
    df = len(y) - matrix.shape[1]
    rounding = len(y) * (EXACT * float(np.abs(y).max())) ** 2
    ss = _unless(float(residual @ residual), rounding) if df else 0.0
    s2 = ss / df if df else float("nan")
    total = _unless(float(((y - y.mean()) ** 2).sum()), rounding)
    squares = (q_matrix.T @ y) ** 2
    if df and ss == 0.0:  # fitted exactly: what is left of a term that is nought is rounding, too
        beta = np.where(np.abs(beta) <= EXACT * np.abs(y).max(), 0.0, beta)
        squares = np.where(squares <= rounding, 0.0, squares)
    leverage = (q_matrix**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        press = float(((residual / (1 - leverage)) ** 2).sum()) if df and leverage.max() < 1 - 1e-9 else float("nan")
    return Fit(
        response=response,
        rows=tuple(int(i) for i in rows),
        model=made,
        beta=beta,
        inverse=inverse,
        df=df,
        s2=s2,
        r2=1 - ss / total if total > 0 else float("nan"),
        r2_adjusted=1 - s2 / (total / (len(y) - 1)) if df and total > 0 else float("nan"),
        r2_predicted=1 - press / total if total > 0 else float("nan"),
        press=press,
        coefficients=_coefficients(made, beta, inverse, s2, df),
        anova=_anova(made, squares, ss, df, _pure(experiments, rows, y), total),
        cases=_cases(experiments, rows, y, fitted, leverage, s2, df),
    )


def _unless(size: float, rounding: float) -> float:
    # A sum of squares that is only rounding is none; else it would give errors, and tests, of its own.
    return size if size > rounding else 0.0


def _coefficients(model: Model, beta: F8, inverse: F8, s2: float, df: int) -> tuple[Coefficient, ...]:
    errors = np.sqrt(s2 * np.diag(inverse)) if df else np.full(len(beta), np.nan)
    wide = stats.t.ppf(0.975, df) if df else np.nan
    found = []
    for term, value, error in zip(model.terms, beta, errors, strict=True):
        t = value / error if error > 0 else np.nan
        p = 2 * stats.t.sf(abs(t), df) if df and error > 0 else np.nan
        found.append(
            Coefficient(
                term.name, term.kind, float(value), float(error), float(t), float(p),
                float(value - wide * error), float(value + wide * error),
            )
        )  # fmt: skip
    return tuple(found)


def _pure(experiments: Experiments, rows: NDArray[np.intp], y: F8) -> tuple[float, int]:
    """Sum of squares and degrees of freedom between runs at the same levels in the same block."""
    groups: dict[tuple[Any, ...], list[float]] = defaultdict(list)
    for i, value in zip(rows, y, strict=True):
        block = experiments.blocks[i] if experiments.blocks else ""
        groups[(*np.round(experiments.x[i], 8).tolist(), block)].append(value)
    ss = sum(float(((np.array(g) - np.mean(g)) ** 2).sum()) for g in groups.values())
    return ss, len(y) - len(groups)


def _anova(model: Model, squares: F8, ss: float, df: int, pure: tuple[float, int], total: float) -> tuple[Source, ...]:
    found: list[Source] = []

    def line(name: str, size: float, degrees: int, against: float, under: int) -> None:
        ms = size / degrees if degrees else float("nan")
        f = ms / against if degrees and under and against > 0 else float("nan")
        found.append(Source(name, degrees, size, ms, f, float(stats.f.sf(f, degrees, under)) if f == f else f))

    residual = ss / df if df else float("nan")
    for kind in KINDS:
        of_kind = [j for j, term in enumerate(model.terms) if term.kind == kind]
        if of_kind:
            line(WORDS[kind], float(squares[of_kind].sum()), len(of_kind), residual, df)
    line("residual", ss, df, float("nan"), 0)
    pure_ss, pure_df = pure
    if pure_df > 0 and df >= pure_df:
        lack_df = df - pure_df
        lack = max(ss - pure_ss, 0.0) if lack_df else 0.0
        line("lack of fit", lack, lack_df, pure_ss / pure_df, pure_df)
        line("pure error", pure_ss, pure_df, float("nan"), 0)
    count = int(sum(one.df for one in found if one.name not in ("lack of fit", "pure error")))
    line("total", total, count, float("nan"), 0)
    return tuple(found)


def _cases(
    experiments: Experiments, rows: NDArray[np.intp], y: F8, fitted: F8, leverage: F8, s2: float, df: int
) -> tuple[Case, ...]:
    count, q = len(y), len(y) - df
    room = 1 - leverage
    free = room > 1e-9
    with np.errstate(divide="ignore", invalid="ignore"):
        standardised = np.where(free, (y - fitted) / np.sqrt(s2 * room), np.nan)
        left = (df - standardised**2) / (df - 1) if df > 1 else np.full(count, np.nan)
        studentised = np.where(left > 0, standardised / np.sqrt(left), np.nan)
        cook = standardised**2 * leverage / (q * room)
    far = stats.t.isf(OUTLIER / (2 * count), df - 1) if df > 1 else np.inf
    return tuple(
        Case(
            experiments.lines[i], float(y[j]), float(fitted[j]), float(y[j] - fitted[j]), float(leverage[j]),
            float(standardised[j]), float(studentised[j]), float(cook[j]) if free[j] else float("nan"),
            bool(abs(studentised[j]) > far),
        )
        for j, i in enumerate(rows)
    )  # fmt: skip
