"""The rules do the same compiled and as they stand, and compile where nothing can be kept."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from tests.support.block import COMPANIES, block_of

from echelon.futures.rules import compiling

ROOT = Path(__file__).parents[2]


def python(*arguments: str, **environment: str) -> str:
    """What another interpreter prints, run in the project's folder; warnings are errors there too."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, np.ndarray]:
    """Blocks of all companies, uncompiled."""
    target = tmp_path_factory.mktemp("plain") / "blocks.npz"
    python("-m", "tests.support.block", str(target), NUMBA_DISABLE_JIT="1")
    with np.load(target) as found:
        return {name: found[name] for name in found.files}


@pytest.mark.parametrize("name", COMPANIES)
def test_compiled_and_plain_rules_agree(name: str, plain: Mapping[str, np.ndarray]) -> None:
    for key, values in block_of(name).items():
        expected = plain[f"{name}.{key}"]
        if values.dtype.kind == "i":
            assert np.array_equal(values, expected), key
        else:
            np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-12, err_msg=key)


def test_something_happens_in_the_blocks_compared() -> None:
    found = block_of("everything_on")
    assert found["launches"][:, :-1].sum() > 20
    assert found["approvals"].sum() > 20
    assert (np.diff(found["measures"][:, 0]) != 0).all()


def test_rules_compile_where_no_cache_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code = (
        "from echelon.futures.rules import compiling, draws\n"
        "print(compiling.cache_folder(), draws.normal_quantile(0.5))"
    )
    assert python("-c", code, ECHELON_CACHE=str(tmp_path / "file" / "below")) == "None 0.0\n"


def test_cache_folder_is_named_by_all_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ECHELON_CACHE", str(tmp_path))
    compiling.cache_folder.cache_clear()
    try:
        assert compiling.cache_folder() == tmp_path / "echelon" / compiling.sources_digest()
    finally:
        compiling.cache_folder.cache_clear()
