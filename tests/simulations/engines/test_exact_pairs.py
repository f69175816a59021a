"""Pair probabilities of Gaussian classes against routes that share no code, and the brackets made of them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from simulations.engines import Budget, Question, conditional, estimate
from simulations.engines.conditional import Conditional
from simulations.engines.direct import Direct
from simulations.engines.exact.margins import PairAxes, pair_probability, wrong_pair, wrong_pair_full
from simulations.engines.pairs import Pairs, class_brackets, narrow_to_bracket, pair_matrix
from simulations.estimates import Replicates
from simulations.populations.gaussian import GaussianClasses
from tests.simulations.helpers_engines import means, run
from theory.setting import Setting


def on_a_line(distance: float, query: float, own: float, other: float) -> mp.mpf:
    """P(|x| <= |y|) in one dimension: u = x - y and v = x + y have opposite signs."""
    mp.mp.dps = 30
    su, sv = mp.sqrt(own + other), mp.sqrt(4 * mp.mpf(query) + own + other)
    slope = (mp.mpf(other) - own) / (su * sv)
    rest = mp.sqrt(1 - slope**2)

    def term(t: mp.mpf) -> mp.mpf:
        below = mp.ncdf((-distance / sv - slope * t) / rest)
        return mp.npdf(t) * (below if distance + su * t > 0 else mp.ncdf((distance / sv + slope * t) / rest))

    crossing = -mp.mpf(distance) / su
    points = sorted(
        {max(-40.0, min(40.0, float(crossing + s))) for s in (-5, -1, 0, 1, 5)}
        | {-40.0, -4.0, 0.0, 4.0, 40.0}
    )
    return mp.quad(term, points)


@pytest.mark.parametrize(
    ("distance", "query", "own", "other"),
    [
        (3.0, 1.0, 0.5, 0.5),
        (2.0, 1.0, 0.2, 0.7),
        (20.0, 1.0, 0.2, 0.7),
        (3.0, 0.1, 1e-9, 0.0),
        (3.0, 1e-18, 1e-3, 1.0),
    ],
)
def test_one_dimension_is_an_orthant(distance: float, query: float, own: float, other: float) -> None:
    expected = float(on_a_line(distance, query, own, other))
    assert pair_probability(1, distance, query, own, other) == pytest.approx(expected, rel=1e-11)


def test_values_computed_independently_are_reproduced() -> None:
    """One dimension, which an earlier quadrature got wrong in the fifth digit."""
    assert round(float(on_a_line(2.5, 1.0, 1.0, 1.0)), 7) == round(pair_probability(1, 2.5, 1.0, 1.0, 1.0), 7)
    values = [pair_probability(1, d, 1.0, 1.0, 1.0) for d in (40.0, 60.0)]
    assert all(v > 0 for v in values) and values[0] > values[1]
    assert values[1] == pytest.approx(float(on_a_line(60.0, 1.0, 1.0, 1.0)), rel=1e-9)


def test_variances_of_zero_need_no_case_of_their_own() -> None:
    from scipy.stats import norm

    # Centres at the means: half-way is half-way.
    assert pair_probability(7, 3.0, 1.0, 0.0, 0.0) == pytest.approx(norm.sf(1.5), rel=1e-13)
    # The query's own class is a point: it is its own centre.
    assert pair_probability(7, 3.0, 0.0, 0.0, 0.4) == 0.0
    # The other class is a point: the limit of small variances.
    for p in (1, 2, 9):
        near = pair_probability(p, 3.0, 1.0, 0.2, 1e-14)
        assert pair_probability(p, 3.0, 1.0, 0.2, 0.0) == pytest.approx(near, rel=1e-11)


def test_axes_and_full_covariances_agree() -> None:
    rng = np.random.default_rng(0)
    query, other = rng.uniform(0.5, 2.0, (2, 5))
    gap, n = rng.standard_normal(5) * 3, 3
    turn = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    by_axes = wrong_pair(PairAxes(query, query / n, other / n, gap, np.ones(5)))
    full = [turn @ np.diag(v) @ turn.T for v in (query, query / n, other / n)]
    assert wrong_pair_full(*full, turn @ gap) == pytest.approx(by_axes, rel=1e-10)
    population = GaussianClasses([[0.0] * 5, (turn @ gap).tolist()], [full[0], n * full[2]])
    assert pair_matrix(population, n)[0, 0] == pytest.approx(by_axes, rel=1e-10)
    # Without common axes, against simulation.
    a, b = (f @ f.T for f in rng.standard_normal((2, 4, 4)))
    apart = GaussianClasses([[0.0] * 4, [3.0, 1.0, 0.0, -2.0]], [a, b])
    result, direct = estimate(apart, Setting(2, 2)), run(Direct(), apart, 2, 2, 2e6)
    assert result.exact and direct.at(0.9999).low <= result.value <= direct.at(0.9999).high


def test_scales_far_apart_lose_no_digits() -> None:
    """The law depends on ratios alone, and a class a billion times narrower is a point."""
    base = pair_probability(3, 2.0, 0.5, 0.1, 0.3)
    for unit in (1e-70, 1e-9, 1e9, 1e70):
        square = unit**2
        scaled = pair_probability(3, 2.0 * unit, 0.5 * square, 0.1 * square, 0.3 * square)
        assert scaled == pytest.approx(base, rel=1e-12)
    assert pair_probability(3, 2.0, 0.5, 0.1, 3e-19) == pytest.approx(
        pair_probability(3, 2.0, 0.5, 0.1, 0.0), rel=1e-9
    )


# k, p, n, distance, stds: isotropic classes that were left between 0 and a thousand times the error.
UNRESOLVED = [
    (3, 3, 2, 17.0, [1.0] * 3),
    (5, 2, 5, 30.0, [1.0] * 5),
    (2, 8, 1, 13.0, [1.0, 0.0]),
    (3, 8, 1, 18.0, [1.0, 0.0, 1.0]),
    (4, 1, 3, 40.0, [1.0, 0.3, 0.0, 1.0]),
]


@pytest.mark.parametrize(("k", "p", "n", "distance", "stds"), UNRESOLVED)
def test_rare_gaussian_errors_always_have_an_interval(
    k: int, p: int, n: int, distance: float, stds: list[float]
) -> None:
    population = GaussianClasses(means(k, p, distance), [s**2 for s in stds])
    result = estimate(population, Setting(n, k), budget=Budget(draws=1e5))
    assert 0 < result.low <= result.value <= result.high <= k * result.low
    pairs = pair_matrix(population, n)
    assert pairs is not None
    # The engine's own 1e-9, and a rounding: sums in another order differ in their last digit.
    least, most = float(np.mean(np.max(pairs, axis=1))), float(np.mean(np.sum(pairs, axis=1)))
    assert result.at(1 - 1e-12).low >= least * (1 - 1e-9) * (1 - 1e-15)
    assert result.at(1 - 1e-12).high <= most * (1 + 1e-9) * (1 + 1e-15)
    if k == 2:
        assert result.exact


def test_classes_that_do_not_matter_are_bracketed() -> None:
    """Standard deviations in ratio 1/.6/1.3/.8/.5 at an error of 1e-9: the guard turns some class down, whose
    bracket is far narrower than the answer."""
    centres = np.random.default_rng(0).standard_normal((5, 16)) * 9 / math.sqrt(32)
    population = GaussianClasses(centres.tolist(), [0.25 * s**2 for s in (1.0, 0.6, 1.3, 0.8, 0.5)])
    estimate = run(Conditional(), population, 5, 5, 6e6)
    low, high = class_brackets(pair_matrix(population, 5), 5)
    assert float(np.mean(low)) <= estimate.low <= estimate.high <= float(np.mean(high))
    assert (estimate.high - estimate.low) / estimate.value < 1e-3
    assert (estimate.high - estimate.low) < 0.05 * float(np.mean(high - low))


def test_refused_classes_widen_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: every class turned down is not silently taken at the middle of its bracket."""

    class Turned(Conditional):
        def _class(self, *args: Any) -> Any:
            from simulations.engines import Refused

            if args[0].own == 1:
                raise Refused("the control does not close")
            return super()._class(*args)

    monkeypatch.setattr(conditional, "NARROW", 1.0)
    population = GaussianClasses(means(3, 16, 8.0), [1.0, 1.0, 1.1])
    plain, turned = (run(engine, population, 5, 3, 1e5) for engine in (Conditional(), Turned()))
    assert turned.low <= plain.low <= plain.high <= turned.high
    assert turned.high - turned.low > 2 * (plain.high - plain.low)


def test_a_sampled_estimate_stays_within_the_bracket() -> None:
    population = GaussianClasses(means(3, 3, 40.0), [1.0] * 3)
    low, _ = class_brackets(pair_matrix(population, 2), 3)
    sampled = run(Direct(), population, 2, 3, 1e4)
    assert sampled.value == 0.0
    inside = narrow_to_bracket(population, 2, 3, sampled)
    assert inside.method == "pairs" and inside.low == pytest.approx(float(np.mean(low)), rel=1e-9)
    wide = GaussianClasses(means(3, 3, 6.0), [1.0] * 3)
    least = narrow_to_bracket(wide, 2, 3, sampled).low
    rule = Replicates(64, 0.999 * least, 0.002 * least)
    outside = replace(sampled, value=rule.mean, low=0.9985 * least, high=0.9995 * least, rule=rule)
    kept = narrow_to_bracket(wide, 2, 3, outside)
    assert kept.method == "direct" and kept.value == kept.low == least
    assert Pairs().refusal(population, Question(2, (3,)), Budget()) is None
