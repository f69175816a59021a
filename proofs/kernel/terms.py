"""The vocabulary of claims about vectors of general dimension, as SymPy expressions that people write.

A vector is linear in vector symbols; it enters a claim only through inner products (``Dot``), lengths
(``Norm``) and moments of a class along directions (``Moment``), so a claim never mentions a coordinate or a
dimension. A vector symbol says itself how it came about: nothing about it is kept in a table that a proof
could write to. A random scalar that a proof names for itself is a function of the vectors it is made of.

What SymPy makes of such an expression is a suggestion: ``reading`` translates it, and only that is checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal

import sympy as sp
from sympy.core.function import AppliedUndef

from proofs.kernel.judging import JUDGE
from theory.expressions import (
    Expect,
    ForEveryOther,
    few_shot_error,
    kernel,
    margin,
    margin_loss,
    mean_map_error,
    vote_error,
)
from theory.inheritance import override
from theory.quantities import TABLE, d, for_class_l

Kind = Literal["fixed", "draw", "mean", "gap"]


class Vector(sp.Symbol):
    """A vector symbol; distinct random ones are independent.

    ``fixed`` vectors are not random. A ``draw`` is one centred draw from the class ``law``; a ``mean`` is the
    mean of ``count`` independent such draws. ``gap`` is the way from one class's mean to another's, whose
    length is the distance in the table of quantities.
    """

    __slots__ = ("count", "kind", "law")

    @override
    def __new__(
        cls, name: str, kind: Kind, law: sp.Symbol | None = None, count: sp.Basic = sp.S.One
    ) -> Vector:
        vector: Vector = sp.Symbol.__xnew__(cls, name)
        vector.kind, vector.law, vector.count = kind, law, sp.sympify(count)
        return vector

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.name, self.kind, self.law, self.count), {}

    def _hashable_content(self) -> tuple[Any, ...]:
        # as they are, with what their symbols declare: another number of draws is another vector
        return (*super()._hashable_content(), self.kind, sp.srepr(self.law), sp.srepr(self.count))

    @property
    def random(self) -> bool:
        """Whether it is drawn, or a mean of draws."""
        return self.kind in ("draw", "mean")


def fixed(name: str) -> Vector:
    """A vector that is not random."""
    return Vector(name, "fixed")


def draw(name: str, law: sp.Symbol) -> Vector:
    """One centred draw of the class ``law``."""
    return Vector(name, "draw", law)


def mean_of_draws(name: str, law: sp.Symbol, count: sp.Expr) -> Vector:
    """Mean of ``count`` independent centred draws of the class ``law``."""
    return Vector(name, "mean", law, count)


D = Vector("D", "gap")
D_l = Vector("D_l", "gap")
LENGTHS: Mapping[Vector, sp.Symbol] = MappingProxyType({D: d, D_l: for_class_l(d)})
"""The ways between means, and the names of their lengths."""

COUNTS = ("l", "m", "B_ep", "N_blocks", "N_fold", "b")
"""Quantities of the evidence that are fixed before anything is drawn."""
_EVIDENCE = frozenset(
    entry.symbol for entry in TABLE.values() if entry.source == "evidence" and entry.name not in COUNTS
)
margin_l = sp.Symbol("M_l", real=True)
"""The margin against another class l."""
nearest = sp.Symbol("nearest", nonnegative=True)
"""1 where the centre of class j is the nearest to the query of all the other classes', else 0; of several
that are equally near each has a share in that 1. So its sum over j is 1, and it is 0 for all but the
nearest."""
width = sp.Symbol("width", positive=True)
"""Delta, the width of the soft-margin loss of a pair of classes."""
half_square = sp.Symbol("g", nonnegative=True)
"""Half the squared difference of the kernel at two disjoint pairs of classes."""
disjoint_mean = sp.Symbol("g_mean", nonnegative=True)
"""Its mean over all ordered quadruples of distinct source classes."""
all_episodes = sp.Symbol("U_all", nonnegative=True)
"""The mean error over all episodes of the source classes, where U is that over some drawn at random."""
form = sp.Symbol("q_R", real=True)
"""y'R^-1 y for the vector y_j = s_j - M_ij over the other classes j; R is positive definite, R_jj = s_j^2."""
root_of_R = sp.Symbol("s_R", positive=True)
"""s_j, the root of R_jj."""
input_variance = sp.Symbol("V_x", nonnegative=True)
"""Sum of the variances of two classes of inputs."""
noise = sp.Symbol("noise", positive=True)
"""Size of the noise along a family of laws that shrinks."""
lam_t, v_it, v_jt = sp.symbols("lam_t v_i_t v_j_t", nonnegative=True)
"""Largest eigenvalue and variance of class i, and variance of class j, of a law with finitely many atoms."""

reading_1, reading_2 = sp.symbols("x_1 x_2", real=True)
"""u_1.z and u_2.z, the features along an axis of each of two labelings."""
given_1, given_2 = sp.symbols("xbar_1 xbar_2", real=True)
"""The mean of u_1.z given the first label, and of u_2.z given the second."""
contrast_1, contrast_2 = sp.symbols("contrast_1 contrast_2", real=True)
"""1{label = one end of the axis} - 1{label = the other end}, for the axis of each labeling."""

