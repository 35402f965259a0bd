"""Totals: what a run has added up so far, checkpointed so that a killed run goes on where it was."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from echelon.futures.rules import numbers as n


@dataclass
class Totals:
    """Sums over the first `futures` futures, and their measures f8[future, measure] range by range."""

    futures: int = 0
    sums: dict[str, np.ndarray] = field(default_factory=dict)
    counts: dict[str, np.ndarray] = field(default_factory=dict)
    measures: list[np.ndarray] = field(default_factory=list)

    def add_block(self, measures: np.ndarray, sums: dict[str, np.ndarray]) -> None:
        """Fold one block, in block order."""
        self.futures += len(measures)
        self.measures.append(measures)
        for name, values in sums.items():
            if name in self.sums:
                self.sums[name] += values
            else:
                self.sums[name] = values.copy()

    def add_counts(self, counts: dict[str, np.ndarray]) -> None:
        """Fold whole-number sums, in any order."""
        for name, values in counts.items():
            if name in self.counts:
                self.counts[name] += values
            else:
                self.counts[name] = values.copy()

    def table(self) -> np.ndarray:
        """Measures of all futures, f8[future, measure]."""
        return np.concatenate(self.measures) if self.measures else np.empty((0, len(n.MEASURES)))


CHECKPOINT = "checkpoint"


def save_checkpoint(folder: Path, totals: Totals, saved_blocks: int) -> int:
    """Write what is new since `saved_blocks` blocks, then move the checkpoint forward; return the blocks saved.

    A kill at any moment leaves the previous checkpoint or this one, whole.
    """
    parts = folder / CHECKPOINT
    parts.mkdir(exist_ok=True)
    fresh = totals.measures[saved_blocks:]
    if fresh:
        _write(parts / f"measures-{saved_blocks:06d}.npy", np.concatenate(fresh))
    arrays = {f"sums.{name}": values for name, values in totals.sums.items()}
    for name, values in totals.counts.items():
        flat = values.reshape(-1)
        at = np.flatnonzero(flat)
        arrays[f"at.{name}"] = at
        arrays[f"count.{name}"] = flat[at]
        arrays[f"shape.{name}"] = np.array(values.shape)
    target = parts / f"totals-{len(totals.measures):06d}.npz"
    draft = target.with_suffix(".draft.npz")
    with draft.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    draft.replace(target)
    state = {"futures": totals.futures, "blocks": len(totals.measures), "totals": target.name}
    draft = parts / "state.draft.json"
    draft.write_text(json.dumps(state))
    draft.replace(parts / "state.json")
    for old in parts.glob("totals-*.npz"):
        if old.name != target.name:
            old.unlink()
    return len(totals.measures)


def _write(path: Path, values: np.ndarray) -> None:
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        np.save(file, values)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load_checkpoint(folder: Path) -> Totals:
    """What a run had reached; empty when it has no checkpoint."""
    parts = folder / CHECKPOINT
    totals = Totals()
    state_file = parts / "state.json"
    if not state_file.exists():
        return totals
    state = json.loads(state_file.read_text())
    totals.futures = state["futures"]
    with np.load(parts / state["totals"]) as arrays:
        for key in arrays.files:
            kind, name = key.split(".", 1)
            if kind == "sums":
                totals.sums[name] = arrays[key]
            elif kind == "shape":
                values = np.zeros(int(np.prod(arrays[key])), np.int64)
                values[arrays[f"at.{name}"]] = arrays[f"count.{name}"]
                totals.counts[name] = values.reshape(arrays[key])
    rows = [
        np.load(path) for path in sorted(parts.glob("measures-*.npy")) if int(path.stem.split("-")[1]) < state["blocks"]
    ]
    totals.measures = _blocks(np.concatenate(rows)[: totals.futures]) if rows else []
    return totals


def _blocks(table: np.ndarray) -> list[np.ndarray]:
    from echelon.futures.rules.future import FUTURES_PER_BLOCK

    return [table[i : i + FUTURES_PER_BLOCK] for i in range(0, len(table), FUTURES_PER_BLOCK)]
