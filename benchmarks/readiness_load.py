"""Load and durability of the inspection room, over real connections; writes docs/readiness-load.md."""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.readiness_callers import Case, Seen, Server, entered, prepared, work
from echelon.readiness.verifier import SqliteReader, verify

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "readiness-load.md"
KEPT = ROOT / "build" / "readiness-load"
"""Figures of cases that have run: a load that was interrupted goes on after them."""

CASES = {
    "full": (
        Case("the real case", 150, 300, 600),
        Case("ten times", 1500, 3000, 600),
        Case("killed 20 times", 150, 300, 300, 20),
    ),
    "short": (
        Case("the real case, a fifth of it at its rate", 150, 60, 120),
        Case("ten times, a twentieth of it at its rate", 1500, 150, 30),
        Case("killed", 50, 40, 60, 6),
    ),
}


async def run(case: Case, folder: Path) -> dict[str, Any]:
    """Run a case and measure it."""
    names = prepared(folder, max(case.listeners, 8))
    server, seen = Server(folder), Seen()
    screens = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.readiness_screens",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**28,
    )  # fmt: skip
    assert screens.stdin is not None
    assert screens.stdout is not None
    try:
        await server.start()
        people = await entered(server, names)
        tokens = [people[name]["token"] for name in names[: case.listeners]]
        screens.stdin.write(json.dumps({"port": server.port, "tokens": tokens}).encode() + b"\n")
        if (await screens.stdout.readline()).strip() != b"open":
            msg = "the screens did not open"
            raise RuntimeError(msg)
        await asyncio.sleep(1)
        cpu, began = server.used()[0], time.perf_counter()
        killer = asyncio.create_task(killing(server, case))
        await work(case, server, seen, people)
        took = time.perf_counter() - began
        await killer
        cpu, memory = server.used()[0] - cpu, server.used()[1]
        screens.stdin.write(f"{max(told['seq'] for told in seen.acknowledged.values())}\n".encode())
        shown = json.loads(await screens.stdout.readline())
        await screens.wait()
    finally:
        server.kill()
        if screens.returncode is None:
            with suppress(ProcessLookupError):
                screens.kill()
            await screens.wait()
    return judged(case, folder, seen, shown) | {"seconds": took, "cpu": cpu, "memory": memory}


async def killing(server: Server, case: Case) -> None:
    """Kill and start again, evenly over the case."""
    for _ in range(case.kills):
        await asyncio.sleep(case.seconds / (case.kills + 1))
        server.kill()
        await server.start()


