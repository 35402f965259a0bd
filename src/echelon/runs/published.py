"""Published results, worked out again through a company's own tables and the same engines as any company's."""

import csv
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from echelon.company.read import load
from echelon.company.resolve import resolve
from echelon.examples import example
from echelon.futures.build.build import Built, build
from echelon.futures.exact.engine import exact
from echelon.futures.exact.figures import Figures
from echelon.runs.published_inputs import input_figure
from echelon.runs.run import Run
from echelon.runs.simulate import simulate

SIMULATED_FUTURES = 65_536


@dataclass(frozen=True)
class Check:
    """One published figure beside ours.

    name, source : what and where from. published : the printed figure. ours : by the exact engine. difference : ours
    less published. ok : ours rounds to the printed digits. simulated, z : by simulation, and how many standard errors
    that is from the exact figure; None where a simulation has no simple standard error for it. confidence : how the
    published figure is known. note : why a figure that is not ok is not, where that is known. se : standard error of
    ours where the rules draw it; then ok means within half a printed unit and three standard errors.
    """

    name: str
    source: str
    published: float
    ours: float
    difference: float
    ok: bool
    simulated: float | None
    z: float | None
    confidence: str
    note: str
    se: float | None = None

    @classmethod
    def of(cls, row: Mapping[str, str], ours: float) -> "Check":
        """The check of a row of published figures (name, source, published, confidence, note): to printed digits."""
        published, ok = float(row["published"]), rounds_to(ours, row["published"])
        about = row["name"], row["source"]
        return cls(*about, published, ours, ours - published, ok, None, None, row["confidence"], row["note"])

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)


class Case:
    """A published company: its arrays, its exact figures and, once asked for, a simulated run."""

    def __init__(self, name: str) -> None:
        self.company = load(example(f"published/{name}"))
        resolved, _ = resolve(self.company)
        self.built: Built = build(resolved)
        self.figures: Figures = exact(self.built).figures
        self._run: Run | None = None

    def run(self, seed: int) -> Run:
        """The company simulated."""
        if self._run is None:
            self._run = simulate(self.company, SIMULATED_FUTURES, seed)
        return self._run

    def stage(self, name: str) -> int:
        """Place of the first stage of a name."""
        return [stage for _, stage in self.built.labels.stages].index(name)

    def report(self, program: str) -> int:
        """Place of a program."""
        return self.built.labels.reports.index(program)

    def p_launch(self, r: int) -> float:
        """Probability of launch within the horizon."""
        return float(self.figures.launches[r, :-1].sum())

    def clinical(self) -> list[int]:
        """Stages of the clinic."""
        return [s for s, kind in enumerate(self.built.model.stages.kind) if kind == 1]


def work_out(case: Case, figure: str, item: str) -> float:
    """One figure of a case by the exact engine; the names are those of column `figure` in published/figures.csv."""
    f = case.figures
    if figure.startswith("stage_"):
        return _of_stage(case, figure, case.stage(item))
    if figure.startswith(("at_least", "launches")):
        return _of_counts(case, figure, item)
    r = case.report(item)
    launched, discount = case.p_launch(r), float(f.launch_discount[r])
    clinical = case.clinical()
    if figure in ("p_launch", "p_launch_percent"):
        return launched * (100.0 if figure.endswith("percent") else 1.0)
    if figure.startswith(("value", "return")):
        return _of_fund(case, figure, r)
    return {
        "cost_per_launch": float(f.cost[r]) / launched,
        "capital_per_launch": float(f.cost_pv[r]) / discount,
        "clinical_cost": float(f.stage_cost[clinical].sum()),
        "clinical_cost_per_launch": float(f.stage_cost[clinical].sum()) / launched,
        "clinical_capital_per_launch": float(f.stage_cost_pv[clinical].sum()) / discount,
    }[figure]


def _of_fund(case: Case, figure: str, r: int) -> float:
    # A return is what a success is worth when it launches, times how often, over what was paid, spread over ten years.
    f = case.figures
    launched, paid = case.p_launch(r), float(f.cost[r])
    success = (float(f.npv[r]) + float(f.cost_pv[r])) / float(f.launch_discount[r])
    return {
        "value_of_success_bn": success / 1000.0,
        "return_percent": 100.0 * (math.pow(launched * success / paid, 0.1) - 1.0),
        "return_sd_single": 100.0 * math.sqrt(launched * (1.0 - launched)) * success / paid / math.sqrt(10.0),
        "return_sd": 100.0 * _count_sd(f) * success / paid / len(case.built.labels.reports) / math.sqrt(10.0),
    }[figure]


def _of_stage(case: Case, figure: str, s: int) -> float:
    f = case.figures
    r = case.report(case.built.labels.stages[s][0])
    launched, discount = case.p_launch(r), float(f.launch_discount[r])
    return {
        "stage_starts_per_launch": float(f.reached[s]) / launched,
        "stage_cost_per_launch": float(f.stage_cost[s]) / launched,
        "stage_capital_per_launch": float(f.stage_cost_pv[s]) / discount,
        "stage_capital_per_start": float(f.stage_cost_pv[s]) / float(f.reached[s]) * launched / discount,
    }[figure]


def _of_counts(case: Case, figure: str, item: str) -> float:
    share = case.figures.launched[0]
    if figure == "launches_sd":
        return _count_sd(case.figures)
    probability = float(share[int(item) :].sum())
    return 100.0 * probability if figure == "at_least_percent" else probability


