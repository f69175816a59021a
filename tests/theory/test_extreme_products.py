"""Products whose factors leave double precision, against arithmetic of many digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import stats

from simulations.populations.gaussian import GaussianClasses
from theory import Setting
from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import NotApplicable, PairBound, Value, derived
from theory.evaluation.evaluate import Scalars, evaluate
from theory.evaluation.products import extreme_factors
from theory.quantities import d, n, v_i

t = sp.Symbol("t", integer=True, positive=True)
C = v_i / d**2
NONE = sp.Max(C - 10**9, 0)
TENTH = sp.Rational(1, 10)
MEANS = [[0.0, 0.0], [3.0, 1.0], [-2.0, 4.0]]
CLASSES = GaussianClasses(MEANS, [1.0, 0.5, 2.0])


def over_pairs(statement: sp.Expr, shots: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    assumptions = (FiniteVariance(), DistinctMeans())
    bound = PairBound(name="own", statement=statement, assumptions=assumptions, provenance=derived("x"))
    values = np.asarray(bound.pair_values(CLASSES.geometry(), Setting(shots, 3), CLASSES.granted(), {})[0])
    return values[~np.eye(len(MEANS), dtype=bool)]


@pytest.mark.parametrize(
    ("summand", "start", "exact"),
    [
        ((C * t / n) ** t, 1, lambda c, s, m: (c * s / m) ** s),
        ((C * n / t) ** t, 1, lambda c, s, m: (c * m / s) ** s),
        ((C * n) ** t / sp.factorial(t), 0, lambda c, s, m: (c * m) ** s / mpmath.factorial(s)),
        (
            sp.binomial(n, t) * (C / 9) ** t * (1 - C / 99) ** (n - t),
            0,
            lambda c, s, m: mpmath.binomial(m, s) * (c / 9) ** s * (1 - c / 99) ** (m - s),
        ),
    ],
    ids=["more than n", "less than n", "exponential", "binomial"],
)
@pytest.mark.parametrize("shots", [20, 170])
def test_sums_of_what_a_union_bound_adds_up(
    summand: sp.Expr, start: int, exact: Callable[..., Any], shots: int
) -> None:
    ratios = [mpmath.mpf(each) for each in over_pairs(C, shots)]
    wanted = [mpmath.fsum(exact(c, s, shots) for s in range(start, shots + 1)) for c in ratios]
    values = over_pairs(sp.Sum(summand, (t, start, n)), shots)
    # Many shots multiply the relative rounding of a base, and a bound is put up by as much.
    np.testing.assert_allclose(values, [float(each) for each in wanted], rtol=1e-12)


@pytest.mark.parametrize("shots", [100, 511, 512, 515, 2000])
def test_a_divisor_that_leaves_double_precision(shots: int) -> None:
    share = sp.binomial(2 * n, n) / 4**n
    with np.errstate(all="ignore"):
        value = float(evaluate(share, Scalars({n: shots})))
        doubled = float(evaluate(sp.factorial(2 * n) / (4**n * sp.factorial(n) ** 2), Scalars({n: shots})))
    exact = float(mpmath.binomial(2 * shots, shots) / mpmath.mpf(4) ** shots)
    assert value == pytest.approx(exact, rel=1e-11) and doubled == pytest.approx(exact, rel=1e-11)


@pytest.mark.parametrize("shots", [100, 2000, 20000])
def test_tails_of_binomial_distributions(shots: int) -> None:
    tail = sp.Sum(sp.binomial(n, t) * TENTH**t * (1 - TENTH) ** (n - t), (t, sp.floor(n / 8), n))
    wanted = stats.binom.sf(shots // 8 - 1, shots, 0.1)
    with np.errstate(all="ignore"):
        value = float(evaluate(tail, Scalars({n: shots})))
    assert value == pytest.approx(float(wanted), rel=1e-10)


@pytest.mark.parametrize(
    ("statement", "is_refused"),
    [
        (C - sp.exp(10**5 / C), True),
        (1 - (10**9 / C) ** n, True),
        (1 - sp.factorial(n), True),
        (1 - sp.binomial(8 * n, 4 * n), True),
        (C + 1 - sp.Sum((10**3 / C) ** t / sp.factorial(t), (t, 0, n)), True),
        (C + sp.log(NONE), False),
        (C - 1 / NONE, False),
        (C - sp.binomial(12, 6) * sp.factorial(10), False),
    ],
    ids=str,
)
def test_minus_infinity_is_told_from_what_is_beyond_the_largest_number(
    statement: sp.Expr, is_refused: bool
) -> None:
    """A value below any error refutes a bound; one that could not be computed does not."""
    assumptions = (FiniteVariance(), DistinctMeans())
    bound = PairBound(name="own", statement=statement, assumptions=assumptions, provenance=derived("x"))
    answer = bound.evaluate(CLASSES.geometry(), Setting(200, 3), CLASSES.granted())
    if is_refused:
        assert isinstance(answer, NotApplicable) and "leaves double precision" in answer.reason
    else:
        assert isinstance(answer, Value) and answer.value < 0


def test_signs_and_zeros_are_kept() -> None:
    x, y = sp.symbols("x y", real=True)
    product = x * y**t * t**t / sp.factorial(t)

    def value(a: float, b: float, times: int) -> float:
        with np.errstate(all="ignore"):
            return float(evaluate(product, Scalars({x: a, y: b, t: times})))

    whole = mpmath.mpf("1e-3") ** 160 * mpmath.mpf(160) ** 160 / mpmath.factorial(160)
    assert value(-2.0, 1e-3, 160) == pytest.approx(-2 * float(whole), rel=1e-11)
    assert value(2.0, 0.0, 160) == 0.0
    assert value(0.0, 1e-3, 160) == 0.0
    # As it stands where a logarithm says nothing.
    assert value(1.0, -1e-3, 10) == pytest.approx(1e-30 * 10**10 / 3628800, rel=1e-12)


def test_products_of_moderate_factors_are_computed_as_written() -> None:
    assert extreme_factors(3 * C * t**2) is None
    assert extreme_factors(C**t) is None
    both = extreme_factors(sp.Rational(1, 2**200) * C**t * t**t)
    assert both is not None and not both[0].has(t**t)