def judged(case: Case, folder: Path, seen: Seen, shown: dict[str, Any]) -> dict[str, Any]:
    """What a case shows: times, and whether anything was lost or out of order."""
    reader = SqliteReader(folder / "readiness.sqlite")
    found = verify(reader, [])
    entries = {row["once"].partition(":")[2]: row for row in reader.rows("SELECT * FROM trail WHERE once IS NOT NULL")}
    record_seqs = [row["seq"] for row in reader.rows("SELECT seq FROM trail WHERE version > 0 ORDER BY seq")]
    reader.close()
    lost = [once for once, told in seen.acknowledged.items() if entries.get(once, {}).get("seq") != told["seq"]]
    took = sorted(seen.took)
    # Screens were open before the first order: what they were told is every record from there on, or it is wrong.
    first = min(seen.sent)
    right = shown["seqs"] == [seq for seq in record_seqs if seq >= first]
    late = sorted(
        at - seen.sent[seq] for seq, at in zip(shown["seqs"], shown["times"], strict=True) if seq in seen.sent
    )
    return {
        "case": case.name,
        "listeners": case.listeners,
        "items": case.items,
        "actions": len(seen.acknowledged),
        "p50": took[len(took) // 2],
        "p95": took[int(len(took) * 0.95)],
        "max": took[-1],
        "seen": late[int(len(late) * 0.95)] if late else 0.0,
        "lost": len(lost),
        "twice": len(entries) - len(seen.acknowledged),
        "wrong_screens": shown["wrong"] if right else case.listeners,
        "events": shown["events"],
        "reconnected": shown["connections"] - case.listeners,
        "retried": seen.retried,
        "kills": case.kills,
        "findings": found.findings[:3],
    }


COLUMNS = (
    ("case", "{case}"), ("screens", "{listeners:,}"), ("items", "{items:,}"), ("actions", "{actions:,}"),
    ("seconds", "{seconds:.0f}"), ("p50 ms", "{p50:.0f}"), ("p95 ms", "{p95:.0f}"), ("max ms", "{max:,.0f}"),
    ("p95 ms to the last screen", "{seen:,.0f}"), ("events received", "{events:,}"), ("lost", "{lost}"),
    ("done twice", "{twice}"), ("wrong screens", "{wrong_screens}"), ("kills", "{kills}"),
    ("reconnections", "{reconnected:,}"), ("server CPU s", "{cpu}"), ("server MB", "{memory:.0f}"),
)  # fmt: skip

WORDS = """\
# Load and durability of the inspection room

Written by `python -m benchmarks.readiness_load {mode}` on {day}: Python {python}, {cores} cores shared by the server,
the load itself (two more processes) and whatever else ran (load average at the end {busy:.1f}). SQLite, every commit
waiting for the disk. Every screen sees the whole board, so each event goes to all of them; an item takes eight
acknowledged actions. The case to serve is 300 items and 150 screens in 10 minutes, then 3,000 items and 1,500 screens.
`make load` (full) runs these in some 27 minutes, and goes on after the last finished case if it was interrupted;
`short` runs parts of them at their rate. Passwords have cheap hashes here: signing in is slow on purpose and is not
what is measured.

{table}

{missing}Lost: orders that were acknowledged and are not in the trail under the same number. Done twice: entries beyond
the acknowledged orders. A screen is wrong unless it was told every entry exactly once and in order, across
reconnections. Times run from an order's first sending to its answer, and to the moment when the last of all screens had
it; with kills (kill -9) they include the restarts of the server. After each case the verifier looked through the whole
room: {found}.
"""


def page(rows: list[dict[str, Any]], mode: str, missing: list[str]) -> str:
    """The figures as a page."""
    told = [{**row, **{name: 1000 * row[name] for name in ("p50", "p95", "max", "seen")}} for row in rows]
    for row in told:
        # A killed server takes its count with it.
        row["cpu"] = "-" if row["kills"] else f"{row['cpu']:.0f}"
    table = ["| " + " | ".join(name for name, _ in COLUMNS) + " |", "| --- |" + " ---: |" * (len(COLUMNS) - 1)]
    table += ["| " + " | ".join(form.format(**row) for _, form in COLUMNS) + " |" for row in told]
    findings = [finding for row in rows for finding in row["findings"]]
    return WORDS.format(
        mode=mode,
        day=time.strftime("%Y-%m-%d"),
        python=platform.python_version(),
        cores=os.cpu_count(),
        busy=os.getloadavg()[0],
        table="\n".join(table),
        missing=f"Not finished: {'; '.join(missing)}.\n\n" if missing else "",
        found="; ".join(findings) or "it found nothing wrong",
    )


def kept_at(case: Case) -> Path:
    """Where the figures of a case are kept: other sources or another case have another place."""
    whole = sha256(repr(case).encode())
    for folder in (ROOT / "src" / "echelon" / "readiness", ROOT / "benchmarks"):
        for path in sorted(folder.rglob("*.py")):
            whole.update(path.read_bytes())
    return KEPT / f"{whole.hexdigest()[:16]}.json"


def figures(case: Case) -> dict[str, Any]:
    """The figures of a case: those kept, else those of a run, in the time that it may take."""
    kept = kept_at(case)
    if kept.exists():
        return dict(json.loads(kept.read_text()))

    async def limited(folder: Path) -> dict[str, Any]:
        async with asyncio.timeout(case.seconds * 1.2 + 180):
            return await run(case, folder)

    with tempfile.TemporaryDirectory(prefix="echelon-load-") as name:
        row = asyncio.run(limited(Path(name) / "room"))
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(row))
    return row


def main() -> int:
    """Run the cases and write the page; exit status 1 where something was lost, out of order or not finished."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", choices=list(CASES), nargs="?", default="full")
    parser.add_argument("--dry", action="store_true", help="do not write the page")
    parser.add_argument("--afresh", action="store_true", help="run again what has run already")
    parser.add_argument("--only", type=int, metavar="N", help="only the Nth case")
    given = parser.parse_args()
    cases = CASES[given.mode] if given.only is None else (CASES[given.mode][given.only - 1],)
    if given.afresh:
        for case in cases:
            kept_at(case).unlink(missing_ok=True)
    rows: list[dict[str, Any]] = []
    missing: list[str] = []
    stopped = False
    for case in cases:
        try:
            if stopped:
                missing.append(f"{case.name} (interrupted)")
                continue
            rows.append(figures(case))
        except KeyboardInterrupt:
            stopped = True
            missing.append(f"{case.name} (interrupted)")
        except (RuntimeError, OSError, TimeoutError) as error:
            missing.append(f"{case.name} ({error or 'it took too long'})")
        else:
            sys.stdout.write(json.dumps(rows[-1]) + "\n")
            sys.stdout.flush()
    if not given.dry and rows:
        PAGE.write_text(page(rows, given.mode, missing), encoding="utf-8")
    for one in missing:
        sys.stderr.write(f"not finished: {one}\n")
    bad = any(row["lost"] or row["twice"] or row["wrong_screens"] or row["findings"] for row in rows)
    return int(bad or bool(missing))


if __name__ == "__main__":
    sys.exit(main())
