"""Command line of the benchmarks: `python -m benchmarks [--quick] [--out PATH]`."""

import argparse
import os
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure Echelon; write the page of results."
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds and futures, under a minute; only shows the page"
    )
    parser.add_argument("--out", type=Path, help="file of the page (docs/benchmarks.md, or none with --quick)")
    chosen = parser.parse_args()
    # Per-core ratios: libraries beneath NumPy must not bring threads of their own. Read when NumPy is first imported.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    from benchmarks.page import page
    from benchmarks.run import measure_all

    text = page(measure_all(chosen.quick))
    out = chosen.out or (None if chosen.quick else PAGE)
    if out is not None:
        out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
