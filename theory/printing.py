"""Statements as LaTeX and as presentation MathML, both made from the SymPy relation and nothing else.

``latex`` and ``mathml`` print any expression made of the vocabulary of ``theory.expressions``;
``definitions`` lists what the symbols of a bound stand for. A node that no rule covers raises ValueError:
a formula is never printed wrongly by default.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.printing.printer import Printer

from theory.bound import Bound
from theory.boxes import (
    Big,
    Box,
    Cases,
    Fence,
    Fraction,
    Glyph,
    Number,
    Operator,
    Root,
    Row,
    Scripts,
    Space,
    Words,
    joined,
    letters,
    marked,
    row,
)
from theory.expressions import (
    REDUCTIONS,
    KlUpper,
    MixtureUpper,
    class_error,
    few_shot_error,
    kernel,
    limiting_ratio,
    margin,
    mean_map_error,
    vote_error,
)
from theory.matrix_bound import MatrixBound
from theory.quantities import LOCALS, TABLE, Mark, Quantity, lookup

_EVENTS: dict[sp.Symbol, tuple[tuple[Mark, ...], str]] = {
    margin: (
        (Mark("M", "ij"),),
        "margin: squared distance of the query z to the centre of j less that to the centre of i",
    ),
    class_error: ((Mark("err", "i"),), "probability that a query of class i is misclassified"),
    few_shot_error: ((Mark("err"),), "few-shot error: mean of err_i over the k classes"),
    mean_map_error: (
        (Mark("err\u0304"),),
        "transfer error of the maps f_r, averaged by weight: that of one map drawn by its weight",
    ),
    vote_error: ((Mark("err", "vote"),), "transfer error of the weighted plurality vote of the maps f_r"),
    kernel: ((Mark("h"),), "kernel of two classes"),
    limiting_ratio: ((Mark("rho"),), "limit of error over bound along the family of laws"),
}
_MINUS_ONE = Row((Operator("−", "prefix"), Number("1")))
_INVERSE_KL = Scripts(Glyph("kl"), None, _MINUS_ONE)
_INVERSE_MIXTURE = Scripts(Glyph("mix"), None, _MINUS_ONE)
_INVERSES: tuple[tuple[Any, Box, str], ...] = (
    (KlUpper, _INVERSE_KL, "of (u, r): the largest q with kl(u, q) ≤ r, relative entropy of coins"),
    (
        MixtureUpper,
        _INVERSE_MIXTURE,
        "of (u, N, δ, t…): the largest q with mean over t of exp(N(−t u − log(1 − q + q e^−t))) ≤ 1/δ",
    ),
)
_MARGIN_MOMENTS = ("m_j", "Sigma_jj", "Sigma_jl")
_RELATIONS = {"<=": "≤", ">=": "≥", "<": "<", ">": ">", "==": "=", "!=": "≠"}


@dataclass(frozen=True)
class Definition:
    """A symbol (with its formula where it has one) and what it stands for, in words."""

    latex: str
    mathml: str
    meaning: str


def latex(expression: sp.Basic) -> str:
    """LaTeX of an expression or relation, without dollar signs."""
    return boxes(expression).latex()


def mathml(expression: sp.Basic, *, block: bool = False) -> str:
    """Presentation MathML, one ``<math>`` element; ``block`` sets it as a display."""
    return _math(boxes(expression), block)


def _math(box: Box, block: bool = False) -> str:
    display = ' display="block"' if block else ""
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{display}>{box.mathml()}</math>'


def boxes(expression: sp.Basic) -> Box:
    """The layout of an expression, from which both notations are read."""
    box: Box = _Layout()._print(expression)
    return box


# -- what the symbols stand for ---------------------------------------------------------------------------
def definitions(bound: Bound) -> list[Definition]:
    """The bound's symbols: its left-hand side, abbreviations in reading order, its free parameter and
    condition, and the quantities that it is made of in the order of the table of names."""
    return [Definition(box.latex(), _math(box), meaning) for box, meaning in _entries(bound)]


def _entries(bound: Bound) -> Iterator[tuple[Box, str]]:
    layout = _Layout()
    for symbol, (_, meaning) in _EVENTS.items():
        if symbol in bound.left_hand_side.free_symbols:
            yield layout._print(symbol), meaning
    where = bound.where
    if isinstance(bound, MatrixBound):
        yield from _matrix_entries()
        where = tuple(pair for pair in bound.sharpens.where if pair[0].name in _MARGIN_MOMENTS)
    for symbol, expression in where:
        yield layout.equation(symbol, expression), _meaning(symbol)
    used = {symbol for _, expression in where for symbol in expression.free_symbols}
    used |= bound.statement.free_symbols | bound.left_hand_side.free_symbols
    for symbol in sorted(bound.statement.free_symbols & LOCALS.keys() - {s for s, _ in where}, key=str):
        if not isinstance(bound, MatrixBound):
            yield layout._print(symbol), LOCALS[symbol].meaning
    for function, box, meaning in _INVERSES:
        if bound.closed_form.has(function):
            yield box, meaning
    if bound.free is not None:
        yield layout.domain(bound), bound.free.meaning or "free parameter: the least value is taken"
        used |= bound.free.upper.free_symbols - {bound.free.symbol}
        used.discard(bound.free.symbol)
    if bound.condition != sp.true:
        yield layout._print(bound.condition), "required for every pair, else the statement does not apply"
        used |= bound.condition.free_symbols
    for entry in TABLE.values():
        if entry.symbol in used:
            yield layout._print(entry.symbol), entry.meaning
    for symbol in sorted(used, key=str):
        if isinstance(symbol, sp.MatrixSymbol) and not isinstance(bound, MatrixBound):
            yield layout._print(symbol), "given matrix"


def _matrix_entries() -> Iterator[tuple[Box, str]]:
    """What every ``MatrixBound`` is stated in."""
    diagonal = Scripts(Glyph("R"), letters("jj"))
    yield (
        row(Glyph("R"), Operator("≻"), Number("0")),
        "any positive definite matrix over the other classes: the least value over R is taken",
    )
    scale = row(Scripts(Glyph("s"), letters("j")), Operator("="), Root(diagonal))
    yield scale, "scale of the margin against class j"
    yield row(Glyph("m"), Operator(","), Space(), Glyph("Sigma")), "mean vector and covariance of the margins"


# -- the layout ------------------------------------------------------------------------------------------
class _Layout(Printer):  # type: ignore[misc]
    printmethod = "_boxes"

    def emptyPrinter(self, expr: Any) -> Box:
        raise ValueError(f"no rule prints '{type(expr).__name__}'")

    # symbols
    def _print_Symbol(self, symbol: sp.Symbol) -> Box:
        return marked(_marks(symbol))

    def _print_MatrixSymbol(self, symbol: sp.MatrixSymbol) -> Box:
        base, _, sub = str(symbol.name).partition("_")
        return marked((Mark(base, sub),))

    def _print_Infinity(self, _: sp.Expr) -> Box:
        return Glyph("∞")

    def _print_Rational(self, number: sp.Rational) -> Box:
        if number < 0:
            return row(Operator("−", "prefix"), self._print(-number))
        if number.q == 1:
            return Number(str(number.p))
        return Fraction(Number(str(number.p)), Number(str(number.q)))

    _print_Integer = _print_Rational

    def _print_Float(self, number: sp.Float) -> Box:
        return Number(f"{float(number):.6g}")

    # sums and products
    def _print_Add(self, expr: sp.Expr) -> Box:
        parts: list[Box] = []
        for term in sorted(expr.args, key=_term_order):
            negative, box = self._signed(term)
            if negative:
                parts.append(Operator("−", "infix" if parts else "prefix"))
            elif parts:
                parts.append(Operator("+"))
            parts.append(box)
        return row(*parts)

    def _print_Mul(self, expr: sp.Expr) -> Box:
        negative, box = self._signed(expr)
        return row(Operator("−", "prefix"), box) if negative else box

    def _signed(self, term: sp.Expr) -> tuple[bool, Box]:
        """Whether the term is printed with a minus, and its absolute layout."""
        coefficient, rest = term.as_coeff_Mul()
        if coefficient.is_negative:
            return True, self._product(-coefficient, rest)
        return False, self._product(coefficient, rest)

    def _product(self, coefficient: sp.Rational, rest: sp.Expr) -> Box:
        factors = []
        for factor in _roots_together(sp.Mul.make_args(rest)):
            content, inside = factor.primitive() if isinstance(factor, sp.Add) else (sp.S.One, factor)
            coefficient, factor = (coefficient * content, inside) if content.q == 1 else (coefficient, factor)
            factors.append(factor)
        above: list[sp.Expr] = []
        below: list[sp.Expr] = [] if coefficient.q == 1 else [sp.Integer(coefficient.q)]
        for factor in factors:
            base, exponent = factor.as_base_exp() if not isinstance(factor, sp.exp) else (factor, sp.S.One)
            if exponent.is_number and exponent.is_negative:
                below.append(sp.Pow(base, -exponent))
            elif factor != 1:
                above.append(factor)
        if coefficient.p != 1 or not above:
            above.insert(0, sp.Integer(coefficient.p))
        if not below:
            return self._factors(above)
        tall = [factor for factor in above if isinstance(factor, (sp.Add, *REDUCTIONS, sp.exp))]
        short = [factor for factor in above if factor not in tall]
        if tall and ((short != [1] and short) or any(isinstance(factor, REDUCTIONS) for factor in tall)):
            fraction = Fraction(self._factors(short or [sp.S.One]), self._factors(below))
            return row(fraction, Space(), self._factors(tall, alone=False))
        return Fraction(self._factors(above), self._factors(below))

    def _factors(self, factors: Sequence[sp.Expr], alone: bool = True) -> Box:
        """Factors side by side; a sum among others is fenced, reductions stand last."""
        ordered = sorted(factors, key=_factor_order)
        if len(ordered) == 1 and alone:
            lone: Box = self._print(ordered[0])
            return lone
        parts: list[Box] = []
        for position, factor in enumerate(ordered):
            box = self._print(factor)
            last = position == len(ordered) - 1
            if isinstance(factor, sp.Add) or (isinstance(factor, REDUCTIONS) and not last):
                box = Fence(box)
            if parts and _spaced(factor):
                parts.append(Space())
            parts.append(box)
        return row(*parts)

    def _print_Pow(self, expr: sp.Expr) -> Box:
        base, exponent = expr.args
        if exponent.is_number and exponent.is_negative:
            return Fraction(Number("1"), self._print(sp.Pow(base, -exponent)))
        if exponent == sp.Rational(1, 2):
            return Root(self._print(base))
        if exponent.is_Rational and exponent.q != 1:
            power: Box = row(Number(str(exponent.p)), Operator("/"), Number(str(exponent.q)))
        else:
            power = self._print(exponent)
        if isinstance(base, sp.Symbol) and len(_marks(base)) == 1 and not _marks(base)[0].sup:
            mark = _marks(base)[0]
            return Scripts(Glyph(mark.base), letters(mark.sub) if mark.sub else None, power)
        atomic = base.is_Integer and base >= 0
        return Scripts(self._print(base) if atomic else Fence(self._print(base)), None, power)

    # functions
    def _call(self, name: str, *arguments: Box) -> Box:
        return row(Glyph(name), Fence(joined(arguments, row(Operator(","), Space()))))

    def _print_exp(self, expr: sp.Expr) -> Box:
        return self._call("exp", self._print(expr.args[0]))

    def _print_log(self, expr: sp.Expr) -> Box:
        inside = expr.args[0]
        if inside.is_Symbol:
            return row(Glyph("log"), Space(), self._print(inside))
        return self._call("log", self._print(inside))

    def _print_floor(self, expr: sp.Expr) -> Box:
        return Fence(self._print(expr.args[0]), "⌊", "⌋")

    def _print_Sum(self, expr: sp.Expr) -> Box:
        term, (index, first, last) = expr.args
        between = joined(map(self._print, (first, index, last)), Operator("≤"))
        return row(Big("∑", between), self._print(term))

    def _print_KlUpper(self, expr: sp.Expr) -> Box:
        arguments = joined(map(self._print, expr.args), row(Operator(","), Space()))
        return row(_INVERSE_KL, Fence(arguments))

    def _print_MixtureUpper(self, expr: sp.Expr) -> Box:
        arguments = joined(map(self._print, expr.args), row(Operator(","), Space()))
        return row(_INVERSE_MIXTURE, Fence(arguments))

    def _print_Abs(self, expr: sp.Expr) -> Box:
        return Fence(self._print(expr.args[0]), "|", "|")

    def _print_Min(self, expr: sp.Expr) -> Box:
        return self._call("min", *map(self._print, sorted(expr.args, key=_term_order)))

    def _print_Max(self, expr: sp.Expr) -> Box:
        return self._call("max", *map(self._print, sorted(expr.args, key=_term_order)))

    # relations and cases
    def _print_Relational(self, expr: sp.Basic) -> Box:
        sign = Operator(_RELATIONS[expr.rel_op])
        return row(self._print(expr.lhs), sign, self._print(expr.rhs))

    def _print_And(self, expr: sp.Basic) -> Box:
        return joined(map(self._print, sorted(expr.args, key=str)), Words(" and "))

    def _print_Or(self, expr: sp.Basic) -> Box:
        return joined(map(self._print, sorted(expr.args, key=str)), Words(" or "))

    def _print_Piecewise(self, expr: sp.Expr) -> Box:
        return Cases(
            tuple(
                (self._print(value), Words("otherwise") if when == sp.true else self._when(when))
                for value, when in expr.args
            )
        )

    def _when(self, condition: sp.Basic) -> Box:
        return row(Words("if "), self._print(condition))

    def equation(self, symbol: sp.Symbol, expression: sp.Expr) -> Box:
        return row(self._print(symbol), Operator("="), self._print(expression))

    def domain(self, bound: Bound) -> Box:
        """``x ∈ (lower, upper)`` for the bound's free parameter."""
        free = bound.free
        if free is None:
            raise ValueError(f"{bound.name} has no free parameter")
        lower = self._print(sp.nsimplify(free.lower))
        ends = joined((lower, self._print(sp.sympify(free.upper))), row(Operator(","), Space()))
        return row(self._print(free.symbol), Operator("∈"), Fence(ends, "[" if free.closed else "("))

    # reductions over classes and axes, and probabilities
    def _reduced(self, name: str, under: Box, inside: sp.Expr) -> Box:
        box = self._print(inside)
        lone = not inside.is_Add and not inside.could_extract_minus_sign()
        return row(Big(name, under), box if lone else Fence(box))

    def _print_Avg(self, expr: sp.Expr) -> Box:
        return self._reduced("avg", _different("i", "j"), expr.args[0])

    def _print_SumOver(self, expr: sp.Expr) -> Box:
        return self._reduced("∑", _different("j", "i"), expr.args[0])

    def _print_MaxOver(self, expr: sp.Expr) -> Box:
        return self._reduced("max", _different("j", "i"), expr.args[0])

    def _print_ForEveryOther(self, expr: sp.Basic) -> Box:
        return row(self._print(expr.args[0]), Words(" for all "), _different("j", "i"))

    def _print_SumOverPairs(self, expr: sp.Expr) -> Box:
        under = row(letters("j,l"), Operator("≠"), Glyph("i"), Operator(","), _different("j", "l"))
        return self._reduced("∑", under, expr.args[0])

    def _print_SumAxes(self, expr: sp.Expr) -> Box:
        return self._reduced("∑", Glyph("r"), expr.args[0])

    def _print_MaxAxes(self, expr: sp.Expr) -> Box:
        return self._reduced("max", Glyph("r"), expr.args[0])

    def _print_Prob(self, expr: sp.Expr) -> Box:
        return row(Glyph("ℙ"), Fence(joined(map(self._print, expr.args), Operator(","))))

    def _print_Expect(self, expr: sp.Expr) -> Box:
        return row(Glyph("𝔼"), Fence(self._print(expr.args[0]), "[", "]"))

    def _print_ChiSquareLess(self, expr: sp.Expr) -> Box:
        freedom, *noncentral = map(self._print, expr.args)
        sides = [row(Scripts(Glyph("χ"), freedom, Number("2")), Fence(box)) for box in noncentral]
        return row(Glyph("ℙ"), Fence(joined(sides, Operator("≤"))))

    def _print_NormalOrthant(self, expr: sp.Expr) -> Box:
        limits, covariance = map(self._print, expr.args)
        normal = row(Glyph("N"), Fence(joined((Number("0"), covariance), row(Operator(","), Space()))))
        return row(Glyph("ℙ"), Fence(row(normal, Operator("<"), limits)))

    # matrices
    def _print_MatAdd(self, expr: sp.Basic) -> Box:
        if all(term.is_Transpose or (-term).is_Transpose for term in expr.args):
            return Scripts(Fence(self._print(expr.T)), None, Glyph("top"))
        parts: list[Box] = []
        for term in sorted(expr.args, key=_matrix_order):
            negative = term.could_extract_minus_sign()
            if parts or negative:
                parts.append(Operator("−" if negative else "+", "infix" if parts else "prefix"))
            parts.append(self._print(-term if negative else term))
        return row(*parts)

    def _print_MatMul(self, expr: sp.Basic) -> Box:
        boxes = ((self._print(f), f.is_MatAdd) for f in expr.args)
        return row(*(Fence(box) if fenced and not isinstance(box, Scripts) else box for box, fenced in boxes))

    def _print_Transpose(self, expr: sp.Basic) -> Box:
        return Scripts(self._matrix_atom(expr.args[0]), None, Glyph("top"))

    def _print_Inverse(self, expr: sp.Basic) -> Box:
        return Scripts(self._matrix_atom(expr.args[0]), None, row(Operator("−", "prefix"), Number("1")))

    def _matrix_atom(self, expr: sp.Basic) -> Box:
        box: Box = self._print(expr)
        return box if expr.is_symbol else Fence(box)

    def _print_Trace(self, expr: sp.Basic) -> Box:
        return self._call("tr", self._print(expr.args[0]))


