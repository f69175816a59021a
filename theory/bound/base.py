"""Bound: a SymPy relation over named quantities under named assumptions.

``kind`` alone decides how a claim is checked, ``about`` what it bounds. ``evaluate`` sees a
``ClassGeometry``, never a population. Concrete shapes stand beside this file.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, fields
from functools import cached_property, lru_cache
from typing import ClassVar, Literal, Protocol, get_args

import sympy as sp

from theory.array import Array
from theory.assumptions import Assumption, Granted
from theory.bound.answer import BoundValue, NotApplicable, Provenance
from theory.bound.blocks import unresolved
from theory.bound.concavity import Declared, varies
from theory.bound.rounded import rounded
from theory.bound.subsets import declared_of, holds_in_subsets, subsets, why_not
from theory.display import rendered
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import Scalars, evaluate
from theory.evaluation.missing import MissingQuantity
from theory.evaluation.optimise import FreeParameter, Scope, minimise
from theory.evaluation.reading import normalised
from theory.expressions import Near, few_shot_error
from theory.geometry import ClassGeometry
from theory.geometry.quiet import quiet
from theory.quantities import lookup, n
from theory.setting import Setting

Kind = Literal[
    "upper", "lower", "equality", "high_probability", "rate", "existence", "impossibility", "approximation"
]
About = Literal["few_shot_error", "cdnv", "mean_kernel", "transfer_error", "axes"]
Section = Literal["few_shot", "new_samples", "new_classes", "transfer", "axes"]
SECTIONS: tuple[Section, ...] = get_args(Section)
"""In reading order. Proof files stand in folders of these names, as the statements do."""


class Statement(Protocol):
    """What a proof and a printer read of a claim: a ``Bound``, or a theorem that compares several."""

    __dataclass_fields__: ClassVar[dict[str, Field[object]]]

    @property
    def name(self) -> str:
        """How it is called everywhere."""

    @property
    def relation(self) -> sp.Basic:
        """The claim itself."""

    @property
    def where(self) -> tuple[tuple[sp.Symbol, sp.Expr], ...]:
        """Abbreviations that the claim uses, (symbol, meaning), in reading order."""

    @property
    def condition(self) -> sp.Basic:
        """What must hold for the claim to make sense."""

    @property
    def free(self) -> FreeParameter | None:
        """A parameter that the claim holds for every value of."""

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """What the claim is made under."""


@dataclass(frozen=True, kw_only=True)
class Bound:
    """A claim about an error. Concrete shapes in the files beside; never instantiate this one.

    name : how it is called everywhere; small letters and underscores. title : for the report.
    statement : a SymPy expression in the symbols of ``theory.quantities``, the right-hand side alone;
        0.1 is read as 1/10.
    assumptions : objects of ``theory.assumptions``; outside them the bound answers ``NotApplicable``.
    provenance : ``derived(...)``, ``cited(...)`` or ``published(...)``: how sure we are of it.
    kind : how the claim is checked ("upper", "lower", ...). about : what it bounds. section : of the report.
    free : a parameter that the statement holds for every value of, which evaluation minimises over.
    condition : a relation that must hold of every pair for the statement to make sense.
    known_refutation : the witness of a published bound that is refuted.
    where : abbreviations that the statement uses, (symbol, meaning), in reading order.
    nonnegative : parts of the statement that are at least 0 in theory, though no symbol's sign shows it.
    """

    name: str
    statement: sp.Expr
    assumptions: tuple[Assumption, ...]
    provenance: Provenance
    title: str = ""
    kind: Kind = "upper"
    about: About = "few_shot_error"
    section: Section = "few_shot"
    """The part of the report, and of the catalogue, that the statement belongs to."""
    free: FreeParameter | None = None
    condition: sp.Basic = sp.true
    """What must hold of every pair for the statement to make sense; else not applicable."""
    known_refutation: str = ""
    """For a published bound that is refuted: the file of the witness. Its violations do not fail a run."""
    where: tuple[tuple[sp.Symbol, sp.Expr], ...] = ()
    """Abbreviations used in the statement, in reading order; a later one may use earlier ones."""
    nonnegative: tuple[sp.Expr, ...] = ()
    """What roots are taken of must be known to be at least 0 for the statement to count as concave."""

    kinds: ClassVar[tuple[Kind, ...]] = ("upper", "lower", "equality", "approximation")
    """The kinds that a statement of this shape may be of: here those that one population can decide."""
    layout: ClassVar[str] = ""
    scopes: ClassVar[tuple[Scope, ...]] = ()
    """What a free parameter may be chosen for; empty for shapes that take none."""
    is_plain: ClassVar[bool] = False
    """Whether the value is that of the statement, read as it stands. Shapes made of another say so anew."""
    rounds_itself: ClassVar[bool] = False
    """Whether certificates of this shape come with what rounding leaves of them."""
    left_hand_side: ClassVar[sp.Expr] = few_shot_error
    for_k_classes: ClassVar[str] = ""
    """How a claim about a pair or a class becomes one about the error of k classes, in one sentence."""

    def __post_init__(self) -> None:
        if isinstance(self.condition, bool):
            object.__setattr__(self, "condition", sp.sympify(self.condition))
        for field in fields(self):
            object.__setattr__(self, field.name, normalised(getattr(self, field.name)))
        misfit = _misfit(self)
        if misfit is not None:
            raise ValueError(f"{self.name}: {misfit}")
        if self.free is not None and self.kind in ("lower", "existence", "equality", "approximation"):
            raise ValueError(
                f"{self.name}: a free parameter is for bounds from above, which are read at its best value; "
                f"state a bound of kind '{self.kind}' at one value"
            )
        if self.free is not None and self.free.scope not in self.scopes:
            raise ValueError(f"{self.name}: {_out_of_scope(self, self.free)}")
        if self.condition != sp.true and type(self).evaluate is not Bound.evaluate:
            raise ValueError(
                f"{self.name}: a condition is for statements about the moments of classes; "
                f"a {type(self).__name__} asks for an assumption instead"
            )

    def __init_subclass__(cls, **kwargs: object) -> None:
        """``help()`` of every shape explains the fields too."""
        super().__init_subclass__(**kwargs)
        _, _, fields = (Bound.__doc__ or "").partition("\n\n")
        if cls.__doc__ and fields and fields not in cls.__doc__:
            cls.__doc__ = f"{cls.__doc__.rstrip()}\n\n{fields}"

    # -- the statement -------------------------------------------------------------------------------
    @property
    def relation(self) -> sp.Basic:
        """The claim itself: left-hand side, relation and statement, as one SymPy relation."""
        if self.kind == "approximation":
            return Near(self.left_hand_side, self.statement)
        relation = {"equality": sp.Eq, "lower": sp.Ge, "existence": sp.Ge}.get(self.kind, sp.Le)
        return relation(self.left_hand_side, self.statement, evaluate=False)

    @cached_property
    def closed_form(self) -> sp.Expr:
        """The statement with its abbreviations written out, in quantities only."""
        return self.write_out(self.statement)

    @cached_property
    def _written_condition(self) -> sp.Basic:
        return self.write_out(self.condition)

    @cached_property
    def declared(self) -> Declared:
        """What differs between subsets of the classes and is declared to be at least 0."""
        return declared_of(self.nonnegative, self.where, self.write_out)

    @property
    def for_classes(self) -> str:
        """How the claim becomes one about the error of k classes, in one sentence."""
        return self.for_k_classes

    def write_out(self, expression: sp.Expr) -> sp.Expr:
        """Any expression in this bound's abbreviations, in quantities only."""
        return _written_out(expression, tuple((symbol, meaning) for symbol, meaning in self.where))

    @property
    def reads_margins(self) -> bool:
        """Whether the statement needs moments of whole margins, which are estimated in a way of their own."""
        return bool(self._fields & {"margin_moments", "nearest_moments"})

    @property
    def reads_nearest(self) -> bool:
        """Whether these are margins against the nearest of the other classes."""
        return "nearest_moments" in self._fields

    @property
    def _fields(self) -> set[str]:
        parts = [self.statement, *(meaning for _, meaning in self.where)]
        entries = [lookup(symbol) for part in parts for symbol in part.free_symbols]
        return {entry.field for entry in entries if entry is not None}

    def latex(self) -> str:
        """The relation in LaTeX."""
        return rendered("latex", self)

    def mathml(self) -> str:
        """The relation in MathML."""
        return rendered("mathml", self)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def _repr_html_(self) -> str:
        return rendered("html", self)

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
            values_at = evaluate(self.closed_form, Scalars({**values, free.symbol: parameter}))
            return xp.broadcast_to(xp.asarray(values_at), parameter.shape)

        xp = scope.xp
        upper = xp.asarray(float(evaluate(free.upper, scope)) if free.upper != sp.oo else math.inf)
        with quiet(xp):
            best, _ = minimise(objective, free, upper, xp)
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
        if setting.shots > MOST_SHOTS and self._cancels_at_many_shots:
            return NotApplicable(f"at more than {MOST_SHOTS:g} shots its parts cancel; state its limit")
        try:
            with geometry.quiet():
                if self._condition_fails(geometry, setting, granted):
                    return NotApplicable("the statement's condition fails for some pair of classes")
                return rounded(self, geometry, setting, granted, dict(at or {}))
        except MissingQuantity as missing:
            return NotApplicable(str(missing))

    @cached_property
    def _cancels_at_many_shots(self) -> bool:
        return _cancels(self.closed_form)

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        raise TypeError(f"{type(self).__name__} has no evaluation")

    def _of_classes(self, geometry: ClassGeometry, setting: Setting, values: Array) -> Array:
        """(classes,), or one number: what values of the statement, in its ``layout``, say of the queries of a
        class among ``ways`` classes."""
        return values

    def _parameters_of_pairs(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: Mapping[str, float]
    ) -> Array | None:
        """(classes, classes): where the free parameter is, where every pair has its own."""
        return None

    def _margins_in_own_units(self, geometry: ClassGeometry, setting: Setting) -> dict[str, Array]:
        """Moments of margins by name of the field, where the statement is one in margins alone."""
        return {}

    def _unreadable(self, geometry: ClassGeometry, setting: Setting) -> str | None:
        """Why the statement cannot be read on the choices of ``ways`` classes; None where it can."""
        fewer = setting.ways < geometry.classes
        if self.free is not None and fewer and varies(self.free.upper):
            return f"the domain of its parameter {self.free.symbol} differs between the choices of classes"
        return why_not(self.closed_form, geometry, setting)

    def _why_not_here(self, geometry: ClassGeometry, setting: Setting) -> str | None:
        """Why the statement has no value on this geometry; None where it has."""
        return unresolved(geometry) if geometry.unresolved_pairs else self._unreadable(geometry, setting)

    def _condition_fails(self, geometry: ClassGeometry, setting: Setting, granted: Granted) -> bool:
        if self.condition == sp.true:
            return False
        reason = why_not(self._written_condition, geometry, setting)
        if reason is not None:
            raise MissingQuantity(f"of its condition: {reason}")
        env, xp = GeometryEnvironment(geometry, setting, granted), geometry.xp
        pairs = geometry.off_diagonal(xp.ones_like(geometry.distances), 0.0)
        if setting.ways < geometry.classes and not holds_in_subsets(self._written_condition):
            members = subsets(geometry, setting.ways)
            if members is None:
                raise MissingQuantity(
                    "its condition holds averages over classes, and there are too many subsets of "
                    f"{setting.ways} classes to look at it in each"
                )
            env, pairs = env.of_subsets(members), pairs * members[:, :, None] * members[:, None, :]
        holds = env.full(evaluate(self._written_condition, env, "ij"), "ij")
        numeric = xp.where(holds, xp.ones_like(pairs), xp.zeros_like(pairs))
        return float(xp.min(xp.where(pairs > 0, numeric, xp.ones_like(numeric)))) < 1


