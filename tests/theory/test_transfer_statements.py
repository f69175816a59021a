"""Golden values, hypotheses and shape of the statements on new samples, new classes and transfer."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from simulations.populations.finite_support import FiniteSupport
from simulations.populations.simplex_etf import SimplexETF
from theory import catalogue
from theory import quantities as q
from theory.assumptions.sampling import (
    BoundedCdnv,
    BoundedFeatures,
    BoundedLinearMaps,
    DistinctClassesFromPool,
    IndependentClasses,
    IndependentSamples,
)
from theory.bound import NotApplicable, Value
from theory.bound.confidence import ConfidenceBound
from theory.evaluation.concentration import kl_upper, mixture_upper
from theory.evidence import EpisodeErrors, KernelSample, SourceClasses, SourceSamples
from theory.evidence.lineage import Lineage, MapRecord
from theory.setting import Setting
from theory.transfer.transfer_rates import transfer_rates

FIXED = Lineage(feature_map=MapRecord("fixed"))
SAMPLED = (IndependentClasses(), IndependentSamples())
CONFIDENCE = [b for b in catalogue.STATEMENTS if isinstance(b, ConfidenceBound)]
HIGH = [b for b in CONFIDENCE if b.kind == "high_probability"]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("progressive_certificate", {q.U: 0.1, q.N_blocks: 20}, 0.37366641525559868),
        ("progressive_certificate_exponential", {q.U: 0.1, q.N_blocks: 20, q.tilt: 1.5}, 0.33341966528763909),
        ("progressive_certificate_mixture", {q.U: 0.1, q.N_blocks: 20}, 0.36991498081467537),
        (
            "u_statistic_hoeffding",
            {q.U: 0.02, q.l: 100, q.F: 1, q.b: 1},
            0.02 + math.sqrt(math.log(20) / 100),
        ),
    ],
)
def test_golden(name: str, values: dict[sp.Symbol, float], expected: float) -> None:
    assert catalogue.get(name).number({**values, q.failure: 0.05}) == pytest.approx(expected, rel=1e-14)


def test_kl_form_beats_hoeffding_as_declared() -> None:
    values = {q.U: 0.02, q.l: 100, q.F: 1, q.b: 1, q.failure: 0.05}
    assert catalogue.get("u_statistic_kl").number(values) == pytest.approx(0.110, abs=5e-4)
    assert catalogue.get("u_statistic_hoeffding").number(values) == pytest.approx(0.193, abs=5e-4)


@given(st.floats(0, 1), st.floats(1e-6, 5))
def test_kl_inverse_is_outside_and_near(p: float, rate: float) -> None:
    upper = float(kl_upper(p, rate))
    with mpmath.workdps(40):

        def kl(x: float) -> mpmath.mpf:
            terms = [(mpmath.mpf(p), mpmath.mpf(x)), (1 - mpmath.mpf(p), 1 - mpmath.mpf(x))]
            return sum((a * mpmath.log(a / b) for a, b in terms if a > 0), mpmath.mpf(0))

        assert p <= upper <= 1
        if upper < 1:
            assert kl(upper) >= rate - 1e-12
        inside = upper - 1e-9
        if inside > p:
            assert kl(inside) <= rate + 1e-12


def test_mixture_inverse_solves_its_equation() -> None:
    tilts, count, failure = [0.5, 1, 2, 4], 20, 0.05
    root = float(mixture_upper(0.1, count, failure, tilts))
    total = np.mean([math.exp(count * (-t * 0.1 - math.log(1 - root + root * math.exp(-t)))) for t in tilts])
    assert total == pytest.approx(1 / failure, rel=1e-12)


def test_without_replacement_vanishes_when_the_pool_was_seen() -> None:
    bound = catalogue.get("u_statistic_without_replacement")
    values = {q.U: 0.02, q.F: 1, q.b: 1, q.failure: 0.05, q.L_pool: 100}
    assert bound.number({**values, q.l: 100}) == 0.02
    # By hand: 2 (50/50) sqrt(log(20)/2 * sum_{i=1}^{50} (100-i)^-2).
    spread = sum((100 - i) ** -2 for i in range(1, 51))
    assert bound.number({**values, q.l: 50}) == pytest.approx(0.02 + 2 * math.sqrt(math.log(20) * spread / 2))


@pytest.mark.parametrize("bound", HIGH, ids=lambda b: b.name)
def test_failure_probability_stands_in_the_relation(bound: ConfidenceBound) -> None:
    assert bound.relation.rhs == 1 - sum(bound.failures)
    spent = {s for s in bound.closed_form.free_symbols if str(s).startswith("failure")}
    assert spent == set(bound.failures)


def test_composition_adds_failures() -> None:
    bound = catalogue.get("transfer_end_to_end")
    assert isinstance(bound, ConfidenceBound)
    assert bound.failure == q.failure_s + q.failure_c
    assert bound.chosen({"failure": 0.06}) == {q.failure_s: 0.03, q.failure_c: 0.03}


@pytest.mark.parametrize("failure", [0.0, 1.0, -0.1, 2.0, math.nan])
def test_failure_outside_the_unit_interval_is_refused(failure: float) -> None:
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        catalogue.get("u_statistic_kl").evaluate(
            KernelSample(np.zeros((4, 4)), 1.0, FIXED), Setting(1, 2), SAMPLED, at={"failure": failure}
        )


def test_a_statement_that_spends_an_undeclared_failure_is_refused() -> None:
    good = catalogue.get("transfer_end_to_end")
    fields = {name: getattr(good, name) for name in ("title", "about", "statement", "where", "assumptions")}
    with pytest.raises(ValueError, match="spends"):
        type(good)(name="broken", reads=SourceSamples, provenance=good.provenance, **fields)


def _simplex(count: int = 64, cdnv: float = 0.01) -> SourceClasses:
    return SourceClasses(SimplexETF(count, count, cdnv=cdnv).geometry(), FIXED)


def test_certificates_are_informative_on_a_collapsed_simplex() -> None:
    """CDNV 0.01, l = 64, delta = 0.05, 2-way 5-shot: each below 0.2."""
    setting, source = Setting(5, 2), _simplex()
    granted = (*SAMPLED, *SimplexETF(64, 64, cdnv=0.01).granted())
    pair = catalogue.get("pair_bound_new_classes").evaluate(source, setting, granted)
    error = catalogue.get("gaussian_two_class")
    exact = error.evaluate(source.geometry, setting, granted)
    assert isinstance(pair, Value) and isinstance(exact, Value)
    kernel = KernelSample(np.full((64, 64), exact.value), 1.0, FIXED)
    certificate = catalogue.get("pair_certificate").evaluate(kernel, setting, granted)
    episodes = EpisodeErrors(np.asarray(exact.value), 64, 2, FIXED)
    episode = catalogue.get("episode_certificate").evaluate(episodes, setting, granted)
    assert isinstance(certificate, Value) and isinstance(episode, Value)
    assert max(pair.value, certificate.value, episode.value) < 0.2
    assert pair.value == pytest.approx(0.1053, abs=2e-3)
    assert episode.value == pytest.approx(1 - 0.05 ** (1 / 32), abs=1e-4)


@pytest.mark.parametrize(
    "name", ["pair_bound_new_classes", "exact_moment_new_classes", "margin_order_4_new_classes"]
)
def test_coincident_point_masses_count_as_a_pair_always_confused(name: str) -> None:
    """A tie is an error: of the 12 ordered pairs of 4 points, two equal, 2 are always confused."""
    points = FiniteSupport([[[x]] for x in (0, 0, 1, 3)], [[1]] * 4)
    source = SourceClasses(points.geometry(), FIXED)
    answer = catalogue.get(name).evaluate(source, Setting(5, 2), (*SAMPLED, *points.granted()))
    expected = catalogue.get("u_statistic_kl").number({q.U: 2 / 12, q.l: 4, q.F: 1, q.b: 1, q.failure: 0.05})
    assert isinstance(answer, Value) and answer.value == pytest.approx(expected, rel=1e-12)


def test_batched_values_agree_with_single_ones() -> None:
    rng = np.random.default_rng(1)
    features = rng.uniform(-0.4, 0.4, (3, 5, 12, 2)) + 0.05 * np.arange(5)[:, None, None]
    granted = (*SAMPLED, BoundedFeatures(2.0))
    for name in ("cdnv_new_samples", "cdnv_new_samples_bernstein", "transfer_end_to_end"):
        bound = catalogue.get(name)
        whole = bound.values(SourceSamples(features, FIXED), Setting(5, 2), granted)
        for index in range(3):
            one = bound.values(SourceSamples(features[index], FIXED), Setting(5, 2), granted)
            np.testing.assert_allclose(whole[index], one, rtol=1e-12)


def test_chosen_classes_agree_with_their_own_geometry() -> None:
    population = SimplexETF(6, 6, cdnv=0.2)
    moments = population.moments(population.unit)
    granted = (*SAMPLED, *population.granted())
    from theory.geometry import ClassGeometry

    chosen = np.array([[0, 2, 5, 4]])
    few = ClassGeometry.from_moments([moments[c] for c in chosen[0]], unit=population.unit)
    for name in ("pair_bound_new_classes", "exact_moment_new_classes"):
        bound = catalogue.get(name)
        batch = bound.values(SourceClasses(population.geometry(), FIXED, chosen), Setting(5, 2), granted)
        alone = bound.evaluate(SourceClasses(few, FIXED), Setting(5, 2), granted)
        assert batch[0] == pytest.approx(alone.value, rel=1e-12)


@given(st.lists(st.floats(-1, 1), min_size=12, max_size=12), st.floats(0, 0.3), st.floats(0, 0.3))
def test_perturbation_forms_hold(values: list[float], first: float, second: float) -> None:
    """Deterministic: any means within eps, any variances within eta."""
    means, noise = np.array(values[:4]).reshape(2, 2), np.array(values[4:8]).reshape(2, 2)
    means[1, 0] += 3
    noise = noise / np.maximum(1, np.linalg.norm(noise, axis=1))[:, None] * np.array([[first], [second]])
    v_hat = np.abs(np.array(values[8:10]))
    eta = np.array(values[10:12])
    v = np.maximum(v_hat + eta, 0)
    d, d_hat = np.linalg.norm(means[1] - means[0]), np.linalg.norm(np.diff(means + noise, axis=0))
    truth = v.sum() / (2 * d**2)
    numbers = {
        q.v_hat_i: v_hat[0],
        q.v_hat_j: v_hat[1],
        q.d: d,
        q.d_hat: d_hat,
        q.eps_i: first,
        q.eps_j: second,
        q.eta_i: v[0] - v_hat[0],
        q.eta_j: v[1] - v_hat[1],
    }
    for name in ("cdnv_perturbation", "cdnv_perturbation_from_samples"):
        # V_hat + B cancels where eta is negative: rounding is relative to its terms.
        rounding = 1e-12 * (truth + v_hat.sum() / d_hat**2)
        assert catalogue.get(name).number(numbers) >= truth - rounding


def test_bounded_cdnv_refuses_independent_classes() -> None:
    bound = catalogue.get("cdnv_new_classes")
    source = _simplex(8, 0.1)
    for granted in (
        (IndependentClasses(), BoundedCdnv(1.0)),
        (IndependentClasses(), BoundedCdnv(1.0), DistinctClassesFromPool(20)),
        (BoundedCdnv(1.0),),
    ):
        answer = bound.evaluate(source, Setting(5, 2), granted)
        assert isinstance(answer, NotApplicable) and "independent" in answer.reason
    fine = bound.evaluate(source, Setting(5, 2), (BoundedCdnv(1.0), DistinctClassesFromPool(20)))
    assert isinstance(fine, Value) and fine.value > 0.1
    low = bound.evaluate(source, Setting(5, 2), (BoundedCdnv(0.05), DistinctClassesFromPool(20)))
    assert isinstance(low, NotApplicable) and "above V_max" in low.reason


def test_bounded_cdnv_is_impossible_near_a_support_point() -> None:
    """Two draws within epsilon of a support point have at least the CDNV that the statement says."""
    rng = np.random.default_rng(3)
    bound = catalogue.get("bounded_cdnv_is_impossible")
    for eps in (0.3, 0.1, 1e-3):
        steps = rng.standard_normal((2, 200, 3))
        steps *= eps * rng.random((2, 200, 1)) / np.linalg.norm(steps, axis=2, keepdims=True)
        v = 1 + eps * rng.uniform(-1, 1, (2, 200))
        values = v.sum(axis=0) / (2 * np.sum((steps[0] - steps[1]) ** 2, axis=1))
        assert values.min() >= bound.number({q.v_0: 1.0, q.nearness: eps})


@functools.cache
def majorant_of_linear_maps() -> Callable[[float, float, float], float]:
    """Of the distance, N and the floor."""
    from theory.new_classes.linear_maps import N, majorant

    return sp.lambdify([q.d, N, q.floor_d], majorant, "math")  # type: ignore[no-any-return]


@given(st.floats(1e-3, 10), st.floats(0, 50), st.floats(1e-2, 10))
def test_linear_majorant(d: float, spread: float, floor: float) -> None:
    """phi is at least min(1, N/d^2) and 1/Delta^2-Lipschitz in N and in d^2."""
    value = majorant_of_linear_maps()

    def phi(squared: float, n_value: float) -> float:
        return float(value(math.sqrt(squared), n_value, floor))

    here = phi(d * d, spread)
    assert here >= min(1.0, spread / d**2) - 1e-9
    step = 1e-3 * floor**2
    assert abs(phi(d * d + step, spread) - here) <= step / floor**2 + 1e-9
    assert abs(phi(d * d, spread + step) - here) <= step / floor**2 + 1e-9


def test_linear_maps_reads_the_norm_of_the_map() -> None:
    record = MapRecord("W", frozenset(range(8)), frozenset({"s"}), norm=2.0)
    geometry = SimplexETF(8, 8, cdnv=0.01).geometry()
    source = SourceClasses(geometry, Lineage(tuple(range(8)), "s", record))
    bound = catalogue.get("linear_maps")
    granted = (*SAMPLED, BoundedLinearMaps(norm=2.0, inputs=1.0, floor=0.5))
    assert isinstance(bound.evaluate(source, Setting(5, 2), granted), Value)
    small = (*SAMPLED, BoundedLinearMaps(norm=1.0, inputs=1.0, floor=0.5))
    answer = bound.evaluate(source, Setting(5, 2), small)
    assert isinstance(answer, NotApplicable) and "Frobenius norm 2" in answer.reason


@pytest.mark.parametrize(
    ("features", "granted", "reason"),
    [
        (np.zeros((3, 1, 2)), (*SAMPLED, BoundedFeatures(1.0)), "at least 2 samples"),
        (np.full((3, 4, 2), 5.0), (*SAMPLED, BoundedFeatures(1.0)), "above the radius"),
        (np.zeros((3, 4, 2)), SAMPLED, "BoundedFeatures"),
        (np.zeros((3, 4, 2)), (BoundedFeatures(1.0),), "IndependentSamples"),
    ],
)
def test_sample_hypotheses_refuse(features: np.ndarray, granted: tuple, reason: str) -> None:  # type: ignore[type-arg]
    answer = catalogue.get("cdnv_new_samples").evaluate(
        SourceSamples(features, FIXED), Setting(5, 2), granted
    )
    assert isinstance(answer, NotApplicable) and reason in answer.reason


def test_statements_refuse_the_wrong_evidence() -> None:
    geometry = _simplex(4).geometry
    for bound in CONFIDENCE:
        answer = bound.evaluate(geometry, Setting(5, 2), SAMPLED)
        assert isinstance(answer, NotApplicable) and "evaluated on" in answer.reason
    answer = catalogue.get("pair_certificate").evaluate(_simplex(4), Setting(5, 2), SAMPLED)
    assert isinstance(answer, NotApplicable)


def test_exponents_of_the_rates_are_read_off_the_statement() -> None:
    assert transfer_rates.exponent(q.l) == transfer_rates.exponent(q.m) == sp.Rational(-1, 2)
