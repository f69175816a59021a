"""Mistakes in a user's file, each reported in one line with its remedy: exit status 2, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulations import cli
from simulations.attack.mutation import units_fit
from simulations.jobs.check.run_checks import mistakes
from simulations.plugins.load import load_extension

HEAD = """from dataclasses import dataclass
import sympy as sp
from theory.assumptions import Assumption, DistinctMeans, FiniteVariance
from theory.bound import PairBound, derived
from theory.quantities import d, lam_i, n, v_i, v_j
"""


def bound(
    statement: str, assumptions: str = "(FiniteVariance(), DistinctMeans())", base: str = "PairBound"
) -> str:
    return HEAD + (
        f"b = {base}(name='mine', statement={statement}, assumptions={assumptions}, "
        "provenance=derived('a test'))\n"
    )


ENGINE = """
from simulations.engines.base import Engine
class Own(Engine):
    name = "own"
    rank = 3
    def __init__(self{arguments}):
        pass
    def refusal(self, population, question, budget):
        return "never"
    def run(self, population, question, context):
        raise AssertionError
"""
FAMILY = """
from typing import Literal
from simulations.populations.base import Spec
from simulations.populations.finite_support import FiniteSupport
class OwnSpec(Spec):
    family: Literal["own_family"]
    apart: float{default}
    def build(self):
        return FiniteSupport([[[0]], [[self.apart]]], [[1], [1]])
"""
SUBCLASS = (
    HEAD
    + """
from theory.bound import Value
class Mine(PairBound):
    def _evaluate(self, geometry, setting, granted, at):
        return {answer}
b = Mine(name='mine', statement=v_i / d**2, assumptions=(FiniteVariance(), DistinctMeans()),
         provenance=derived('a test'))
