"""Claims of proofs as LaTeX and MathML: the layout of statements, and what vectors add to it."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.terms import Vector
from theory.printing import Layout
from theory.printing.boxes import Box, Glyph, Operator, Words
from theory.printing.frames import Fence, Row, Scripts, joined, letters, row


def latex(claim: sp.Basic) -> str:
    """LaTeX of a claim, without dollar signs."""
    return boxes(claim).latex()


def mathml(claim: sp.Basic) -> str:
    """Presentation MathML of a claim, one ``<math>`` element."""
    return f'<math xmlns="http://www.w3.org/1998/Math/MathML">{boxes(claim).mathml()}</math>'


def boxes(claim: sp.Basic) -> Box:
    """The claim laid out, for LaTeX and MathML alike."""
    box: Box = _ClaimLayout()._print(claim)
    return box


class _ClaimLayout(Layout):
    def _print_Symbol(self, symbol: sp.Symbol) -> Box:
        if isinstance(symbol, Vector) and str(symbol).startswith("xi"):
            return Glyph("ξ")
        box: Box = super()._print_Symbol(symbol)
        return box

    def _vector(self, vector: sp.Expr) -> Box:
        box: Box = self._print(vector)
        return box if isinstance(vector, Vector) else Fence(box)

    def _print_Dot(self, expr: sp.Expr) -> Box:
        return row(self._vector(expr.args[0]), Operator("·"), self._vector(expr.args[1]))

    def _print_Norm(self, expr: sp.Expr) -> Box:
        return Fence(self._print(expr.args[0]), "|", "|")

    def _print_Moment(self, expr: sp.Expr) -> Box:
        """``S_i(x, y)``, and with more vectors the class's higher moment form."""
        law, *vectors = expr.args
        name = "S" if len(vectors) == 2 else f"M{len(vectors)}"
        inside = joined([self._print(vector) for vector in vectors], Operator(","))
        return row(Scripts(Glyph(name), letters(str(law))), Fence(inside))

    def _print_Function(self, expr: sp.Expr) -> Box:
        """A named random scalar: the vectors that it depends on are left unsaid."""
        box: Box = self._print_Symbol(sp.Symbol(str(expr.func)))
        return box

    def _print_Coordinate(self, expr: sp.Expr) -> Box:
        """Coordinate r of a vector."""
        return Scripts(self._print(expr.args[0]), letters("r"))

    def _print_Implies(self, expr: sp.Basic) -> Box:
        first, second = expr.args
        return row(Words("if "), self._print(first), Words(" then "), self._print(second))

    def _print_AtomOf(self, expr: sp.Basic) -> Box:
        law, place, share = expr.args
        where = (Words("class "), self._print(law), Words(" is at "), self._print(place))
        return row(*where, Words(" with probability "), self._print(share))

    def _print_DrawnAt(self, expr: sp.Basic) -> Box:
        query, own, other = map(self._print, expr.args)
        return row(Words("query at "), query, Words(", centres at "), own, Words(" and "), other)

    def _print_IsotropicGaussian(self, expr: sp.Basic) -> Box:
        (std,) = expr.args
        return row(Words("both classes are Gaussian, every coordinate with variance "), self._print(std**2))

    def _print_GaussianQuery(self, expr: sp.Basic) -> Box:
        return row(Words("the query is Gaussian with covariance "), self._print(expr.args[0]))

    def _print_RowOf(self, expr: sp.Basic) -> Box:
        matrix, vector = map(self._print, expr.args)
        return row(Words("class j's row of "), matrix, Words(" is "), vector)

    def _print_EntryOf(self, expr: sp.Basic) -> Box:
        column, number = map(self._print, expr.args)
        return row(Words("class j's entry of "), column, Words(" is "), number)

    def _print_LimitAtZero(self, expr: sp.Expr) -> Box:
        inside, small = map(self._print, expr.args)
        return row(Words("limit of "), inside, Words(" as "), small, Words(" tends to 0"))

    def _print_Deviation(self, expr: sp.Expr) -> Box:
        return row(Words("largest deviation of "), Fence(self._print(expr.args[0])))

    def _print_LargestChange(self, expr: sp.Expr) -> Box:
        return row(Words("largest change of "), Fence(self._print(expr.args[0])))

    def _print_Rademacher(self, expr: sp.Expr) -> Box:
        parts = [self._print(part) for part in expr.args]
        return row(Words("largest mean with random signs of "), Fence(joined(parts, Operator(","))))

    def _print_ForAllPairs(self, expr: sp.Basic) -> Box:
        return row(Fence(self._print(expr.args[0])), Words(" for all pairs"))

    def _print_Not(self, expr: sp.Basic) -> Box:
        return row(Words("not "), Fence(self._print(expr.args[0])))

    def _print_BooleanTrue(self, expr: sp.Basic) -> Box:
        return Words("true")

    def _print_Half(self, expr: sp.Expr) -> Box:
        box: Box = self._print_Rational(expr)
        return box

    def _print_tuple(self, expr: tuple[sp.Basic, ...]) -> Box:
        return Row(tuple(self._print(part) for part in expr))
