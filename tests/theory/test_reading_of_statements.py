"""How statements are read: sums of numbers, functions by other names, what jumps, what is exact in counts."""

from __future__ import annotations

import itertools
import math
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import stats

from simulations.populations.gaussian import GaussianClasses
from simulations.populations.simplex_etf import SimplexETF
from theory import Setting, catalogue
from theory.assumptions import DistinctMeans, FiniteVariance
from theory.assumptions.sampling import DistinctClassesFromPool, FixedFeatureMap
from theory.bound import AverageBound, Bound, ClassBound, NotApplicable, PairBound, Value, derived
from theory.bound.concavity import is_affine, is_concave, is_convex
from theory.evaluation.evaluate import Scalars, evaluate
from theory.evaluation.reading import normalised
from theory.evaluation.special import binomial, chi_square_less, factorial
from theory.evidence import KernelSample
from theory.expressions import Avg, MaxOver, MixtureUpper, NormalTail, SumOver
from theory.quantities import d, k, n, v_i, v_j

t = sp.Symbol("t", integer=True, positive=True)
RATIO = v_i / d**2
SMALL = RATIO / 10**4
RNG = np.random.default_rng(5)
MEANS, VARIANCES = 3 * RNG.standard_normal((5, 4)), RNG.uniform(0.5, 1.5, 5)
SPREAD = GaussianClasses(MEANS.tolist(), VARIANCES.tolist())


def stated(statement: sp.Expr, shape: type[Bound] = PairBound, **fields: Any) -> Bound:
    assumptions = (FiniteVariance(), DistinctMeans())
    return shape(name="own", statement=statement, assumptions=assumptions, provenance=derived("x"), **fields)


def value_of(bound: Bound, shots: float, ways: int = 5) -> float:
    answer = bound.evaluate(SPREAD.geometry(), Setting(shots, ways), SPREAD.granted())
    assert isinstance(answer, Value), answer
    return answer.value


@pytest.mark.parametrize(
    ("total", "wanted"),
    [
        (sp.Sum((-1) ** t / t, (t, 1, 150)), math.fsum((-1) ** s / s for s in range(1, 151))),
        (
            sp.Sum(sp.exp(-((t - 90) ** 2)), (t, 1, 180)),
            math.sqrt(math.pi) * (1 + 2 * math.exp(-(math.pi**2))),
        ),
        (sp.Sum(sp.Max(0, t - 50), (t, 1, 100)), 1275.0),
        (sp.Sum(sp.Piecewise((1, sp.Eq(t, 2)), (1 / t, True)), (t, 1, 4)), 1 + 1 + 1 / 3 + 1 / 4),
        (sp.Sum(sp.Sum(t, (sp.Symbol("s"), 1, t)), (t, 1, 4)), 30.0),
        (sp.Sum(t, (t, 4, 2)), 0.0),
    ],
    ids=str,
)
def test_sums_of_numbers_are_added_up(total: sp.Expr, wanted: float) -> None:
    """SymPy's own values: the first two take for ever and 0, the last is minus 3."""
    assert float(evaluate(normalised(n * total), Scalars({n: 2.0}))) == pytest.approx(2 * wanted, rel=1e-12)


@pytest.mark.parametrize(
    ("total", "words"),
    [
        (sp.Sum(sp.exp(-t), (t, 0, sp.oo)), "has no end; write what it adds up to"),
        (sp.Sum(1 / t, (t, 1, 300)), "300 terms, all of them numbers, .*; write its value"),
        (sp.Sum(1 / t, (t, sp.Rational(1, 2), 3)), "from 1/2 to 3; write whole numbers"),
        (sp.Sum(1 / (t - 2), (t, 1, 3)), "no real number at t = 2"),
    ],
)
def test_sums_of_numbers_without_a_value_are_named(total: sp.Expr, words: str) -> None:
    """SymPy makes 2 of the first, which is 1.58."""
    with pytest.raises(ValueError, match=words):
        stated(RATIO * total)


@pytest.mark.parametrize("term", [RATIO / (t - 7) ** 2, RATIO * sp.sqrt(7 - t), RATIO * sp.log(t - 7)])
def test_a_term_that_is_no_number_leaves_no_value(term: sp.Expr) -> None:
    answer = stated(sp.Sum(term, (t, 1, n))).evaluate(SPREAD.geometry(), Setting(9, 2), SPREAD.granted())
    assert isinstance(answer, NotApplicable) and "no real number at t = " in answer.reason


