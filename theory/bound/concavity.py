"""Whether a statement is concave, convex or affine in its averages, sums and maxima over classes.

With fewer ways than classes the error is a mean over subsets. Only of a concave statement is the value at
the subset means of its reductions at least the mean of its values, and only of a convex one at most that
(Jensen); any other has to be gone through subset by subset. The rules are those of disciplined convex
programming, read off the statement as it is written; what they do not recognise counts as neither. What has
no sign by the symbols' assumptions has none here, unless the statement declares it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import sympy as sp

from theory.expressions import Avg, ForEveryOther, MaxOver, SumOver, SumOverPairs
from theory.quantities import NEAREST_MOMENTS, k

OVER_CLASSES = (Avg, SumOver, MaxOver, SumOverPairs)
Declared = frozenset[sp.Expr]
"""What is at least 0 in theory, though its symbols do not show it."""


@lru_cache(maxsize=256)
def is_concave(expression: sp.Expr, declared: Declared = frozenset()) -> bool:
    """Whether ``expression`` is recognised as concave in the reductions over classes that it contains."""
    return _Curvature(declared).concave(expression)


@lru_cache(maxsize=256)
def is_convex(expression: sp.Expr, declared: Declared = frozenset()) -> bool:
    """Whether it is recognised as convex in them."""
    return _Curvature(declared).convex(expression)


@lru_cache(maxsize=256)
def is_affine(expression: sp.Expr) -> bool:
    """Whether it has degree at most 1 in them together, with coefficients of any sign."""
    return _affine(expression)


@lru_cache(maxsize=1 << 12)
def varies(expression: sp.Basic) -> bool:
    """Whether it may differ between subsets of the classes of one population."""
    return bool(expression.has(*OVER_CLASSES, ForEveryOther, *NEAREST_MOMENTS))


@lru_cache(maxsize=1 << 12)
def is_nested(expression: sp.Basic) -> bool:
    """Whether a reduction over classes holds another: its subset mean is then in no closed form."""
    reductions = expression.atoms(*OVER_CLASSES, ForEveryOther)
    return any(varies(part) for node in reductions for part in node.args)


def _is_mean(node: sp.Basic) -> bool:
    """Whether it is one of the numbers that a statement is read at: a reduction that holds no other."""
    return isinstance(node, OVER_CLASSES) and not any(varies(part) for part in node.args)


def _affine(expression: sp.Basic) -> bool:
    if not varies(expression) or _is_mean(expression):
        return True
    if isinstance(expression, sp.Add):
        return all(_affine(part) for part in expression.args)
    if isinstance(expression, sp.Mul):
        varying = [part for part in expression.args if varies(part)]
        return len(varying) == 1 and _affine(varying[0])
    if isinstance(expression, sp.Piecewise):
        return all(not varies(condition) and _affine(piece) for piece, condition in expression.args)
    if isinstance(expression, sp.Sum):
        term = _term(expression)
        return term is not None and _affine(term)
    return False


def _term(node: sp.Sum) -> sp.Expr | None:
    """The term of a sum over whole numbers, with their sign as that of the index, whatever sign that is
    declared to have; None where subsets differ in its limits."""
    term, limits = node.args[0], node.args[1:]
    if any(varies(limit) for limit in limits):
        return None
    for index, first, _ in limits:
        signed = (
            {"positive": True} if first.is_positive else {"nonnegative": bool(first.is_nonnegative) or None}
        )
        term = term.xreplace({index: sp.Dummy(index.name, integer=True, **signed)})
    return term


class _Curvature:
    def __init__(self, declared: Declared) -> None:
        self.declared = declared | {_without_constants(each) for each in declared}

    def concave(self, expression: sp.Basic) -> bool:
        if _affine(expression):
            return True
        if isinstance(expression, sp.Add | sp.Min):
            return all(self.concave(part) for part in expression.args)
        if isinstance(expression, sp.Piecewise):
            return self._by_cases(expression)
        if isinstance(expression, sp.Sum):
            term = _term(expression)
            return term is not None and self.concave(term)
        if isinstance(expression, sp.Pow | sp.Mul):
            sign, factors = self._split(expression)
            if len(factors) == 1 and sign is not None and factors[0][1] == 1:
                ((rest, _),) = factors
                # A power with an exponent that varies has no other parts, and no rule.
                return rest != expression and (self.concave(rest) if sign > 0 else self.convex(rest))
            if sign is None or sign < 0:
                return sign is not None and self._convex_product(factors)
            return self._concave_product(factors) or self._power_of_a_sum(factors)
        return False

    def convex(self, expression: sp.Basic) -> bool:
        if _affine(expression):
            return True
        if isinstance(expression, sp.Add | sp.Max):
            return all(self.convex(part) for part in expression.args)
        if isinstance(expression, sp.Abs):
            return _affine(expression.args[0])
        if isinstance(expression, sp.exp):
            return self.convex(expression.args[0])
        if isinstance(expression, sp.Piecewise):
            return all(not varies(condition) and self.convex(piece) for piece, condition in expression.args)
        if isinstance(expression, sp.Sum):
            term = _term(expression)
            return term is not None and self.convex(term)
        if isinstance(expression, sp.Pow | sp.Mul):
            sign, factors = self._split(expression)
            if len(factors) == 1 and sign is not None and factors[0][1] == 1:
                ((rest, _),) = factors
                return rest != expression and (self.convex(rest) if sign > 0 else self.concave(rest))
            if sign is None or sign < 0:
                return sign is not None and (self._concave_product(factors) or self._power_of_a_sum(factors))
            return self._convex_product(factors)
        return False

    def _split(self, expression: sp.Expr) -> tuple[int | None, list[tuple[sp.Expr, sp.Expr]]]:
        """The sign of the factors that no subset changes (None where it isn't known), and base and exponent
        of the others."""
        factors = [power for factor in sp.Mul.make_args(expression) for power in self._powers(factor)]
        constant = sp.Mul(*(base**exponent for base, exponent in factors if not varies(base)))
        sign = 1 if self.at_least_0(constant) else -1 if self.at_least_0(-constant) else None
        return sign, [(base, exponent) for base, exponent in factors if varies(base)]

    def _powers(self, factor: sp.Expr) -> list[tuple[sp.Expr, sp.Expr]]:
        """As bases and exponents: the root of a product is one of roots, where no part is below 0."""
        if not isinstance(factor, sp.Pow) or not varies(factor) or varies(factor.exp):
            return [(factor, sp.S.One)]
        base, exponent = factor.args
        parts = sp.Mul.make_args(base)
        if len(parts) > 1 and all(map(self.at_least_0, parts)):
            return [(inner, power * exponent) for part in parts for inner, power in self._powers(part)]
        return [(base, exponent)]

    def _by_cases(self, expression: sp.Piecewise) -> bool:
        """Cases that no subset changes; or what is concave where a condition holds for every other class, and
        a number that it never exceeds elsewhere: what holds for all classes holds for those of a subset."""
        if all(not varies(condition) for _, condition in expression.args):
            return all(self.concave(piece) for piece, _ in expression.args)
        (piece, condition), *rest = expression.args
        if len(rest) != 1 or rest[0][1] != sp.true or varies(rest[0][0]):
            return False
        every = isinstance(condition, ForEveryOther) and not any(varies(part) for part in condition.args)
        otherwise = rest[0][0]
        below = (isinstance(piece, sp.Min) and otherwise in piece.args) or self.at_least_0(otherwise - piece)
        return every and below and self.concave(piece)

    def _sum_of_powers(self, factors: Sequence[tuple[sp.Expr, sp.Expr]]) -> sp.Expr | None:
        """Of a product of concave terms of at least 0 to powers above 0; None of any other."""
        known = all(
            exponent.is_Number and exponent > 0 and self.concave(base) and self.at_least_0(base)
            for base, exponent in factors
        )
        return sp.Add(*(exponent for _, exponent in factors)) if known else None

    def _concave_product(self, factors: Sequence[tuple[sp.Expr, sp.Expr]]) -> bool:
        """A product of concave terms of at least 0 to powers above 0 of sum at most 1."""
        powers = self._sum_of_powers(factors)
        return powers is not None and bool(powers <= 1)

    def _power_of_a_sum(self, factors: Sequence[tuple[sp.Expr, sp.Expr]]) -> bool:
        """(x^(1/q) + y^(1/q) + ...)^q with q >= 1, of concave x, y, ... with factors of at least 0: a mean of
        order below 1, which is concave."""
        if len(factors) != 1:
            return False
        ((base, power),) = factors
        if not (isinstance(base, sp.Add) and power.is_Number and power >= 1):
            return False
        for part in base.args:
            sign, inner = self._split(part)
            powers = self._sum_of_powers(inner)
            if sign != 1 or powers is None or not powers * power <= 1:
                return False
        return True

    def _convex_product(self, factors: Sequence[tuple[sp.Expr, sp.Expr]]) -> bool:
        """x^a y^-b z^-c ... of convex x and concave y, z, ... of at least 0, where a >= 1 + b + c + ... or
        there is no x; and even powers of what is affine."""
        if len(factors) == 1:
            ((base, exponent),) = factors
            if exponent.is_Integer and exponent > 0 and exponent % 2 == 0 and _affine(base):
                return True
        if not all(exponent.is_Number and self.at_least_0(base) for base, exponent in factors):
            return False
        above = [(base, exponent) for base, exponent in factors if exponent > 0]
        below = [(base, exponent) for base, exponent in factors if exponent < 0]
        if len(above) > 1 or not all(self.concave(base) for base, _ in below):
            return False
        if not above:
            return True
        ((base, exponent),) = above
        return self.convex(base) and bool(exponent + sp.Add(*(power for _, power in below)) >= 1)

    def at_least_0(self, expression: sp.Expr) -> bool:
        """Whether it is known to be at least 0 at every value that its reductions may take."""
        places: dict[sp.Basic, sp.Expr] = {known: sp.Dummy(nonnegative=True) for known in self.declared}
        for node in _outermost(expression):
            places[node] = sp.Dummy(real=True, **_sign(node))
        return bool(expression.xreplace({**places, **WAYS}).is_nonnegative)


def _without_constants(declared: sp.Expr) -> sp.Expr:
    """The factor that differs between subsets, where the others are above 0: it is at least 0, too."""
    factors = sp.Mul.make_args(declared)
    steady = sp.Mul(*(factor for factor in factors if not varies(factor)))
    varying = sp.Mul(*(factor for factor in factors if varies(factor)))
    return varying if steady.xreplace(WAYS).is_positive else declared


WAYS = {k: sp.Dummy(integer=True, nonnegative=True) + 2}
"""Two ways at least: so that a factor sqrt(k - 1) is known to have a sign."""


def _sign(node: sp.Basic) -> dict[str, bool]:
    """What SymPy may assume of a reduction over classes: the sign of what it reduces, if that has one."""
    inside = node.args[0].xreplace(WAYS)
    if inside.is_nonnegative:
        # A sum over pairs of other classes has no term where there are two ways.
        return (
            {"positive": True}
            if inside.is_positive and not isinstance(node, SumOverPairs)
            else {"nonnegative": True}
        )
    return {"nonpositive": True} if inside.is_nonpositive else {}


def _outermost(expression: sp.Basic) -> set[sp.Basic]:
    if isinstance(expression, OVER_CLASSES):
        return {expression}
    return {node for part in expression.args for node in _outermost(part)}
