"""SymPy expressions read into the kernel's own terms, once and as they stand.

Only what is listed here has a meaning; anything else, an imaginary or a floating-point number or a function
of a user's own among them, is refused. No property that SymPy derives for an expression is asked for.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions.matexpr import MatrixExpr

from proofs.kernel.nodes import FALSE, INFINITY, ONE, TRUE, ZERO, Node, is_claim, node, number
from proofs.kernel.terms import (
    LENGTHS,
    Coordinate,
    Dot,
    Event,
    ForAllPairs,
    Moment,
    Norm,
    OverClasses,
    Vector,
)
from theory import expressions as ex
from theory.quantities import TABLE

_FUNCTIONS = {
    sp.exp: "exp",
    sp.log: "log",
    sp.floor: "floor",
    sp.gamma: "gamma",
    sp.loggamma: "loggamma",
    sp.Abs: "abs",
    sp.Min: "min",
    sp.Max: "max",
    ex.Expect: "mean",
    ex.Avg: "Avg",
    ex.SumOver: "SumOver",
    ex.MaxOver: "MaxOver",
    ex.SumOverPairs: "SumOverPairs",
    ex.SumAxes: "SumAxes",
    ex.MaxAxes: "MaxAxes",
    ex.ChiSquareLess: "ChiSquareLess",
    ex.KlUpper: "KlUpper",
    ex.MixtureUpper: "MixtureUpper",
    OverClasses: "OverClasses",
}
Function = TypeVar("Function", bound=type)
_OPAQUE: dict[type, str] = {}
"""Functions that lemmas bring in; filled by ``opaque`` while the lemmas are loaded."""
_LAWS = {sp.Symbol("i"): "i", sp.Symbol("j"): "j", sp.Symbol("l"): "l"}
"""The classes whose draws there are."""


def opaque(function: Function) -> Function:
    """Class decorator: a function of real numbers that only lemmas can open."""
    _OPAQUE[function] = function.__name__
    return function


@cache
def read(term: sp.Basic | Node) -> Node:
    """A number or a claim. Raises ValueError where it has no meaning here."""
    if isinstance(term, Node):
        return term
    term = sp.sympify(term)
    if isinstance(term, sp.logic.boolalg.Boolean) and not isinstance(term, sp.Symbol):
        return _claim(term)
    return _number(term)


def _number(term: sp.Basic) -> Node:  # noqa: C901 - one case for each kind of term that is trusted
    if isinstance(term, sp.Rational):
        return number(f"{term.p}/{term.q}")
    if isinstance(term, Vector):
        raise ValueError(f"the vector {term} stands where a number should")
    if isinstance(term, sp.Symbol):
        return _symbol(term)
    if term is sp.pi:
        return node("pi")
    if isinstance(term, sp.Add | sp.Mul):
        return node("add" if isinstance(term, sp.Add) else "mul", *map(read, term.args))
    if isinstance(term, sp.Pow):
        return _power(*term.args)
    if isinstance(term, sp.Piecewise):
        return node("case", *(part for value, where in term.args for part in (read(where), read(value))))
    if term.func in _FUNCTIONS:
        return node(_FUNCTIONS[term.func], *map(read, term.args))
    if term.func in _OPAQUE:
        return node(_OPAQUE[term.func], *map(read, term.args))
    if isinstance(term, ex.Prob):
        return node("prob", read(term.args[0]))
    if isinstance(term, Dot):
        return _bilinear("dot", (), term.args)
    if isinstance(term, Moment):
        return _bilinear("moment", (_law(term.args[0]),), term.args[1:])
    if isinstance(term, Norm):
        return _length(read_vector(term.args[0]))
    if isinstance(term, Coordinate) and isinstance(term.args[0], Vector):
        return node("coordinate", vector_symbol(term.args[0]))
    if isinstance(term, AppliedUndef) and all(isinstance(part, Vector) for part in term.args):
        return node("scalar", str(term.func), *map(vector_symbol, term.args))
    if isinstance(term, ex.NormalOrthant | sp.Trace):
        return node(type(term).__name__, *map(_matrix, term.args))
    if isinstance(term, _Index):
        return node("index")
    if isinstance(term, sp.Sum) and len(term.args) == 2:
        inside, (index, first, last) = term.args
        if inside.has(sp.Sum):
            raise ValueError(f"a sum inside a sum: {term}")
        # no premise and no definition is about an index that only counts the terms
        return node("Sum", read(inside.xreplace({index: _Index("index")})), read(first), read(last))
    if isinstance(term, sp.Float):
        raise ValueError(f"{term} is no exact number; write it as sympy.Rational(...)")
    raise ValueError(f"no real number, or of no known meaning: {term} ({type(term).__name__})")


def _matrix(term: sp.Basic) -> Node:
    """A matrix made of named ones by products, sums, transposes and inverses."""
    if isinstance(term, sp.MatrixSymbol):
        with sp.evaluate(True):
            shape = tuple(str(size.doit()) for size in term.shape)
        return node("matrix", str(term.name), shape)
    if isinstance(term, sp.Transpose | sp.Inverse):
        return node(type(term).__name__, _matrix(term.args[0]))
    if isinstance(term, sp.MatMul | sp.MatAdd):
        name = type(term).__name__
        parts: list[Node] = []
        for part in term.args:
            own = _matrix(part) if isinstance(part, MatrixExpr) else read(part)
            parts += own.args if own.op == name else (own,)
        if name == "MatAdd":
            parts.sort(key=lambda part: part.serial)
        return node(name, *parts)
    raise ValueError(f"matrices are made of named matrices only: {term}")


def _symbol(symbol: sp.Symbol) -> Node:
    known = TABLE.get(symbol.name)
    if known is not None and known.symbol != symbol:
        meant = [entry.symbol for entry in TABLE.values() if entry.name == symbol.name]
        raise ValueError(f"{symbol} is not the quantity of that name: {meant[0]} has other properties")
    return node("sym", symbol)


class _Index(sp.Symbol):
    """What counts the terms of a sum."""


def _limit(term: sp.Basic) -> Node:
    """The larger side of an inequality: some of its cases may be infinite, which makes them vacuous. Nowhere
    else is there an infinite number, for every term is a real one."""
    if not isinstance(term, sp.Piecewise) or sp.oo not in (value for value, _ in term.args):
        return read(term)
    cases = [(read(where), INFINITY if value is sp.oo else read(value)) for value, where in term.args]
    return node("case", *(part for case in cases for part in case))


def _power(base: sp.Basic, exponent: sp.Basic) -> Node:
    if not isinstance(exponent, sp.Rational):
        return node("power", read(base), read(exponent))
    inside = read(base)
    if exponent.q != 1:
        inside = node("root", inside, int(exponent.q))
    if exponent.p < 0:
        inside = node("inv", inside)
    times = abs(int(exponent.p))
    return ONE if times == 0 else inside if times == 1 else node("pow", inside, times)


# -- vectors -------------------------------------------------------------------------------------------
def vector_symbol(vector: Vector) -> Node:
    """A vector symbol, if what it declares about itself is consistent."""
    if vector.kind == "gap":
        if vector not in LENGTHS:
            raise ValueError(f"{vector} is not a difference between two classes of the model")
    elif vector.kind == "fixed":
        if vector.law is not None or vector.count != 1:
            raise ValueError(f"the fixed vector {vector} has neither a class nor a number of draws")
    else:
        _law(vector.law)
        count = vector.count
        setting = {entry.symbol for entry in TABLE.values() if entry.name in ("n", "n_i", "n_j", "m")}
        if not (count in setting or (isinstance(count, sp.Integer) and count >= 1)):
            raise ValueError(
                f"{vector} is the mean of a number of draws that is not a number of shots: {count}"
            )
    return node("vector", vector)


def _law(law: sp.Basic) -> str:
    if law not in _LAWS:
        raise ValueError(f"there is no class {law}")
    return _LAWS[law]


def read_vector(term: sp.Basic) -> dict[Node, Node]:
    """A vector as a combination of vector symbols, with numbers of the kernel for coefficients."""
    term = sp.sympify(term)
    if isinstance(term, Vector):
        return {vector_symbol(term): ONE}
    if term == 0:
        return {}
    if isinstance(term, sp.Add):
        scales_of: dict[Node, list[Node]] = {}
        for part in term.args:
            for symbol, scale in read_vector(part).items():
                scales_of.setdefault(symbol, []).append(scale)
        return {
            symbol: many[0] if len(many) == 1 else node("add", *many) for symbol, many in scales_of.items()
        }
    if isinstance(term, sp.Mul):
        vectors = [part for part in term.args if _is_vector(part)]
        scales = [part for part in term.args if not _is_vector(part)]
        if len(vectors) == 1:
            scale = node("mul", *map(read, scales)) if scales else ONE
            return {symbol: node("mul", scale, own) for symbol, own in read_vector(vectors[0]).items()}
    raise ValueError(f"not a vector: {term}")


def _is_vector(term: sp.Basic) -> bool:
    if isinstance(term, sp.Add | sp.Mul):
        return any(map(_is_vector, term.args))
    return isinstance(term, Vector)


def _bilinear(op: str, front: tuple[Any, ...], vectors: tuple[Any, ...]) -> Node:
    """The products of all combinations of the vectors' parts."""
    terms: list[tuple[Node, tuple[Node, ...]]] = [(ONE, ())]
    for vector in vectors:
        parts = read_vector(vector)
        terms = [
            (node("mul", scale, own), (*symbols, symbol))
            for scale, symbols in terms
            for symbol, own in parts.items()
        ]
    whole = [node("mul", scale, inner(op, front, symbols)) for scale, symbols in terms]
    return node("add", *whole) if whole else ZERO


