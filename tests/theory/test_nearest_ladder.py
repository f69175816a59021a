"""The ladder against the nearest of the other classes: its moments by several routes, what it is never above
and never below, and false versions of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations.attack.fractions_error import exact_class_errors
from simulations.attack.fractions_error import nearest_moments as in_fractions
from simulations.engines.enumeration import exact_errors
from simulations.populations import from_spec
from simulations.populations.finite_support import FiniteSupport
from simulations.testing import Case, finite_populations, random_cases
from theory import Setting, catalogue
from theory.bound import NotApplicable, Value
from theory.bound.nearest import NearestBound
from theory.few_shot import margin_ladder, nearest_ladder
from theory.few_shot.margin_order_4 import ROOM, margin_order_4
from theory.geometry.margins import nearest_atoms
from theory.quantities import MARGIN_MOMENTS, NEAREST_MOMENTS, near_0

RUNGS = {2: "nearest_order_4", 4: "nearest_order_8"}


def answer(bound: Any, population: Any, shots: float, ways: int) -> Value:
    value = bound.evaluate(population.geometry(), Setting(shots, ways), population.granted())
    assert isinstance(value, Value), value
    return value


def lattice(seed: int, classes: int, dimension: int = 2) -> FiniteSupport:
    """Few atoms on a lattice: ties between classes are common."""
    rng = np.random.default_rng(seed)
    points = [
        [[Fraction(int(x), 2) for x in rng.integers(-4, 5, dimension)] for _ in range(rng.integers(1, 4))]
        for _ in range(classes)
    ]
    weights = []
    for row in points:
        share = [Fraction(int(x)) for x in rng.integers(1, 6, len(row))]
        weights.append([x / sum(share) for x in share])
    return FiniteSupport(points, weights)


# -- moments -------------------------------------------------------------------------------------------------
def by_loops(
    population: FiniteSupport, i: int, shots: int, ways: int
) -> dict[int, list[tuple[float, float]]]:
    """Probability and margin of every outcome where j is the nearest, every draw of every class and every
    choice of classes gone through one by one; equal ones share the outcome."""
    outcomes: dict[int, list[tuple[float, float]]] = {j: [] for j in range(population.classes) if j != i}
    laws = []
    for points, weights in zip(population.exact_points, population.exact_weights, strict=True):
        rows = []
        for draws in product(range(len(points)), repeat=shots):
            centre = [
                sum((points[d][r] for d in draws), Fraction()) / shots for r in range(population.dimension)
            ]
            rows.append((centre, math.prod((weights[d] for d in draws), start=Fraction(1))))
        laws.append(rows)
    for chosen in combinations(sorted(outcomes), ways - 1):
        for z, weight in zip(population.exact_points[i], population.exact_weights[i], strict=True):
            for outcome in product(laws[i], *(laws[j] for j in chosen)):
                mass = weight * math.prod((share for _, share in outcome), start=Fraction(1))
                own, *others = (sum((x - y) ** 2 for x, y in zip(z, c, strict=True)) for c, _ in outcome)
                least = min(others)
                nearest = [j for j, square in zip(chosen, others, strict=True) if square == least]
                for j in nearest:
                    outcomes[j].append((float(mass / len(nearest)), float(least - own)))
    # Of the choices that hold j.
    choices = math.comb(population.classes - 2, ways - 2)
    return {j: [(mass / choices, value) for mass, value in rows] for j, rows in outcomes.items()}


@pytest.mark.parametrize(
    ("classes", "ways", "shots"), [(3, 3, 2), (4, 3, 1), (4, 4, 1), (5, 3, 1), (4, 2, 2)]
)
def test_moments_are_those_of_every_outcome(classes: int, ways: int, shots: int) -> None:
    population = lattice(classes + 10 * ways, classes)
    geometry = population.geometry()
    moments = geometry.nearest_moments(shots, ways, 8)
    assert moments is not None
    for i in range(classes):
        for j, rows in by_loops(population, i, shots, ways).items():
            share = sum(mass for mass, _ in rows)
            assert moments[0, i, j] == pytest.approx(share, abs=1e-12)
            if share:
                mean = sum(mass * value for mass, value in rows) / share
                central = [sum(m * (x - mean) ** q for m, x in rows) / share for q in range(2, 9)]
                scale = [geometry.unit ** (2 * q) for q in range(1, 9)]
                assert moments[1:, i, j] * scale == pytest.approx([mean, *central], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_moments_are_those_in_fractions(seed: int) -> None:
    population = lattice(seed, 3 + seed % 2)
    for shots in (1, 3, math.inf):
        geometry = population.geometry()
        computed = geometry.nearest_moments(shots, population.classes, 8)
        assert computed is not None
        scale = np.array([1.0, *(geometry.unit ** (2 * q) for q in range(1, 9))])
        for i in range(population.classes):
            exact = in_fractions(population, i, shots, 8)
            assert sum(moments[0] for moments in exact.values()) == 1
            for j, moments in exact.items():
                if moments[0]:
                    expected = [float(x) for x in moments]
                    assert computed[:, i, j] * scale == pytest.approx(expected, rel=1e-9, abs=1e-9)


def simulated(population: FiniteSupport, i: int, shots: int, draws: int, *, nearest: bool) -> np.ndarray:
    """Shares of outcomes where j is the nearest other class (or, for the control, the farthest), and the
    mean margin there, (2, classes); one draw at a time."""
    rng = np.random.default_rng(0)

    def sample(c: int, size: tuple[int, ...]) -> np.ndarray:
        places = np.array([[float(x) for x in point] for point in population.exact_points[c]])
        return places[rng.choice(len(places), size, p=[float(w) for w in population.exact_weights[c]])]

    z = sample(i, (draws,))
    squares = np.stack(
        [np.sum((z - sample(c, (draws, shots)).mean(axis=1)) ** 2, axis=1) for c in range(population.classes)]
    )
    margins = np.where(np.arange(population.classes)[:, None] == i, np.inf, squares - squares[i])
    chosen = np.argmin(margins if nearest else np.where(np.isinf(margins), margins, -margins), axis=0)
    result = np.zeros((2, population.classes))
    for j in range(population.classes):
        if np.any(chosen == j):
            result[:, j] = np.mean(chosen == j), np.mean(margins[j, chosen == j])
    return result


def test_moments_are_those_of_a_simulation() -> None:
    rng = np.random.default_rng(2)
    points = rng.normal(size=(4, 3, 2)).round(3) + 2 * rng.normal(size=(4, 1, 2)).round(3)
    population = FiniteSupport(points.tolist(), [[0.2, 0.3, 0.5]] * 4)
    geometry = population.geometry()
    moments = geometry.nearest_moments(2, 4, 2)
    assert moments is not None
    others = [1, 2, 3]
    expected = moments[:2, 0, :] * np.array([[1.0], [geometry.unit**2]])
    for nearest in (True, False):
        shares = simulated(population, 0, 2, 40_000, nearest=nearest)
        near = np.abs(shares[0, others] - expected[0, others]) < 5 * 0.5 / math.sqrt(40_000)
        assert bool(np.all(near)) is nearest
    shares, unit = simulated(population, 0, 2, 40_000, nearest=True), geometry.unit**2
    for j in others:
        if expected[0, j] > 0.1:
            deviation = math.sqrt(moments[2, 0, j] / (40_000 * expected[0, j])) * unit
            assert abs(shares[1, j] - expected[1, j]) < 5 * deviation


# -- the bound -----------------------------------------------------------------------------------------------
GOLDEN = {"nearest_order_4": 0.54965360288607050271, "nearest_order_8": 0.4943766143430232514}
"""Of ``three``, 2 shots: every outcome gone through in fractions, least values by the normal equations at 60
digits."""


def three() -> FiniteSupport:
    points = [[[0, 0], [1, 0], [0, -1]], [[4, 0], [1, 1]], [[0, 4], [1, -3], [-1, -1]]]
    weights = [[90, 5, 5], [80, 20], [70, 20, 10]]
    return FiniteSupport(points, [[Fraction(w, 100) for w in row] for row in weights])


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    assert answer(catalogue.get(name), three(), 2, 3).value == pytest.approx(GOLDEN[name], rel=1e-10)


@settings(max_examples=60, database=None, deadline=None, derandomize=True)  # the search rounds upward
@given(random_cases())
def test_between_the_error_and_the_sum_over_pairs_of_the_same_order(example: Case) -> None:
    population, setting = example.population, example.setting
    geometry, granted = population.geometry(), population.granted()
    if geometry.coincident_pair is not None:
        return
    for rungs, name in RUNGS.items():
        answer = catalogue.get(name).evaluate(geometry, setting, granted)
        summed = margin_ladder.rung(rungs, "sum", "sum").evaluate(geometry, setting, granted)
        if isinstance(answer, NotApplicable):
            assert setting.ways > 2 or isinstance(summed, NotApplicable)
            continue
        assert isinstance(summed, Value)
        moments = geometry.nearest_moments(setting.shots, setting.ways, 1)
        assert moments is not None
        if rungs == 2 or np.all(moments[1][moments[0] > 0] > 0):
            assert answer.value <= min(summed.value, 1.0) * (1 + 1e-6) + 1e-9, name
        assert answer.value >= example.error * (1 - 1e-9), name
        if setting.ways == 2:
            assert answer.value == pytest.approx(summed.value, rel=1e-9)


def test_far_below_the_sum_where_margins_are_correlated() -> None:
    """Ten classes that nearly share one place, behind a tie that is rare: all margins are small at once."""
    q = Fraction(1, 100)
    around = [[[1, Fraction(k, 1000)]] for k in range(10)]
    population = FiniteSupport([[[0, 0], [1, 0]], *around], [[1 - q, q], *[[1]] * 10])
    error = float(exact_class_errors(population, math.inf)[0])
    for rungs, name in RUNGS.items():
        value = answer(catalogue.get(name), population, math.inf, 11)
        summed = answer(margin_ladder.rung(rungs, "sum", "sum"), population, math.inf, 11)
        assert value.per_class is not None and summed.per_class is not None
        assert error <= value.per_class[0] * (1 + 1e-12)
        assert value.per_class[0] < 0.2 * summed.per_class[0], name


def test_of_some_classes_the_mean_over_their_subsets_is_within_it() -> None:
    """With ways < classes: at least the mean of the bounds of the subsets, and of their exact errors."""
    for seed in range(6):
        population = lattice(seed, 5)
        if population.geometry().coincident_pair is not None:
            continue
        for name in RUNGS.values():
            bound = catalogue.get(name)
            whole = answer(bound, population, 1, 3)
            values, errors = [], []
            for chosen in combinations(range(5), 3):
                part = FiniteSupport(
                    [population.exact_points[c] for c in chosen],
                    [population.exact_weights[c] for c in chosen],
                )
                values.append(answer(bound, part, 1, 3).value)
                errors.append(float(np.mean([float(x) for x in exact_class_errors(part, 1)])))
            assert whole.value >= np.mean(values) * (1 - 1e-9) - 1e-12
            assert whole.value >= np.mean(errors) * (1 - 1e-12)
            assert whole.value <= answer(catalogue.get("margin_order_4"), population, 1, 3).value + 1e-9


def test_attained_by_margins_of_few_values() -> None:
    """Three classes: the query steps half way to one of the others, and no polynomial can do better."""
    q = Fraction(1, 50)
    mirrored = FiniteSupport([[[0, 0], [1, 0], [-1, 0]], [[2, 0]], [[-2, 0]]], [[1 - 2 * q, q, q], [1], [1]])
    error = exact_class_errors(mirrored, math.inf)[0]
    assert error == 2 * q
    for name in RUNGS.values():
        value = answer(catalogue.get(name), mirrored, math.inf, 3)
        assert value.per_class is not None
        assert value.per_class[0] == pytest.approx(float(error), rel=1e-9)


def test_the_closed_form_is_a_value_of_the_statement() -> None:
    """Of each class's term, at the coefficients of the proof of `margin_order_4`: Cantelli's if g <= 0, else
    the quadratic's, where the closed form is above by its room for rounding. At others it isn't."""
    bound = catalogue.get("nearest_order_4")
    assert isinstance(bound, NearestBound) and isinstance(bound.quadratic, sp.Piecewise)
    term = bound.write_out(bound.statement).args[0] / near_0
    m, c_2, c_3, c_4 = NEAREST_MOMENTS[1:5]
    of_nearest = dict(zip(MARGIN_MOMENTS[:4], NEAREST_MOMENTS[1:5], strict=True))
    g, h = (meaning.xreplace(of_nearest) for _, meaning in margin_order_4.where)
    (one, _), (cantelli, _), (best, _) = bound.quadratic.args
    ahead = h * (c_2 + m**2) + g**2
    room = ROOM * c_4 * (c_2 * g / ahead) ** 2
    first, second = bound.coefficients
    for expected, c_1j, c_2j in (
        (one, 0, 0),
        (cantelli, m / (c_2 + m**2), 0),
        (best - room, (m * h + g * (2 * c_2 * m + c_3)) / ahead, g * c_2 / ahead),
    ):
        assert vanishes(expected - term.xreplace({first: sp.sympify(c_1j), second: sp.sympify(c_2j)}))
        assert not vanishes(expected - term.xreplace({first: sp.sympify(c_1j), second: c_2j + 1 / m**2}))


def vanishes(expression: sp.Expr) -> bool:
    return bool(sp.expand(sp.numer(sp.together(expression))) == 0)


def test_coefficients_and_their_certificate() -> None:
    population = lattice(3, 4)
    geometry, granted = population.geometry(), population.granted()
    for name in RUNGS.values():
        bound = catalogue.get(name)
        assert isinstance(bound, NearestBound)
        values, chosen = bound.certificate(geometry, Setting(2, 4), granted)
        assert np.all(np.asarray(chosen) >= 0)
        value = answer(bound, population, 2, 4)
        assert value.per_class == pytest.approx([float(x) for x in values])
        zero = bound.evaluate(
            geometry, Setting(2, 4), granted, at={symbol.name: 0.0 for symbol in bound.coefficients}
        )
        assert isinstance(zero, Value)
        assert zero.value == pytest.approx(1.0, rel=1e-12)
        with pytest.raises(ValueError, match="none below 0"):
            bound.evaluate(geometry, Setting(2, 4), granted, at={bound.coefficients[0].name: -1.0})


def test_where_the_nearest_has_no_closed_form_it_is_not_applicable() -> None:
    classes = [{"mean": [float(c), 0.0], "std": 0.2} for c in range(3)]
    population = from_spec({"family": "gaussian", "classes": classes})
    for name in RUNGS.values():
        bound = catalogue.get(name)
        assert isinstance(bound.evaluate(population.geometry(), Setting(5, 2), population.granted()), Value)
        answer = bound.evaluate(population.geometry(), Setting(5, 3), population.granted())
        assert isinstance(answer, NotApplicable)
        assert "nearest of 2 other classes" in answer.reason and "listed" in answer.reason


def test_queries_on_the_centres_of_two_classes() -> None:
    """A query on its own centre and on another one's ties there, however the other's centre is rounded: the
    mean of its draws is no whole number of floating-point steps from the query."""
    half, third = Fraction(1, 2), Fraction(1, 3)
    points = [[[half]], [[half], [2], [-half]], [[0]], [[2]]]
    weights = [[1], [third] * 3, [1], [1]]
    population = FiniteSupport(points, weights)
    errors = exact_class_errors(population, 2)
    assert errors[2] == Fraction(2, 9)
    for name in RUNGS.values():
        values = answer(catalogue.get(name), population, 2, 4).per_class
        assert values is not None
        for error, value in zip(errors, values, strict=True):
            assert float(error) <= value * (1 + 1e-12), name


@pytest.mark.parametrize("ways", [3, 4])
def test_the_order_of_the_classes_changes_nothing(ways: int) -> None:
    """On lattices, where other classes are often equally near."""
    assert not any(moved_by_order(lattice(seed, 4), 1, ways) for seed in range(4))


def test_an_order_that_matters_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: of equals the first class alone is the nearest."""
    monkeypatch.setattr(nearest_atoms, "nearest_chances", first_of_equals)
    assert any(moved_by_order(lattice(seed, 4), 1, 4) for seed in range(4))


