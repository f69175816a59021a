"""Processes that see the stand-in for CuPy (``cupy_double``): each has its own, so no test meets it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def environment(**more: str) -> dict[str, str]:
    path = os.pathsep.join([str(HERE / "cupy_double"), str(ROOT)])
    return os.environ | {"PYTHONPATH": path, "CUPY_DOUBLE_SHIM": str(HERE / "cuda_host"), **more}


def in_the_double(code: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=environment(**more),
        capture_output=True,
        text=True,
    )
