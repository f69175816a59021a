"""Rare errors, 1e-4 to 1e-9, by two routes that share no code; heavy tails against exact quadratures."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from simulations.engines import Engine
from simulations.engines.conditional import Conditional
from simulations.engines.enumeration import exact_errors
from simulations.engines.exact.margins import pair_probability
from simulations.engines.orthant import Orthant
from simulations.engines.radial import Radial
from simulations.engines.two_class import TwoClass
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.student import StudentClasses
from tests.simulations.helpers_engines import isotropic, run

Array = Any


def tilted(population: GaussianClasses, shots: int, episodes: int, seed: int) -> tuple[float, float]:
    """The error and its standard error by importance sampling of everything: queries and centres are drawn
    in all dimensions from a mixture of shifted normals and compared by their distances."""
    rng, (k, p) = np.random.default_rng(seed), population.means.shape
    values, errors = [], []
    for i in range(k):
        gaps = np.delete(population.means - population.means[i], i, axis=0)
        # Least effort that makes a query as near to another centre in one dimension; parts of it, for the
        # other dimensions help.
        shifts = []
        for j, gap in enumerate(gaps):
            for share in (0.55, 0.7, 0.85, 1.0):
                push = np.zeros((k + 1, p))
                push[0] = share * gap / (2 + 1 / shots)
                # Rows: query, own centre, the others' centres; in units of their standard deviations.
                push[1] = push[2 + j] = -push[0] / (2 * math.sqrt(shots))
                shifts.append(push)
        pushes = np.stack(shifts)
        which = rng.integers(0, len(pushes), episodes)
        x = rng.standard_normal((episodes, k + 1, p)) + pushes[which]
        flat, rows = x.reshape(episodes, -1), pushes.reshape(len(pushes), -1)
        logs = flat @ rows.T - 0.5 * np.sum(rows**2, axis=1)
        weight = 1 / np.mean(np.exp(logs), axis=1)
        own = np.sum((x[:, 0] - x[:, 1] / math.sqrt(shots)) ** 2, axis=1)
        others = gaps + x[:, 2:] / math.sqrt(shots)
        wrong = np.any(np.sum((x[:, :1] - others) ** 2, axis=2) <= own[:, None], axis=1)
        values.append(float(np.mean(weight * wrong)))
        errors.append(float(np.std(weight * wrong)) / math.sqrt(episodes))
    return float(np.mean(values)), float(np.linalg.norm(errors)) / k


def simplex(classes: int, dimension: int, distance: float) -> GaussianClasses:
    means = np.zeros((classes, dimension))
    means[np.arange(classes), np.arange(classes)] = distance / math.sqrt(2)
    return GaussianClasses(means.tolist(), [1.0] * classes)


@pytest.mark.parametrize(("distance", "level"), [(10.5, 1e-6), (13.0, 1e-9)])
def test_conditional_agrees_with_full_importance_sampling(distance: float, level: float, full: bool) -> None:
    population = simplex(3, 16, distance)
    estimate = run(Conditional(), population, 5, 3, 3e5)
    value, error = tilted(population, 5, 400_000 if full else 40_000, 1)
    assert level / 4 < estimate.value < 4 * level
    assert error < (0.02 if full else 0.05) * value
    assert abs(estimate.value - value) < 4 * error
    # The control: what a pair's probability would be without its share of two other classes.
    assert abs(0.7 * estimate.value - value) > 4 * error


@pytest.mark.parametrize(("distance", "level"), [(10.1, 1e-6), (12.4, 1e-9)])
@pytest.mark.parametrize("engine", [Radial(), Orthant()], ids=lambda engine: engine.name)
def test_given_centres_engines_agree_where_centres_are_known_well(
    engine: Engine, distance: float, level: float
) -> None:
    """With 50 shots the centres move little, and plain sampling of them reaches any level."""
    population = simplex(4, 24, distance)
    a, b = run(Conditional(), population, 50, 4, 1e5), run(engine, population, 50, 4, 3e5)
    assert level / 4 < a.value < 4 * level
    gap = math.hypot(a.high - a.low, b.high - b.low) / 2
    assert abs(a.value - b.value) < 2.2 * gap < 0.1 * a.value


@pytest.mark.parametrize(("distance", "level"), [(10.5, 1e-6), (13.0, 1e-9)])
def test_two_routes_to_the_two_class_error(distance: float, level: float) -> None:
    """The catalogue's formula, and inversion of the moment generating function."""
    population = simplex(4, 16, distance)
    a, b = run(TwoClass(), population, 5, 2, 1.0), run(Conditional(), population, 5, 2, 1.0)
    assert level / 8 < a.value < 8 * level
    assert a.value == pytest.approx(b.value, rel=1e-9)


def on_the_line(laws: list[dict[int, Fraction]], shots: int) -> Fraction:
    """The error of classes on a line, in fractions: sums of draws by convolution, then all triples."""
    sums = []
    for law in laws:
        total: dict[int, Fraction] = {0: Fraction(1)}
        for _ in range(shots):
            after: Counter[int] = Counter()
            for s, chance in total.items():
                for x, weight in law.items():
                    after[s + x] += chance * weight  # type: ignore[assignment]
            total = dict(after)  # type: ignore[arg-type]
        sums.append(total)
    error = Fraction(0)
    for i, law in enumerate(laws):
        others = [sums[j] for j in range(len(laws)) if j != i]
        for z, weight in law.items():
            for own, chance in sums[i].items():
                reach = abs(shots * z - own)
                right = Fraction(1)
                for other in others:
                    right *= sum((c for s, c in other.items() if abs(shots * z - s) > reach), Fraction(0))
                error += weight * chance * (1 - right)
    return error / len(laws)