def moved_by_order(population: FiniteSupport, shots: float, ways: int) -> bool:
    """Whether some class's bound differs when the classes are counted backwards."""
    backwards = FiniteSupport(population.exact_points[::-1], population.exact_weights[::-1])
    for name in RUNGS.values():
        one, other = (
            answer(catalogue.get(name), law, shots, ways).per_class for law in (population, backwards)
        )
        assert one is not None and other is not None
        if one != pytest.approx(other[::-1], rel=1e-9):
            return True
    return False


def first_of_equals(squares: Any, weights: Any, size: int) -> list[np.ndarray]:
    """For all classes drawn together."""
    assert size == len(squares)
    return [
        np.array(
            [
                math.prod(
                    np.sum(share[(theirs > value) | ((theirs == value) & (other > place))])
                    for other, (theirs, share) in enumerate(zip(squares, weights, strict=True))
                    if other != place
                )
                for value in values
            ]
        )
        for place, values in enumerate(squares)
    ]


@pytest.mark.parametrize("ways", range(1, 6))
def test_chances_are_those_of_every_outcome(ways: int) -> None:
    """Five classes with values among three, most of them equal to others': every choice of classes and every
    value of each gone through, equals sharing alike."""
    rng = np.random.default_rng(ways)
    squares = [rng.choice([1.0, 2.0, 3.0], size=rng.integers(1, 4), replace=False) for _ in range(5)]
    weights = [rng.dirichlet(np.ones(len(values))) for values in squares]
    for place, chances in enumerate(GENUINE(squares, weights, ways)):
        choices = list(combinations([c for c in range(5) if c != place], ways - 1))
        for value, chance in zip(squares[place], chances, strict=True):
            expected = 0.0
            for others in choices:
                for values in product(*(zip(squares[c], weights[c], strict=True) for c in others)):
                    if all(theirs >= value for theirs, _ in values):
                        as_near = sum(theirs == value for theirs, _ in values)
                        expected += math.prod(share for _, share in values) / (1 + as_near) / len(choices)
            assert chance == pytest.approx(expected, rel=1e-12)


