"""Bound and its few concrete shapes.

A bound is a SymPy relation over named quantities under named assumptions. ``kind`` alone decides how a
claim is checked, ``about`` what it bounds. ``evaluate`` sees a ``ClassGeometry``, never a population.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Literal, TypeAlias

import sympy as sp

from theory.assumptions import Assumption, Granted
from theory.environment import GeometryEnvironment, MissingQuantity
from theory.evaluate import Scalars, evaluate
from theory.expressions import class_error, few_shot_error, limiting_ratio, pair_error
from theory.geometry import ClassGeometry
from theory.optimise import FreeParameter, minimise
from theory.setting import Setting

Array = Any
Kind = Literal["upper", "lower", "equality", "high_probability", "rate", "existence", "impossibility"]
About = Literal["few_shot_error", "cdnv", "mean_kernel", "transfer_error"]
CHUNK = 1 << 22
LARGEST_SCALE = 1e70
"""Of a variance over a distance, in the geometry's unit: its fourth power must not overflow."""


@dataclass(frozen=True)
class Provenance:
    """How sure we are: ``published``, ``published form``, ``derived`` or ``cited``, and where from."""

    status: Literal["published", "published form", "derived", "cited"]
    source: str


def derived(source: str) -> Provenance:
    return Provenance("derived", source)


def published(source: str) -> Provenance:
    return Provenance("published", source)


def published_form(source: str) -> Provenance:
    return Provenance("published form", source)


def cited(source: str) -> Provenance:
    return Provenance("cited", source)


@dataclass(frozen=True)
class Value:
    """A bound's value. ``parameters`` holds the chosen free parameters, ``per_class`` class values."""

    value: float
    per_class: tuple[float, ...] | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)

    @property
    def vacuous(self) -> bool:
        return not self.value < 1

    def _repr_html_(self) -> str:
        chosen = "".join(f", {name} = {value:.4g}" for name, value in self.parameters.items())
        return f"<b>{self.value:.6g}</b>{chosen}{' (vacuous)' if self.vacuous else ''}"


@dataclass(frozen=True)
class NotApplicable:
    """Outside its hypotheses a bound answers with the reason, never with a number."""

    reason: str

    def _repr_html_(self) -> str:
        from html import escape

        return f"not applicable: {escape(self.reason)}"


BoundValue: TypeAlias = Value | NotApplicable


@dataclass(frozen=True, kw_only=True)
class Bound:
    """A claim about an error. Concrete shapes below; never instantiate this one."""

    name: str
    statement: sp.Expr
    assumptions: tuple[Assumption, ...]
    provenance: Provenance
    title: str = ""
    kind: Kind = "upper"
    about: About = "few_shot_error"
    free: FreeParameter | None = None
    condition: sp.Basic = sp.true
    """What must hold of every pair for the statement to make sense; else not applicable."""
    where: tuple[tuple[sp.Symbol, sp.Expr], ...] = ()
    """Abbreviations used in the statement, in reading order; a later one may use earlier ones."""

    layout: ClassVar[str] = ""
    left_hand_side: ClassVar[sp.Expr] = few_shot_error

    # -- the statement -------------------------------------------------------------------------------
    @property
    def relation(self) -> sp.Basic:
        """The claim itself: left-hand side, relation and statement, as one SymPy relation."""
        relation = {"equality": sp.Eq, "lower": sp.Ge, "existence": sp.Ge}.get(self.kind, sp.Le)
        return relation(self.left_hand_side, self.statement, evaluate=False)

    @cached_property
    def closed_form(self) -> sp.Expr:
        """The statement with its abbreviations written out, in quantities only."""
        return self.write_out(self.statement)

    @cached_property
    def _written_condition(self) -> sp.Basic:
        return self.write_out(self.condition)

    def write_out(self, expression: sp.Expr) -> sp.Expr:
        """Any expression in this bound's abbreviations, in quantities only."""
        for symbol, meaning in reversed(self.where):
            expression = expression.subs(symbol, meaning)
        return expression

    def latex(self) -> str:
        from theory.printing import latex

        return latex(self.relation)

    def mathml(self) -> str:
        from theory.printing import mathml

        return mathml(self.relation)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def _repr_html_(self) -> str:
        from theory.notebook import bound_html

        return bound_html(self)

    # -- numbers -------------------------------------------------------------------------------------
    def number(self, values: Mapping[sp.Expr, float]) -> float:
        """The statement at plain numbers for its symbols (and for whole ``Avg(...)`` terms).

        A free parameter that is not among ``values`` is minimised over its domain.
        Raises ValueError naming a symbol that has no value.
        """
        scope = Scalars(values)
        if self.free is None or self.free.symbol in values:
            return float(evaluate(self.closed_form, scope))
        free = self.free

        def objective(parameter: Array) -> Array:
            found = evaluate(self.closed_form, Scalars({**values, free.symbol: parameter}))
            return xp.broadcast_to(found, parameter.shape)

        xp = scope.xp
        upper = xp.asarray(float(evaluate(free.upper, scope)) if free.upper != sp.oo else math.inf)
        with xp.errstate(all="ignore"):
            best, _ = minimise(objective, free.lower, upper, free.closed, xp)
        return float(best)

    def evaluate(
        self,
        geometry: ClassGeometry,
        setting: Setting,
        granted: Iterable[Assumption] | Granted = (),
        *,
        at: Mapping[str, float] | None = None,
    ) -> BoundValue:
        """The bound for ``setting`` on ``geometry``, given the ``granted`` assumptions.

        ``at`` fixes free parameters by name; otherwise the bound is minimised over them.
        Returns ``NotApplicable(reason)`` outside the hypotheses. Raises ValueError when the setting asks
        for more ways than there are classes, or when ``at`` lies outside the declared domain.
        """
        granted = granted if isinstance(granted, Granted) else Granted(granted)
        if setting.ways > geometry.classes:
            raise ValueError(f"ways = {setting.ways} exceeds the {geometry.classes} classes")
        for assumption in self.assumptions:
            reason = assumption.refusal(geometry, setting, granted)
            if reason is not None:
                return NotApplicable(reason)
        try:
            with geometry.quiet():
                return self._evaluate(geometry, setting, granted, dict(at or {}))
        except MissingQuantity as missing:
            return NotApplicable(str(missing))

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        raise TypeError(f"{type(self).__name__} has no evaluation")

    def _condition_fails(self, geometry: ClassGeometry, setting: Setting, granted: Granted) -> bool:
        if self.condition == sp.true:
            return False
        holds = evaluate(self._written_condition, GeometryEnvironment(geometry, setting, granted), "ij")
        xp = geometry.xp
        numeric = xp.where(holds, xp.ones_like(geometry.distances), xp.zeros_like(geometry.distances))
        return float(xp.min(geometry.off_diagonal(numeric, 1.0))) < 1


