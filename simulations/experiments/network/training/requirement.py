"""torch is optional: one clear line where it is missing."""

from __future__ import annotations

import importlib.util

from simulations.runtime.errors import InputError


def require_torch() -> None:
    """Raises InputError where torch is not installed."""
    if importlib.util.find_spec("torch") is None:
        raise InputError(
            "training needs torch, which is not installed; run python3 -m pip install "
            "'neural-collapse-transfer[network]' (collapse verify shows the recorded run without it)"
        )