MOST_SHOTS = 1e8


def _misfit(bound: Bound) -> str | None:
    """That the shape is not one of statements of this kind, or about this; None where it is. What is no kind
    and no subject at all is left to whoever reads types."""
    shape = type(bound)
    if bound.kind in get_args(Kind) and bound.kind not in shape.kinds:
        others = [each for each in _shapes() if "kinds" in vars(each) and bound.kind in each.kinds]
        instead = "" if bound.kind in Bound.kinds else _or(each.__name__ for each in others)
        return (
            f"`kind` is '{bound.kind}', but {shape.__name__} takes {_or(map(repr, shape.kinds))}; "
            f"use {instead or 'another shape of theory.bound'}"
        )
    # A shape's own default says what it is about: its left-hand side is of that.
    if bound.about in get_args(About) and bound.about != shape.about:
        others = [each for each in _shapes() if each.about == bound.about and "about" in vars(each)]
        return f"`about` is '{bound.about}', but {shape.__name__} is about '{shape.about}'; leave it out" + (
            f", or use {_or(each.__name__ for each in others)}" if others else ""
        )
    return None


def _out_of_scope(bound: Bound, free: FreeParameter) -> str:
    """That the shape has no such free parameter, and what to write."""
    shape = type(bound)
    if shape.scopes:
        return (
            f"`free` has one value for every {free.scope}, but {shape.__name__} takes one for every "
            f"{_or(shape.scopes)}; write scope {_or(map(repr, shape.scopes))}"
        )
    others = [each.__name__ for each in _shapes() if "scopes" in vars(each) and each.scopes]
    return f"{shape.__name__} takes no free parameter; state it at one value, or use {_or(others)}"


