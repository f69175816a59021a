"""Probes with a density, and near pairs beside far classes: their errors against draws, false theorems that
they refute, and near true ones that they do not."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import sympy as sp

from simulations.attack.probing.beside import PAIRS, BesideFarClasses
from simulations.attack.probing.grid import LAWS
from simulations.attack.probing.many_gaussians import GaussianSimplex, RandomGaussians
from simulations.attack.probing.probe import Probe, ProbeLaw, ProbePoint
from simulations.attack.probing.regimes import read
from simulations.attack.probing.results import LawSearch
from simulations.attack.probing.search import search_law, spread_of
from simulations.attack.probing.spherical import RareShell, WidePart
from simulations.attack.probing.tails import LaplacePair, StudentPair
from simulations.populations import from_spec
from simulations.populations.files import to_toml
from theory.assumptions import (
    Assumption,
    DistinctMeans,
    EqualIsotropicGaussian,
    FiniteVariance,
    Gaussian,
    MinimumShots,
    SphericallySymmetric,
)
from theory.bound import AverageBound, Bound, PairBound, derived
from theory.catalogue import cdnv_sharp
from theory.expressions import Avg, NormalTail
from theory.quantities import d, dir_i, k, lam_i, n, p, s, std, v_i, v_j


def drawn_errors(probe: Probe, episodes: int) -> np.ndarray:
    """(classes,) errors of plain episodes, ties among them."""
    rng, law, means = np.random.default_rng(7), probe.population, probe.population.means
    shots = probe.point.shots
    centres = [
        means[c] + (0.0 if math.isinf(shots) else law.noise(rng, c, (episodes, int(shots))).mean(axis=1))
        for c in range(law.classes)
    ]
    errors = []
    for c in range(law.classes):
        query = law.noise(rng, c, (episodes,)) + means[c]
        away = [np.sum((query - centre) ** 2, axis=1) for centre in centres]
        others = np.min([away[j] for j in range(law.classes) if j != c], axis=0)
        errors.append(np.mean(others <= away[c]))
    return np.array(errors)


PLACES: list[tuple[ProbeLaw, ProbePoint]] = [
    (law, replace(place, level=0.7, variant=variant))
    for law, places in (
        (LaplacePair(), [ProbePoint(1, 2, 1), ProbePoint(3, 2, 3), ProbePoint(math.inf, 2, 3)]),
        (StudentPair(), [ProbePoint(40, 2, 2), ProbePoint(math.inf, 2, 3)]),
        (GaussianSimplex(), [ProbePoint(n, k, 4) for n, k in ((2, 2), (3, 4), (math.inf, 2), (math.inf, 5))]),
        (RandomGaussians(), [ProbePoint(n, k) for n, k in ((1, 2), (3, 4), (math.inf, 6))]),
        (RareShell(), [ProbePoint(2)]),
        (WidePart(), [ProbePoint(n) for n in (1, 2, math.inf)]),
        (BesideFarClasses(), [ProbePoint(n, 4, 4) for n in (1, 10, math.inf)]),
    )
    for place in places
    for variant in range(law.variants)
]


def test_errors_are_reached_in_draws() -> None:
    """Exact where a probe says so, else never above; and not far below either, where there are many shots."""
    episodes, exact, near = 4000, 0, 0
    for law, point in PLACES:
        probe = law.probe(point)
        if probe is None:
            continue
        assert probe.errors.shape == (probe.population.classes,)
        measured = drawn_errors(probe, episodes)
        room = 5 * np.sqrt((measured * (1 - measured) + 1e-3) / episodes)
        assert np.all(probe.errors <= measured + room), (law.name, point, probe.errors, measured)
        if probe.exact:
            exact += 1
            assert np.all(measured <= probe.errors + room), (law.name, point, probe.errors, measured)
        near += probe.errors[0] > 0.4 * measured[0] > 0.01
    assert exact >= 12 and near >= 40


def test_more_of_an_error_than_there_is_would_be_noticed() -> None:
    probe = LaplacePair().probe(ProbePoint(math.inf, 2, 1, 0.7))
    assert probe is not None
    measured = drawn_errors(probe, 8000)
    assert not np.all(1.2 * probe.errors <= measured + 5 * np.sqrt((measured * (1 - measured) + 1e-3) / 8000))


def test_a_refutation_by_such_a_law_can_be_written_down() -> None:
    """And read back with every digit."""
    for law, point in PLACES[::3]:
        probe = law.probe(point)
        if probe is None:
            continue
        again = from_spec(tomllib.loads(to_toml(probe.population.spec())))
        assert again.family == probe.population.family
        ours, theirs = probe.geometry, again.geometry()
        assert np.allclose(ours.variances, theirs.variances, rtol=1e-14), law.name
        assert np.allclose(ours.distances, theirs.distances, rtol=1e-14), law.name


def test_every_law_of_a_pair_takes_more_classes() -> None:
    """With the hypotheses of the pair alone, and its moments."""
    for variant, (law, shape, dimension, apart, noise) in enumerate(PAIRS):
        point = ProbePoint(10 if law.at_finite else math.inf, 5, 5, 2.0, variant)
        beside = BesideFarClasses().probe(point)
        alone = law.probe(replace(point, ways=2, dimension=dimension, variant=shape))
        assert beside is not None and alone is not None, variant
        if noise == 1.0:
            assert {a.name for a in beside.granted} == {a.name for a in alone.granted}, law.name
        ours, theirs = beside.population.moments(1.0), alone.population.moments(1.0)
        assert len(ours) == 5
        for c in range(5):
            # Only the covariance scales; a class of another width has its other moments scaled likewise.
            factor = 1.0 if c < 2 else noise**2
            wanted = np.asarray(theirs[min(c, 1)].covariance) * factor
            assert np.allclose(np.asarray(ours[c].covariance), wanted, rtol=1e-9, atol=1e-15), (law.name, c)
        gaps = np.diff(beside.population.means[1:, 0]) / np.diff(alone.population.means[:, 0])
        assert np.allclose(gaps, [apart - 1, apart, apart], rtol=1e-3)


@dataclass(frozen=True)
class LogConcaveLaw(Assumption):
    sentence = "every class has a log-concave density"
    implies = ("BoundedKurtosis",)

    @staticmethod
    def holds(population: Any) -> bool:
        return population.family in ("gaussian", "laplace", "simplex_etf", "random_means")


@dataclass(frozen=True)
class StudentLaw(Assumption):
    sentence = "every class is a multivariate Student law"
    implies = ("BoundedKurtosis",)

    @staticmethod
    def holds(population: Any) -> bool:
        return population.family == "student"


@dataclass(frozen=True)
class OneCovariance(Assumption):
    sentence = "all classes have one covariance"
    implies = ("FiniteVariance",)

    @staticmethod
    def holds(population: Any) -> bool:
        first, *others = (np.asarray(each.covariance) for each in population.moments(population.unit))
        return all(each.shape == first.shape and np.allclose(each, first, atol=0) for each in others)


@dataclass(frozen=True)
class RandomLaw(Assumption):
    sentence = "classes are Gaussians about random means"
    implies = ("Gaussian",)

    @staticmethod
    def holds(population: Any) -> bool:
        return population.family == "random_means"


@dataclass(frozen=True)
class SimplexLaw(Assumption):
    sentence = "classes are isotropic Gaussians at the corners of a simplex"
    implies = ("Gaussian",)

    @staticmethod
    def holds(population: Any) -> bool:
        return population.family == "simplex_etf"


def pair(statement: sp.Expr, *assumptions: Assumption) -> PairBound:
    return PairBound(
        name="mine",
        statement=statement,
        assumptions=(*assumptions, DistinctMeans()),
        provenance=derived("a test"),
    )


def average(statement: sp.Expr, *assumptions: Assumption) -> AverageBound:
    return AverageBound(
        name="mine",
        statement=statement,
        assumptions=(*assumptions, DistinctMeans()),
        provenance=derived("a test"),
    )


def exponential(distance: sp.Expr) -> sp.Expr:
    return sp.exp(-n * distance / ((8 * n + 4) * std**2))


CHERNOFF = ((4 * n**2 + 5 * n + 2) / (4 * n**2 + 2 * n)) ** (p / 2)
ALIKE, ROUND = EqualIsotropicGaussian(), (FiniteVariance(), SphericallySymmetric())
TAIL, MEANS = NormalTail(d / (2 * sp.sqrt(dir_i))), MinimumShots(math.inf)
NOISE = 16 * (k - 1) * (s + 1 / n)
PROXY = sp.exp(-n * d**2 / ((8 * n + 4) * sp.Max(v_i, v_j)))
SHARP = cdnv_sharp.statement
THEOREMS: dict[str, tuple[Bound, Bound]] = {
    "exponential of an average": (
        average((k - 1) * CHERNOFF * exponential(Avg(d**2)), ALIKE),
        average((k - 1) * CHERNOFF * Avg(exponential(d**2)), ALIKE),
    ),
    "ratio of averages": (
        average(NOISE * Avg(v_i) / Avg(d**2), *ROUND),
        average(NOISE * Avg(v_i / d**2), *ROUND),
    ),
    "square of an average": (
        average(NOISE * Avg(sp.sqrt(v_i) / d) ** 2, *ROUND),
        average(NOISE * Avg((sp.sqrt(v_i) / d) ** 2), *ROUND),
    ),
    "no union at the means": (
        average(Avg(TAIL), Gaussian(), MEANS),
        average((k - 1) * Avg(TAIL), Gaussian(), MEANS),
    ),
    "no union on a simplex": (
        average(Avg(TAIL), SimplexLaw(), MEANS),
        average((k - 1) * Avg(TAIL), SimplexLaw(), MEANS),
    ),
    "half the noise of classes alike": (
        pair((4 * lam_i + v_i / (2 * n)) / d**2, OneCovariance()),
        pair((4 * lam_i + 2 * v_i / n) / d**2, OneCovariance()),
    ),
    "half the noise of a symmetric centre": (
        pair((2 * dir_i + (v_i + v_j) / (2 * n)) / d**2, *ROUND),
        pair((2 * dir_i + 4 * (v_i + v_j) / n) / d**2, *ROUND),
    ),
    "average of distances": (
        average((k - 1) * NormalTail(Avg(d) / (2 * sp.sqrt(Avg(lam_i)))), RandomLaw(), MEANS),
        average((k - 1) * Avg(NormalTail(d / (2 * sp.sqrt(lam_i)))), RandomLaw(), MEANS),
    ),
    "Gaussian exponent of log-concave classes": (
        pair(CHERNOFF * PROXY, LogConcaveLaw()),
        pair(CHERNOFF * PROXY + SHARP, LogConcaveLaw()),
    ),
    "Gaussian tail of log-concave classes": (
        pair(sp.exp(-(d**2) / (8 * dir_i)), LogConcaveLaw(), MEANS),
        pair(sp.exp(1 - d / (2 * sp.sqrt(dir_i))), LogConcaveLaw(), MEANS),
    ),
    "exponential tail of Student classes": (
        pair(sp.exp(1 - d / (4 * sp.sqrt(sp.Max(v_i, v_j)))), StudentLaw()),
        pair(SHARP, StudentLaw()),
    ),
}
"""False ones beside true ones. The tail of a log-concave variable of variance 1 beyond t is at most
exp(1 - t) (Lovasz and Vempala, 2007)."""


def probed(bound: Bound) -> list[LawSearch]:
    regimes = read(bound)
    return [search_law(bound, law, spread_of(bound, regimes), regimes.comparisons) for law in FEW]


NEW = (BesideFarClasses, LaplacePair, StudentPair, GaussianSimplex, RandomGaussians, RareShell)
FEW = [law for law in LAWS if isinstance(law, NEW)]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("name", THEOREMS)
def test_a_false_theorem_is_refuted_and_its_true_twin_is_not(name: str) -> None:
    false, true = map(probed, THEOREMS[name])
    assert any(law.broken is not None for law in false)
    assert not any(law.broken is not None for law in true)
    assert sum(law.applied for law in true) >= 15