def _count_sd(figures: Figures) -> float:
    share = figures.launched[0]
    mean = sum(k * p for k, p in enumerate(share))
    return math.sqrt(sum((k - mean) ** 2 * p for k, p in enumerate(share)))


def simulated(case: Case, figure: str, item: str, seed: int) -> tuple[float, float] | None:
    """The figure by simulation with its standard error, where it is a plain probability."""
    percent = 100.0 if figure.endswith("percent") else 1.0
    if figure in ("p_launch", "p_launch_percent"):
        row = case.run(seed).programs().filter(case.run(seed).programs()["program"] == item).to_dicts()[0]
        return percent * row["p_launch"], percent * row["p_launch_se"]
    if figure in ("at_least", "at_least_percent"):
        table = case.run(seed).table("launch_counts")
        row = table.filter(table["programs"] == int(item)).to_dicts()[0]
        return percent * row["at_least"], percent * row["at_least_se"]
    return None


def rounds_to(ours: float, printed: str) -> bool:
    """Whether a figure, rounded half up to the printed digits, is the printed one."""
    if not math.isfinite(ours):
        return False
    digits = Decimal(printed)
    return Decimal(repr(ours)).quantize(digits, ROUND_HALF_UP) == digits


def inputs(sampled: bool) -> list[Check]:
    """Published inputs beside what comes out of small companies lived by the rules; with luck in them if `sampled`."""
    checks = []
    for row in input_rows():
        if row["by"] == "luck" and not sampled:
            continue
        ours, error = input_figure(row["figure"], row["item"])
        check = Check.of(row, ours)
        half = 0.5 * 10.0 ** -len(row["published"].partition(".")[2])
        near = abs(check.difference) <= half + 3.0 * error
        checks.append(replace(check, ok=near, se=error) if error > 0.0 else check)
    return checks


def input_rows() -> list[dict[str, str]]:
    """Rows of published/inputs.csv; `by` says whether the rules draw the figure (luck) or not (rule)."""
    with (example("published/paul2010").parent / "inputs.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def verify(seed: int = 1, simulate_too: bool = True) -> list[Check]:
    """Every published figure beside ours.

    seed : of the simulations. simulate_too : whether probabilities are also simulated, and inputs that are drawn.
    """
    cases: dict[str, Case] = {}
    checks = []
    with (example("published/paul2010").parent / "figures.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["company"] not in cases:
            cases[row["company"]] = Case(row["company"])
        case = cases[row["company"]]
        ours = work_out(case, row["figure"], row["item"])
        check = Check.of(row, ours)
        if simulate_too and (found := simulated(case, row["figure"], row["item"], seed)):
            check = replace(check, simulated=found[0], z=(found[0] - ours) / found[1] if found[1] > 0 else None)
        checks.append(check)
    return checks + inputs(simulate_too)


def printed_digits(value: float) -> int:
    """Significant digits of a printed figure."""
    return len(f"{value:.12g}".replace(".", "").replace("-", "").lstrip("0"))


def figure(value: float, digits: int) -> str:
    """A figure with at least six significant digits, or as many as one beside it has."""
    return f"{value:,.{max(6, digits)}g}" if digits else f"{value:,.12g}"


def page(checks: list[Check]) -> str:
    """The page of published results, as Markdown."""
    lines = [
        "# Published results",
        "",
        "What `echelon verify` prints: published figures, and ours from a company's own tables",
        "(`examples/published`) through the exact engine. It also simulates the probabilities and says how many",
        "standard errors apart they are. Designed experiments (`examples/process`) go through `echelon process`,",
        "plans of trials and of capacity bought at risk through `echelon trials` and `echelon vaccines`,",
        "campaign plans (`examples/campaigns`) through `echelon campaign`.",
        "A row is ok when ours rounds to the printed digits.",
        "This page is what `echelon verify --exact-only --markdown` prints.",
        "",
        "| result | published | ours | ok | how known |",
        "|---|---|---|---|---|",
    ]
    notes: list[str] = []
    for check in checks:
        if check.se is not None:
            continue
        shown = "yes" if check.ok else f"no ({len(notes) + 1})"
        if not check.ok:
            notes.append(f"{len(notes) + 1}. {check.name}: {check.note}.")
        shown_figures = f"{figure(check.published, 0)} | {figure(check.ours, printed_digits(check.published))}"
        lines.append(f"| {check.name} | {shown_figures} | {shown} | {check.confidence} |")
    told = [check.source for check in checks if check.se is None]
    sources = dict.fromkeys([*told, *(row["source"] for row in input_rows())])
    return "\n".join([*lines, "", *notes, "", *_drawn(), "", "Sources: " + "; ".join(sources) + ".", ""])


def _drawn() -> list[str]:
    # What the rules draw is told without our figures, which `echelon verify` gives with their standard errors.
    rows = [row for row in input_rows() if row["by"] == "luck"]
    lines = [
        "Inputs that the rules draw: `echelon verify` lives small companies (many drugs negotiated, many sites",
        "visited) and gives ours with its standard error; a row is ok within half a printed unit and three standard",
        "errors.",
        "",
        "| input | published | how known | where it is missed, why |",
        "|---|---|---|---|",
    ]
    return lines + [f"| {row['name']} | {row['published']} | {row['confidence']} | {row['note']} |" for row in rows]