# -- order and spacing ---------------------------------------------------------------------------------
def _roots_together(factors: Sequence[sp.Expr]) -> list[sp.Expr]:
    """Two or more square roots, above or below a fraction bar, as one root of a product."""
    half = sp.Rational(1, 2)
    roots = [f for f in factors if isinstance(f, sp.Pow) and abs(f.exp) == half]
    if len(roots) < 2:
        return list(factors)
    inside = sp.Mul(*(root.base ** (1 if root.exp == half else -1) for root in roots))
    return [*(f for f in factors if f not in roots), sp.Pow(inside, half, evaluate=False)]


def _marks(symbol: sp.Symbol) -> tuple[Mark, ...]:
    entry = _entry(symbol)
    if entry is not None:
        return entry.marks
    if symbol in _EVENTS:
        return _EVENTS[symbol][0]
    base, _, sub = str(symbol.name).partition("_")
    return (Mark(base, sub),)


def _meaning(symbol: sp.Symbol) -> str:
    entry = LOCALS.get(symbol) or lookup(symbol)
    return entry.meaning if entry is not None else str(symbol)


def _entry(symbol: sp.Symbol) -> Quantity | None:
    return lookup(symbol) or LOCALS.get(symbol)


def _different(one: str, other: str) -> Box:
    return Row((Glyph(one), Operator("≠"), Glyph(other)))


