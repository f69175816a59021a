"""Hypothesis strategies that draw populations, and laws that every bound must satisfy: for your own tests.

    from hypothesis import given
    from simulations.testing import finite_populations, check_bound_is_sound

    @given(finite_populations())
    def test_my_bound(case):
        check_bound_is_sound(my_bound, case)

Loaded only when imported (Hypothesis is a test dependency).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from simulations.engines.enumeration import exact_errors
from simulations.populations.extremal import (
    noise_of_centres,
    point_against_far_draw,
    simplex_with_steps,
    step_half_way,
)
from simulations.populations.finite_support import FiniteSupport
from simulations.verdicts.verdict import ROUNDING
from theory.array import to_numpy
from theory.bound import Bound, BoundValue, Value
from theory.bound.matrix import MatrixBound
from theory.geometry import ClassGeometry
from theory.setting import Setting


@dataclass(frozen=True, eq=False)
class Case:
    """A population with its exact error at one setting, on average and for each query class."""

    population: FiniteSupport
    setting: Setting
    error: float
    per_class: tuple[float, ...] = ()

    def value(self, bound: Bound) -> BoundValue:
        """What the bound answers for this case."""
        return bound.evaluate(self.population.geometry(), self.setting, self.population.granted())


def case(population: FiniteSupport, shots: float, ways: int | None = None) -> Case:
    """The case of ``population`` at this setting, its error by enumeration."""
    ways = population.classes if ways is None else ways
    errors = exact_errors(population, shots, [ways])[0]
    return Case(population, Setting(shots, ways), float(np.mean(errors)), tuple(errors.tolist()))


# -- extremal laws: where bounds are tight or wrong variants fail -------------------------------------------
@st.composite
def extremal_cases(draw: st.DrawFn) -> Case:
    """Laws at which catalogue bounds are tight, or nearly."""
    q = Fraction(1, draw(st.sampled_from([3, 5, 10, 30, 100, 1000, 10**5])))
    n = draw(st.integers(1, 4))
    which = draw(st.integers(0, 4))
    if which == 0:
        return case(step_half_way(q), math.inf)
    if which == 1:
        return case(point_against_far_draw(q, n), n)
    if which == 2:
        assume(q <= Fraction(1, 5))
        return case(noise_of_centres(q / n, n), n)
    if which == 3:
        return case(simplex_with_steps(q, draw(st.integers(3, 4))), math.inf)
    return case(step_half_way(q), n)


@st.composite
def random_cases(draw: st.DrawFn) -> Case:
    """Finite-support populations in dimension 1 to 4, 2 to 4 classes, 1 to 4 shots: lattice or not,
    degenerate (point masses, collinear, near-coincident means) and at extreme scales."""
    dimension, classes = draw(st.integers(1, 4)), draw(st.integers(2, 4))
    shots = draw(st.integers(1, 4))
    atoms = 4 if classes < 4 else 3
    lattice = draw(st.booleans())
    # Zero more often than chance: point masses, collinear classes, shared coordinates.
    if lattice:
        coordinate: st.SearchStrategy[Any] = st.integers(-4, 4)
    else:
        coordinate = st.one_of(st.just(0.0), st.floats(-4, 4, width=32))
    scale = draw(st.sampled_from([Fraction(1)] * 6 + [Fraction(10) ** e for e in (-60, -8, 8, 60)]))
    tight = draw(st.sampled_from([Fraction(1), Fraction(1), Fraction(1, 4), Fraction(1, 1000)]))
    points, weights = [], []
    for _ in range(classes):
        size = draw(st.integers(1, atoms))
        centre = [Fraction(draw(coordinate)) for _ in range(dimension)]
        rows = [[(c + Fraction(draw(coordinate)) * tight) * scale for c in centre] for _ in range(size)]
        raw = [draw(st.sampled_from([1, 1, 2, 5, 20, 1000])) for _ in range(size)]
        points.append(rows)
        weights.append([Fraction(w, sum(raw)) for w in raw])
    population = FiniteSupport(points, weights)
    assume(population.geometry().coincident_pair is None)
    ways = draw(st.integers(2, classes))
    return case(population, shots, ways)


def finite_populations() -> st.SearchStrategy[Case]:
    """Random cases and, one time in four, an extremal one."""
    return st.one_of(random_cases(), random_cases(), random_cases(), extremal_cases())


# -- laws ---------------------------------------------------------------------------------------------------
def check_bound_is_sound(
    bound: Bound, example: Case, evaluate: Callable[[Case], BoundValue] | None = None
) -> float | None:
    """An upper bound is at least the exact error, on average and for each query class where it says so.
    Returns error / bound (None where not applicable).

    ``evaluate`` replaces ``bound.evaluate`` (broken versions are tested with it). Raises AssertionError
    with the numbers side by side.
    """
    answer = example.value(bound) if evaluate is None else evaluate(example)
    if not isinstance(answer, Value):
        return None
    assert not math.isnan(answer.value), f"{bound.name} is NaN"
    limit = answer.value * (1 + ROUNDING)
    assert example.error <= limit or example.error <= 1e-300, (
        f"{bound.name} = {answer.value!r} is below the exact error {example.error!r} at {example.setting} "
        f"on {example.population.spec()}"
    )
    for c, (value, error) in enumerate(zip(answer.per_class or (), example.per_class, strict=False)):
        assert error <= value * (1 + ROUNDING) or error <= 1e-300, (
            f"{bound.name} = {value!r} for queries of class {c} is below the exact error {error!r} at "
            f"{example.setting} on {example.population.spec()}"
        )
    return example.error / answer.value if answer.value > 0 else None


def check_scale_invariance(bound: Bound, example: Case, factor: Fraction) -> None:
    """A bound on an error does not change when all features are multiplied by ``factor``."""
    _same(bound, example, lambda x: [c * factor for c in x])


def check_translation_invariance(bound: Bound, example: Case, offset: Fraction) -> None:
    """A bound on an error does not change when all features are shifted."""
    _same(bound, example, lambda x: [c + offset for c in x])


def _same(bound: Bound, example: Case, move: Callable[[list[Fraction]], list[Fraction]]) -> None:
    population = example.population
    moved = FiniteSupport(
        [[move(row) for row in rows] for rows in population.exact_points], population.exact_weights
    )
    check_same_value(bound, example.population.geometry(), moved.geometry(), example, moved)


def check_same_value(
    bound: Bound, before: ClassGeometry, after: ClassGeometry, example: Case, moved: FiniteSupport
) -> None:
    """Fails unless the bound says the same of both geometries, which are one population moved."""
    if margin_of_rounding(before, example.setting):
        return
    first = bound.evaluate(before, example.setting, example.population.granted())
    second = bound.evaluate(after, example.setting, moved.granted())
    assert type(first) is type(second), f"{bound.name}: {first} against {second}"
    if isinstance(first, Value) and isinstance(second, Value):
        # A search ends a little earlier or later on data that rounds differently.
        allowed = 1e-2 if isinstance(bound, MatrixBound) else 1e-6
        gap = abs(first.value - second.value)
        close = first.value == second.value or gap <= allowed * abs(first.value) + 1e-14
        assert close, f"{bound.name}: {first.value!r} became {second.value!r}"


def margin_of_rounding(geometry: ClassGeometry, setting: Setting) -> bool:
    """Whether some mean margin d^2 + (v_j - v_i)/n is zero up to the rounding of its terms.

    Statements change their case where a mean margin changes its sign: which side such a population falls
    on is chance, and no two ways of computing it need agree.
    """
    distances, variances = to_numpy(geometry.distances), to_numpy(geometry.variances)
    noise = variances / setting.shots
    margins = distances**2 + noise[None, :] - noise[:, None]
    sizes = distances**2 + noise[None, :] + noise[:, None]
    others = ~np.eye(len(variances), dtype=bool)
    return bool(np.any(np.abs(margins)[others] <= SMALLEST_MARGIN * sizes[others]))


SMALLEST_MARGIN = 1e-8
