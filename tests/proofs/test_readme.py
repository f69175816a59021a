"""The guide's example runs and prints what the guide says."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import proofs


def test_the_worked_example_prints_what_the_guide_says() -> None:
    guide = (Path(proofs.__file__).parent / "README.md").read_text()
    code, output = re.findall(r"```(?:python)?\n(.*?)```", guide, re.S)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "proofs/README.md", "exec"), {})
    assert printed.getvalue() == output
