"""What happens: populations, engines, verdicts, measurements and the `collapse` command.

from simulations import FeatureFile, certify, measure
measure(FeatureFile.of(features, labels), shots=[1, 5], ways=[2])  # or load_features(path)
from simulations.populations import load
from simulations.engines import estimate
from simulations.verdict import judge
"""

from __future__ import annotations

import importlib
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # looked up lazily below
    from simulations.features import FeatureFile, load_features
    from simulations.features.certification import certify
    from simulations.features.inputs.torch_model import extract
    from simulations.features.measurement import measure
    from simulations.features.tracker import Tracker

_HOMES = {
    "FeatureFile": "simulations.features",
    "certify": "simulations.features.certification",
    "extract": "simulations.features.inputs.torch_model",
    "load_features": "simulations.features",
    "measure": "simulations.features.measurement",
    "Tracker": "simulations.features.tracker",
}
__all__ = ["FeatureFile", "Tracker", "certify", "extract", "load_features", "measure"]


def __getattr__(name: str) -> object:
    # Looked up lazily, so that `collapse --help` loads no numerics. The name, not its module.
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name == "__version__":
        return metadata.version("neural-collapse-transfer")
    raise AttributeError(f"module 'simulations' has no attribute '{name}'")