@pytest.mark.parametrize("bottom", [3, 7, 11, 60, 97, 360])
def test_python_differences_of_quotients_are_quotients(bottom: int) -> None:
    for top in range(1, bottom):
        assert normalised((1 - top / bottom) * n) == sp.Rational(bottom - top, bottom) * n
    assert normalised((1 - 0.9999) * n) == n / 10000
    for kept in (1.2345678901234e-17, 1.0000000003e-12, 0.123456789012345):
        assert normalised(kept * n) == sp.Rational(str(sp.Float(kept))) * n


def test_names_of_functions_for_others() -> None:
    x = sp.Symbol("x", real=True)
    for at in (-2.3, -1.0, 0.4, 1.0, 2.5):
        for written, wanted in (
            (sp.ceiling(x), math.ceil(at)),
            (sp.Mod(x, 3), at % 3),
            (sp.erfc(x), math.erfc(at)),
            (sp.erf(x), math.erf(at)),
        ):
            value = float(evaluate(normalised(written), Scalars({x: at})))
            assert value == pytest.approx(wanted, rel=1e-13, abs=1e-15), (written, at)
    assert normalised(sp.binomial(k, 2)) == k * (k - 1) / 2
    with pytest.raises(ValueError, match=r"may not contain 'gamma', only .*log, loggamma, Max"):
        evaluate(sp.gamma(x), Scalars({x: 1.0}))


