"""Analytic moments, laws of centres and declared assumptions of every family agree with samples.

Level: every comparison is a z-test at |z| < 5.5 over at most a few thousand comparisons with fixed seeds;
a true statement fails one of them with probability below 1e-3 in all, and the seeds are fixed anyway.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations.populations import FAMILIES, Population, from_spec, load, save
from simulations.populations.files import to_toml
from simulations.populations.proxies import best_proxy
from simulations.runtime.randomness import stream
from theory.assumptions import BoundedKurtosis, EqualIsotropicGaussian, SubGaussian, SubGaussianAxes

SAMPLES, BATCH = 60_000, 20_000
"""So many draws of each class find a variance that is off by a tenth, a mean by a twentieth of the unit, in
every family: the controls insist on it."""
Z = 5.5

SPECS: dict[str, dict[str, Any]] = {
    "finite_support": {
        "family": "finite_support",
        "classes": [
            {"points": [[0.0, 0.0], [1.0, 0.5], [-2.0, 3.0]], "weights": [0.5, 0.3, 0.2]},
            {"points": [[4.0, 0.0], [4.0, 1.0]], "weights": [0.25, 0.75]},
            {"points": [[1.0, 7.0]], "weights": [1.0]},
        ],
    },
    "gaussian": {
        "family": "gaussian",
        "classes": [
            {"mean": [0.0, 0.0, 0.0], "std": 0.5},
            {"mean": [2.0, 0.0, 1.0], "std_per_axis": [0.5, 1.5, 0.0]},
            {"mean": [1e6, 0.0, 1.0], "covariance": [[1.0, 0.5, 0.0], [0.5, 2.0, -0.5], [0.0, -0.5, 0.5]]},
        ],
    },
    "gaussian_isotropic": {
        "family": "gaussian",
        "classes": [{"mean": [0.0, 0.0], "std": 0.5}, {"mean": [1.0, 0.0], "std": 0.5}],
    },
    "student": {
        "family": "student",
        "classes": [
            {"mean": [0.0, 1.0], "std": 0.5, "df": 12.0},
            {"mean": [2.0, 0.0], "std": 1.5, "df": 20.0},
        ],
    },
    "laplace": {
        "family": "laplace",
        "classes": [
            {"mean": [0.0, 1.0], "std_per_axis": [0.5, 2.0]},
            {"mean": [2.0, 0.0], "std_per_axis": [1.0, 0.0]},
        ],
    },
    "mixture": {
        "family": "mixture",
        "classes": [
            {
                "parts": [
                    {"weight": 0.3, "mean": [0.0, 0.0], "std": 0.5},
                    {"weight": 0.7, "mean": [2.0, 1.0], "std": 0.1},
                ]
            },
            {
                "parts": [
                    {"weight": 0.9, "mean": [5.0, 0.0], "std": 0.0},
                    {"weight": 0.1, "mean": [3.0, -4.0], "std": 1.0},
                ]
            },
        ],
    },
    "simplex_etf": {"family": "simplex_etf", "count": 4, "dimension": 5, "radius": 2.0, "cdnv": 0.2},
    "simplex_std": {"family": "simplex_etf", "count": 3, "dimension": 2, "std": 0.3},
    "random_means": {
        "family": "random_means",
        "count": 3,
        "dimension": 4,
        "seed": 7,
        "spread": 3.0,
        "std": 0.7,
        "decay": 0.5,
    },
    "constant_is_sharp": {"family": "constant_is_sharp", "probability": 0.2, "distance": 3.0},
    "cdnv_is_optimal": {
        "family": "cdnv_is_optimal",
        "noise": 0.02,
        "dimension": 3,
        "shots": 2,
        "lam": 1.0,
        "v_i": 2.0,
        "v_j": 1.5,
    },
}


def test_every_family_has_an_example() -> None:
    assert {spec["family"] for spec in SPECS.values()} == set(FAMILIES)


def draws(population: Population, c: int, shots: int | None = None, *, seed: int = 1) -> Iterator[Any]:
    """Batches of z - mu_c (or of m_c - mu_c), shape (BATCH, dimension)."""
    rng = stream(seed, "tests", c, shots)
    for _ in range(SAMPLES // BATCH):
        yield (
            population.noise(rng, c, (BATCH,))
            if shots is None
            else population.centre_noise(rng, c, shots, BATCH)
        )


def score(values: Any, expected: float) -> float:
    """z of the mean of ``values``; a constant must equal what is expected."""
    spread = float(np.std(values)) / math.sqrt(len(values))
    gap = float(np.mean(values)) - expected
    if spread <= 1e-9 * abs(expected):
        return 0.0 if abs(gap) <= 1e-6 * (abs(expected) + 1e-12) else math.inf
    return gap / spread


def functionals(population: Population, i: int, rows: Any) -> Iterator[tuple[str, Any, float]]:
    """(name, a value a sample, its exact mean) for everything that a geometry says of class i."""
    g, unit = population.geometry(), population.unit
    x = rows / unit
    squares = np.sum(x**2, axis=1)
    for r in range(population.dimension):
        yield f"mean[{r}]", x[:, r], 0.0
    moment = population.moments(unit)[i]
    full = np.diag(moment.covariance) if moment.diagonal else np.asarray(moment.covariance)
    for r in range(population.dimension):
        for s in range(r, population.dimension):
            yield f"covariance[{r},{s}]", x[:, r] * x[:, s], float(full[r, s])
    yield "v", squares, float(g.variances[i])
    top = np.linalg.eigh(full)[1][:, -1]
    yield "lam", (x @ top) ** 2, float(g.largest_eigenvalues[i])
    assert g.fourth_moments is not None
    yield "M4", squares**2, float(g.fourth_moments[i])
    means = (population.means - population.means[i]) / unit
    for j in range(population.classes):
        if j != i:
            u = means[j] / np.linalg.norm(means[j])
            yield f"directional[{j}]", (x @ u) ** 2, float(g.directional_variances[i, j])
            # third_moments_along[j, i] is (mu_i - mu_j).t_i
            assert g.third_moments_along is not None
            yield f"D.t[{j}]", squares * (x @ -means[j]), float(g.third_moments_along[j, i])


def disagreements(population: Population, sampler: Population | None = None) -> list[tuple[str, float]]:
    """Quantities whose sample mean is beyond Z standard errors from the analytic value."""
    gaps = []
    for c in range(population.classes):
        rows = np.concatenate(list(draws(sampler or population, c)))
        for name, values, expected in functionals(population, c, rows):
            z = score(values, expected)
            if not abs(z) < Z:
                gaps.append((f"class {c}: {name}", z))
    return gaps


@pytest.mark.parametrize("name", SPECS)
def test_moments(name: str) -> None:
    assert disagreements(from_spec(SPECS[name])) == []


class Wrong:
    """Negative controls: a family whose sampler is off in one respect."""

    def __init__(self, population: Population, **changes: Any) -> None:
        self.population, self.changes = population, changes

    def __getattr__(self, name: str) -> Any:
        return getattr(self.population, name)

    def noise(self, rng: np.random.Generator, c: int, shape: tuple[int, ...]) -> Any:
        sample = self.population.noise(rng, c, shape) * self.changes.get("stretch", 1.0)
        return sample + self.changes.get("shift", 0.0)

    def centre_noise(self, rng: np.random.Generator, c: int, shots: int, episodes: int) -> Any:
        return self.population.centre_noise(rng, c, shots, episodes) * self.changes.get("centre", 1.0)


@pytest.mark.parametrize("name", SPECS)
def test_a_wrong_variance_is_caught(name: str) -> None:
    population = from_spec(SPECS[name])
    wrong: Any = Wrong(population, stretch=math.sqrt(1.1))
    assert any(": v" in each or "covariance" in each for each, _ in disagreements(population, wrong))


@pytest.mark.parametrize("name", SPECS)
def test_a_wrong_mean_is_caught(name: str) -> None:
    population = from_spec(SPECS[name])
    wrong: Any = Wrong(population, shift=0.05 * population.unit)
    assert any("mean" in each for each, _ in disagreements(population, wrong))


# -- centres -----------------------------------------------------------------------------------------------
def centre_disagreements(population: Population, shots: int, centres: Population | None = None) -> list[str]:
    """Compare the law of centres with means of draws: second and fourth moments, and a third one."""
    problems = []
    for c in range(population.classes):
        fast = np.concatenate(list(draws(centres or population, c, shots))) / population.unit
        rng = stream(2, "tests", "slow", c)
        slow = population.noise(rng, c, (SAMPLES // 4, shots)).mean(axis=1) / population.unit
        moment = population.moments(population.unit)[c]
        v = float(np.sum(moment.axis_variances))
        if not abs(score(np.sum(fast**2, axis=1), v / shots)) < Z:
            problems.append(f"class {c}: v / n")
        direction = np.arange(1.0, population.dimension + 1)
        powers = {
            name: [(x @ direction) ** power for x in (fast, slow)]
            for power, name in enumerate(("first", "second", "third"), start=1)
        }
        powers["fourth"] = [np.sum(x**2, axis=1) ** 2 for x in (fast, slow)]
        for name, (a, b) in powers.items():
            spread = math.sqrt(np.var(a) / len(a) + np.var(b) / len(b))
            if abs(np.mean(a) - np.mean(b)) > Z * spread + 1e-12:
                problems.append(f"class {c}: {name}")
    return problems


@pytest.mark.parametrize("shots", [1, 4])
@pytest.mark.parametrize("name", SPECS)
def test_the_law_of_centres(name: str, shots: int) -> None:
    assert centre_disagreements(from_spec(SPECS[name]), shots) == []


@pytest.mark.parametrize("name", SPECS)
def test_a_wrong_law_of_centres_is_caught(name: str) -> None:
    population = from_spec(SPECS[name])
    wrong: Any = Wrong(population, centre=math.sqrt(1.1))
    assert centre_disagreements(population, 4, wrong) != []


# -- declared assumptions -----------------------------------------------------------------------------------
def directions(dimension: int, count: int = 12) -> Any:
    rng = np.random.default_rng(3)
    axes = np.concatenate([np.eye(dimension), rng.standard_normal((count, dimension))])
    return axes / np.linalg.norm(axes, axis=1, keepdims=True)


def broken_assumptions(population: Population, declared: Any = None) -> list[str]:
    """What a population declares and its samples contradict beyond Z standard errors."""
    broken = []
    granted = population.granted() if declared is None else declared
    names = {assumption.name for assumption in granted}
    units = directions(population.dimension)
    for c in range(population.classes):
        rows = np.concatenate(list(draws(population, c)))
        along = rows @ units.T
        for assumption in granted:
            if isinstance(assumption, SubGaussian):
                sigma = assumption.sigma[c] if isinstance(assumption.sigma, tuple) else assumption.sigma
                for t in (-1.0, -0.3, 0.3, 1.0):
                    size = t / max(sigma, 1e-12)
                    broken += _exceeds(np.exp(size * along), math.exp((size * sigma) ** 2 / 2), "SubGaussian")
            if isinstance(assumption, SubGaussianAxes):
                for t in (-0.7, 0.7):
                    proxy = units**2 @ np.array(assumption.proxies[c])
                    size = t / np.sqrt(np.maximum(proxy, 1e-12))
                    for k in range(len(units)):
                        limit = math.exp(size[k] ** 2 * proxy[k] / 2)
                        broken += _exceeds(np.exp(size[k] * along[:, k : k + 1]), limit, "SubGaussianAxes")
            if isinstance(assumption, BoundedKurtosis) and assumption.kappa is None:
                bound = population.moments(population.unit)[c].directional_fourth
                assert bound is not None
                broken += _exceeds((along / population.unit) ** 4, bound, "BoundedKurtosis")
            if isinstance(assumption, EqualIsotropicGaussian):
                for k in range(len(units)):
                    if not abs(score(along[:, k] ** 2, assumption.std**2)) < Z:
                        broken.append("EqualIsotropicGaussian")
        if "SphericallySymmetric" in names:
            lengths = np.linalg.norm(rows, axis=1)
            for k in range(len(units)):
                cosine = along[:, k] / np.maximum(lengths, 1e-300)
                if not abs(score(cosine, 0.0)) < Z or not abs(score(cosine**2, 1 / population.dimension)) < Z:
                    broken.append("SphericallySymmetric")
        if "Gaussian" in names:
            for k in range(len(units)):
                variance = float(np.mean(along[:, k] ** 2))
                if variance > 0 and not abs(score(along[:, k] ** 4 / variance**2, 3.0)) < 2 * Z:
                    broken.append("Gaussian")
    return sorted(set(broken))


def _exceeds(values: Any, limit: float, name: str) -> list[str]:
    mean = values.mean(axis=0)
    error = values.std(axis=0) / math.sqrt(len(values))
    return [name] if np.any(mean > limit * (1 + 1e-9) + Z * error) else []


@pytest.mark.parametrize("name", SPECS)
def test_declared_assumptions(name: str) -> None:
    assert broken_assumptions(from_spec(SPECS[name])) == []


def test_false_declarations_are_caught() -> None:
    laplace, mixture, gaussian = (from_spec(SPECS[each]) for each in ("laplace", "mixture", "gaussian"))
    for population, false in (
        (mixture, SubGaussian(0.3)),
        (gaussian, SubGaussian((0.4, 1.0, 1.0))),
        (gaussian, SubGaussianAxes(((0.2, 0.2, 0.2),) * 3)),
        (from_spec(SPECS["gaussian_isotropic"]), EqualIsotropicGaussian(0.55)),
    ):
        assert broken_assumptions(population, [false]) == [false.name]
    from theory.assumptions import Gaussian, SphericallySymmetric

    assert broken_assumptions(laplace, [SphericallySymmetric()]) == ["SphericallySymmetric"]
    assert broken_assumptions(laplace, [Gaussian()]) == ["Gaussian"]


@pytest.mark.parametrize("name", SPECS)
def test_the_directional_fourth_moment_is_not_far_above(name: str) -> None:
    """An upper bound that is any number would pass: it is at most p^2 times the largest direction seen."""
    population = from_spec(SPECS[name])
    units = directions(population.dimension, 60)
    for c in range(population.classes):
        rows = np.concatenate(list(islice(draws(population, c), 4))) / population.unit
        sampled = float(((rows @ units.T) ** 4).mean(axis=0).max())
        bound = population.moments(population.unit)[c].directional_fourth
        assert bound is not None and bound <= 3 * population.dimension**2 * sampled + 1e-12


# -- files ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", SPECS)
def test_toml_round_trip(name: str, tmp_path: Path) -> None:
    population = from_spec(SPECS[name])
    save(population, tmp_path / "p.toml")
    again = load(tmp_path / "p.toml")
    assert again.spec() == population.spec()
    assert to_toml(again.spec()) == to_toml(population.spec())
    assert type(again) is type(population)
    np.testing.assert_allclose(again.means, population.means, rtol=1e-15, atol=0)
    for a, b in zip(again.moments(again.unit), population.moments(population.unit), strict=True):
        np.testing.assert_allclose(a.mean, b.mean, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(a.covariance, b.covariance, rtol=1e-12, atol=1e-14)
        assert a.fourth == pytest.approx(b.fourth, rel=1e-12)
        assert a.directional_fourth == pytest.approx(b.directional_fourth, rel=1e-12)
    assert {a.name for a in again.granted()} == {a.name for a in population.granted()}


@pytest.mark.parametrize("name", SPECS)
def test_spec_keeps_what_was_given(name: str) -> None:
    given, kept = SPECS[name], from_spec(SPECS[name]).spec()
    for key, value in given.items():
        if key != "classes":
            assert kept[key] == value
    assert len(kept.get("classes", [])) == len(given.get("classes", []))


def test_decimals_stay_decimals(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(
        'family = "finite_support"\n'
        "[[classes]]\npoints = [[0.1], [0.30000000000000000001]]\nweights = [0.3, 0.7]\n"
        "[[classes]]\npoints = [[1e-30]]\nweights = [1]\n"
    )
    spec = load(tmp_path / "p.toml").spec()
    assert spec["classes"][0]["points"] == [[Decimal("0.1")], [Decimal("0.30000000000000000001")]]
    assert spec["classes"][1]["points"] == [[Decimal("1e-30")]]


def test_random_means_depend_on_the_seed_alone() -> None:
    spec = SPECS["random_means"]
    assert np.array_equal(from_spec(spec).means, from_spec(spec).means)
    assert not np.array_equal(from_spec(spec).means, from_spec({**spec, "seed": 8}).means)


@pytest.mark.parametrize("count", [2, 3, 7])
def test_a_simplex_is_regular(count: int) -> None:
    spec = {"family": "simplex_etf", "count": count, "dimension": count + 1, "radius": 2.0, "cdnv": 0.3}
    population = from_spec(spec)
    assert np.linalg.norm(population.means - population.means.mean(axis=0), axis=1) == pytest.approx(2.0)
    from theory import cdnv

    values = cdnv(population.geometry())
    assert values[~np.eye(count, dtype=bool)] == pytest.approx(0.3)


# -- sub-Gaussian proxies of finite supports ---------------------------------------------------------------
def test_the_best_proxy_of_two_values_is_the_known_one() -> None:
    """Kearns and Saul's closed form, and the general search beside it (a third value of no weight)."""
    for p in (0.5, 0.4, 0.1, 1e-3, 1e-7):
        known = math.sqrt((1 - 2 * p) / (2 * math.log((1 - p) / p))) if p < 0.5 else 0.5
        values, weights = np.array([1 - p, -p]), np.array([p, 1 - p])
        assert best_proxy(values, weights) == pytest.approx(known, rel=1e-12)
        split = best_proxy(np.append(values, -p), np.array([p, (1 - p) / 2, (1 - p) / 2]))
        assert known * (1 - 1e-12) <= split <= known * (1 + 1e-6)


def test_a_proxy_is_never_too_small_and_hardly_too_large() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        values = rng.integers(-9, 10, 4).astype(float)
        weights = rng.dirichlet([0.3] * 4)
        values -= weights @ values
        t = np.concatenate([-np.geomspace(1e-3, 60, 4000), np.geomspace(1e-3, 60, 4000)])
        top = np.max(t[:, None] * values, axis=1)
        cumulant = top + np.log(np.exp(t[:, None] * values - top[:, None]) @ weights)
        least = math.sqrt(np.max(2 * cumulant / t**2))
        proxy = best_proxy(values, weights)
        assert (
            least * (1 - 1e-9) <= proxy <= max(least * (1 + 1e-5), np.sqrt(weights @ values**2) * (1 + 1e-6))
        )
        assert proxy <= np.ptp(values) / 2 * (1 + 1e-6)


def test_a_proxy_scales_and_a_point_mass_has_none() -> None:
    values, weights = np.array([-1.0, 0.5, 2.0]), np.array([0.5, 0.4, 0.1])
    values = values - weights @ values
    assert best_proxy(1e9 * values, weights) == pytest.approx(1e9 * best_proxy(values, weights), rel=1e-12)
    assert best_proxy(np.zeros(1), np.ones(1)) == 0.0
