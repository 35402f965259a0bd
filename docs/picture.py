"""Make docs/picture.png from a run's folder: `python docs/picture.py RUN` (needs playwright and Chromium)."""

import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

import echelon
from echelon.report.overview import overview

SCALE = 1.5
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def main(run: Path) -> None:
    """Draw the run's overview and photograph it; a browser writes a far smaller PNG than the chart library."""
    drawing = overview(echelon.open_run(run))
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1200, "height": 800}, device_scale_factor=SCALE)
        page.set_content(f"<body style='margin:0'>{drawing}</body>")
        page.locator("body > svg").screenshot(path=Path(__file__).with_name("picture.png"))
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
