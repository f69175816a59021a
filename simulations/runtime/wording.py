"""Numbers with their nouns, and names that are safe in file names."""

from __future__ import annotations

import math
import re


def shots_in_words(shots: float) -> str:
    """``1 shot``, ``5 shots``, ``infinitely many shots``."""
    if math.isinf(shots):
        return "infinitely many shots"
    return "1 shot" if shots == 1 else f"{int(shots)} shots"


def slug(name: str) -> str:
    """A name that is safe as part of a file name and of an HTML identifier."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:80]
