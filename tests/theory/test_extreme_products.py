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
from theory import Setting, catalogue
from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import NotApplicable, PairBound, Value, derived
from theory.evaluation.evaluate import Scalars, evaluate
from theory.evaluation.optimise import FreeParameter
from theory.evaluation.products import extreme_factors
from theory.expressions import ChiSquareLess, NormalTail
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
    geometry, setting, granted = CLASSES.geometry(), Setting(shots, 3), CLASSES.granted()
    assert isinstance(bound.evaluate(geometry, setting, granted), Value)
    values = np.asarray(bound.pair_values(geometry, setting, granted, {})[0])
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


BEYOND = {
    "sum over a power": 2 * C * sp.Sum(sp.binomial(n, t), (t, 0, sp.floor(n / 2))) / 2**n,
    "mean of factorials": C * n / sp.factorial(n) ** (1 / n),
    "mean of coefficients": 4 * C / sp.binomial(2 * n, n) ** (1 / n),
    "logarithm of a sum": 2 * C * n / sp.log(1 + sp.exp(n)),
    "small and large": C + sp.exp(-n) * sp.Sum(n**t / t**2, (t, 1, n)),
    "rate of a tail": C * n / -sp.log(NormalTail(sp.sqrt(n) * 5)),
    "root of a tail": C
    * (1 + ChiSquareLess(2, n / 10, 0) ** (1 / n))
    / NormalTail(sp.sqrt(n) * 5) ** (1 / n),
    "comparison of the large": sp.Piecewise((C, sp.exp(n) > 2**n), (C / 1000, True)),
    "comparison of both": sp.Piecewise((C, (1 + sp.exp(n)) * sp.exp(-n / 2) > 1), (C / 1000, True)),
    "comparison of the small": sp.Piecewise((C, sp.exp(-n) < 2 ** (-n)), (C / 1000, True)),
    "comparison of the large and wrong": sp.Piecewise((C / 1000, sp.exp(n) <= 2**n), (C, True)),
    "two divisors": (1 + 5**n) / ((1 + 3**n) * (1 + 2**n)) * C,
    "a number": C * 2**2000 / (1 + 2**n * sp.Integer(2) ** 1990),
}


@pytest.mark.parametrize("kind", ["upper", "lower"])
@pytest.mark.parametrize("name", BEYOND)
def test_what_leaves_double_precision_is_never_taken_for_0(name: str, kind: str) -> None:
    """The value where all of it is held, and none where not: with few shots there is always one."""
    assumptions = (FiniteVariance(), DistinctMeans())
    bound = PairBound(
        name="own", statement=BEYOND[name], assumptions=assumptions, provenance=derived("x"), kind=kind
    )
    answers = [
        bound.evaluate(CLASSES.geometry(), Setting(shots, 3), CLASSES.granted()) for shots in (20, 1024, 2000)
    ]
    few, *many = answers
    if name != "a number":
        assert isinstance(few, Value) and few.value > 0
    for answer in many:
        if name.startswith("comparison") and isinstance(answer, Value):
            # The first case holds; what is undecided is on the safe side of both.
            share = answer.value / few.value
            assert share == pytest.approx(1) or (kind == "lower" and share == pytest.approx(1e-3))
        else:
            assert isinstance(answer, NotApplicable) and "leaves double precision" in answer.reason


@pytest.mark.parametrize("shots", [10, 30, 100, 171])
def test_a_parameter_is_chosen_where_double_precision_holds_the_value(shots: int) -> None:
    """Heads of Poisson distributions vanish for large a: exp(-a) is 0 there, and a^t infinite."""
    a = sp.Symbol("a", positive=True)
    few = sp.exp(-a) * sp.Sum(a**t / sp.factorial(t), (t, 0, n))
    bound = PairBound(
        name="own",
        statement=C * (1 + 1 / a) + few,
        assumptions=(FiniteVariance(), DistinctMeans()),
        provenance=derived("x"),
        free=FreeParameter(a, 0, sp.oo, "pair"),
    )
    answer = bound.evaluate(CLASSES.geometry(), Setting(shots, 3), CLASSES.granted())
    least = over_pairs(C, shots).sum() / 3
    assert isinstance(answer, Value) and least <= answer.value <= 1.02 * least


@pytest.mark.parametrize("shots", [680, 740, 1000])
def test_what_is_not_extreme_itself_brings_a_product_back_into_range(shots: int) -> None:
    for product, exact in (
        ((1 + 2**n) * sp.Rational(4, 5) ** n * sp.exp(-3 * n / 4), lambda m: mpmath.mpf(2) ** m + 1),
        (sp.Rational(4, 5) ** n * sp.exp(-3 * n / 4) * -sp.Min(7, n) * 2, lambda m: mpmath.mpf(-14)),
    ):
        with np.errstate(all="ignore"):
            value = float(evaluate(product, Scalars({n: shots})))
        wanted = exact(shots) * mpmath.mpf("0.8") ** shots * mpmath.exp(-mpmath.mpf(3) * shots / 4)
        assert value == pytest.approx(float(wanted), rel=1e-10)


def test_what_leaves_double_precision_and_does_not_matter_is_no_reason() -> None:
    assumptions = (FiniteVariance(), DistinctMeans())
    for statement in (
        C + sp.exp(-(10**4) / C),
        sp.Min(1, C * sp.exp(10**4)) * C,
        C / (1 + sp.exp(-n)) + sp.exp(-n * 10**3),
        sp.Piecewise((C, sp.exp(n) > C), (1, True)),
        C * (n + 1) * sp.log(n + 1) / sp.log(sp.factorial(n) + 0),
    ):
        bound = PairBound(name="own", statement=statement, assumptions=assumptions, provenance=derived("x"))
        answer = bound.evaluate(CLASSES.geometry(), Setting(900, 3), CLASSES.granted())
        assert isinstance(answer, Value) and 0 < answer.value < 10, statement


@pytest.mark.parametrize("shots", [300, 739, 743, 800])
def test_factors_next_to_0_keep_their_digits(shots: int) -> None:
    tail = sp.Sum(sp.exp(-n) * n**t / sp.factorial(t), (t, 0, sp.floor(n / 8)))
    with np.errstate(all="ignore"):
        value = float(evaluate(tail, Scalars({n: shots})))
    wanted = stats.poisson.logcdf(shots // 8, shots)
    assert np.log(value) == pytest.approx(wanted, rel=1e-12)


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
    assert both is not None and not both.logarithm.has(t**t) and both.others == 1


def test_an_approximation_of_no_error_is_one() -> None:
    """Its tail and its correction are both exp(-10^18)."""
    covariances = [[[1e-18, 0.0], [0.0, each]] for each in (1e-18, 1e-18, 0.0)]
    classes = GaussianClasses([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]], covariances)
    for shots in (50, 170, 1024):
        answer = catalogue.get("gaussian_margin_skew").evaluate(
            classes.geometry(), Setting(shots, 3), classes.granted()
        )
        assert isinstance(answer, Value) and answer.value == 0.0
