"""Versions that a record carries."""

from __future__ import annotations

import importlib.metadata
import platform

from simulations.runtime.version import version


def versions() -> dict[str, str]:
    """Versions of this package, Python, NumPy and torch."""
    by_name = {"neural-collapse-transfer": version(), "python": platform.python_version()}
    return by_name | {name: importlib.metadata.version(name) for name in ("numpy", "torch")}
