"""Simulated audits, and how often the stated range holds the truth; run as a program it prints the measured table."""

import sys
from itertools import product

import numpy as np

from echelon.readiness.audits.unseen import Round, between, detection, next_audit

HETEROGENEITY = {"low": 20.0, "high": 2.5}
"""Concentration of the beta from which each gap's chance is drawn."""

SKILL = 0.25
"""Log standard deviation of the auditors' skill."""


def audit(rng, gaps, auditors, mean, kind, chances=None):
    """Histories of one round; `chances` of the gaps where they are given."""
    size = HETEROGENEITY[kind]
    p = rng.beta(mean * size, (1 - mean) * size, gaps) if chances is None else chances
    skill = np.exp(rng.normal(0.0, SKILL, auditors))
    return rng.random((len(p), auditors)) < np.clip(p[:, None] * skill, 0.0, 0.99)


def held_by_range(seed, repeats, gaps, auditors, mean, kind, level=0.8):
    """Share of simulated audits whose range of the unseen holds the truth, and the median width."""
    rng = np.random.default_rng(seed)
    held, widths = 0, []
    for _ in range(repeats):
        made = detection([Round("one", audit(rng, gaps, auditors, mean, kind))])
        found = between(made, made.seen, level)
        held += found.low <= gaps - made.seen <= found.high
        widths.append(found.high - found.low)
    return held / repeats, float(np.median(widths))


def held_over_rounds(seed, repeats, gaps, auditors, rounds, fixed, kind, mean=0.3, level=0.8):
    """The same over several audits, a share of the finds repaired after each; what is not repaired is seen again."""
    rng = np.random.default_rng(seed)
    held = 0
    size = HETEROGENEITY[kind]
    for _ in range(repeats):
        p = rng.beta(mean * size, (1 - mean) * size, gaps)
        open_, known, given = np.ones(gaps, bool), np.zeros(gaps, bool), []
        for number in range(rounds):
            finds = audit(rng, gaps, auditors, mean, kind, p) & open_[:, None]
            new = finds.any(axis=1) & ~known
            given.append(Round(f"audit {number + 1}", finds[new] if new.any() else np.zeros((0, auditors), bool)))
            known |= new
            open_ &= ~(finds.any(axis=1) & (rng.random(gaps) < fixed))
        made = detection(given)
        found = between(made, made.seen, level)
        held += found.low <= (~known).sum() <= found.high
    return held / repeats


def held_by_next(seed, repeats, gaps, auditors, more, kind, mean=0.3, level=0.8):
    """Share of simulated audits in which the next one's finds fall into the predicted range."""
    rng = np.random.default_rng(seed)
    held = 0
    for _ in range(repeats):
        whole = audit(rng, gaps, auditors + more, mean, kind)
        now = whole[:, :auditors].any(axis=1)
        made = detection([Round("one", whole[:, :auditors])])
        found = next_audit(made, more, level=level).finds
        held += found.low <= (whole[:, auditors:].any(axis=1) & ~now).sum() <= found.high
    return held / repeats


def main(repeats: int) -> None:
    """Print the measured table."""
    print("| mean chance | gaps | differ | 2 auditors | 3 | 5 | 8 |\n| --- | --- | --- | --- | --- | --- | --- |")
    for mean, gaps, kind in product((0.15, 0.3, 0.45), (30, 60, 120), ("low", "high")):
        cells = []
        for auditors in (2, 3, 5, 8):
            both = [held_by_range(7, repeats, gaps, auditors, mean, kind, level) for level in (0.8, 0.9)]
            cells.append(f"{both[0][0]:.2f} / {both[1][0]:.2f} ({both[0][1]:.0f})")
        print(f"| {mean} | {gaps} | {kind} | {' | '.join(cells)} |", flush=True)
    for kind, part in product(("low", "high"), (0.0, 0.5, 0.9, 1.0)):
        print(
            f"| five audits, {part:.0%} repaired | {kind} | {held_over_rounds(7, repeats, 60, 3, 5, part, kind):.2f} |"
        )
    for kind in ("low", "high"):
        print(f"| next audit of 3 after 4 | {kind} | {held_by_next(7, repeats, 60, 4, 3, kind):.2f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