JUMPS = [
    (sp.floor(n / 2), lambda shots, ways: shots // 2),
    (sp.floor(sp.sqrt(n)), lambda shots, ways: math.isqrt(shots)),
    (
        1 + sp.Sum(1 / t, (t, 1, sp.floor(n / 2))),
        lambda shots, ways: 1 + sum(1 / s for s in range(1, shots // 2 + 1)),
    ),
    (
        1 + sp.Sum(RATIO / (t * RATIO), (t, 1, sp.floor(n / 2))),
        lambda shots, ways: 1 + sum(1 / s for s in range(1, shots // 2 + 1)),
    ),
    (sp.Piecewise((1, n >= k - 1), (50, True)), lambda shots, ways: 1 if shots >= ways - 1 else 50),
    (sp.Piecewise((1, n / 2 >= 2), (50, True)), lambda shots, ways: 1 if shots >= 4 else 50),
]


@pytest.mark.parametrize(
    ("jump", "wanted"), JUMPS, ids=lambda part: str(part) if isinstance(part, sp.Basic) else ""
)
def test_what_jumps_in_counts_is_not_moved_by_rounding(jump: sp.Expr, wanted: Any) -> None:
    """A logarithm next to 1 loses digits: the value is put off by what rounding leaves of it, no more."""
    plain = value_of(stated(sp.log(1 + SMALL)), 4)
    for shots, ways in itertools.product((2, 3, 4, 9), (2, 5)):
        exact = value_of(stated(SMALL), shots, ways)
        value = value_of(stated(sp.log(1 + SMALL) * jump), shots, ways)
        assert value == pytest.approx(exact * wanted(shots, ways), rel=1e-3), (shots, ways)
    assert value_of(stated(sp.log(1 + SMALL) * sp.floor(n / 2)), 4) == pytest.approx(2 * plain, rel=1e-9)


INDEXED = [
    (sp.Piecewise((1 / t, sp.Mod(t, 2) > 0), (0, True)), lambda s, shots: 1 / s if s % 2 else 0.0),
    (sp.floor(t / 2) / t, lambda s, shots: (s // 2) / s),
    (sp.floor(n / t) / n, lambda s, shots: (shots // s) / shots),
    (sp.Piecewise((1 / t, 2 * t <= n), (0, True)), lambda s, shots: 1 / s if 2 * s <= shots else 0.0),
    (2 + (-1) ** (t + 1) / t, lambda s, shots: 2 + (-1) ** (s + 1) / s),
    (1 + ((2 - n) / n) ** (t + 1), lambda s, shots: 1 + ((2 - shots) / shots) ** (s + 1)),
    (sp.binomial(n, t) / 2**n, lambda s, shots: math.comb(shots, s) / 2**shots),
]


@pytest.mark.parametrize(
    ("term", "wanted"), INDEXED, ids=lambda part: str(part) if isinstance(part, sp.Basic) else ""
)
@pytest.mark.parametrize("factor", [1, RATIO / RATIO.xreplace({d: 2 * d})])
def test_what_jumps_in_the_index_of_a_sum_is_not_moved(term: sp.Expr, wanted: Any, factor: sp.Expr) -> None:
    """Computed all at once, or, with a class's quantity, term by term; inside other jumps too."""
    for shots in (3, 4, 9):
        total = sum(wanted(s, shots) for s in range(1, shots + 1))
        exact = value_of(stated(SMALL), shots)
        summed = sp.Sum(term * factor, (t, 1, n))
        value = value_of(stated(sp.log(1 + SMALL) * summed / factor), shots)
        assert value == pytest.approx(exact * total, rel=1e-3), shots
        whole = value_of(stated(sp.log(1 + SMALL) * (1 + sp.floor(sp.Sum(t / 2, (t, 1, n))))), shots)
        assert whole == pytest.approx(exact * (1 + shots * (shots + 1) // 4), rel=1e-3), shots


def test_whole_numbers_of_counts_are_met_where_rounding_leaves_them_next_to_one() -> None:
    def value(statement: sp.Expr, shots: float) -> float:
        return float(evaluate(normalised(statement), Scalars({n: shots})))

    digits, root = sp.log(n) / sp.log(10), n ** sp.Rational(1, 3)
    for power in range(16):
        assert value(sp.floor(digits), 10**power) == value(sp.ceiling(digits), 10**power) == power
        assert value(sp.floor(digits), 10**power + 1) == power
    for side in range(1, 200):
        assert value(sp.floor(root), side**3) == value(sp.ceiling(root), side**3) == side
        assert value(sp.floor(root), side**3 - 1) == side - 1
        assert value(sp.ceiling(root), side**3 + 1) == side + 1
    assert value(sp.floor(n / 3), 1e15 + 1) == (10**15 + 1) // 3
    assert value(sp.floor(1 - n), math.inf) == -math.inf


@pytest.mark.parametrize(
    "tie",
    [
        2 * v_i <= v_i + v_j,
        v_i**2 <= v_i * v_j,
        v_i / n >= v_j / n,
        d**2 >= MaxOver(d) ** 2,
        10 * v_i / (v_i + v_j) >= 5,
    ],
)
def test_ties_between_classes_are_not_decided_by_rounding(tie: sp.Basic) -> None:
    """Equal variances and distances, as most populations have them."""
    alike = GaussianClasses(np.eye(3).tolist(), [0.1] * 3)
    statement = sp.Piecewise((sp.log(1 + SMALL), tie), (1000, True)) + sp.log(1 + SMALL) * sp.floor(
        2 * v_i / (v_i + v_j)
    )
    plain, answer = (
        stated(each).evaluate(alike.geometry(), Setting(4, 3), alike.granted())
        for each in (2 * SMALL, statement)
    )
    assert isinstance(plain, Value) and isinstance(answer, Value)
    assert answer.value == pytest.approx(plain.value, rel=1e-3)


@pytest.mark.parametrize(
    "lost",
    [
        1 - (1 - SMALL) ** 2 < 2 * SMALL,
        sp.log(1 + SMALL) < SMALL,
        sp.exp(SMALL) > 1 + SMALL,
        sp.exp(-SMALL) > 1 - SMALL,
        (1 + SMALL) ** 2 > 1 + 2 * SMALL,
        sp.sqrt(1 + SMALL) < 1 + SMALL / 2,
        2**SMALL > 1 + SMALL / 2,
        NormalTail(SMALL) < sp.Rational(1, 2) + SMALL**2,
        sp.exp(SMALL) + sp.exp(-SMALL) > 2,
        sp.And(sp.exp(SMALL) > 1 + SMALL, sp.exp(-SMALL) < 1 / (1 + SMALL)),
    ],
)
def test_a_comparison_that_rounding_decides_is_on_the_safe_side(lost: sp.Basic) -> None:
    """Always true; its sides differ by their squares, which double precision does not hold."""
    far = GaussianClasses((1e6 * MEANS).tolist(), VARIANCES.tolist())
    for statement in (
        sp.Piecewise((RATIO, lost), (RATIO / 1000, True)),
        sp.Piecewise((RATIO / 1000, normalised(sp.Not(lost))), (RATIO, True)),
    ):
        for ways in (2, 5):
            plain, answer = (
                stated(each).evaluate(far.geometry(), Setting(4, ways), far.granted())
                for each in (RATIO, statement)
            )
            assert isinstance(plain, Value) and isinstance(answer, Value)
            assert answer.value >= plain.value * (1 - 1e-9)


def test_every_outcome_of_several_comparisons_is_tried() -> None:
    """Also of a first and a third, with one between them that is sure."""
    far = GaussianClasses((1e6 * MEANS).tolist(), VARIANCES.tolist())
    false, true = sp.exp(SMALL) < 1 + SMALL, sp.exp(-SMALL) > 1 - SMALL
    statement = sp.Piecewise((RATIO / 1000, false), (RATIO / 1000, RATIO > 1), (RATIO, true), (0, True))
    plain, answer = (
        stated(each).evaluate(far.geometry(), Setting(4, 3), far.granted()) for each in (RATIO, statement)
    )
    assert isinstance(plain, Value) and isinstance(answer, Value)
    assert answer.value >= plain.value * (1 - 1e-9)


def test_powers_of_shots_whose_sign_is_open_have_a_limit() -> None:
    """Infinitely many are a large number: a power vanishes, and of a large one times 0 nothing is known."""
    vanishing, unknown = (
        stated(each).evaluate(SPREAD.geometry(), Setting(math.inf, 5), SPREAD.granted())
        for each in (RATIO * n ** (2 - k), sp.exp(-n) * sp.Sum(n**t, (t, 0, 3)) + RATIO)
    )
    assert isinstance(vanishing, Value) and 0 <= vanishing.value < 1e-200
    assert isinstance(unknown, NotApplicable) and "leaves double precision" in unknown.reason


def test_nor_is_a_whole_number_that_a_comparison_within_it_decides() -> None:
    far = GaussianClasses((1e6 * MEANS).tolist(), VARIANCES.tolist())
    steps = sp.floor(sp.Piecewise((2, sp.exp(SMALL) > 1 + SMALL), (1, True)) * sp.Rational(1, 2))
    for kind, sign in (("upper", 1), ("lower", -1)):
        plain, answer = (
            stated(each, kind=kind).evaluate(far.geometry(), Setting(4, 2), far.granted())
            for each in (RATIO * (1 if kind == "upper" else 0), RATIO * steps)
        )
        assert isinstance(plain, Value) and isinstance(answer, Value)
        assert sign * (answer.value - plain.value) >= -1e-9 * plain.value


def test_a_case_that_a_comparison_guards_against_is_none() -> None:
    """Undecided by rounding, but the other case divides by 0."""
    alike = GaussianClasses([[0.0], [1.0]], [1e-9, 1e-9])
    gap = (1 + v_i) - (1 + v_j)
    statement = sp.Piecewise((1 + RATIO / gap, sp.exp(v_i) > 1 + v_j), (RATIO, True))
    answer = stated(statement).evaluate(alike.geometry(), Setting(4, 2), alike.granted())
    assert isinstance(answer, Value) and answer.value == pytest.approx(1e-9)


@pytest.mark.parametrize("classes", [3, 5, 8])
def test_distances_of_a_simplex_are_alike(classes: int) -> None:
    """They differ by rounding; "more than" and "less than" stay what they are in double precision."""
    simplex = SimplexETF(classes, classes + 1, cdnv=0.1)
    ties = [d >= MaxOver(d), d**2 >= Avg(d**2), MaxOver(RATIO) <= RATIO, SumOver(RATIO) >= (k - 1) * RATIO]
    for tie in ties:
        answer = stated(sp.Piecewise((RATIO, tie), (1000, True))).evaluate(
            simplex.geometry(), Setting(3, classes), simplex.granted()
        )
        assert isinstance(answer, Value) and answer.value < 100, tie
    clear = stated(sp.Piecewise((1000, v_i * (1 + sp.Rational(1, 10**13)) <= v_j), (RATIO, True)))
    answer = clear.evaluate(simplex.geometry(), Setting(3, classes), simplex.granted())
    assert isinstance(answer, Value) and answer.value < 100


def test_coefficients_are_exact_of_whole_numbers_and_defined_below_0() -> None:
    of, chosen = np.meshgrid(np.arange(-9.0, 200.0), np.arange(-2.0, 12.0), indexing="ij")
    for a, b, value in zip(of.flat, chosen.flat, binomial(of, chosen).flat, strict=True):
        assert value == int(sp.binomial(int(a), int(b))), (a, b)
    for a, b in ((2.5, 3), (-2.5, 3), (1e6 + 0.5, 20), (0.5, 0.25), (1e6, 40), (1029, 515)):
        exact = mpmath.binomial(a, b)
        assert float(binomial(np.asarray(float(a)), np.asarray(float(b)))) == pytest.approx(
            float(exact), rel=1e-13
        )
    whole = np.arange(172.0)
    with np.errstate(over="ignore"):
        assert factorial(whole).tolist() == [*(float(math.factorial(each)) for each in range(171)), math.inf]


@pytest.mark.parametrize(
    ("freedom", "longer"),
    [(math.inf, 1.0), (1e300, 1.0), (1e9, 1.0), (0.0, 1.0), (-2.0, 1.0), (2.5, 1.0), (3.0, math.inf)],
)
def test_less_is_no_number_where_it_is_not_defined(freedom: float, longer: float) -> None:
    for each in ((longer, 1.0), (1.0, longer)) if math.isinf(longer) else ((longer, 1.0),):
        assert math.isnan(chi_square_less(*map(np.asarray, (freedom, *each))))


@pytest.mark.parametrize("shots", [20, 47, 120, 200])
def test_sums_of_coefficients_that_cancel_are_on_the_safe_side(shots: int) -> None:
    for statement, exact in (
        (1 - sp.Sum(sp.binomial(n, t) / 2**n, (t, 0, n - 1)), 2.0**-shots),
        (sp.Sum((-1) ** (t + 1) * sp.binomial(n, t) / 2**t, (t, 1, n)), 1 - 2.0**-shots),
    ):
        assert value_of(stated(RATIO * statement), shots) >= value_of(stated(RATIO), shots) * exact * (
            1 - 1e-11
        )


@pytest.mark.parametrize("shots", [5, 60, 61, 400])
def test_the_tail_of_a_binomial(shots: int) -> None:
    """More terms than a coefficient is written out for; of fractions and of halves rounded up."""
    share = sp.Rational(1, 4)
    tail = sp.Sum(sp.binomial(n, t) * share**t * (1 - share) ** (n - t), (t, sp.ceiling(n / 2), n))
    wanted = float(stats.binom.sf(math.ceil(shots / 2) - 1, shots, 0.25))
    assert float(evaluate(normalised(tail), Scalars({n: float(shots)}))) == pytest.approx(wanted, rel=1e-9)
    truncated = sp.Sum(SMALL**t / sp.factorial(t), (t, 1, 5)) - SMALL
    assert value_of(stated(SMALL + truncated), 3) == pytest.approx(value_of(stated(SMALL), 3), rel=1e-2)
    assert float(evaluate(normalised(sp.binomial(n, sp.floor(n / 2))), Scalars({n: 9.0}))) == 126.0


@pytest.mark.parametrize("ways", [2, 3, 5])
def test_a_class_bound_whose_sums_are_empty(ways: int) -> None:
    assert value_of(stated(1 / n + sp.Sum(SumOver(RATIO), (t, 2, n)), ClassBound), 1, ways) == 1.0


def test_reductions_of_numbers_are_numbers() -> None:
    assert Avg(sp.Integer(1)) == MaxOver(sp.Integer(1)) == 1
    total = sp.Sum(sp.Min(1, Avg(SMALL**t)), (t, 0, 2))
    wanted = 1 + sum(value_of(stated(Avg(SMALL**s), AverageBound), 3) for s in (1, 2))
    assert value_of(stated(total, AverageBound), 3) == pytest.approx(wanted, rel=1e-12)


def test_whole_exponents_stay_whole() -> None:
    """A negative number has no power 2.9999999."""
    statement = 1 - (1 - 6 * RATIO) ** (2 * k - 2)
    at = [1 - (1 - 6 * r) ** 8 for r in ratios()]
    assert min(1 - 6 * r for r in ratios()) < 0
    assert value_of(stated(statement + sp.log(1 + SMALL)), 3) == pytest.approx(sum(at) / 5, rel=1e-3)


def ratios() -> list[float]:
    gaps = np.sum((MEANS[:, None] - MEANS) ** 2, axis=2)
    return [4 * VARIANCES[i] / gaps[i, j] for i in range(5) for j in range(5) if i != j]


def test_terms_whose_number_rounding_decides() -> None:
    """As many terms as a quantity says, which is next to a whole number: on the safe side, and no error."""
    number = sp.floor(3 * Avg(RATIO) / Avg(RATIO) * (1 + Avg(RATIO) - Avg(RATIO)))
    statement = sp.log(1 + Avg(SMALL)) * sp.Sum(1 / (Avg(RATIO) + t), (t, 1, number + sp.floor(Avg(RATIO))))
    answer = stated(statement, AverageBound).evaluate(SPREAD.geometry(), Setting(4, 5), SPREAD.granted())
    assert isinstance(answer, Value | NotApplicable)


@pytest.mark.parametrize("classes", [1000, 1001, 1500])
def test_as_many_source_classes_as_were_seen(classes: int) -> None:
    """A sum over source classes has as many terms."""
    kernel = np.random.default_rng(0).random((classes, classes))
    kernel = (kernel + kernel.T) / 2
    mean = (kernel.sum() - np.trace(kernel)) / (classes * (classes - 1))
    pool = 3000
    spread = math.fsum((pool - s) ** -2.0 for s in range(1, classes + 1))
    radius = 2 * (pool - classes) / classes * math.sqrt(math.log(1 / 0.05) * spread / 2)
    bound = catalogue.get("u_statistic_without_replacement")
    granted = [DistinctClassesFromPool(pool), FixedFeatureMap("classes")]
    answer = bound.evaluate(KernelSample(kernel), Setting(5, 2), granted)  # type: ignore[arg-type]
    assert isinstance(answer, Value) and answer.value == pytest.approx(mean + radius, rel=1e-12)


@pytest.mark.parametrize("p", [1, 2, 16])
@pytest.mark.parametrize(("la", "lb"), [(4000.0, 16000.0), (3.0, 90.0), (0.0, 300.0), (2.0, 2.5)])
def test_of_two_chi_squares_either_is_the_less(p: int, la: float, lb: float) -> None:
    """Where the first is far the less, the complement is known to its own relative accuracy."""
    likely, rare = float(chi_square_less(p, la, lb)), float(chi_square_less(p, lb, la))
    assert likely == 1.0 - rare and likely > 0.5


def test_sums_of_reductions_have_the_curvature_of_their_terms() -> None:
    mean, largest = Avg(RATIO), MaxOver(RATIO)
    assert is_affine(sp.Sum(mean / t, (t, 1, 3))) and not is_affine(sp.Sum(mean**t, (t, 1, 3)))
    assert is_concave(sp.Sum(sp.sqrt(mean) / t, (t, 1, n))) and not is_concave(sp.Sum(mean**2 / t, (t, 1, n)))
    assert is_convex(sp.Sum(largest**2 / t, (t, 1, n))) and not is_convex(
        sp.Sum(-(largest**2) / t, (t, 1, n))
    )
    declared = sp.Symbol("s", positive=True)  # though the sum starts below 0
    assert not is_concave(sp.Sum(declared * sp.sqrt(mean), (declared, -2, 3)))
    assert not is_affine(sp.Sum(1 / t, (t, 1, sp.floor(SumOver(v_j / d**2)))))
    many = RNG.standard_normal((60, 8))
    classes = GaussianClasses((4 * many).tolist(), RNG.uniform(0.5, 1.5, 60).tolist())
    together, apart = (
        stated(each, AverageBound).evaluate(classes.geometry(), Setting(3, 5), classes.granted())
        for each in (sp.Sum(sp.sqrt(mean) / t, (t, 1, 3)), sp.sqrt(mean) * sp.Rational(11, 6))
    )
    assert isinstance(together, Value) and isinstance(apart, Value)
    assert together.value == pytest.approx(apart.value, rel=1e-12)


def test_a_class_quantity_in_a_statement_of_the_setting_is_told_its_remedy() -> None:
    answer = stated(RATIO, AverageBound).evaluate(SPREAD.geometry(), Setting(3, 5), SPREAD.granted())
    assert isinstance(answer, NotApplicable) and "(Avg, SumOver, MaxOver" in answer.reason
    refused = stated(v_i / d**2, ClassBound).evaluate(SPREAD.geometry(), Setting(3, 5), SPREAD.granted())
    assert isinstance(refused, NotApplicable) and "varies over ['j']" in refused.reason


@pytest.mark.parametrize("tilts", [(), (RATIO,), (1, n)])
def test_tilts_of_a_mixture_are_numbers(tilts: tuple[sp.Expr, ...]) -> None:
    with pytest.raises(ValueError, match="failure probability MixtureUpper takes numbers, its tilts"):
        value_of(stated(MixtureUpper(RATIO, n, sp.Rational(1, 20), *tilts)), 3)