def _check_inside(free: FreeParameter, value: float) -> None:
    if value < free.lower or (value == free.lower and not free.closed):
        raise ValueError(f"{free.symbol} = {value} lies outside its domain: it starts at {free.lower}")


class PairBound(Bound):
    """A bound on P(M_ij <= 0) for an ordered pair.

    For k classes its value is the union bound, the sum over j != i averaged over i: (ways - 1) times the
    mean over all ordered pairs, which is also the mean over the subsets of ``ways`` classes.
    """

    layout = "ij"
    left_hand_side = pair_error

    def pair_values(
        self,
        geometry: ClassGeometry,
        setting: Setting,
        granted: Iterable[Assumption] | Granted = (),
        at: Mapping[str, float] | None = None,
    ) -> tuple[Array, Array | None]:
        """Bounds for all ordered pairs, shape (classes, classes) with a zero diagonal, and the chosen
        free parameters (same shape) or None. Raises ``MissingQuantity``."""
        granted = granted if isinstance(granted, Granted) else Granted(granted)
        xp = geometry.xp
        with geometry.quiet():
            parts = [
                self._rows(geometry, setting, granted, dict(at or {}), rows)
                for rows in _chunks(self.closed_form, geometry)
            ]
        values = xp.concat([part[0] for part in parts], axis=0)
        chosen = None if parts[0][1] is None else xp.concat([part[1] for part in parts], axis=0)
        values = xp.where(xp.isnan(values), xp.full_like(values, math.inf), values)
        if geometry.unresolved_pairs:
            # A pair whose distance is not resolved from its samples has the trivial bound 1.
            values = xp.where(geometry.resolved, values, xp.ones_like(values))
        return geometry.off_diagonal(values, 0.0), chosen

    def _rows(
        self,
        geometry: ClassGeometry,
        setting: Setting,
        granted: Granted,
        at: dict[str, float],
        rows: slice,
    ) -> tuple[Array, Array | None]:
        xp = geometry.xp
        shape = (rows.stop - rows.start, geometry.classes)

        def at_parameters(parameters: Mapping[sp.Symbol, Array]) -> Array:
            env = GeometryEnvironment(geometry, setting, granted, parameters, rows)
            return env._full(evaluate(self.closed_form, env, "ij"), "ij")

        if self.free is None:
            return at_parameters({}), None
        free = self.free
        if free.symbol.name in at:
            _check_inside(free, at[free.symbol.name])
            chosen = xp.full(shape, float(at[free.symbol.name]), dtype=xp.float64)
            return at_parameters({free.symbol: chosen}), chosen
        env = GeometryEnvironment(geometry, setting, granted, None, rows)
        upper = (
            xp.full(shape, math.inf, dtype=xp.float64)
            if free.upper == sp.oo
            else xp.broadcast_to(env._full(evaluate(free.upper, env, "ij"), "ij"), shape)
        )
        return minimise(lambda value: at_parameters({free.symbol: value}), free.lower, upper, free.closed, xp)

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        if self._condition_fails(geometry, setting, granted):
            return NotApplicable("the statement's condition fails for some pair of classes")
        values, chosen = self.pair_values(geometry, setting, granted, at)
        xp, others = geometry.xp, geometry.classes - 1
        per_class = xp.sum(values, axis=1) * ((setting.ways - 1) / others)
        parameters: dict[str, float] = {}
        if chosen is not None and self.free is not None and geometry.classes == 2:
            parameters = {self.free.symbol.name: float(chosen[0, 1])}
        return Value(float(xp.mean(per_class)), tuple(float(value) for value in per_class), parameters)