# -- false versions ------------------------------------------------------------------------------------------
def strict(squares: Any, weights: Any, size: int) -> list[np.ndarray]:
    """Of equal values none counts as the least: what is as near as another is forgotten."""
    chances = []
    for place, values in enumerate(squares):
        chance = np.ones(len(values))
        for other, (theirs, share) in enumerate(zip(squares, weights, strict=True)):
            if other != place:
                chance = chance * np.array([np.sum(share[theirs > value + 1e-9]) for value in values])
        chances.append(chance)
    return chances


def nearest_of_all_but_one(squares: Any, weights: Any, size: int) -> list[np.ndarray]:
    """One class too many has to be farther."""
    return GENUINE(squares, weights, min(size + 1, len(squares)))


GENUINE = nearest_atoms.nearest_chances


@pytest.mark.parametrize("twin", [strict, nearest_of_all_but_one])
def test_a_false_share_is_caught(twin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above, of exact errors on lattices, finds what a wrong share of the nearest loses."""
    assert not list(below_the_error())
    monkeypatch.setattr(nearest_atoms, "nearest_chances", twin)
    assert list(below_the_error())


def below_the_error() -> Iterator[tuple[int, int]]:
    for seed in range(12):
        population = lattice(seed, 4, 1)
        if population.geometry().coincident_pair is not None:
            continue
        for ways in (3, 4):
            errors = []
            for chosen in combinations(range(4), ways):
                part = FiniteSupport(
                    [population.exact_points[c] for c in chosen],
                    [population.exact_weights[c] for c in chosen],
                )
                errors.append(float(np.mean([float(x) for x in exact_class_errors(part, 1)])))
            if answer(catalogue.get("nearest_order_8"), population, 1, ways).value < np.mean(errors) * (
                1 - 1e-9
            ):
                yield seed, ways


@settings(max_examples=40, database=None, deadline=None)
@given(finite_populations(), st.sampled_from(sorted(RUNGS)))
def test_one_rung_more_is_never_above(example: Case, rungs: int) -> None:
    """A rung with more coefficients, on the same law."""
    geometry, granted = example.population.geometry(), example.population.granted()
    if geometry.coincident_pair is not None:
        return
    answers = [
        nearest_ladder.rung(r, f"r{r}", f"r{r}").evaluate(geometry, example.setting, granted)
        for r in (rungs - 1, rungs)
    ]
    values = [each.value for each in answers if isinstance(each, Value)]
    assert len(values) in (0, 2)
    assert not values or values[1] <= values[0] * (1 + 1e-6) + 1e-9


def test_a_query_that_always_ties_always_errs() -> None:
    """Two atoms of each class lie half way to another: rounding left a margin of 1e-17 without any spread,
    and a bound of half the error. ``test_soundness`` found it."""
    corners = np.eye(3)
    points = [
        [*((corners[c] + corners[other]) / 2 for other in range(3) if other != c), corners[c]]
        for c in range(3)
    ]
    law = FiniteSupport([np.stack(each).tolist() for each in points], [[1 / 6, 1 / 6, 2 / 3]] * 3)
    setting = Setting(math.inf, 3)
    error = exact_errors(law, math.inf, [3])[0]
    assert np.allclose(error, 1 / 3)
    for name in ("nearest_order_4", "nearest_order_8"):
        answer = catalogue.get(name).evaluate(law.geometry(), setting, law.granted())
        assert isinstance(answer, Value) and answer.value >= 1 / 3 * (1 - 1e-9), name
