"""SymPy expressions as terms of MathComp over a real closed field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from theory.expressions import Avg, ForEveryOther, MaxOver, SumOver, SumOverPairs
from theory.printing.order import factor_order, term_order
from theory.printing.rocq.scopes import Scope

ATOM, APPLY, POWER, TIMES, PLUS, LOWEST = range(6)
"""How tightly a term binds; a looser one is put in parentheses inside a tighter one."""

RANGES: dict[Any, str] = {
    SumOver: "\\sum_(j | j != i)",
    MaxOver: "\\big[Num.max/0]_(j | j != i)",
    SumOverPairs: "\\sum_(j | j != i) \\sum_(l | (l != i) && (l != j))",
}


class NotPrintable(ValueError):
    """The expression holds something that finite laws over a real closed field cannot say."""


def expression(tree: sp.Basic, scope: Scope, names: Mapping[sp.Symbol, str] | None = None) -> str:
    """The Rocq term of a SymPy expression. ``names`` gives the terms of local abbreviations.

    Raises ``NotPrintable`` naming the part that no rule covers.
    """
    return _Writer(scope, dict(names or {})).loose(tree)


class _Writer:
    def __init__(self, scope: Scope, names: dict[sp.Symbol, str]) -> None:
        self.scope, self.names = scope, names

    def loose(self, tree: sp.Basic) -> str:
        return self.term(tree)[0]

    def tight(self, tree: sp.Basic, level: int) -> str:
        text, binds = self.term(tree)
        return text if binds <= level else f"({text})"

    def term(self, tree: sp.Basic) -> tuple[str, int]:
        """The text and how tightly it binds."""
        if isinstance(tree, sp.Symbol):
            word = self.names.get(tree) or self.scope.word(tree)
            if word is None:
                raise NotPrintable(f"no Rocq definition stands for '{tree}'")
            return word, APPLY if " " in word and not word.startswith("(") else ATOM
        if isinstance(tree, sp.Rational):
            return _number(tree)
        if isinstance(tree, sp.Add):
            return self.sum(tree), PLUS
        if isinstance(tree, sp.Mul):
            return self.product(tree)
        if isinstance(tree, sp.Pow):
            return self.power(tree.base, tree.exp)
        if isinstance(tree, sp.Piecewise):
            return self.cases(tree), LOWEST
        if isinstance(tree, sp.Min | sp.Max):
            return self.extreme(tree), APPLY
        if isinstance(tree, sp.core.relational.Relational):
            return self.relation(tree), LOWEST
        return self.reduction(tree)

    def sum(self, tree: sp.Add) -> str:
        text = ""
        for position, term in enumerate(sorted(tree.args, key=term_order)):
            minus = term.as_coeff_Mul()[0].is_negative
            part = self.tight(-term if minus else term, TIMES)
            text += ("- " if minus else "") + part if position == 0 else f" {'-' if minus else '+'} {part}"
        return text

    def product(self, tree: sp.Mul) -> tuple[str, int]:
        if tree.as_coeff_Mul()[0].is_negative:
            return f"- {self.tight(-tree, POWER)}", PLUS
        above: list[sp.Basic] = []
        below: list[sp.Basic] = []
        for factor in sorted(tree.args, key=factor_order):
            if isinstance(factor, sp.Rational):
                above += [sp.Integer(factor.p)] * (factor.p != 1)
                below += [sp.Integer(factor.q)] * (factor.q != 1)
            elif isinstance(factor, sp.Pow) and factor.exp.is_number and factor.exp.is_negative:
                below.append(sp.Pow(factor.base, -factor.exp, evaluate=False))
            else:
                above.append(factor)
        top = " * ".join(self.tight(factor, POWER) for factor in above) or "1"
        if not below:
            return top, TIMES
        bottom = " * ".join(self.tight(factor, POWER) for factor in below)
        return f"{top} / {bottom if len(below) == 1 else f'({bottom})'}", TIMES

    def power(self, base: sp.Basic, exponent: sp.Basic) -> tuple[str, int]:
        """Whole powers, and roots of 2 and 4, which a real closed field has."""
        if not (isinstance(exponent, sp.Rational) and exponent.q in (1, 2, 4)):
            raise NotPrintable(f"no rule for the power {base}**({exponent})")
        if exponent.is_negative:
            text = self.tight(sp.Pow(base, -exponent, evaluate=False), POWER)
            return f"1 / {text}", TIMES
        if exponent.q == 1 and exponent.p == 1:
            return self.term(base)
        if exponent.q == 1:
            return f"{self.tight(base, APPLY)} ^+ {exponent.p}", POWER
        root = f"Num.sqrt {self.tight(base, ATOM)}"
        if exponent.q == 4:
            root = f"Num.sqrt ({root})"
        return (root, APPLY) if exponent.p == 1 else (f"({root}) ^+ {exponent.p}", POWER)

    def cases(self, tree: sp.Piecewise) -> str:
        if tree.args[-1][1] != sp.true:
            raise NotPrintable("a case distinction without a last case")
        text = self.loose(tree.args[-1][0])
        for value, condition in reversed(tree.args[:-1]):
            text = f"if {self.loose(condition)} then {self.loose(value)} else {text}"
        return text

    def extreme(self, tree: sp.Basic) -> str:
        function = "Num.min" if isinstance(tree, sp.Min) else "Num.max"
        *others, text = (self.tight(term, ATOM) for term in sorted(tree.args, key=sp.default_sort_key))
        for position, other in enumerate(reversed(others)):
            text = f"{function} {other} {text if position == 0 else f'({text})'}"
        return text

    def relation(self, tree: sp.core.relational.Relational) -> str:
        left, right = self.tight(tree.lhs, PLUS), self.tight(tree.rhs, PLUS)
        if isinstance(tree, sp.GreaterThan | sp.StrictGreaterThan):
            left, right = right, left
        strict = isinstance(tree, sp.StrictGreaterThan | sp.StrictLessThan)
        if isinstance(tree, sp.Equality | sp.Unequality):
            raise NotPrintable(f"no rule for the relation {tree}")
        return f"{left} < {right}" if strict else f"{left} <= {right}"

    def reduction(self, tree: sp.Basic) -> tuple[str, int]:
        if not self.scope.classes:
            raise NotPrintable(f"no rule for {type(tree).__name__} of an ordered pair")
        if isinstance(tree, Avg):
            return f"average (fun i j => {self.loose(tree.args[0])})", APPLY
        if isinstance(tree, ForEveryOther):
            return f"[forall j, (j != i) ==> ({self.loose(tree.args[0])})]", ATOM
        for kind, words in RANGES.items():
            if isinstance(tree, kind):
                return f"({words} {self.tight(tree.args[0], POWER)})", ATOM
        raise NotPrintable(f"no rule for {type(tree).__name__}")


LARGEST = 1000
"""A natural number of Rocq is unary: a larger one is written in powers of this."""


def _number(value: sp.Rational) -> tuple[str, int]:
    if value.is_negative:
        return f"- {_number(-value)[0]}", PLUS
    if value.q != 1:
        bottom, binds = _number(sp.Integer(value.q))
        return f"{_number(sp.Integer(value.p))[0]} / {bottom if binds == ATOM else f'({bottom})'}", TIMES
    if value.p >= LARGEST:
        high, low = divmod(value.p, LARGEST)
        text, binds = _number(sp.Integer(high))
        text = f"{text if binds <= TIMES else f'({text})'} * {LARGEST}%:R"
        return (f"{text} + {low}%:R", PLUS) if low else (text, TIMES)
    return (str(value.p) if value.p in (0, 1) else f"{value.p}%:R"), ATOM
