"""Which parameters of a test the default run tries; ``-m slow`` tries the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def rest_slow(values: Iterable[Any], kept: Iterable[Any]) -> list[Any]:
    """All values, those that are not among ``kept`` marked slow."""
    values, kept = list(values), list(kept)
    missing = [each for each in kept if each not in values]
    assert not missing, f"{missing} are no parameters"
    return [each if each in kept else _slow(each) for each in values]


def _slow(value: Any) -> Any:
    return pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.slow)
