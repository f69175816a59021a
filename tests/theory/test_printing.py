"""Statements print in both notations, completely, and from the relation alone."""

from __future__ import annotations

import contextlib
import re
import xml.etree.ElementTree as ElementTree

import pytest
import sympy as sp

from theory import catalogue, expressions
from theory.bound import PairBound, derived
from theory.evaluation.evaluate import _KINDS
from theory.printing import boxes, definitions, latex, mathml
from theory.printing.frames import marked
from theory.printing.rocq import NotPrintable, expression
from theory.printing.rocq.scopes import CLASSES
from theory.printing.symbols import marks
from theory.quantities import d, lam_i, n, p, v_i, v_j

STATEMENTS = pytest.mark.parametrize("bound", catalogue.STATEMENTS, ids=lambda bound: bound.name)
MATHML = "{http://www.w3.org/1998/Math/MathML}"
CORE = {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt"}
CORE |= {"msub", "msup", "msubsup", "munder", "mtable", "mtr", "mtd"}


@STATEMENTS
def test_mathml_is_well_formed_and_of_core_elements(bound):
    root = ElementTree.fromstring(mathml(bound.relation, block=True))
    assert root.tag == MATHML + "math"
    assert {element.tag.removeprefix(MATHML) for element in root.iter()} <= CORE
    children = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2}
    for element in root.iter():
        expected = children.get(element.tag.removeprefix(MATHML))
        assert expected is None or len(element) == expected


@STATEMENTS
def test_every_symbol_of_the_statement_is_printed_and_defined(bound):
    printed_latex, printed_mathml = latex(bound.relation), mathml(bound.relation)
    defined = " ".join(each.mathml for each in definitions(bound))
    for symbol in bound.relation.free_symbols:
        if isinstance(symbol, sp.MatrixSymbol) or symbol.is_integer:  # sizes of matrices
            continue
        box = marked(marks(symbol))
        # A power takes the place of a superscript, so compare the letters that come first.
        start = re.sub(r"</?msu[bp]+>|</?mrow>", "", box.mathml())
        assert start in re.sub(r"</?msu[bp]+>|</?mrow>", "", printed_mathml), symbol
        assert box.latex() in printed_latex, symbol
        assert start in re.sub(r"</?msu[bp]+>|</?mrow>", "", defined), symbol


x, y = sp.symbols("x y", positive=True)
EXAMPLES = [
    x + y,
    x * y,
    x**y,
    sp.sqrt(x) + 1 / x + x ** sp.Rational(3, 4),
    sp.Max(x, y),
    sp.Min(x, y),
    sp.exp(x),
    sp.log(x),
    sp.Abs(sp.Symbol("x", real=True)),
    sp.floor(x),
    sp.binomial(x, y),
    sp.factorial(x),
    sp.loggamma(x),
    sp.Sum(sp.Symbol("r") ** 2, (sp.Symbol("r"), 1, y)),
    sp.Piecewise((x, x < y), (y, True)),
    x < y,
    x <= y,
    x > y,
    x >= y,
    sp.And(x < y, y < 2),
    sp.Or(x < y, y < 2),
    sp.ITE(x < y, y < 2, x < 2),
    expressions.KlUpper(x, y),
    expressions.MixtureUpper(x, y, x, sp.Rational(1, 2)),
    expressions.ChiSquareLess(p, x, y),
    expressions.NormalOrthant(sp.MatrixSymbol("h", 2, 1), sp.MatrixSymbol("C", 2, 2)),
    expressions.NormalTail(x),
    *(reduction(lam_i) for reduction in expressions.REDUCTIONS),
    *(sp.Integer(3), sp.Rational(2, 3), sp.Float(0.25), sp.pi, sp.E, sp.oo),
]


def test_whatever_is_evaluated_is_printed() -> None:
    """In both notations, and in Rocq, which says what it cannot say."""
    shown = {each.func for each in EXAMPLES}
    assert set(_KINDS) <= shown, set(_KINDS) - shown
    for example in EXAMPLES:
        assert latex(example) and mathml(example), example
        with contextlib.suppress(NotPrintable):
            assert expression(example, CLASSES)
    with pytest.raises(ValueError, match="no rule prints 'ceiling'"):
        latex(sp.ceiling(x))
    with pytest.raises(NotPrintable):
        expression(sp.ceiling(x), CLASSES)


@STATEMENTS
def test_latex_braces_and_fences_balance(bound):
    text = latex(bound.relation)
    bare = re.sub(r"\\[{}]", "", text)
    depth = 0
    for character in bare:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
    assert text.count(r"\left") - text.count(r"\leftarrow") == text.count(r"\right")


@STATEMENTS
def test_definitions_are_well_formed_and_say_something(bound):
    entries = definitions(bound)
    assert entries
    for each in entries:
        ElementTree.fromstring(each.mathml)
        assert each.latex.strip() and each.meaning.strip()
    for symbol, _ in bound.where:
        assert any(each.latex.startswith(f"{latex(symbol)} =") for each in entries), symbol


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (n - 1, "n - 1"),
        (1 + 1 / n, r"1 + \frac{1}{n}"),
        (d**2 + (v_j - v_i) / n, r"d^{2} + \frac{v_{j} - v_{i}}{n}"),
        (4 * lam_i + (v_i + v_j) / n, r"4 \lambda_{i} + \frac{v_{i} + v_{j}}{n}"),
        (16 * (n - 1) * v_i, r"16 \left( n - 1 \right) v_{i}"),
        (-v_i / d**2, r"- \frac{v_{i}}{d^{2}}"),
        (sp.sqrt(v_i / n), r"\sqrt{\frac{v_{i}}{n}}"),
        (v_i ** sp.Rational(3, 4), r"v_{i}^{3 / 4}"),
        ((n - 1) ** -2, r"\frac{1}{\left( n - 1 \right)^{2}}"),
        (p / 2 * sp.log(n), r"\frac{p \, \operatorname{log} \, n}{2}"),
    ],
)
def test_terms_come_in_a_readable_order(expression, expected):
    assert latex(expression) == expected


def test_cases_print_as_cases_with_otherwise_last():
    expression = sp.Piecewise((v_i / d, v_i < d), (sp.S.One, True))
    assert latex(expression) == (
        r"\begin{cases} \frac{v_{i}}{d} & \text{if } d > v_{i} \\ 1 & \text{otherwise} \end{cases}"
    )
    root = ElementTree.fromstring(mathml(expression))
    assert len(list(root.iter(MATHML + "mtr"))) == 2
    assert [o.text for o in root.iter(MATHML + "mo") if o.get("stretchy")] == ["{"]


def test_a_node_without_a_rule_is_refused():
    with pytest.raises(ValueError, match="no rule prints 'besselj'"):
        boxes(sp.besselj(0, n))


def test_printing_follows_the_relation():
    """The negative control: another statement prints otherwise, in both notations."""
    one, other = (
        PairBound(name="x", statement=c * v_i / d**2, assumptions=(), provenance=derived("test"))
        for c in (4, 5)
    )
    assert latex(one.relation) != latex(other.relation)
    assert mathml(one.relation) != mathml(other.relation)