def _rank(symbol: sp.Symbol) -> tuple[int, int, str]:
    """Shots first, then a statement's own letters, then quantities in the order of the table."""
    entry = _entry(symbol)
    if entry is None:
        return 4, 0, str(symbol)
    source = {"setting": 0, "local": 1, "free": 2}.get(entry.source, 3)
    position = list(TABLE).index(entry.name) if entry.source != "local" else 0
    return source, position, entry.name


def _ranks(expr: sp.Basic) -> list[tuple[int, int, str]]:
    """Ranks of the symbols, those of the setting last: they rarely tell terms apart."""
    return sorted(((rank[0] or 9, *rank[1:]) for rank in map(_rank, expr.free_symbols)), reverse=False)


def _term_order(term: sp.Expr) -> tuple[Any, ...]:
    """Positive terms first; plain products, then numbers, then fractions by growing denominators."""
    _, rest = term.as_coeff_Mul()
    numerator, denominator = rest.as_numer_denom() if not rest.has(*REDUCTIONS, sp.exp) else (rest, sp.S.One)
    depth = sum(
        int(sp.degree(denominator, s)) for s in denominator.free_symbols if denominator.is_polynomial(s)
    )
    compound = any(isinstance(f.as_base_exp()[0], sp.Add) for f in sp.Mul.make_args(numerator))
    bucket = 1 if not rest.free_symbols else 2 if depth or compound else 0
    return bool(term.could_extract_minus_sign()), bucket, depth, _ranks(term), str(term)


def _factor_order(factor: sp.Expr) -> tuple[Any, ...]:
    base = factor.as_base_exp()[0] if not isinstance(factor, sp.exp) else factor
    if factor.is_number:
        return 0, 0, "", ""
    if isinstance(base, sp.Symbol):
        single = len(_marks(base)) == 1
        return (2 if single else 3, *_rank(base))
    if isinstance(base, sp.Add):
        counts = all((entry := _entry(s)) and entry.source == "setting" for s in base.free_symbols)
        return 1 if counts else 4, int(base.count_ops()), str(factor), ""
    return 6 if isinstance(base, REDUCTIONS) else 5, 0, str(factor), ""


def _matrix_order(term: sp.Basic) -> tuple[Any, ...]:
    return bool(term.could_extract_minus_sign()), not term.is_symbol, str(term)


def _spaced(factor: sp.Expr) -> bool:
    """Words and reductions keep a thin space from what stands before them."""
    if isinstance(factor, (*REDUCTIONS, sp.exp, sp.log)):
        return True
    base = factor.as_base_exp()[0]
    return isinstance(base, sp.Symbol) and len(_marks(base)) > 1 and base == factor
