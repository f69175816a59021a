"""ClassGeometry: what a population or stored features are boiled down to, and all that a bound sees."""

from theory.geometry.class_geometry import ClassGeometry
from theory.geometry.exact import ClassMoments
from theory.geometry.source import MomentSource

__all__ = ["ClassGeometry", "ClassMoments", "MomentSource"]
