"""The statement that `collapse new bound` writes, with one slip each: one line that names the field."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import fields, replace
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
import sympy as sp

from simulations.cli.new import skeleton
from simulations.jobs.check.run_checks import mistakes
from simulations.plugins import load
from simulations.plugins.fields import ELSEWHERE, wrong_field
from simulations.runtime.errors import InputError
from theory import catalogue
from theory.assumptions import REGISTRY, TESTED, DistinctMeans, FiniteVariance
from theory.bound import Bound, PairBound, derived
from theory.bound.base import About, Kind
from theory.evaluation.optimise import FreeParameter
from theory.quantities import TABLE, d, v_i

T = sp.Symbol("t", positive=True)
FREE = {
    "symbol": ("t", T + 1, d),
    "lower": ("0", None, 1j, sp.nan, float("inf"), v_i),
    "upper": ("1", None, sp.I, sp.nan, -sp.oo, -1, 0, T + 1, v_i > 1),
    "scope": ("pairs", None),
    "closed": ("yes", None),
    "meaning": (5, None),
}


@pytest.mark.parametrize(("field", "value"), [(name, value) for name in FREE for value in FREE[name]])
def test_a_free_parameter_names_its_wrong_field(field: str, value: object) -> None:
    good = {"symbol": T, "lower": 0, "upper": sp.oo, "scope": "pair", "closed": False, "meaning": ""}
    with pytest.raises(ValueError, match=f"FreeParameter: `{field}` is .*; .*write"):
        FreeParameter(**{**good, field: value})  # type: ignore[arg-type]  # the slip


@pytest.mark.parametrize("lower", [0, 0.5, sp.Rational(1, 3)])
@pytest.mark.parametrize("upper", [1, 2.5, float("inf"), sp.oo, sp.Rational(7, 2), v_i / d**2])
def test_ends_may_be_numbers_of_either_kind(lower: float, upper: sp.Expr) -> None:
    """The negative control; and the statement has the value that it has at SymPy's number."""
    free = FreeParameter(T, lower, upper, "setting")
    bound = PairBound(
        name="by_t",
        statement=(T - sp.Rational(3, 4)) ** 2 + v_i / d**2,
        assumptions=(FiniteVariance(), DistinctMeans()),
        provenance=derived("a test"),
        free=free,
    )
    assert bound.number({v_i: 4.0, d: 1.0}) == pytest.approx(4.0, abs=1e-9)


SHAPES = {type(bound): bound for bound in catalogue.STATEMENTS if isinstance(bound, Bound)}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_shape_takes_its_own_kinds_and_subject_alone(shape: type[Bound]) -> None:
    for kind, about in product(get_args(Kind), get_args(About)):
        if kind in shape.kinds and about == shape.about:
            continue
        wrong = "kind" if kind not in shape.kinds else "about"
        with pytest.raises(ValueError, match=rf"`{wrong}` is '.*', but {shape.__name__} .*; "):
            replace(SHAPES[shape], kind=kind, about=about)
    assert replace(SHAPES[shape]) == SHAPES[shape]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_field_of_a_shape_is_read_by_its_type(shape: type[Bound]) -> None:
    bound = SHAPES[shape]
    assert wrong_field(bound) is None
    for name in {field.name for field in fields(bound)} - ELSEWHERE:
        wrong = copy(bound)
        object.__setattr__(
            wrong, name, object()
        )  # past __post_init__, which refuses some in words of its own
        line = wrong_field(wrong)
        assert line is not None and f"`{name}` is " in line


