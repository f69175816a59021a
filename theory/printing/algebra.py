"""Layout of scalar algebra: numbers, symbols, sums, products, powers, functions, relations and cases."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp
from sympy.printing.printer import Printer

from theory.bound import Bound
from theory.expressions import REDUCTIONS
from theory.inheritance import override
from theory.printing.boxes import Box, Glyph, Number, Operator, Space, Words
from theory.printing.frames import Big, Cases, Fence, Fraction, Root, Scripts, joined, letters, marked, row
from theory.printing.order import factor_order, roots_together, spaced, term_order
from theory.printing.symbols import marks
from theory.quantities import Mark

_RELATIONS = {"<=": "≤", ">=": "≥", "<": "<", ">": ">", "==": "=", "!=": "≠"}
_MINUS_ONE = row(Operator("−", "prefix"), Number("1"))
INVERSE_KL = Scripts(Glyph("kl"), None, _MINUS_ONE)
INVERSE_MIXTURE = Scripts(Glyph("mix"), None, _MINUS_ONE)


class Algebra(Printer):
    """Sums, products, powers and cases laid out as boxes."""

    printmethod = "_boxes"

    @override
    def emptyPrinter(self, expr: sp.Basic) -> Box:
        raise ValueError(f"no rule prints '{type(expr).__name__}'")

    # symbols
    def _print_Symbol(self, symbol: sp.Symbol) -> Box:
        return marked(marks(symbol))

    def _print_MatrixSymbol(self, symbol: sp.MatrixSymbol) -> Box:
        base, _, sub = str(symbol.name).partition("_")
        return marked((Mark(base, sub),))

    def _print_Infinity(self, _: sp.Expr) -> Box:
        return Glyph("∞")

    def _print_Exp1(self, _: sp.Expr) -> Box:
        return Glyph("e")

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
        for term in sorted(expr.args, key=term_order):
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
        for factor in roots_together(sp.Mul.make_args(rest)):
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
        ordered = sorted(factors, key=factor_order)
        if len(ordered) == 1 and alone:
            lone: Box = self._print(ordered[0])
            return lone
        parts: list[Box] = []
        for position, factor in enumerate(ordered):
            box = self._print(factor)
            last = position == len(ordered) - 1
            if isinstance(factor, sp.Add) or (isinstance(factor, REDUCTIONS) and not last):
                box = Fence(box)
            if parts and spaced(factor):
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
        if isinstance(base, sp.Symbol) and len(marks(base)) == 1 and not marks(base)[0].sup:
            mark = marks(base)[0]
            return Scripts(Glyph(mark.base), letters(mark.sub) if mark.sub else None, power)
        atomic = base.is_Integer and base >= 0
        return Scripts(self._print(base) if atomic else Fence(self._print(base)), None, power)

    # functions
    def _call(self, name: str, *arguments: Box) -> Box:
        return row(Glyph(name), Fence(joined(arguments, row(Operator(","), Space()))))

    def _print_AppliedUndef(self, expr: sp.Expr) -> Box:
        return self._call(expr.func.__name__, *map(self._print, expr.args))

    def _print_exp(self, expr: sp.Expr) -> Box:
        return self._call("exp", self._print(expr.args[0]))

    def _print_log(self, expr: sp.Expr) -> Box:
        inside = expr.args[0]
        if inside.is_Symbol:
            return row(Glyph("log"), Space(), self._print(inside))
        return self._call("log", self._print(inside))

    def _print_floor(self, expr: sp.Expr) -> Box:
        return Fence(self._print(expr.args[0]), "⌊", "⌋")

    def _print_binomial(self, expr: sp.Expr) -> Box:
        return self._call("binomial", *map(self._print, expr.args))

    def _print_factorial(self, expr: sp.Expr) -> Box:
        return self._call("factorial", self._print(expr.args[0]))

    def _print_loggamma(self, expr: sp.Expr) -> Box:
        return row(Glyph("log"), Space(), self._call("Gamma", self._print(expr.args[0])))

    def _print_Sum(self, expr: sp.Expr) -> Box:
        term, *limits = expr.args
        signs = [
            Big("∑", joined(map(self._print, (first, index, last)), Operator("≤")))
            for index, first, last in reversed(limits)
        ]
        return row(*signs, self._print(term))

    def _print_KlUpper(self, expr: sp.Expr) -> Box:
        arguments = joined(map(self._print, expr.args), row(Operator(","), Space()))
        return row(INVERSE_KL, Fence(arguments))

    def _print_MixtureUpper(self, expr: sp.Expr) -> Box:
        arguments = joined(map(self._print, expr.args), row(Operator(","), Space()))
        return row(INVERSE_MIXTURE, Fence(arguments))

    def _print_Abs(self, expr: sp.Expr) -> Box:
        return Fence(self._print(expr.args[0]), "|", "|")

    def _print_Min(self, expr: sp.Expr) -> Box:
        return self._call("min", *map(self._print, sorted(expr.args, key=term_order)))

    def _print_Max(self, expr: sp.Expr) -> Box:
        return self._call("max", *map(self._print, sorted(expr.args, key=term_order)))

    # relations and cases
    def _print_Relational(self, expr: sp.Basic) -> Box:
        sign = Operator(_RELATIONS[expr.rel_op])
        return row(self._print(expr.lhs), sign, self._print(expr.rhs))

    def _print_And(self, expr: sp.Basic) -> Box:
        return joined(map(self._print, sorted(expr.args, key=str)), Words(" and "))

    def _print_Or(self, expr: sp.Basic) -> Box:
        return joined(map(self._print, sorted(expr.args, key=str)), Words(" or "))

    def _print_ITE(self, expr: sp.Basic) -> Box:
        # What SymPy makes of cases within a condition.
        condition, holds, fails = (self._print(each) for each in expr.args)
        return row(holds, Words(" if "), condition, Words(", else "), fails)

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
        """``symbol = expression``."""
        return row(self._print(symbol), Operator("="), self._print(expression))

    def domain(self, bound: Bound) -> Box:
        """``x ∈ (lower, upper)`` for the bound's free parameter."""
        free = bound.free
        if free is None:
            raise ValueError(f"{bound.name} has no free parameter")
        lower = self._print(sp.nsimplify(free.lower))
        ends = joined((lower, self._print(sp.sympify(free.upper))), row(Operator(","), Space()))
        return row(self._print(free.symbol), Operator("∈"), Fence(ends, "[" if free.closed else "("))