def _shapes() -> list[type[Bound]]:
    """The shapes of this package, in order of their names."""
    shapes: set[type[Bound]] = set()
    pending = [Bound]
    while pending:
        below = pending.pop().__subclasses__()
        shapes |= {each for each in below if each.__module__.startswith(__package__)}
        pending += below
    return sorted(shapes, key=lambda each: each.__name__)


def _or(names: Iterable[str]) -> str:
    listed = list(names)
    return " or ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)


def _cancels(expression: sp.Basic) -> bool:
    """Whether many shots leave of some part a difference of nearly equal numbers: a power (1 - x/n)^n, or n
    times a logarithm that n comes into."""
    if n not in expression.free_symbols:
        return False
    if isinstance(expression, sp.Pow) and n in expression.base.free_symbols & expression.exp.free_symbols:
        return True
    if isinstance(expression, sp.Mul):
        powers = [part.as_base_exp() for part in expression.args]
        growing = any(base == n and exponent.is_nonpositive is not True for base, exponent in powers)
        inner = [part for part in expression.args if part.as_base_exp()[0] != n]
        if growing and any(n in node.free_symbols for part in inner for node in part.atoms(sp.log)):
            return True
    return any(map(_cancels, expression.args))


@lru_cache(maxsize=1 << 12)
def _written_out(expression: sp.Expr, where: tuple[tuple[sp.Symbol, sp.Expr], ...]) -> sp.Expr:
    """Once in a process for a statement: every task of a worker gets copies of the same bounds."""
    for symbol, meaning in reversed(where):
        expression = _replaced(expression, symbol, meaning)
    return expression


