"""What the symbols of a statement mean on a given ``ClassGeometry``, setting and granted assumptions.

With ways < classes every reduction over classes is its mean over the subsets of that size (see
``theory.expressions``), computed in closed form (``theory.evaluation.over_classes``).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

import sympy as sp

from theory.array import Array, Operand
from theory.evaluation.evaluate import evaluate
from theory.evaluation.missing import MissingQuantity
from theory.evaluation.over_classes import Episodes
from theory.evaluation.separable import FEWEST_CLASSES, Product, products
from theory.expressions import Avg, MaxAxes, SumAxes, SumOverPairs
from theory.geometry import ClassGeometry
from theory.quantities import NEAREST_MOMENTS, Quantity, lookup, mean_M
from theory.setting import Setting

INFINITE_SHOTS = 1e100
"""Stands for n = infinity: n^3 still fits a double and 1/n vanishes beside anything."""


class Constants(Protocol):
    """What is granted beside a geometry: values of symbols that no geometry holds (``Granted`` is one)."""

    def values(self, geometry: ClassGeometry) -> Mapping[str, Operand]:
        """Values by symbol name, in the geometry's unit of length."""

    def symbol_values(self) -> Mapping[str, float]:
        """Values by symbol name that belong to no geometry, in the features' own unit of length."""

    def sentence_of(self, name: str) -> str | None:
        """What the assumption called ``name`` says; None where there is no such assumption."""


class NothingGranted:
    """No assumption in force: for expressions in the quantities of a geometry alone."""

    def values(self, geometry: ClassGeometry) -> Mapping[str, Operand]:
        """Empty."""
        return {}

    def symbol_values(self) -> Mapping[str, float]:
        """Empty."""
        return {}

    def sentence_of(self, name: str) -> str | None:
        """None."""
        return None


@lru_cache(maxsize=256)
def _axes(index: str, layout: str) -> tuple[tuple[int, ...] | None, tuple[slice | None, ...]]:
    """How axes named ``index`` come into the order of ``layout``: their permutation, None where they are in
    order, and the indices that put length-1 axes where the rest are. Raises ``MissingQuantity``."""
    missing = set(index) - set(layout)
    if missing:
        raise MissingQuantity(
            f"a quantity varies over {sorted(missing)}, the statement does not: take its mean, sum or "
            "maximum over them (Avg, SumOver, MaxOver, SumAxes, MaxAxes)"
        )
    order = tuple(sorted(range(len(index)), key=lambda axis: layout.index(index[axis])))
    where = tuple(slice(None) if letter in index else None for letter in layout)
    return (None if order == tuple(range(len(index))) else order), where