def inner(op: str, front: tuple[Any, ...], symbols: tuple[Node, ...]) -> Node:
    """A product of vector symbols, in one order; that of a way with itself by the distance's name."""
    first = symbols[0].args[0]
    if op == "dot" and symbols[0] is symbols[1] and first in LENGTHS:
        return node("pow", _symbol(LENGTHS[first]), 2)
    return node(op, *front, *sorted(symbols, key=lambda symbol: (str(symbol.args[0]), symbol.serial)))


def _length(parts: dict[Node, Node]) -> Node:
    if len(parts) == 1:
        ((symbol, scale),) = parts.items()
        if scale is ONE and symbol.args[0] in LENGTHS:
            return _symbol(LENGTHS[symbol.args[0]])
    pairs = sorted(parts.items(), key=lambda pair: (str(pair[0].args[0]), pair[0].serial))
    return node("norm", *(item for pair in pairs for item in pair))


def square_of_length(length: Node) -> Node:
    """The inner product of a vector with itself, from its length."""
    symbols, scales = length.args[::2], length.args[1::2]
    terms = [
        node("mul", x, y, inner("dot", (), (u, v)))
        for u, x in zip(symbols, scales, strict=True)
        for v, y in zip(symbols, scales, strict=True)
    ]
    return node("add", *terms) if terms else ZERO


