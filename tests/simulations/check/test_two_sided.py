"""Lower bounds and equalities on probes whose errors are known from both sides."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from helpers_slow import rest_slow

from simulations.attack.probing import two_sided
from simulations.attack.probing.gaussians import GaussianPair, UnevenGaussians, _pair_error, pair_of_gaussians
from simulations.attack.probing.probe import ProbePoint
from simulations.attack.probing.small_steps import SmallSteps
from simulations.attack.probing.sparse import SparseSupport
from simulations.attack.probing.stars import Star
from simulations.attack.probing.tails import LaplacePair
from simulations.attack.probing.two_sided import TWO_SIDED, Range, TwoSided, compare, known
from simulations.engines.enumeration import exact_errors
from simulations.jobs.check.other_kinds import check_other_kind
from simulations.plugins.load import Extension
from theory import catalogue
from theory.assumptions import (
    Assumption,
    BoundedKurtosis,
    DistinctMeans,
    EqualIsotropicGaussian,
    FiniteVariance,
    Gaussian,
    MinimumShots,
    SphericallySymmetric,
    TwoClasses,
)
from theory.bound import Bound, PairBound, derived
from theory.expressions import NormalTail
from theory.quantities import d, dir_i, lam_i, n, p, v_i, v_j

R = sp.Rational


@dataclass(frozen=True)
class LaplaceLaw(Assumption):
    sentence = "all coordinates are independent Laplace variables"
    implies = ("BoundedKurtosis",)

    @staticmethod
    def holds(population: Any) -> bool:
        return population.family == "laplace"


def claim(kind: Any, statement: sp.Expr, *assumptions: Assumption) -> PairBound:
    return PairBound(
        name="mine",
        kind=kind,
        statement=statement,
        assumptions=(*assumptions, TwoClasses(), DistinctMeans()),
        provenance=derived("a test"),
    )


MEANS, NORMAL = MinimumShots(math.inf), NormalTail(d / (2 * sp.sqrt(dir_i)))
EXPONENTIAL = sp.exp(-d / sp.sqrt(2 * dir_i)) / 2
SMALL = (v_i + v_j) / (100 * n * (d**2 + v_i + v_j))
CLAIMS: dict[str, tuple[Bound, Bound]] = {
    "few shots are no better, for each class": (
        claim("lower", NORMAL, Gaussian()),
        claim("lower", NORMAL, EqualIsotropicGaussian()),
    ),
    "noise is an error": (
        claim("lower", NORMAL, FiniteVariance(), MEANS),
        claim("lower", NORMAL, Gaussian(), MEANS),
    ),
    "variance is an error": (
        claim("lower", SMALL, BoundedKurtosis()),
        claim("lower", NORMAL * SMALL, EqualIsotropicGaussian()),
    ),
    "noise of a symmetric law is an error": (
        claim("lower", SMALL * NORMAL, FiniteVariance(), SphericallySymmetric()),
        claim("lower", SMALL * NORMAL, FiniteVariance(), EqualIsotropicGaussian()),
    ),
    "Gaussian tails of all directions alike": (
        claim("equality", NormalTail(d / (2 * sp.sqrt(v_i / p))), Gaussian(), MEANS),
        claim("equality", NORMAL, Gaussian(), MEANS),
    ),
    "Laplace tails, nearly": (
        claim("equality", R(99, 100) * EXPONENTIAL, LaplaceLaw(), MEANS),
        claim("equality", EXPONENTIAL, LaplaceLaw(), MEANS),
    ),
    "Laplace tails at few shots": (
        claim("equality", EXPONENTIAL / 2**10, LaplaceLaw()),
        claim("lower", EXPONENTIAL / 2**10, LaplaceLaw()),
    ),
}
"""False ones beside true ones."""


def outcomes(bound: Bound) -> dict[str, str]:
    findings = check_other_kind(Extension(Path("mine.py")), bound, 1, False)
    return {finding.outcome: finding.text for finding in findings}


FEW = (SmallSteps(), LaplacePair(), GaussianPair(), UnevenGaussians())


@pytest.mark.parametrize("name", CLAIMS)
def test_a_false_claim_is_off_on_some_law_and_its_true_twin_on_none(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a few probes of a few laws: on all of them with the slow tests."""
    monkeypatch.setattr(two_sided, "POINTS", 50)
    false, true = (compare(bound, FEW) for bound in CLAIMS[name])
    assert false.excess > 1.001 and true.excess <= 1 + 1e-9 and true.applied >= 4


