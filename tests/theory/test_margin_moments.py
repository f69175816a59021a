"""Moments of the pair margin: routes that share no formula agree, for every family."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from scipy import integrate

from simulations.attack.fractions_error import margin_moments
from simulations.populations import Population, from_spec
from simulations.populations.finite_support import FiniteSupport
from theory.geometry.margins import atoms, central, coordinates, gaussian, mixtures, scales
from theory.geometry.quadratic import RootAlong

ISOTROPIC = [
    1.0666666666666666667,
    0.31635555555555555556,
    0.082761481481481481481,
    0.34169206518518518519,
    0.28253638057613168724,
    0.75464651530886145405,
    1.1381219381489602195,
    2.8242737858393999939,
]
"""d = 1, p = 4, variances .04 and .09, n = 3: by mpmath, Taylor's coefficients of exp(K(t) - K'(0) t) with
K(t) = -p/2 log det(I - 2t QC) + ..., 50 digits."""


def test_isotropic_gaussian_golden() -> None:
    moments = central.from_cumulants(
        gaussian.isotropic(np.array(1.0), np.array(0.04), np.array(0.09), 4, 3, 8)
    )
    assert moments[1:] == pytest.approx(ISOTROPIC, rel=1e-13)


def seen(D: np.ndarray, root: np.ndarray) -> RootAlong:
    return RootAlong(root, root.T @ D)


@pytest.mark.parametrize("shots", [1, 3, 10, math.inf])
def test_four_routes_for_isotropic_gaussians(shots: float) -> None:
    """In one coordinate for all, axis by axis, from one large spectrum, and by polynomials in random
    scales."""
    p, D = 3, np.array([1.0, 0.5, -0.3])
    square, differences = np.array(D @ D), np.stack([[0 * D, D], [-D, 0 * D]])
    one = gaussian.isotropic(square, np.array(0.2), np.array(0.1), p, shots, 8)
    routes = [
        gaussian.along_axes(D, np.full(p, 0.2), np.full(p, 0.1), shots, 8),
        gaussian.full(float(square), *(seen(D, np.eye(p) * v**0.5) for v in (0.2, 0.1)), shots, 8),
    ]
    expected = central.from_cumulants(one)
    for route in routes:
        assert central.from_cumulants(route) == pytest.approx(expected, rel=1e-12)
    powers = [[v**q for q in range(9)] for v in (0.2, 0.1)]
    squares = np.array([[0.0, D @ D], [D @ D, 0.0]])
    by_scales = scales.margin_moments(powers, squares, p, shots, 8)
    assert by_scales[:, 0, 1] == pytest.approx(expected, rel=1e-11)
    normal = [0.0, 0.0, 1.0, *([0.0] * 14)]
    stds = np.sqrt(np.array([[0.2] * p, [0.1] * p]))
    by_axis = coordinates.margin_moments(stds, differences, normal, shots, 8)
    assert by_axis[:, 0, 1] == pytest.approx(expected, rel=1e-11)


def test_rotated_covariances_are_the_same_margins() -> None:
    rng = np.random.default_rng(3)
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    D, one, other = rng.normal(size=4), rng.random(4), rng.random(4)
    plain = gaussian.along_axes(D, one, other, 5, 8)
    roots = [seen(turn @ D, turn * np.sqrt(each)) for each in (one, other)]
    turned = gaussian.full(float(D @ D), *roots, 5, 8)
    assert [float(x) for x in turned[1:]] == pytest.approx([float(x) for x in plain[1:]], rel=1e-11)


def atoms_of(seed: int) -> FiniteSupport:
    rng = np.random.default_rng(seed)
    points = rng.integers(-3, 4, (2, 3, 2)) + np.array([[[0, 0]], [[5, 1]]])
    weights = [[Fraction(int(w), 10) for w in row] for row in ([5, 3, 2], [1, 6, 3])]
    return FiniteSupport([[[int(x) for x in row] for row in rows] for rows in points], weights)


@pytest.mark.parametrize("shots", [1, 2, 5, math.inf])
def test_finite_support_against_fractions(shots: float) -> None:
    population = atoms_of(1)
    moments = population.margin_moments(shots, 8, 1.0)
    assert moments is not None
    for i, j in ((0, 1), (1, 0)):
        exact = [float(value) for value in margin_moments(population, i, j, shots, 8)]
        assert moments[:, i, j] == pytest.approx(exact, rel=1e-12)


def test_merging_centres_of_a_lattice_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    population = atoms_of(2)
    apart = population.margin_moments(6, 8, 1.0)
    monkeypatch.setattr(atoms, "MANY", 1)
    assert population.margin_moments(6, 8, 1.0) == pytest.approx(apart, rel=1e-11)


def test_a_mixture_without_spread_is_a_finite_support() -> None:
    population = atoms_of(3)
    parts = [(w, d, np.zeros(len(w))) for w, d in zip(population.weights, population.deviations, strict=True)]
    moments = mixtures.margin_moments(parts, population.all_differences(1.0), 4, 8)
    assert moments == pytest.approx(population.margin_moments(4, 8, 1.0), rel=1e-11, abs=1e-12)


def test_one_part_is_a_gaussian() -> None:
    D = np.array([1.0, 2.0])
    part = [(np.ones(1), np.zeros((1, 2)), np.array([v])) for v in (0.3, 0.2)]
    moments = mixtures.margin_moments(part, np.stack([[0 * D, D], [-D, 0 * D]]), 3, 8)
    assert moments is not None
    expected = central.from_cumulants(
        gaussian.isotropic(np.array(5.0), np.array(0.3), np.array(0.2), 2, 3, 8)
    )
    assert moments[:, 0, 1] == pytest.approx(expected, rel=1e-12)


def test_laplace_by_integration() -> None:
    """One coordinate, one shot: M = (z - b)^2 - (z - a)^2 in three Laplace variables, by Gauss and
    Laguerre."""
    moments = from_spec(
        {
            "family": "laplace",
            "classes": [
                {"mean": [0.0], "std_per_axis": [0.5]},
                {"mean": [1.0], "std_per_axis": [0.8]},
            ],
        }
    ).margin_moments(1, 8, 1.0)
    nodes, weights = np.polynomial.laguerre.laggauss(24)
    both, share = np.concatenate([-nodes, nodes]), np.concatenate([weights, weights]) / 2
    z = both * 0.5 / math.sqrt(2)
    other = 1 + both * 0.8 / math.sqrt(2)
    margins = (z[:, None, None] - other[None, None, :]) ** 2 - (z[:, None, None] - z[None, :, None]) ** 2
    law = share[:, None, None] * share[None, :, None] * share[None, None, :]
    mean = float(np.sum(law * margins))
    assert moments is not None
    assert moments[1, 0, 1] == pytest.approx(mean, rel=1e-10)
    for q in range(2, 9):
        assert moments[q, 0, 1] == pytest.approx(float(np.sum(law * (margins - mean) ** q)), rel=1e-8)


def test_student_by_integration_over_the_scales() -> None:
    """Two shots: given the five scales the margin is normal in five variables. Orders up to 4, by mixing
    over a sample of scales that is the same in both, and the moments of one scale against SciPy's
    integral."""
    df, scale = 20.0, 0.3
    population = from_spec(
        {"family": "student", "classes": [{"mean": [x, 0.0], "std": scale, "df": df} for x in (0.0, 1.0)]}
    )
    moments = population.margin_moments(2, 4, 1.0)
    assert moments is not None
    draws = 400_000
    rng = np.random.default_rng(5)
    s = scale**2 * (df - 2) / rng.chisquare(df, (5, draws))
    spread = np.stack([s[0], (s[1] + s[2]) / 4, (s[3] + s[4]) / 4], axis=-1)
    gram = np.zeros((draws, 3, 3))
    gram[:, 2, 2] = 1.0
    mixed = central.mixed(
        central.from_cumulants(gaussian.cumulants_about_points(gram, spread, 2, 4)), np.full(draws, 1 / draws)
    )
    assert moments[:, 0, 1] == pytest.approx(mixed, rel=0.03)
    from scipy.stats import chi2

    from simulations.populations.student import _scale_moment

    for q in (1, 2, 4):
        value, _ = integrate.quad(lambda x, q=q: (df / x) ** q * chi2.pdf(x, df), 0, math.inf)
        assert _scale_moment(1.0, df, q) == pytest.approx(value, rel=1e-7)


@pytest.mark.parametrize(("df", "order", "known"), [(9.0, 4, True), (8.0, 4, False), (16.5, 8, True)])
def test_student_moments_exist_where_they_do(df: float, order: int, known: bool) -> None:
    population = from_spec(
        {"family": "student", "classes": [{"mean": [x], "std": 1.0, "df": df} for x in (0.0, 3.0)]}
    )
    assert (population.margin_moments(3, order, 1.0) is not None) is known


def simulated(population: Population, shots: int, draws: int) -> np.ndarray:
    rng = np.random.default_rng(11)
    D = population.means[1] - population.means[0]
    z = population.noise(rng, 0, (draws,))
    a = population.centre_noise(rng, 0, shots, draws)
    b = population.centre_noise(rng, 1, shots, draws) + D
    return np.asarray(np.sum((z - b) ** 2, axis=1) - np.sum((z - a) ** 2, axis=1))


FAMILIES: list[dict[str, object]] = [
    {
        "family": "gaussian",
        "classes": [
            {"mean": [0.0, 0.0], "covariance": [[0.3, 0.1], [0.1, 0.2]]},
            {"mean": [1.5, 0.5], "std_per_axis": [0.2, 0.6]},
        ],
    },
    {
        "family": "laplace",
        "classes": [{"mean": [x, 0.0], "std_per_axis": [0.3, 0.4 + x]} for x in (0.0, 1.0)],
    },
    {"family": "student", "classes": [{"mean": [x, 0.0], "std": 0.4, "df": 40.0} for x in (0.0, 1.5)]},
    {
        "family": "mixture",
        "classes": [
            {
                "parts": [
                    {"weight": 0.7, "mean": [x, 0.0], "std": 0.3},
                    {"weight": 0.3, "mean": [x + 0.5, 0.6], "std": 0.1},
                ]
            }
            for x in (0.0, 2.0)
        ],
    },
]


@pytest.mark.parametrize("spec", FAMILIES, ids=lambda spec: str(spec["family"]))
def test_against_simulation(spec: dict[str, object]) -> None:
    """At 5 standard errors each; the same check with one shot more must fail."""
    population = from_spec(spec)
    margins = simulated(population, 3, 200_000)

    def furthest(shots: int) -> float:
        moments = population.margin_moments(shots, 4, 1.0)
        assert moments is not None
        gaps = []
        for q in (1, 2, 3, 4):
            values = margins if q == 1 else (margins - margins.mean()) ** q
            gaps.append(abs(moments[q, 0, 1] - values.mean()) / values.std() * math.sqrt(len(values)))
        return max(gaps)

    assert furthest(3) < 5
    assert furthest(2) > 5


def parts_of_central() -> list[Callable[[], tuple[np.ndarray, np.ndarray]]]:
    values, weights = np.array([-1.0, 0.5, 3.0]), np.array([0.2, 0.5, 0.3])
    law = central.of_values(values, weights, 6)
    shifted = np.stack(central.about(law, law[1] - 0.7))
    back = central.from_moments_about(list(shifted), np.array(0.7))
    single = np.stack([np.ones(3), values, *([np.zeros(3)] * 5)])
    other = central.of_values(np.array([0.0, 2.0]), np.array([0.4, 0.6]), 6)
    joint = central.of_values(
        (values[:, None] - np.array([0.0, 2.0])).ravel(), (weights[:, None] * [0.4, 0.6]).ravel(), 6
    )
    return [
        lambda: (law, back),
        lambda: (law, central.mixed(single, weights)),
        lambda: (joint, central.difference(law, other)),
    ]


@pytest.mark.parametrize("case", range(3))
def test_moments_of_mixtures_shifts_and_differences(case: int) -> None:
    one, other = parts_of_central()[case]()
    assert one == pytest.approx(other, rel=1e-13, abs=1e-13)