@pytest.mark.parametrize("level", [Fraction(1, 10**6), Fraction(1, 10**9)])
@pytest.mark.parametrize("shots", [1, 3, 6])
def test_enumeration_agrees_with_convolution_in_fractions(level: Fraction, shots: int) -> None:
    laws = [
        {0: 1 - 2 * level, 4: level, -1: level},
        {7: 1 - 3 * level, 3: level, 8: 2 * level},
        {15: Fraction(1, 2), 16: Fraction(1, 2) - level, 11: level},
    ]
    population = FiniteSupport([[[x] for x in law] for law in laws], [list(law.values()) for law in laws])
    error = exact_errors(population, shots, [3])[0].mean()
    expected = float(on_the_line(laws, shots))
    assert float(level) / 4 < expected < 20 * float(level)
    assert error == pytest.approx(expected, rel=1e-9)


def student_by_quadrature(distance: float, std: float, df: float, steps: int = 1201) -> float:
    """Two classes on a line, one shot: over the midpoint of the centres and half their difference, whose
    sign decides on which side of the midpoint a query errs. Trapezoid in sinh coordinates."""
    from scipy.stats import t

    scale = std * math.sqrt((df - 2) / df)
    law = t(df, scale=scale)
    u = np.linspace(-9.0, 9.0, steps)
    along, step = scale * np.sinh(u), (u[1] - u[0]) * scale * np.cosh(u)
    half = np.abs(along)[None, :]
    total = 0.0
    for rows in np.array_split(np.arange(steps), 1 + steps // 1200):
        middle = along[rows, None]
        for sign, miss in ((1, law.sf(along[rows])), (-1, law.cdf(along[rows]))):
            joint = law.pdf(middle - sign * half) * law.pdf(middle + sign * half - distance)
            total += float(np.sum((joint @ (step / 2)) * step[rows] * miss)) * 2
    return total


def student_by_scales(p: int, distance: float, std: float, df: float) -> float:
    """Two classes, one shot, any dimension: given the scales of the three draws all is Gaussian, and the
    pair probability is exact. Trapezoid in the logarithms of the three chi-squares."""
    from scipy.stats import chi2

    step = 0.8
    u = np.arange(-10.0, 3.8, step)
    chi = np.exp(u)
    chance = chi2.pdf(chi, df) * chi * step
    variance = std**2 * (df - 2) / chi
    total = 0.0
    for a, query in enumerate(variance):
        for b, own in enumerate(variance):
            for c, other in enumerate(variance):
                weight = chance[a] * chance[b] * chance[c]
                if weight > 1e-10:
                    total += weight * pair_probability(p, distance, query, own, other)
    return total


@pytest.mark.parametrize(
    ("distance", "level"),
    [(7.0, 1e-2), (15.5, 1e-4), (38.0, 1e-6), pytest.param(151.0, 1e-9, marks=pytest.mark.slow)],
)
def test_student_errors_agree_with_a_quadrature(distance: float, level: float) -> None:
    population = StudentClasses([[0.0], [distance]], [1.0, 1.0], [5.0, 5.0])
    # The step where the other class lies must stay below its own scale.
    exact = student_by_quadrature(distance, 1.0, 5.0, 1201 if distance < 50 else 4801)
    assert level / 4 < exact < 4 * level
    estimate = run(Radial(), population, 1, 2, 1e6)
    half = (estimate.high - estimate.low) / 2
    assert abs(estimate.value - exact) < 2.2 * half < 0.2 * exact
    # The control: plain sampling of the scales misses the rare ones, and its interval does not know.
    if level == 1e-6:
        plain = run(Radial(importance=False), population, 1, 2, 1e6)
        assert abs(plain.value - exact) > 3 * (plain.high - plain.low)


def test_student_errors_agree_with_a_quadrature_in_many_dimensions() -> None:
    population = StudentClasses([[0.0] * 8, [14.0] + [0.0] * 7], [1.0, 1.0], [5.0, 5.0])
    exact = student_by_scales(8, 14.0, 1.0, 5.0)
    estimate = run(Radial(), population, 1, 2, 1e6)
    assert 1e-4 < exact < 1e-2
    half = (estimate.high - estimate.low) / 2
    assert abs(estimate.value - exact) < 2.2 * half < 0.2 * exact
    # The two quadratures share no code: on a line they agree.
    line = student_by_quadrature(9.0, 1.0, 5.0)
    assert student_by_scales(1, 9.0, 1.0, 5.0) == pytest.approx(line, rel=1e-3)


@pytest.mark.parametrize(("distance", "beyond"), [(24.0, False), (27.0, False), (36.0, True), (120.0, True)])
def test_errors_beyond_the_range_of_the_surface_are_bracketed(distance: float, beyond: bool) -> None:
    """From 1e-20 to 0: largest pair probability <= error <= their sum, at every confidence; sampled
    estimates on the near side of the border lie in the same bracket."""
    from simulations.engines.conditional import BEYOND, query_classes

    population = isotropic(4, 256, distance)
    exact = np.stack([each.exact for each in query_classes(population, 5)])
    estimate = run(Conditional(), population, 5, 4, 1e6)
    low, high = float(exact.max(axis=1).mean()), float(exact.sum(axis=1).mean())
    assert (float(exact.sum(axis=1).max()) < BEYOND) == beyond
    for confidence in (0.5, 0.95, 1 - 1e-9):
        at = estimate.at(confidence)
        assert low * (1 - 1e-12) <= at.low <= at.value <= at.high <= high * (1 + 1e-12)
    if beyond:
        assert (estimate.low, estimate.high) == pytest.approx((low, high), rel=1e-12) and not estimate.exact