def _replaced(expression: sp.Basic, symbol: sp.Symbol, meaning: sp.Expr) -> sp.Basic:
    """As ``subs``, but that SymPy doesn't try to prove which of the arguments of a maximum is the largest,
    which takes tenths of a second and never succeeds on quantities of unknown size."""
    if expression == symbol:
        return meaning
    if symbol not in expression.free_symbols:
        return expression
    parts = [_replaced(part, symbol, meaning) for part in expression.args]
    extremum = isinstance(expression, sp.Max | sp.Min)
    return expression.func(*parts, evaluate=False) if extremum else expression.func(*parts)


def upper_end(free: FreeParameter, env: GeometryEnvironment) -> float:
    """Of the domain of a parameter that serves a whole setting. Raises ``MissingQuantity``."""
    try:
        return math.inf if free.upper == sp.oo else float(evaluate(free.upper, env))
    except MissingQuantity as missing:
        raise MissingQuantity(f"the upper end of its parameter {free.symbol}: {missing}") from None


def check_inside(free: FreeParameter, value: float) -> None:
    """Raises ValueError where ``value`` lies outside the parameter's domain, as far as that is a number."""
    if math.isnan(value):
        raise ValueError(f"{free.symbol} = {value} lies outside its domain: it is no number")
    if free.upper.is_number and not value < free.upper:
        raise ValueError(f"{free.symbol} = {value} lies outside its domain: it ends below {free.upper}")
    if value < free.lower or (value == free.lower and not free.closed):
        raise ValueError(f"{free.symbol} = {value} lies outside its domain: it starts at {free.lower}")