"""
)
MISTAKES = {
    "a class in place of an assumption": (
        bound("v_i / d**2", "(FiniteVariance, DistinctMeans())"),
        "FiniteVariance is a class; write FiniteVariance()",
    ),
    "one assumption without a tuple": (
        bound("v_i / d**2", "FiniteVariance()"),
        "assumptions is not a tuple; write (A(), B())",
    ),
    "a word in place of an assumption": (
        bound("v_i / d**2", "('FiniteVariance',)"),
        "'FiniteVariance' is not an assumption; use those of theory.assumptions",
    ),
    "a function as statement": (
        bound("lambda v: v"),
        "the statement is a function; write a SymPy expression",
    ),
    "a sign without a tuple": (
        bound("v_i / d**2", "(FiniteVariance(), DistinctMeans()), nonnegative=v_i - d"),
        "mine: nonnegative is not a tuple of expressions; write (x,) for one alone",
    ),
    "a meaning without its tuple": (
        bound("v_i / d**2", "(FiniteVariance(), DistinctMeans()), where=((v_i, d**2))"),
        "mine: `where` is (v_i, d**2); write a tuple of pairs (symbol, meaning), as ((K, 4 * lam_i),)",
    ),
    "meanings in a dictionary": (
        bound("v_i / d**2", "(FiniteVariance(), DistinctMeans()), where={v_i: d**2}"),
        "mine: `where` is {v_i: d**2}; write a tuple of pairs (symbol, meaning)",
    ),
    "a meaning and a word": (
        bound("v_i / d**2", "(FiniteVariance(), DistinctMeans()), where=((v_i, d**2, 'x'),)"),
        "mine: `where` is ((v_i, d**2, 'x'),); write a tuple of pairs (symbol, meaning)",
    ),
    "a condition that depends on the unit of length": (
        bound("v_i / d**2", "(FiniteVariance(), DistinctMeans()), condition=(v_i < d)"),
        "mine: `condition` adds or compares `v_i` (length^2) and `d` (length^1); what holds in one unit",
    ),
    "an end of another unit": (
        "from theory.evaluation.optimise import FreeParameter\nimport sympy as sp\ny = sp.Symbol('y')\n"
        + bound(
            "v_i / d**2 * (1 + y)", "(FiniteVariance(), DistinctMeans()), free=FreeParameter(y, 0, d, 'pair')"
        ),
        "mine: the upper end of `free` scales like length^1, but `y` like length^0; give both one unit",
    ),
    "a free parameter that is a length": (
        "from theory.evaluation.optimise import FreeParameter\nimport sympy as sp\nr = sp.Symbol('r')\n"
        + bound(
            "4 * v_i / r**2 + 4 * v_j / (n * (d - r)**2)",
            "(FiniteVariance(), DistinctMeans()), free=FreeParameter(r, 0, d, 'pair')",
        ),
        "mine: `r` of `free` has the unit length^1 here; write d times a number for it, and make that number",
    ),
    "units that do not fit, beside a parameter called as that of another statement": (
        "from theory.evaluation.optimise import FreeParameter\nimport sympy as sp\n"
        "t = sp.Symbol('t', positive=True)\n"
        + bound("v_i / d + t", "(FiniteVariance(), DistinctMeans()), free=FreeParameter(t, 0, 1, 'pair')"),
        "mine: adds or compares `t` (length^0) and `v_i/d` (length^1)",
    ),
    "a symbol that another statement declares": (
        "from theory.quantities import x\n" + bound("v_i / d**2 * (1 + x)"),
        "line 1: `x` is not a quantity; a statement of the catalogue declares it; choose another name",
    ),
    "a relation as statement": (
        bound("v_i <= d**2"),
        "the statement is a relation; give its right-hand side",
    ),
    "a number as statement": (bound("0.5"), "the statement is a float; write a SymPy expression"),
    "a symbol of one's own": (
        bound("v_i / d**2 / sp.Symbol('n')"),
        "`n` is a symbol of your own with the name of a quantity; use the quantity itself: from "
        "theory.quantities import n",
    ),
    "an imaginary statement": (bound("sp.sqrt(-1) * v_i / d**2"), "the statement holds I; a bound is a real"),
    "a logarithm below 0": (bound("sp.log(-1 - v_i / d**2)"), "has no finite value on any population here"),
    "an unknown function": (
        bound("sp.zeta(1 + v_i / d**2)"),
        "cannot be evaluated on sharp two-point law: ValueError: statements may not contain 'zeta'",
    ),
    "a number that nothing prints": (
        bound("sp.zeta(sp.Rational(1, 3)) * v_i / d**2"),
        "mine: no rule prints 'zeta'; write its statement with functions that have one",
    ),
    "a function in a statement that is not evaluated here": (
        "import sympy as sp\nfrom theory.bound.confidence import KernelConfidence\n"
        "from theory.assumptions.sampling import FixedFeatureMap, IndependentClasses, MinimumClasses\n"
        "from theory.bound import derived\nfrom theory.expressions import KlUpper\n"
        "from theory.quantities import F, U, b, failure, l\n"
        "own = KernelConfidence(name='own', title='x',"
        " statement=b * KlUpper(U / b, sp.log(F / failure) / sp.zeta(l / 2)),"
        " assumptions=(IndependentClasses(), FixedFeatureMap('classes'), MinimumClasses(2)),"
        " provenance=derived('a test'))\n",
        "own: no rule prints 'zeta'; write its statement with functions that have one",
    ),
    "a complex answer": (SUBCLASS.replace("{answer}", "Value(1 + 2j)"), "is (1+2j) on "),
    "no number": (SUBCLASS.replace("{answer}", "Value(float('nan'))"), "is not a number on "),
    "another answer": (SUBCLASS.replace("{answer}", "0.5"), "answers a float on "),
    "an answer that fails": (SUBCLASS.replace("{answer}", "Value(1 / 0)"), "ZeroDivisionError"),
    "an assumption that does not exist": (
        "from theory.assumptions import FiniteVarianc\n",
        "line 1: `FiniteVarianc` is not an assumption here; did you mean `FiniteVariance`? Else define it",
    ),
    "an assumption that nobody defined": (
        bound("v_i / d**2", "(LogConcave(), DistinctMeans())"),
        "`LogConcave` is not defined; define it: a frozen dataclass derived from "
        "theory.assumptions.Assumption",
    ),
    "a field without annotation": (
        HEAD
        + "@dataclass(frozen=True)\nclass Own(Assumption):\n    sentence = 's'\n    kappa = 3.0\n"
        + "own = Own(kappa=2.0)\n",
        "Own.kappa has no annotation, so it is not a field; write kappa: float = 3.0",
    ),
    "fields without a dataclass": (
        HEAD + "class Own(Assumption):\n    sentence = 's'\n    kappa: float = 3.0\nown = Own(kappa=2.0)\n",
        "Own has fields but is not a dataclass; put @dataclass(frozen=True) above it",
    ),
    "an engine that takes arguments": (
        ENGINE.replace("{arguments}", ", effort"),
        "defines the class Own but no instance; add for example own = Own(...)",
    ),
    "an engine without its methods": (
        "from simulations.engines.base import Engine\nclass Own(Engine):\n    name = 'own'\n",
        "the class Own has no refusal, run; define that too",
    ),
    "a population without its methods": (
        "from simulations.populations import Population\nclass Own(Population):\n    pass\n",
        "the class Own has no assumptions, moments, noise, spec; define that too",
    ),
    "a length as statement": (
        bound("v_i / d"),
        "scales like length^1, but a bound on an error has no unit; divide by d\n",
    ),
    "a density as statement": (bound("v_i / d**4"), "has no unit; divide by d**(-2)\n"),
    "a family alone": (
        FAMILY.replace("{default}", ""),
        "defines the family own_family but no population of it; add for example own_family = "
        "OwnSpec(family='own_family', apart=...).build()",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_line(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, message = MISTAKES[case]
    file = tmp_path / "mine.py"
    file.write_text(text, encoding="utf-8")
    status = cli.main(["check", str(file), "--out", str(tmp_path / "out")])
    printed = capsys.readouterr()
    assert message in printed.err, printed.err
    assert status == 2 and printed.out == ""
    assert printed.err.count("\n") == 1 and "Traceback" not in printed.err


@pytest.mark.parametrize("name", ["t", "x", "a", "c_2", "own"])
def test_a_parameter_may_be_called_as_that_of_another_statement_is(name: str, tmp_path: Path) -> None:
    """Which may have a unit: `t` of the sub-Gaussian bound is one over a variance."""
    for kind in ("positive=True", "real=True, nonnegative=True"):
        symbol = f"sp.Symbol({name!r}, {kind})"
        file = tmp_path / f"{name}_{kind[:4]}.py"
        file.write_text(
            "from theory.evaluation.optimise import FreeParameter\n"
            + bound(
                f"4 * lam_i / ({symbol} * d)**2 + (v_i + v_j) / (n * (1 - {symbol})**2 * d**2)",
                f"(FiniteVariance(), DistinctMeans()), free=FreeParameter({symbol}, 0, 1, 'pair')",
            ),
            encoding="utf-8",
        )
        extension = load_extension(file)
        assert mistakes(extension) == []
        assert units_fit(extension.bounds["mine"])


def test_a_class_without_arguments_is_instantiated(tmp_path: Path) -> None:
    """An engine class, and a family whose parameters have defaults."""
    file = tmp_path / "own.py"
    file.write_text(
        ENGINE.replace("{arguments}", "") + FAMILY.replace("{default}", " = 2.0"), encoding="utf-8"
    )
    extension = load_extension(file)
    assert set(extension.engines) == {"own"}
    assert set(extension.populations) == {"own_family"}
    assert mistakes(extension) == []


def test_bounds_in_a_list_are_found(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text(bound("v_i / d**2") + "several = [b]\ndel b\n", encoding="utf-8")
    assert set(load_extension(file).bounds) == {"mine"}
