"""Layout of every statement: algebra, reductions over classes and axes, probabilities and matrices."""

from __future__ import annotations

import sympy as sp

from theory.printing.algebra import Algebra
from theory.printing.boxes import Box, Glyph, Number, Operator, Space, Words
from theory.printing.frames import Big, Fence, Scripts, joined, letters, row
from theory.printing.order import matrix_order


class Layout(Algebra):
    """Everything that a statement may hold laid out as boxes."""

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

    def _print_Pi(self, expr: sp.Expr) -> Box:
        return Glyph("pi")

    def _print_NormalTail(self, expr: sp.Expr) -> Box:
        normal = row(Glyph("N"), Fence(joined((Number("0"), Number("1")), row(Operator(","), Space()))))
        return row(Glyph("ℙ"), Fence(row(normal, Operator(">"), self._print(expr.args[0]))))

    def _print_Near(self, expr: sp.Basic) -> Box:
        left, right = map(self._print, expr.args)
        return row(left, Operator("≈"), right)

    # matrices
    def _print_MatAdd(self, expr: sp.Basic) -> Box:
        if all(term.is_Transpose or (-term).is_Transpose for term in expr.args):
            return Scripts(Fence(self._print(expr.T)), None, Glyph("top"))
        parts: list[Box] = []
        for term in sorted(expr.args, key=matrix_order):
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


def _different(one: str, other: str) -> Box:
    return row(Glyph(one), Operator("≠"), Glyph(other))


def latex(expression: sp.Basic) -> str:
    """LaTeX of an expression or relation, without dollar signs."""
    return boxes(expression).latex()


def mathml(expression: sp.Basic, *, block: bool = False) -> str:
    """Presentation MathML, one ``<math>`` element; ``block`` sets it as a display."""
    return math(boxes(expression), block)


def math(box: Box, block: bool = False) -> str:
    """A box as a whole MathML element."""
    display = ' display="block"' if block else ""
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML"{display}>{box.mathml()}</math>'


def boxes(expression: sp.Basic) -> Box:
    """The layout of an expression, from which both notations are read."""
    box: Box = Layout()._print(expression)
    return box
