"""What the symbols of a high-probability statement mean on evidence: the values that it is evaluated at."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping
from typing import Any

import sympy as sp

from theory.array import Array, Operand
from theory.evaluation.environment import Constants, GeometryEnvironment
from theory.evaluation.missing import MissingQuantity
from theory.evidence import Evidence
from theory.expressions import Avg
from theory.geometry import ClassGeometry
from theory.geometry.quiet import quiet
from theory.quantities import lookup
from theory.setting import Setting


class EvidenceEnvironment:
    """What the symbols of a statement mean on evidence; arrays may have leading batch axes."""

    def __init__(
        self, evidence: Evidence, setting: Setting, granted: Constants, chosen: Mapping[sp.Symbol, float]
    ) -> None:
        self.evidence, self.setting, self.granted = evidence, setting, granted
        self.xp = evidence.xp
        self.known: dict[str, float] = {str(symbol.name): value for symbol, value in chosen.items()}
        self.known |= granted.symbol_values()
        record = evidence.lineage.feature_map
        # The recorded family of a map takes precedence over a smaller one that the user grants.
        self.known["F"] = max(self.known.get("F", 1.0), float(record.family) if record is not None else 1.0)
        self._chosen: Array | None = getattr(evidence, "chosen", None)
        self._geometry = (
            None
            if evidence.geometry is None
            else GeometryEnvironment(evidence.geometry, _within(setting, evidence.geometry), granted)
        )

        self._whole = (
            None
            if evidence.geometry is None
            else GeometryEnvironment(
                evidence.geometry, Setting(setting.shots, evidence.geometry.classes), granted
            )
        )
        """Reductions are over all source classes, whatever the ways."""

    def quiet(self) -> contextlib.AbstractContextManager[Any]:
        """See ``theory.geometry.quiet``."""
        return quiet(self.xp)

    def symbol(self, symbol: sp.Symbol, layout: str) -> Array:
        """The quantity, read from the evidence or from its geometry. Raises ``MissingQuantity``."""
        entry = lookup(symbol)
        if entry is None:
            raise MissingQuantity(f"'{symbol}' is not a quantity")
        unit = self.evidence.geometry.unit if self.evidence.geometry is not None else 1.0
        if entry.name in self.known:
            return self._array(self.known[entry.name] / unit**entry.power)
        if entry.source == "setting" and entry.field != "dimension":
            value = float(getattr(self.setting, entry.field))
            return self._array(1e100 if math.isinf(value) else value)
        if entry.source == "evidence":
            stored = getattr(self.evidence, entry.field, None)
            if stored is None:
                raise MissingQuantity(f"this evidence does not hold '{entry.name}' ({entry.meaning})")
            return self._lay_out(self._array(stored), entry.index, layout)
        if self._geometry is not None and entry.source in ("geometry", "granted", "setting"):
            if self._chosen is not None and entry.index in ("i", "j", "ij", "ji"):
                whole = self._geometry.symbol(symbol, entry.index.replace("ji", "ij"))
                return self._lay_out(
                    self._of_chosen(entry.name, whole), entry.index.replace("ji", "ij"), layout
                )
            return self._geometry.symbol(symbol, layout)
        raise MissingQuantity(f"needs '{entry.name}': {entry.meaning}")

    def reduce(self, node: sp.Expr, layout: str, inner: Callable[[str], Operand]) -> Array:
        """Over the source classes. Raises ValueError for what has no meaning on samples."""
        if self._whole is not None and self._chosen is None:
            return self._whole.reduce(node, layout, inner)
        if not isinstance(node, Avg):
            raise ValueError(f"{node.func.__name__} is not defined on samples")
        xp, count = self.xp, self.evidence.class_count
        values = self._array(inner("ij"))
        eye = xp.eye(count) > 0
        off = xp.where(xp.broadcast_to(eye, values.shape), xp.zeros_like(values), values)
        return xp.sum(off, axis=(-2, -1)) / (count * (count - 1))

    def _of_chosen(self, name: str, whole: Array) -> Array:
        """The entries of a field of the geometry that belong to the chosen classes."""
        chosen = self._chosen
        assert chosen is not None
        if whole.ndim < 2:
            return whole[chosen]
        values = whole[chosen[..., :, None], chosen[..., None, :]]
        same = chosen[..., :, None] == chosen[..., None, :]
        # Two draws of one class have one mean; the geometry's own diagonal is no pair.
        return self.xp.where(same, self.xp.zeros_like(values), values) if name == "d" else values

    def _array(self, value: Operand) -> Array:
        if isinstance(value, int | float):
            return self.xp.asarray(float(value), dtype=self.xp.float64)
        return value

    def _lay_out(self, value: Array, index: str, layout: str) -> Array:
        if layout == "":
            return value
        if index == "":
            return value[..., None, None] if value.ndim else value
        if index == "ij":
            return value
        return value[..., :, None] if index == "i" else value[..., None, :]


def _within(setting: Setting, geometry: ClassGeometry) -> Setting:
    """The ways may exceed the number of source classes."""
    return Setting(setting.shots, min(setting.ways, geometry.classes))