STATEMENT = "statement=sp.Min(1, (4 * lam_i + noise_of_centres) / d**2)"
WITH = "provenance=derived("
CONDITIONS = ("v_i / d**2 - 1", "1", "None", "'v_i > 1'", "(v_i > d,)", "False", "sp.Eq(v_i, d**2)")
SLIPS = {
    **{(WITH, f"condition={text}, {WITH}"): "`condition` is " for text in CONDITIONS},
    (WITH, f"condition=v_i < sp.Symbol('q')*d, {WITH}"): "`q` is not a quantity",
    **{
        (STATEMENT, f"statement={entry.name} * v_i / d**2"): f"uses `{entry.name}` "
        for entry in TABLE.values()
        if entry.source in ("evidence", "chosen") and entry.index == ""
    },
    (STATEMENT, "statement=d_at_l * v_i / d**3"): "write d_at_l = for_class_l(d)",
    (WITH, f"free=FreeParameter(sp.Symbol('y'), 0, 1, 'pair'), {WITH}"): "`free` is y",
    (WITH, f"free=FreeParameter(sp.Symbol('y'), 0, '1', 'pair'), {WITH}"): "`upper` is '1'",
    (WITH, f"kind='rate', {WITH}"): "use RateStatement",
    (WITH, f"about='cdnv', {WITH}"): "use MeanCdnvConfidence or PairCdnvConfidence",
}
ASSUMPTION = """
from theory.assumptions import Assumption
class Mine(Assumption):
    sentence = "a test"
    @staticmethod
    def holds(population):
        return True
    {}
"""
METHODS = {
    "def implied(self): return 5": "Mine.implied returns 5",
    "def implied(self): return ('Gaussian',)": "Mine.implied returns ('Gaussian',)",
    "def symbol_values(self): return {'b': 'a'}": "`symbol_values` returns",
    "def refusal(self, geometry, setting, granted): return 1 // 0": "Mine.refusal: line",
    "def refusal(self, geometry, setting, granted): return True": "Mine.refusal: returns True",
    "def refusal(self, geometry): return None": "Mine.refusal: TypeError",
    "def values(self, geometry): return None": "Mine `values` returns None",
    "def values(self, geometry): return {'sigma': (1.0, 2.0, 3.0)}": "values of shape (3,)",
    "def values(self, geometry): return {'sigma': 1j}": "carry real numbers",
    "def values(self, geometry): return 1 // 0": "Mine.values: line",
}


@pytest.fixture(autouse=True)
def _no_assumption_stays() -> Iterator[None]:
    yield
    load.forget()
    REGISTRY.pop("Mine", None)
    TESTED.pop("Mine", None)


def _problems(path: Path) -> list[str]:
    """What both `check` and `--with` print, with the file in front."""
    try:
        return [f"{path}: {line}" for line in mistakes(load.load_extension(path))]
    except InputError as wrong:
        return [str(wrong)]


def _written(folder: Path, old: str = "", new: str = "", extra: str = "") -> Path:
    text = skeleton("bound", "own_bound")
    assert old in text and "assumptions=(" in text
    text = text.replace(old, new) if old else text
    if extra:
        text = text.replace("assumptions=(", "assumptions=(Mine(), ")
    head = "from theory.evaluation.optimise import FreeParameter\nfrom theory.quantities import *\n"
    before, mark, after = text.partition("from theory.")
    path = folder / "own_bound.py"
    path.write_text(before + head + extra + mark + after)
    return path


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip[1])
def test_a_slip_in_a_statement_is_named(slip: tuple[str, str], tmp_path: Path) -> None:
    lines = _problems(_written(tmp_path, *slip))
    assert lines and SLIPS[slip] in lines[0] and ";" in lines[0] and "\n" not in lines[0]


@pytest.mark.parametrize("method", METHODS)
def test_a_slip_in_an_assumption_is_named(method: str, tmp_path: Path) -> None:
    (line,) = _problems(_written(tmp_path, extra=ASSUMPTION.format(method)))
    assert METHODS[method] in line and "Mine" in line and ";" in line and "\n" not in line


@pytest.mark.parametrize("condition", ["v_i < d**2", "(v_i < d**2) & (v_j < d**2)", "True"])
def test_a_right_file_is_taken(condition: str, tmp_path: Path) -> None:
    """The negative control."""
    assumption = ASSUMPTION.format("def values(self, geometry): return {'sigma': 1.0}")
    assert _problems(_written(tmp_path, WITH, f"condition={condition}, {WITH}", assumption)) == []