class ClassBound(Bound):
    """A bound on P(wrong | class i) that is more than a sum over pairs."""

    layout = "i"
    left_hand_side = class_error

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        if geometry.unresolved_pairs:
            return NotApplicable(_unresolved(geometry))
        xp = geometry.xp
        spread = max(1.0, float(xp.max(geometry.variances)))
        if spread > LARGEST_SCALE * float(xp.min(geometry.off_diagonal(geometry.distances, 1.0))):
            # Squared scales of the margins would overflow, and a quotient by infinity passes for 0.
            return Value(math.inf, (math.inf,) * geometry.classes)
        parts = []
        for rows in _chunks(self.closed_form, geometry):
            env = GeometryEnvironment(geometry, setting, granted, None, rows)
            parts.append(env._full(evaluate(self.closed_form, env, "i"), "i"))
        values = xp.concat(parts, axis=0)
        values = xp.where(xp.isnan(values), xp.full_like(values, math.inf), values)
        return Value(float(xp.mean(values)), tuple(float(value) for value in values))


class AverageBound(Bound):
    """A function of averages over ordered pairs of classes."""

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        if geometry.unresolved_pairs:
            return NotApplicable(_unresolved(geometry))
        xp = geometry.xp

        def at_parameters(parameters: Mapping[sp.Symbol, Array]) -> Array:
            env = GeometryEnvironment(geometry, setting, granted, parameters)
            return evaluate(self.closed_form, env)

        if self.free is None:
            return Value(_finite_or_inf(float(at_parameters({}))))
        free = self.free
        if free.symbol.name in at:
            chosen = float(at[free.symbol.name])
            _check_inside(free, chosen)
            value = float(at_parameters({free.symbol: geometry.array(chosen)}))
        else:
            env = GeometryEnvironment(geometry, setting, granted)
            upper = geometry.array(math.inf if free.upper == sp.oo else float(evaluate(free.upper, env)))

            def objective(parameter: Array) -> Array:
                found = geometry.array(at_parameters({free.symbol: parameter}))
                return xp.broadcast_to(found, parameter.shape)

            found, where = minimise(objective, free.lower, upper, free.closed, xp)
            value, chosen = float(found), float(where)
        if not value < math.inf:
            return NotApplicable(f"the bracket is not positive at {free.symbol} = {chosen:g}")
        return Value(value, None, {free.symbol.name: chosen})


class ExactFormula(Bound):
    """An equality for the error of every class (all classes alike)."""

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        xp = geometry.xp
        env = GeometryEnvironment(geometry, setting, granted)
        values = env._full(evaluate(self.closed_form, env, "ij"), "ij")
        values = geometry.off_diagonal(values, 0.0)
        per_class = xp.sum(values, axis=1) / (geometry.classes - 1)
        return Value(float(xp.mean(per_class)), tuple(float(value) for value in per_class))


class LawBound(Bound):
    """A statement about one named law (a lower bound or an existence claim), read on that law only."""

    layout = "ij"
    left_hand_side = pair_error

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        xp = geometry.xp
        env = GeometryEnvironment(geometry, setting, granted)
        values = geometry.off_diagonal(env._full(evaluate(self.closed_form, env, "ij"), "ij"), 0.0)
        per_class = xp.sum(values, axis=1) / (geometry.classes - 1)
        return Value(float(xp.mean(per_class)), tuple(float(value) for value in per_class))


class ExistenceStatement(Bound):
    """Laws exist whose error over a bound tends to at least the statement; no number for one population."""

    left_hand_side = limiting_ratio

    def evaluate(
        self,
        geometry: ClassGeometry,
        setting: Setting,
        granted: Iterable[Assumption] | Granted = (),
        *,
        at: Mapping[str, float] | None = None,
    ) -> BoundValue:
        return NotApplicable("an existence statement: it says nothing about one given population")


def _finite_or_inf(value: float) -> float:
    return math.inf if math.isnan(value) else value


def _unresolved(geometry: ClassGeometry) -> str:
    count = len(geometry.unresolved_pairs)
    return (
        f"{count} pair(s) of classes have no positive de-biased distance; averages over pairs are undefined"
    )


@lru_cache
def _letters(statement: sp.Expr) -> frozenset[str]:
    """Indices (i, j, l, r) of the quantities in a statement."""
    from theory.quantities import lookup

    return frozenset(
        letter for symbol in statement.free_symbols if (entry := lookup(symbol)) for letter in entry.index
    )


def _chunks(statement: sp.Expr, geometry: ClassGeometry) -> list[slice]:
    """Slices of query classes that keep the largest intermediate array near 32 MiB."""
    letters = _letters(statement)
    width = geometry.classes
    if "l" in letters:
        width *= geometry.classes
    if "r" in letters:
        width *= geometry.dimension
    size = max(1, CHUNK // width) if letters & {"l", "r"} else geometry.classes
    return [slice(start, min(start + size, geometry.classes)) for start in range(0, geometry.classes, size)]
