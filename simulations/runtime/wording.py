"""Numbers with their nouns."""

from __future__ import annotations

import math


def shots_in_words(shots: float) -> str:
    """``1 shot``, ``5 shots``, ``infinitely many shots``."""
    if math.isinf(shots):
        return "infinitely many shots"
    return "1 shot" if shots == 1 else f"{int(shots)} shots"