_FIRST, _SECOND, _REST = "the first label", "the second label", "the features, given both labels"
LABELLED: Mapping[sp.Symbol, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys((reading_1, reading_2), frozenset({_FIRST, _SECOND, _REST})),
        **dict.fromkeys((given_1, contrast_1), frozenset({_FIRST})),
        **dict.fromkeys((given_2, contrast_2), frozenset({_SECOND})),
    }
)
"""Plain symbols that are random as labeled features are, each with what it depends on: two labels that are
independent of each other, and whatever else the features depend on."""

INNER = frozenset({margin, margin_l, form, nearest, margin_loss})
"""Plain symbols that are random given the classes, and may depend on every random vector."""
OUTER = _EVIDENCE | {
    few_shot_error, kernel, mean_map_error, vote_error, half_square, disjoint_mean, all_episodes,
}  # fmt: skip
"""Plain symbols that are random as the classes, or their samples, are."""


def random_symbols(expression: sp.Basic, named: frozenset[sp.Symbol] = frozenset()) -> frozenset[sp.Symbol]:
    """What is random in an expression outside its expectations, as a person writing a proof would say it;
    ``named`` are names of random numbers. The kernel decides for itself (``sorts``)."""
    inside = expression.atoms(Expect)
    free = expression.xreplace({atom: sp.Dummy() for atom in inside}).free_symbols
    return frozenset(
        symbol
        for symbol in free
        if symbol in INNER | OUTER | LABELLED.keys() | named or getattr(symbol, "random", False)
    )


def mean(expression: sp.Expr, named: frozenset[sp.Symbol] = frozenset()) -> sp.Expr:
    """Expectation, which leaves alone what isn't random."""
    expression = sp.sympify(expression)
    judge = JUDGE.get()
    if judge is not None:
        return judge.mean(expression)
    return Expect(expression) if random_symbols(expression, named) else expression


def scalar(name: str, *vectors: sp.Symbol) -> sp.Expr:
    """A random scalar that is a function of these vectors, to be given a meaning by a definition."""
    return sp.Function(name, real=True)(*vectors)


def is_scalar(term: sp.Basic) -> bool:
    """Whether this is a random scalar named by a proof."""
    return (
        isinstance(term, AppliedUndef) and bool(term.args) and all(isinstance(v, Vector) for v in term.args)
    )


class Coordinate(sp.Function):
    """Coordinate r of a random vector, along the axes in which the proxies are diagonal."""

    is_real = True
    is_extended_real = True


def coefficients(vector: sp.Expr) -> dict[Vector, sp.Expr]:
    """The vector as a linear combination of vector symbols. Raises ValueError when it is none."""
    scales: dict[Vector, sp.Expr] = {}
    for term in sp.Add.make_args(sp.expand(vector)):
        factors = sp.Mul.make_args(term)
        symbols = [factor for factor in factors if isinstance(factor, Vector)]
        if term == 0:
            continue
        if len(symbols) != 1:
            raise ValueError(f"not a vector: {term}")
        scale = sp.Mul(*(factor for factor in factors if not isinstance(factor, Vector)))
        scales[symbols[0]] = scales.get(symbols[0], sp.S.Zero) + scale
    return scales


def _combinations(vectors: tuple[sp.Expr, ...]) -> Iterator[tuple[sp.Expr, tuple[Vector, ...]]]:
    if not vectors:
        yield sp.S.One, ()
        return
    for symbol, scale in coefficients(vectors[0]).items():
        for rest_scale, rest in _combinations(vectors[1:]):
            yield scale * rest_scale, (symbol, *rest)


class Dot(sp.Function):
    """Inner product; expands itself into products of vector symbols."""

    is_real = True
    is_extended_real = True

    @classmethod
    @override
    def eval(cls, u: sp.Expr, v: sp.Expr) -> sp.Expr | None:
        if isinstance(u, Vector) and isinstance(v, Vector):
            if u == v and u in LENGTHS:
                return LENGTHS[u] ** 2
            return None if str(u) <= str(v) else cls(v, u)
        return sp.Add(*(scale * cls(*pair) for scale, pair in _combinations((u, v))))


class Moment(sp.Function):
    """E of the product of a class's centred draw along the given vectors; of order two, x'S y."""

    is_real = True
    is_extended_real = True

    @classmethod
    @override
    def eval(cls, law: sp.Symbol, *vectors: sp.Expr) -> sp.Expr | None:
        if all(isinstance(vector, Vector) for vector in vectors):
            ordered = tuple(sorted(vectors, key=str))
            return None if ordered == vectors else cls(law, *ordered)
        return sp.Add(*(scale * cls(law, *symbols) for scale, symbols in _combinations(vectors)))


class Norm(sp.Function):
    """Length of a vector; its even powers turn into inner products."""

    is_real = True
    is_extended_real = True
    is_nonnegative = True

    @classmethod
    @override
    def eval(cls, vector: sp.Expr) -> sp.Expr | None:
        coefficients(vector)
        return LENGTHS.get(vector)

    def _eval_power(self, exponent: sp.Expr) -> sp.Expr | None:
        if exponent.is_Integer and abs(exponent) >= 2:
            sign = 1 if exponent > 0 else -1
            half, odd = divmod(abs(int(exponent)), 2)
            return Dot(self.args[0], self.args[0]) ** (sign * half) * self ** (sign * odd)
        return None


class ForAllPairs(ForEveryOther):
    """True when a claim about a pair of classes holds for all pairs of source classes at once."""


class Event(sp.logic.boolalg.BooleanFunction):
    """A fact or an event that only lemmas can open."""


class OverClasses(sp.Function):
    """Mean over two independent classes of the population, of an expression in quantities; opaque."""

    is_real = True
    is_extended_real = True
