"""What the auditors of one round found: who saw which gap, and the counts that the estimators need."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Histories = npt.NDArray[np.bool_]
Counts1 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Capture:
    """Counts of one closed round: nobody repaired anything while the auditors looked, and they logged blindly.

    Attributes
    ----------
    auditors : auditors, or occasions, t.
    seen : distinct gaps found by anyone, S.
    by_times : gaps found by exactly 1, 2, … t auditors, f; int64 [t].
    by_auditor : gaps found by each auditor, n; int64 [t].
    first : gaps found by each auditor and none before, u; int64 [t].
    """

    auditors: int
    seen: int
    by_times: Counts1
    by_auditor: Counts1
    first: Counts1

    @property
    def finds(self) -> int:
        """Findings in all, repeats included."""
        return int(self.by_auditor.sum())

    def times(self, j: int) -> int:
        """Gaps found by exactly `j` auditors; 0 beyond the number of auditors."""
        return int(self.by_times[j - 1]) if 1 <= j <= len(self.by_times) else 0


def capture(histories: npt.ArrayLike) -> Capture:
    """Counts of capture histories.

    Parameters
    ----------
    histories : true where a gap (row) was found by an auditor (column); bool [gap, auditor]. Rows without any find
        are left out: nobody knows of them.

    Raises
    ------
    ValueError
        When it is no table of ones and zeros, or names no auditor.
    """
    table = np.asarray(histories)
    if table.ndim != 2 or not table.shape[1]:
        msg = f"histories are a table of gaps by auditors, not of shape {table.shape}"
        raise ValueError(msg)
    if table.size and not np.isin(table, (0, 1)).all():
        msg = "a history holds 1 where an auditor found the gap and 0 where not, nothing else"
        raise ValueError(msg)
    found = table.astype(bool)
    found = found[found.any(axis=1)]
    t = found.shape[1]
    times = np.bincount(found.sum(axis=1), minlength=t + 1)[1:]
    first = np.bincount(found.argmax(axis=1), minlength=t) if len(found) else np.zeros(t, np.int64)
    return Capture(t, len(found), times.astype(np.int64), found.sum(axis=0).astype(np.int64), first.astype(np.int64))


def capture_of_counts(by_times: Sequence[int], auditors: int | None = None) -> Capture:
    """Counts where only the number of auditors that found each gap is known; catches are shared out evenly.

    Estimators that need each auditor's own count must not be used on it.
    """
    times = np.asarray(by_times, np.int64)
    t = auditors or len(times)
    times = np.concatenate([times, np.zeros(max(0, t - len(times)), np.int64)])
    finds = int((times * np.arange(1, len(times) + 1)).sum())
    even = np.full(t, finds // t, np.int64)
    even[: finds % t] += 1
    return Capture(t, int(times.sum()), times, even, np.zeros(t, np.int64))


def histories_of(finds: Iterable[tuple[str, str]], auditors: Sequence[str]) -> tuple[tuple[str, ...], Histories]:
    """Histories of matched findings.

    Parameters
    ----------
    finds : gap and auditor of each matched finding, in any order; repeats by one auditor count once.
    auditors : everyone who looked, also who found nothing.

    Returns
    -------
    gaps : keys, sorted.
    histories : bool [gap, auditor].

    Raises
    ------
    ValueError
        When a finding names an auditor who is not on the list.
    """
    place = {name: column for column, name in enumerate(auditors)}
    pairs = list(finds)
    strange = sorted({auditor for _, auditor in pairs if auditor not in place})
    if strange:
        msg = f"findings name {', '.join(strange)}, not among the auditors of the round: {', '.join(auditors)}"
        raise ValueError(msg)
    gaps = sorted({gap for gap, _ in pairs})
    table = np.zeros((len(gaps), len(auditors)), np.bool_)
    row = {gap: line for line, gap in enumerate(gaps)}
    for gap, auditor in pairs:
        table[row[gap], place[auditor]] = True
    return tuple(gaps), table
