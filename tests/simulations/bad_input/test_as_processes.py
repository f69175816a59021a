"""Wrong input in real processes: the same exit status and line on stderr as within one process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers_bad_features import archive
from helpers_refusal import check_form
from test_bad_features import FEATURES
from test_no_features import NOT_FEATURES

from simulations import cli

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "arguments",
    [
        ["evaluate", "missing.toml", "--shots", "1"],
        ["measure", "large.npz", "--shots", "1"],
        ["measure", "open.npz", "--shots", "1"],
        ["bounds", "nosuch"],
        ["verify", "--jobs", "0"],
        ["nosuchverb"],
    ],
    ids=lambda arguments: "_".join(arguments[:2]),
)
def test_in_a_real_process(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "large.npz").write_bytes(archive(**FEATURES["too_large"][0]))
    NOT_FEATURES["header_open"][0](tmp_path / "open.npz")
    root = Path(cli.__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "simulations", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert check_form(ran.returncode, ran.stdout, ran.stderr) is None, (
        ran.returncode,
        ran.stdout,
        ran.stderr,
    )