# -- claims --------------------------------------------------------------------------------------------
def _claim(claim: sp.Basic) -> Node:
    if claim in (sp.true, sp.false):
        return TRUE if claim == sp.true else FALSE
    if isinstance(claim, sp.And | sp.Or):
        return node("and" if isinstance(claim, sp.And) else "or", *map(read, claim.args))
    if isinstance(claim, sp.Not):
        return node("not", read(claim.args[0]))
    if isinstance(claim, sp.Implies):
        return node("implies", *map(read, claim.args))
    if type(claim) is ForAllPairs:
        return node("forallpairs", read(claim.args[0]))
    if type(claim) is ex.ForEveryOther:
        return node("forevery", read(claim.args[0]))
    if isinstance(claim, Event):
        return node("fact", type(claim), *(_part_of_fact(part) for part in claim.args))
    if isinstance(claim, sp.core.relational.Relational):
        return _relation(claim)
    raise ValueError(f"not a claim about real numbers: {claim}")


def _part_of_fact(part: sp.Basic) -> Node:
    if part in _LAWS:
        return node("law", _LAWS[part])
    if isinstance(part, MatrixExpr):
        return _matrix(part)
    if _is_vector(part) or part == 0:
        pairs = read_vector(part)
        ordered = sorted(pairs.items(), key=lambda pair: str(pair[0].args[0]))
        return node("place", *(item for pair in ordered for item in pair))
    return read(part)


def _relation(claim: sp.Basic) -> Node:
    left, right = claim.args
    if right is sp.oo and isinstance(claim, sp.Le | sp.Lt):
        return TRUE
    names = {sp.Eq: "eq", sp.Ne: "ne", sp.Le: "le", sp.Ge: "le", sp.Lt: "lt", sp.Gt: "lt"}
    if claim.func not in names:
        raise ValueError(f"not a relation that is known: {claim}")
    if isinstance(claim, sp.Ge | sp.Gt):
        left, right = right, left
    larger = read(right) if isinstance(claim, sp.Eq | sp.Ne) else _limit(right)
    smaller = read(left)
    if is_claim(smaller) or is_claim(larger):
        raise ValueError(f"it relates a claim to a number: {claim}")
    return node(names[claim.func], smaller, larger)
