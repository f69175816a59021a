"""CUDA sources, compiled by CuPy where there is a GPU."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cupy import RawModule

FOLDER = Path(__file__).parent
INCLUDE = re.compile(r'^#include "([\w.]+)"$', re.MULTILINE)


def source_text(path: Path) -> str:
    """A source file with the project's headers, which lie in this folder, written into it: CuPy's cache of
    compiled kernels identifies a module by its text, and would not notice a change of a header."""
    text = path.read_text(encoding="utf-8")
    return INCLUDE.sub(lambda match: (FOLDER / match.group(1)).read_text(encoding="utf-8"), text)


@lru_cache(maxsize=16)
def compiled(path: Path, defines: tuple[str, ...] = ()) -> RawModule:
    """The compiled source file; -fmad=false because what is fused is written out in the source. CuPy adds
    -ftz=true: numbers below 1e-38 are 0 in float32, which the sources allow for."""
    import cupy

    options = ("-std=c++17", "-fmad=false", *(f"-D{name}" for name in defines))
    return cupy.RawModule(code=source_text(path), options=options)
