"""`collapse check` of statements about infinitely many shots, where centres are at the class means, and about
more shots than its standing settings have."""

from __future__ import annotations

import math
from itertools import islice
from pathlib import Path

import pytest
import sympy as sp

from simulations.attack.claims import least_shots
from simulations.attack.continuous import gaussian_pairs, spheres
from simulations.attack.plan import Searches, units
from simulations.attack.probing.grid import LAWS
from simulations.attack.probing.regimes import read
from simulations.attack.probing.results import LawSearch
from simulations.attack.probing.search import search_law, spread_of
from simulations.attack.search import search
from simulations.attack.target import Target
from simulations.engines import Budget, Question
from simulations.engines.base import Context, Engine
from simulations.engines.enumeration import Enumeration
from simulations.estimates import Effort, Estimate, Exact
from simulations.jobs.check import plugin_checks
from simulations.jobs.check.matrix import SHOTS, measure, shots_of
from simulations.jobs.check.properties import check_properties
from simulations.jobs.check.run_checks import mistakes
from simulations.plugins.load import load_extension
from simulations.populations.base import Population
from theory.assumptions import Assumption, DistinctMeans, FiniteVariance, Gaussian, MinimumShots
from theory.bound import PairBound, derived
from theory.expressions import NormalTail
from theory.quantities import d, dir_i, dir_j, lam_i, n, p, v_i, v_j


def known_means(statement: sp.Expr, *assumptions: Assumption, least: float | sp.Expr = math.inf) -> PairBound:
    return PairBound(
        name="mine",
        statement=statement,
        assumptions=(*assumptions, MinimumShots(least), DistinctMeans()),  # type: ignore[arg-type]
        provenance=derived("a test"),
    )


def probed(bound: PairBound) -> list[LawSearch]:
    regimes = read(bound)
    return [search_law(bound, law, spread_of(bound, regimes), regimes.comparisons) for law in LAWS]


def normal(variance: sp.Expr) -> PairBound:
    return known_means(NormalTail(d / (2 * sp.sqrt(variance))), Gaussian())


@pytest.mark.parametrize("variance", [v_i / p, dir_j], ids=["mean over axes", "of the other class"])
def test_a_false_bound_on_gaussians_at_their_means_is_refuted(variance: sp.Expr) -> None:
    assert any(law.broken is not None for law in probed(normal(variance)))


def test_the_exact_error_of_gaussians_at_their_means_is_not_refuted() -> None:
    laws = probed(normal(dir_i))
    met = {law.law for law in laws if law.applied}
    assert len(met) > 1 and not any(law.broken is not None for law in laws)
    assert sum(law.applied for law in laws) > 90
    assert {law.covers for law in laws if not law.planned} == {
        "nothing: its centres are drawn, and the assumptions leave only those at the class means"
    }


@pytest.mark.parametrize(("factor", "false"), [(4, False), (sp.Rational(39, 10), True)])
def test_atoms_are_met_at_the_means_of_their_classes(factor: sp.Expr, false: bool) -> None:
    laws = probed(known_means(factor * lam_i / d**2, FiniteVariance()))
    assert any(law.broken is not None for law in laws) == false
    assert sum(law.applied > 10 for law in laws) > 4


def test_every_space_of_the_attack_is_searched_at_the_means() -> None:
    bound = known_means(4 * lam_i / d**2, FiniteVariance(), least=sp.oo)
    assert math.isinf(least_shots(bound))
    spaces = [*gaussian_pairs(math.inf), *spheres(math.inf)]
    assert {space.shots for space in spaces} == {math.inf} and len(spaces) == 7
    for space in spaces[:4]:
        result = search(bound, space, 1, (), 40)
        assert result.claim is not None and 0 < result.claim.ratio < 1, space.label
    planned = [*islice(units(Target("cdnv_sharp"), bound, 1, Searches(4, probes=False)), 40)]
    assert {unit.space.shots for unit in planned} == {math.inf}  # type: ignore[union-attr]
    properties = check_properties(bound, 1, draws=1)
    assert properties.applied > 8 and properties.violations == ()


def test_a_few_more_shots_than_the_standing_ones_are_tried() -> None:
    """A whole number of them, also where the assumption has none."""
    for least, wanted in ((1, {1, 4, 10}), (4, {4, 10}), (100.5, {101, math.inf})):
        bound = known_means((4 * lam_i + (v_i + v_j) / n) / d**2, FiniteVariance(), least=least)
        assert {pair.shots for pair in gaussian_pairs(least_shots(bound))} == wanted
        assert all(math.isinf(n) or n == int(n) for n in spread_of(bound, read(bound)).shots)


FILE = """
import math
from theory.assumptions import DistinctMeans, FiniteVariance, MinimumShots
from theory.bound import PairBound, derived
from theory.quantities import d, lam_i
mine = PairBound(
    name="mine",
    statement={statement},
    assumptions=(FiniteVariance(), MinimumShots({least}), DistinctMeans()),
    provenance=derived("a test"),
)
"""


def test_the_verdict_matrix_has_the_shots_that_the_bound_is_about(tmp_path: Path) -> None:
    settings = (("1", SHOTS), ("7", (10, 50)), ("20", (20, 50, math.inf)), ("math.inf", (math.inf,)))
    for least, wanted in settings:
        file = tmp_path / f"at_{least}.py"
        file.write_text(FILE.format(least=least, statement="4 * lam_i / d**2"), encoding="utf-8")
        extension = load_extension(file)
        assert shots_of(extension) == wanted
        assert mistakes(extension) == []
    cells = measure(str(file), "full covariance, p = 8", math.inf, 1)
    outcomes = {verdict.outcome for cell in cells for verdict in cell.row.verdicts if verdict.bound == "mine"}
    assert outcomes == {"holds"}


def test_a_mistake_that_shows_at_the_means_only_is_found(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        FILE.format(least="math.inf", statement="(lam_i - 9 * lam_i) ** 0.5 / d"), encoding="utf-8"
    )
    assert any("mine" in line for line in mistakes(load_extension(file)))


class AtTheMeans(Engine):
    """Enumeration at infinitely many shots alone, times ``factor``."""

    name = "at_the_means"
    rank = -1

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        refused = Enumeration().refusal(population, question, budget)
        return refused if math.isinf(question.shots) else "knows centres at the means only"

    def run(self, population: Population, question: Question, context: Context) -> list[Estimate]:
        values = [each.value * self.factor for each in Enumeration().run(population, question, context)]
        return [Estimate.of(value, Exact(value), self.name, Effort(0.0)) for value in values]


@pytest.mark.parametrize(("factor", "false"), [(1.0, False), (0.9, True)])
def test_an_engine_that_is_wrong_at_the_means_alone_is_reported(factor: float, false: bool) -> None:
    findings = plugin_checks._engine(AtTheMeans(factor), 1)
    assert findings.compared > 3
    assert bool(findings.violations) == false
