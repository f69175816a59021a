"""What is claimed: bounds stated once, under named assumptions, on class geometry.

from theory import ClassGeometry, Setting, catalogue, cdnv
geometry = ClassGeometry.from_features(features, labels)
catalogue.get("exact_moment").evaluate(geometry, Setting(shots=5, ways=2), granted=[...])
"""

from __future__ import annotations

import importlib
from importlib import metadata
from typing import TYPE_CHECKING

from theory import display

if TYPE_CHECKING:  # looked up lazily below; ``as`` says that they are offered
    from theory import assumptions as assumptions
    from theory import bound as bound
    from theory import catalogue as catalogue
    from theory import collapse as collapse
    from theory import expressions as expressions
    from theory import geometry as geometry
    from theory import printing as printing
    from theory import quantities as quantities
    from theory.assumptions import Assumption as Assumption
    from theory.assumptions import Granted as Granted
    from theory.bound import Bound as Bound
    from theory.bound import NotApplicable as NotApplicable
    from theory.bound import Value as Value
    from theory.collapse import cdnv as cdnv
    from theory.collapse import directional as directional
    from theory.geometry import ClassGeometry as ClassGeometry
    from theory.geometry import ClassMoments as ClassMoments
    from theory.setting import Setting as Setting

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
