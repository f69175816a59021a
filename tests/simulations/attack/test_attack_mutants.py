"""Mutants: which constants a bound has, what a changed one is, and that the attack notices the change."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import pytest
import sympy as sp
from helpers_slow import rest_slow

from simulations import cli
from simulations.attack.mutants import LOWERED, RAISED, constants, mutant
from simulations.attack.mutation import attack_mutants, units_fit
from simulations.attack.probes import nowhere_below, table, witnesses
from simulations.attack.target import Target, upper_bounds
from theory import catalogue
from theory.bound import Value
from theory.quantities import d, lam_i, n, v_i, v_j
from theory.setting import Setting

TIGHT = ("cdnv_sharp", "cdnv_optimal", "min_distance")
KNOWN_TO_LIVE = {
    ("cdnv_optimal", "-1/2 in 1/sqrt(n) (al)"),
    ("min_distance", "1/2 in sqrt(SumOver(v_j/d**2)) (statement)"),
}
"""Constants of tight bounds that matter on no known law: a tenth more or less of them was not refuted in a
minute."""


# -- what a mutant is ----------------------------------------------------------------------------------
def test_the_constants_of_a_statement() -> None:
    assert [str(each.value) for each in constants(catalogue.get("cdnv_sharp"))] == ["-2", "4"]
    parts = {each.part for each in constants(catalogue.get("exact_moment"))}
    assert parts == {"statement", "EM", "VarM"}


def test_a_mutant_differs_in_one_constant() -> None:
    bound = catalogue.get("cdnv_sharp")
    (index,) = [k for k, each in enumerate(constants(bound)) if each.value == 4]
    changed = mutant(bound, index)
    tenth = sp.Rational(1, 10)
    assert sp.simplify(bound.closed_form - changed.closed_form - tenth * 4 * lam_i / d**2) == 0
    assert mutant(bound, index, Fraction(1)).closed_form == bound.closed_form
    assert sp.simplify(changed.closed_form - (sp.Rational(18, 5) * lam_i + (v_i + v_j) / n) / d**2) == 0


def test_abbreviations_that_repeat_each_other_change_together() -> None:
    bound = catalogue.get("union_moment")
    constants_of_bound = constants(bound)
    assert not {each.part for each in constants_of_bound} & {"Sigma_ll", "m_l", "s_l"}
    index = next(k for k, each in enumerate(constants_of_bound) if str(each.node) == "4*trSS")
    meaning = {str(symbol): value for symbol, value in mutant(bound, index).where}
    assert "18*trSS/(5*n)" in str(sp.expand(meaning["Sigma_jj"]))
    assert "18*trSS_at_l/(5*n)" in str(sp.expand(meaning["Sigma_ll"]))


@pytest.mark.parametrize(
    "name", rest_slow(upper_bounds(), set(upper_bounds()) - {"union_moment", "union_moment_optimal"})
)
def test_a_factor_of_one_changes_nothing(name: str, full: bool) -> None:
    """Every constant of every bound: the walk that replaces it keeps the rest."""
    bound, probe = catalogue.get(name), witnesses()[5]
    setting = Setting(10, probe.population.classes)
    geometry, granted = probe.population.geometry(), probe.population.granted()
    plain = bound.evaluate(geometry, setting, granted)
    count = len(constants(bound))
    for index in range(count) if full else (0, count - 1):
        same = mutant(bound, index, Fraction(1)).evaluate(geometry, setting, granted)
        assert isinstance(plain, Value) and isinstance(same, Value)
        assert math.isclose(plain.value, same.value, rel_tol=1e-9)


def test_units_are_looked_at() -> None:
    bound = catalogue.get("cdnv_sharp")
    assert [units_fit(mutant(bound, index)) for index in range(2)] == [False, True]
    assert all(units_fit(catalogue.get(name)) for name in upper_bounds())


def test_nowhere_below_compares_every_query_and_ignores_values_above_one() -> None:
    assert nowhere_below([{None: 2.0, 0: 0.5}], [{None: 3.0, 0: 0.5}])
    assert nowhere_below([{None: 1.1, 0: 2.0, 1: 0.2}], [{None: 2.1, 0: 4.0, 1: 0.2}])
    assert not nowhere_below([{None: 1.0, 0: 1.8, 1: 0.2}], [{None: 1.1, 0: 2.0, 1: 0.3}])
    assert not nowhere_below([{None: 0.9, 0: 0.4}], [{None: 0.9, 0: 0.5}])
    assert not nowhere_below([{None: 0.9}], [{}])


# -- that they are noticed -----------------------------------------------------------------------------
@pytest.mark.parametrize("name", rest_slow(TIGHT, ["cdnv_sharp"]))
def test_mutants_of_tight_bounds_are_refuted(name: str) -> None:
    """Known laws and recorded witnesses alone, without a search of lattices."""
    for result in attack_mutants(name, seed=1, seconds=0.01, lattices=0):
        lives = (name, str(result.constant)) in KNOWN_TO_LIVE
        assert result.refuted != lives, str(result.constant)
        if result.how in ("witness", "search"):
            assert result.exact and result.ratio > 1 + 1e-9


def test_a_bound_itself_is_not_refuted_by_what_refutes_its_mutants() -> None:
    """The control: factor 1 is no mutant, and nothing refutes it."""
    for name in TIGHT:
        bound = catalogue.get(name)
        assert nowhere_below(table(mutant(bound, 0, Fraction(1))), table(bound))
        assert all(claim.ratio <= 1 + 1e-9 for probe in witnesses() for claim in probe.claims(bound))


def test_a_loose_mutant_is_reported_to_lie_above_another_bound() -> None:
    index = next(k for k, each in enumerate(constants(catalogue.get("cdnv_2022"))) if each.value == 16)
    (result,) = attack_mutants(
        "cdnv_2022", seed=1, seconds=0.01, lattices=0, only=lambda constant: constant == index
    )
    assert not result.refuted
    assert result.above == "cdnv_sharp"
    assert 0.3 < result.ratio < 0.32


def test_a_worker_builds_the_same_mutant() -> None:
    rebuilt = Target("cdnv_optimal", mutant=(5, LOWERED)).load()
    assert rebuilt.closed_form == mutant(catalogue.get("cdnv_optimal"), 5, LOWERED).closed_form
    assert rebuilt.closed_form != mutant(catalogue.get("cdnv_optimal"), 5, RAISED).closed_form


def test_every_mutant_of_every_bound(full: bool) -> None:
    """With --full: at recorded witnesses and known laws, most constants of most bounds are felt."""
    names = upper_bounds() if full else ["cdnv_sharp"]
    results = [each for name in names for each in attack_mutants(name, seed=1, seconds=0.01, lattices=0)]
    assert all(each.ratio <= 1 + 1e-9 for each in results if each.how == "none")
    if full:
        assert sum(each.refuted for each in results) > 0.6 * len(results)


# -- the command -----------------------------------------------------------------------------------------
def test_the_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["attack", "cdnv_sharp", "--mutants", "--searches", "0", "--jobs", "1"]) == 0
    out = capsys.readouterr().out
    assert "4 in 4*lam_i (statement) times 0.9: refuted at" in out
    assert out.splitlines()[-1].startswith("2 mutants: 1 refused by units, 1 refuted at a recorded witness")


def test_the_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["attack", "cdnv_sharp", "--mutants", "--searches", "0", "--jobs", "1", "--json"]
    assert cli.main(arguments) == 0
    rows = json.loads(capsys.readouterr().out)["mutants"]
    assert [row["outcome"] for row in rows] == ["units", "witness"]
    assert rows[1]["exact"] and rows[1]["ratio"] == pytest.approx(10 / 9, rel=1e-6)


def test_a_planted_bound_has_no_mutants(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["attack", "planted_union_dropped", "--mutants"]) == 2
    assert "mutants are made of catalogue bounds" in capsys.readouterr().err
