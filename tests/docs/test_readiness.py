"""The page on the time before an inspection: every command that it says to type, in its order."""

import json
import re
import shlex
from pathlib import Path

from tests.cli.conftest import within

PAGE = Path(__file__).parents[2] / "docs" / "readiness-drills.md"
PASSWORD = "a long enough phrase"


def test_what_the_page_says_to_type_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ECHELON_READINESS_PASSWORD", PASSWORD)
    people = {}
    for user, role in (("anna", "quality_head"), ("eva", "subject_expert")):
        done = within("readiness", "account", user, "--name", user, "--role", role, "--json")
        people[user] = json.loads(done.stdout)["id"]
    block = re.search(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert block
    lines = block[1].splitlines()
    assert len(lines) > 10
    for line in lines:
        words = shlex.split(line.replace("PERSON", people["eva"]))
        assert words[0] == "echelon"
        done = within(*words[1:])
        assert done.exit_code == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    assert (tmp_path / "drill.pptx").exists()
    assert (tmp_path / "questions.xlsx").exists()