class GeometryEnvironment:
    """Symbols read from a geometry, for the query classes ``rows`` (a slice; all by default)."""

    def __init__(
        self,
        geometry: ClassGeometry,
        setting: Setting,
        granted: Constants,
        parameters: Mapping[sp.Symbol, Array] | None = None,
        rows: slice | None = None,
    ) -> None:
        self.xp = geometry.xp
        self.geometry = geometry
        self.setting = setting
        self.granted = granted
        self.parameters = dict(parameters or {})
        self.rows = rows if rows is not None else slice(0, geometry.classes)
        self.members: Array | None = None
        self.margins: Mapping[str, Array] = {}
        self._granted_values: dict[str, Operand] | None = None

    def with_margins(self, margins: Mapping[str, Array]) -> GeometryEnvironment:
        """The same, reading moments from ``margins`` (order + 1, classes, classes) by name of the field in
        place of the geometry's, as when each margin is in a unit of its own."""
        environment = copy.copy(self)
        environment.margins = margins
        return environment

    def of_subsets(self, members: Array) -> GeometryEnvironment:
        """The same, with every reduction over one subset of classes, and results with the subsets in front;
        ``members`` as of ``Episodes``."""
        environment = copy.copy(self)
        environment.members = members
        return environment

    # -- symbols ------------------------------------------------------------------------------------
    def symbol(self, symbol: sp.Symbol, layout: str) -> Array:
        """The quantity, read from the geometry, the setting, what is granted or the parameters, with the axes
        of ``layout``. Raises ``MissingQuantity``."""
        if symbol in self.parameters:
            value = self.parameters[symbol]
            return self._expand(value, "ij" if value.ndim >= 2 else "", layout)
        entry = lookup(symbol)
        if entry is None:
            raise MissingQuantity(f"'{symbol}' is not a quantity")
        if entry.source == "setting":
            return self._scalar(self._setting_value(entry))
        if entry.source == "granted":
            return self._lay_out(entry, self._granted(entry), layout)
        if entry.source == "free":
            raise MissingQuantity(f"'{entry.name}' ({entry.meaning}) has been given no value")
        return self._lay_out(entry, self._field(entry), layout)

    def _scalar(self, value: float) -> Array:
        return self.geometry.array(float(value))

    def _setting_value(self, entry: Quantity) -> float:
        if entry.field == "dimension":
            return self.geometry.dimension
        value = float(getattr(self.setting, entry.field))
        return INFINITE_SHOTS if math.isinf(value) else value

    def _granted(self, entry: Quantity) -> Array:
        if self._granted_values is None:
            self._granted_values = dict(self.granted.values(self.geometry))
        if entry.name in self._granted_values:
            return self.geometry.array(self._granted_values[entry.name])
        if entry.name == "s":
            return self._scalar(1.0)
        raise MissingQuantity(
            f"needs {entry.field}: {self.granted.sentence_of(entry.field) or entry.meaning}"
        )

    def _field(self, entry: Quantity) -> Array:
        geometry = self.geometry
        if entry.field == "top_eigenvalue_sums":
            return geometry.top_eigenvalue_sums(self.setting.ways - 1)
        if entry.field == "margin_moments":
            return self._margin_moment(entry)
        if entry.field == "nearest_moments":
            return self._nearest_moment(entry)
        if entry.index in ("ijl", "ijr"):
            forms: Array = getattr(geometry, entry.field)(self.rows)
            return forms
        value: Array | None = getattr(geometry, entry.field)
        if value is None:
            raise MissingQuantity(f"this geometry does not hold '{entry.name}' ({entry.meaning})")
        return geometry.separations if entry.field == "distances" else value

    def _margin_moment(self, entry: Quantity) -> Array:
        name = entry.name.removesuffix("_at_l")
        order = 1 if name == mean_M.name else int(name.partition("_")[2])
        moments = self.margins.get("margin_moments")
        if moments is None:
            moments = self.geometry.margin_moments(self.setting.shots, order)
        if moments is None:
            raise MissingQuantity(
                f"this geometry does not hold '{entry.name}' ({entry.meaning})"
                f"{self.geometry.why_no_margins(self.setting.shots)}"
            )
        return moments[order, :, :]

    def _nearest_moment(self, entry: Quantity) -> Array:
        if entry.symbol not in NEAREST_MOMENTS:
            raise MissingQuantity(f"'{entry.name}' is not read: two classes are never both the nearest")
        place = NEAREST_MOMENTS.index(entry.symbol)
        moments = self.margins.get("nearest_moments")
        if moments is None:
            moments = self.geometry.nearest_moments(self.setting.shots, self.setting.ways, place)
        if moments is None:
            raise MissingQuantity(
                f"this geometry does not hold '{entry.name}' ({entry.meaning})"
                f"{self.geometry.why_no_nearest(self.setting.shots, self.setting.ways)}"
            )
        return moments[place, :, :]

    def _lay_out(self, entry: Quantity, value: Array, layout: str) -> Array:
        if value.ndim == 0:
            return value
        if entry.index not in ("ijl", "ijr") and "i" in entry.index:
            index = [slice(None)] * value.ndim
            index[entry.index.index("i")] = self.rows
            value = value[tuple(index)]
        return self._expand(value, entry.index, layout)

    def _expand(self, value: Array, index: str, layout: str) -> Array:
        """Bring axes named ``index`` into the order of ``layout``, with length-1 axes for the rest.

        Axes before them (values of a free parameter tried side by side) stay in front.
        """
        order, where = _axes(index, layout)
        if order is not None:
            value = self.xp.permute_dims(value, order)
        return value[(..., *where)] if layout else value

    # -- reductions ---------------------------------------------------------------------------------
    def reduce(self, node: sp.Expr, layout: str, inner: Callable[[str], Operand]) -> Array:
        """Over the classes of the geometry, as means over the subsets of ``ways`` classes that hold those
        which ``layout`` names, or over the subsets listed (``of_subsets``)."""
        xp = self.xp
        if isinstance(node, SumAxes | MaxAxes):
            # Within another one it is the same for every axis of that.
            outside = layout.replace("r", "")
            values = self.full(inner(outside + "r"), outside + "r")
            over = xp.sum(values, axis=-1) if isinstance(node, SumAxes) else xp.max(values, axis=-1)
            return self._expand(over, outside, layout) if over.ndim else over
        episodes = Episodes(self.geometry, self.setting.ways, self.rows, self.members)
        if isinstance(node, Avg):
            value, index = episodes.average(self._of_all_pairs(node, inner), layout)
        elif isinstance(node, SumOverPairs):
            value, index = self._sum_over_pairs(node, inner, episodes), "i"
        else:
            values = self.full(inner("ij"), "ij")
            value, index = episodes.over_others(node, values, given_pair="j" in layout)
        return self._expand(value, index, layout) if value.ndim else value

    def _of_all_pairs(self, node: sp.Expr, inner: Callable[[str], Operand]) -> Array:
        """What ``node`` reduces, whatever the query classes of this environment."""
        if self.rows.stop - self.rows.start == self.geometry.classes:
            return self.full(inner("ij"), "ij")
        everywhere = copy.copy(self)
        everywhere.rows = slice(0, self.geometry.classes)
        return everywhere.full(evaluate(node.args[0], everywhere, "ij"), "ij")

    def _sum_over_pairs(self, node: sp.Expr, inner: Callable[[str], Operand], episodes: Episodes) -> Array:
        if self.geometry.classes < 3:
            return self._scalar(0.0)
        factored = products(node.args[0]) if self.geometry.classes >= FEWEST_CLASSES else None
        if self.members is None and factored is not None and all(map(self._summable, factored)):
            return episodes.pairs_weight * self._sum_of_products(factored)
        return episodes.pairs_of_others(self.full(inner("ijl"), "ijl"))

    @staticmethod
    def _summable(term: Product) -> bool:
        entry = lookup(term.joint) if term.joint.is_Symbol else None
        return term.joint == 1 or (entry is not None and entry.field == "cross_variances")

    def _sum_of_products(self, terms: Sequence[Product]) -> Array:
        """(rows,): sum over j and l, distinct and other than i."""
        xp = self.xp
        other = self.geometry.off_diagonal(xp.ones_like(self.geometry.distances), 0.0)[self.rows, :] > 0
        total = self._scalar(0.0)
        for term in terms:
            left, right = (
                self.full(evaluate(side, self, layout), layout)
                for side, layout in ((term.left, "ij"), (term.right, "il"))
            )
            left, right = (xp.where(other, side, xp.zeros_like(side)) for side in (left, right))
            if term.joint == 1:
                total = total + xp.sum(left, axis=1) * xp.sum(right, axis=1) - xp.sum(left * right, axis=1)
            else:
                total = total + self.geometry.cross_sums(self.rows, left, right)
        return total

    def full(self, value: Operand, layout: str) -> Array:
        """``value`` broadcast to the whole ``layout``; axes in front of it stay."""
        sizes = {
            "i": self.rows.stop - self.rows.start,
            "j": self.geometry.classes,
            "l": self.geometry.classes,
            "r": self.geometry.dimension,
        }
        if isinstance(value, float | int):
            value = self._scalar(value)
        front = value.shape[: max(0, value.ndim - len(layout))]
        return self.xp.broadcast_to(value, (*front, *(sizes[letter] for letter in layout)))
