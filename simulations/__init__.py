"""What happens: populations, engines, verdicts, measurements and the `collapse` command.

from simulations import measure, certify
from simulations.populations import load
from simulations.engines import estimate
from simulations.verdict import judge
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {"certify": "simulations.certification", "measure": "simulations.measurement"}
__all__ = ["certify", "measure"]


def __getattr__(name: str) -> Any:
    # Looked up lazily, so that `collapse --help` loads no numerics. The function, not its module.
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'simulations' has no attribute '{name}'")
