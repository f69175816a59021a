"""What is claimed: bounds stated once, under named assumptions, on class geometry.

from theory import ClassGeometry, Setting, catalogue, cdnv
geometry = ClassGeometry.from_features(features, labels)
catalogue.get("exact_moment").evaluate(geometry, Setting(shots=5, ways=2), granted=[...])
"""

from __future__ import annotations

import importlib
from importlib import metadata

from theory import display

_HOMES = {
    "Assumption": "theory.assumptions",
    "Bound": "theory.bound",
    "ClassGeometry": "theory.geometry",
    "ClassMoments": "theory.geometry",
    "Granted": "theory.assumptions",
    "NotApplicable": "theory.bound",
    "Setting": "theory.setting",
    "Value": "theory.bound",
    "cdnv": "theory.collapse",
    "directional": "theory.collapse",
}
_MODULES = (
    "assumptions",
    "bound",
    "catalogue",
    "collapse",
    "expressions",
    "geometry",
    "printing",
    "quantities",
)

__all__ = [*_HOMES, *_MODULES]


display.load_with(lambda: importlib.import_module("theory.printing"))


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in _MODULES:
        return importlib.import_module(f"theory.{name}")
    if name == "__version__":
        return metadata.version("neural-collapse-transfer")
    raise AttributeError(f"module 'theory' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