WHOLE = ["Laplace tails, nearly", "few shots are no better, for each class", "variance is an error"]


@pytest.mark.parametrize("name", rest_slow(WHOLE, WHOLE[:1]))
def test_a_false_claim_is_violated_and_its_true_twin_holds(name: str) -> None:
    false, true = map(outcomes, CLAIMS[name])
    assert "violated" in false and "violated" not in true and "holds" in true
    assert " is above the error " in false["violated"] or " is below the error " in false["violated"]


def test_few_laws_that_satisfy_the_hypotheses_are_called_a_weak_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """And many are not; a statement about one named law is tested on it."""
    monkeypatch.setattr(two_sided, "POINTS", 16)
    weak = outcomes(claim("lower", NORMAL, EqualIsotropicGaussian()))["weak"]
    assert f"of {len(TWO_SIDED)} kinds of probes" in weak and "weak test" in weak
    assert compare(claim("lower", R(1, 10**300) * lam_i / d**2, FiniteVariance()), FEW).met == len(FEW)
    law = dataclasses.replace(catalogue.get("constant_is_sharp"), name="mine")
    assert set(outcomes(law)) == {"holds"}


def test_of_many_refutations_a_clear_one_is_told() -> None:
    tiny, clear = Range("a", 0, 1e-40, 1e-9), Range("b", 0, 0.01, 0.1)
    for row in ([tiny, clear], [clear, tiny]):
        compared = TwoSided(1, 0, 0).with_row(row, "lower")
        assert compared.worst is clear and compared.excess == pytest.approx(1e31)


def test_a_lower_bound_meets_errors_from_above_and_an_equality_both() -> None:
    at = ProbePoint(2, 2, 2, 1.0, 3)
    probe = Star().probe(at)
    assert probe is not None and isinstance(probe.population, SparseSupport)
    low, high = known(probe)
    exact = exact_errors(probe.population.as_finite_support(), 2, [2])[0]
    assert np.array_equal(low, high) and np.allclose(low, exact, rtol=1e-12)
    assert np.all(probe.errors <= exact) and np.any(probe.errors < exact * 0.999)
    many = Star().probe(dataclasses.replace(at, shots=10_000, dimension=30))
    assert many is not None and np.all(known(many)[1] == 1)
    few = LaplacePair().probe(ProbePoint(3, 2, 2, 2.0))
    assert few is not None and np.all(known(few)[1] == 1)


def test_uneven_gaussians_are_known_from_both_sides() -> None:
    """The inversion against the formula for two Gaussians alike, and at the means against a normal tail."""
    for shots, across, std in ((1, 1, 0.2), (5, 7, 0.15), (100, 63, 0.1)):
        value, gap = _pair_error(np.full(2, std**2), np.full(2, std**2), shots, across)
        exact = pair_of_gaussians(shots, across + 1, std)
        assert exact is not None and abs(value - exact) <= gap * exact and gap < 1e-6
    for point in (ProbePoint(3, 2, 4, 1.0, 8), ProbePoint(math.inf, 2, 4, 1.0, 8)):
        probe = UnevenGaussians().probe(point)
        assert probe is not None and probe.highs is not None
        assert np.all(probe.errors <= probe.highs) and np.all(probe.highs <= probe.errors * (1 + 1e-4))


def test_small_steps_cause_no_error() -> None:
    for shots in (1, 2, 4, math.inf):
        for variant in range(SmallSteps.variants):
            for dimension in (1, 3):
                probe = SmallSteps().probe(ProbePoint(shots, 2, dimension, 0.01, variant))
                assert probe is not None and isinstance(probe.population, SparseSupport)
                law = probe.population.as_finite_support()
                assert np.all(exact_errors(law, shots, [2]) == 0)
    assert "SphericallySymmetric" in SmallSteps().probe(ProbePoint(2, 2, 1, 2.0)).granted  # type: ignore[union-attr]
    assert isinstance(compare(claim("lower", SMALL, FiniteVariance()), (SmallSteps(),)), TwoSided)
