"""Axes of two labelings: golden values by fractions, hypotheses, attained laws, false versions."""

from __future__ import annotations

import dataclasses
import itertools
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from helpers_slow import rest_slow
from hypothesis import given
from hypothesis import strategies as st

from proofs import library
from proofs.ledger import check
from simulations.attack.axes import Extreme, extreme, hunt_axes
from simulations.jobs.check.other_kinds import check_other_kind
from simulations.plugins.load import Extension
from simulations.populations.labelings import additive, finite_cells, gaussian_factors, suite
from theory import catalogue
from theory.bound import NotApplicable, Value
from theory.bound.confidence import AxesBound
from theory.evidence import TwoLabelings
from theory.few_shot.cdnv_sharp import cdnv_sharp
from theory.quantities import K1, K2, W1, W2, d1, d2
from theory.setting import Setting

ANY = Setting(1, 2)


def stated(name: str = "axes_orthogonality") -> AxesBound:
    bound = catalogue.get(name)
    assert isinstance(bound, AxesBound)
    return bound


# Points (y1, y2, x, y), equally likely within their combination of labels; whole, so fractions are exact.
POINTS = [
    (0, 0, 0, 1), (0, 0, 2, 1), (0, 1, 1, 4), (0, 2, -1, 2), (0, 2, 1, 0),
    (1, 0, 6, 0), (1, 1, 5, 5), (1, 1, 9, 3), (1, 2, 7, -2), (1, 2, 5, 1),
]  # fmt: skip


def by_fractions() -> tuple[float, float, float]:
    """|u_1.u_2| of classes 0 and 1 of both labelings, and both statements."""
    cells = {(a, b): [p[2:] for p in POINTS if p[:2] == (a, b)] for a in range(2) for b in range(3)}
    weight = {cell: Fraction(1, 6 * len(points)) for cell, points in cells.items()}

    def mean(labeling: int, c: int) -> list[Fraction]:
        own = [(w, p) for cell, w in weight.items() if cell[labeling] == c for p in cells[cell]]
        mass = sum(w for w, _ in own)
        return [sum(w * p[r] for w, p in own) / mass for r in (0, 1)]

    def square(u: list[Fraction], v: list[Fraction]) -> Fraction:
        return sum((a * b for a, b in zip(u, v, strict=True)), Fraction(0))

    D = [[b - a for a, b in zip(mean(lab, 0), mean(lab, 1), strict=True)] for lab in (0, 1)]
    spread = []
    for labeling, size in ((0, 2), (1, 3)):
        along = []
        for c in range(size):
            centre = mean(labeling, c)
            own = [(w, p) for cell, w in weight.items() if cell[labeling] == c for p in cells[cell]]
            along.append(
                sum(w * square([p[0] - centre[0], p[1] - centre[1]], D[labeling]) ** 2 for w, p in own)
                / sum(w for w, _ in own)
                / square(D[labeling], D[labeling]) ** 2
            )
        spread.append(along)
    one, two = (float(square(each, each)) for each in D)
    cosine = abs(float(square(D[0], D[1]))) / math.sqrt(one * two)
    mean_form, worst_form = (
        min(
            math.sqrt(one / two * 2 * 3 * float(pick(spread[0]))),
            math.sqrt(two / one * 2 * 2 * float(pick(spread[1]))),
        )
        for pick in (lambda values: sum(values) / len(values), max)
    )
    return cosine, mean_form, worst_form


def test_golden_values_by_fractions() -> None:
    table = np.array(POINTS)
    evidence = TwoLabelings.from_features(table[:, 2:].astype(float), table[:, 0], table[:, 1])
    cosine, mean_form, worst_form = by_fractions()
    # The pair (0, 1) is the first of either labeling.
    assert abs(evidence.cosines[0, 0]) == pytest.approx(cosine, rel=1e-12)
    assert stated().values(evidence, ANY)[0, 0] == pytest.approx(mean_form, rel=1e-12)
    published = stated("axes_orthogonality_2026").values(evidence, ANY)[0, 0]
    assert published == pytest.approx(worst_form, rel=1e-12)
    assert cosine < mean_form < worst_form


def test_golden_number() -> None:
    values = {d1: 2.0, d2: 0.5, K1: 4, K2: 3, W1: 0.01, W2: 0.02}
    by_hand = min(4 * math.sqrt(0.06), 0.25 * math.sqrt(0.16))
    assert stated().number(values) == pytest.approx(by_hand, rel=1e-15) and by_hand == pytest.approx(0.1)


@given(st.integers(0, 10**6))
def test_it_holds_and_the_worst_class_is_no_smaller(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second, p = (int(rng.integers(2, 5)) for _ in range(3))
    means = rng.normal(size=(first, second, p)) * np.exp(2 * rng.normal(size=(first, second, 1)))
    variances = rng.exponential(size=(first, second, p)) * 10 ** rng.uniform(-6, 1)
    evidence = TwoLabelings.from_cells(np.full((first, second), 1 / (first * second)), means, variances)
    mean, worst = (stated(n).values(evidence, ANY) for n in ("axes_orthogonality", "axes_orthogonality_2026"))
    assert np.all(np.abs(evidence.cosines) <= mean * (1 + 1e-9))
    assert np.all(mean <= worst * (1 + 1e-12))
    exchanged = stated().values(evidence.swapped(), ANY)
    assert np.allclose(exchanged, mean.T, rtol=1e-12)
    turned = TwoLabelings.from_cells(evidence.shares, 7 * means + 3, 49 * variances)
    assert np.allclose(stated().values(turned, ANY), mean, rtol=1e-6)


@pytest.mark.parametrize("sizes", list(itertools.product((2, 3, 5), repeat=2)))
def test_additive_factors_attain_it(sizes: tuple[int, int]) -> None:
    law = additive(*sizes, cosine=0.37, size=0.8)
    for name in ("axes_orthogonality", "axes_orthogonality_2026"):
        extreme_case = extreme(stated(name), law)
        assert isinstance(extreme_case, Extreme) and extreme_case.ratio == pytest.approx(1, rel=1e-12)


def test_the_mean_over_classes_is_sharper_by_up_to_the_root_of_their_number() -> None:
    """One class of the first labeling is spread along its axis, the others are not."""
    means = np.zeros((9, 2, 3))
    means[:, :, 0] = np.arange(9)[:, None]
    means[:, 1, 1] = 1.0
    covariances = np.zeros((9, 2, 3))
    covariances[0, :, 0] = 1e-6
    evidence = TwoLabelings.from_cells(np.full((9, 2), 1 / 18), means, covariances)
    gain = np.sqrt(evidence.worst_along_axis_first / evidence.along_axis_first)
    assert np.max(gain) == pytest.approx(3, rel=1e-6)


def test_samples_of_a_law_have_its_moments() -> None:
    """Another route: many samples, unequally many a combination, against the moments of the cells."""
    law = gaussian_factors(3, 2, 4, 0.5, 0.2)
    rng = np.random.default_rng(4)
    features, first, second = law.draw(rng, 40_000)
    kept = rng.random(len(features)) < np.where((first == 0) & (second == 1), 0.3, 1.0)
    sampled = TwoLabelings.from_features(features[kept], first[kept], second[kept])
    assert np.allclose(sampled.cosines, law.evidence.cosines, atol=0.02)
    assert np.allclose(sampled.along_axis_first, law.evidence.along_axis_first, rtol=0.03)
    assert np.allclose(sampled.worst_along_axis_second, law.evidence.worst_along_axis_second, rtol=0.03)


def test_dependent_or_unbalanced_labelings_are_refused() -> None:
    law = finite_cells(2, 2, 3, 3)
    for shares in ([[0.4, 0.1], [0.1, 0.4]], [[0.3, 0.3], [0.2, 0.2]]):
        evidence = TwoLabelings.from_cells(np.array(shares), law.means, law.covariances)
        answer = stated().values(evidence, ANY)
        assert isinstance(answer, NotApplicable) and "not independent and balanced" in answer.reason
    assert isinstance(stated().evaluate(law.evidence, ANY), Value)


def test_without_independence_it_is_false() -> None:
    """The refusal is not for show: one label that is the other's copy puts the two axes on one line."""
    means = np.array([[[0.0], [0.0]], [[1.0], [1.0]]])
    shares = np.array([[0.499, 0.001], [0.001, 0.499]])
    evidence = TwoLabelings.from_cells(shares, means, np.full((2, 2, 1), 1e-6))
    unchecked = dataclasses.replace(stated(), assumptions=())
    assert np.max(np.abs(evidence.cosines) / unchecked.values(evidence, ANY)) > 100


def test_coincident_means_and_other_evidence_are_refused() -> None:
    means = np.zeros((2, 2, 2))
    means[1, :, 0] = 1.0
    evidence = TwoLabelings.from_cells(np.full((2, 2), 0.25), means, np.ones((2, 2, 2)))
    answer = stated().values(evidence, ANY)
    assert isinstance(answer, NotApplicable) and "second labeling coincide" in answer.reason
    assert isinstance(stated().evaluate(_geometry(), ANY), NotApplicable)
    with pytest.raises(ValueError, match="class 1 of the first and class 0 of the second"):
        TwoLabelings.from_features(np.ones((3, 2)), np.array([0, 0, 1]), np.array([0, 1, 1]))


def _geometry() -> object:
    from simulations.populations.simplex_etf import SimplexETF

    return SimplexETF(count=3, dimension=4, cdnv=0.1).geometry()


FALSE = {
    "half": lambda b: b.statement / 2,
    "the number of classes left out": lambda b: b.statement.subs({K1: 1, K2: 1}),
    "two means in place of two": lambda b: sp.Min(d1 / d2 * sp.sqrt(K2 * W1), d2 / d1 * sp.sqrt(K1 * W2)),
    "distances exchanged": lambda b: sp.Min(d2 / d1 * sp.sqrt(2 * K2 * W1), d1 / d2 * sp.sqrt(2 * K1 * W2)),
    "a tenth off": lambda b: b.statement * sp.Rational(9, 10),
    "negative where the spread is wide": lambda b: d1 / d2 * sp.sqrt(2 * K2 * W1) / (1 - W1),
}


@pytest.mark.parametrize("how", rest_slow(FALSE, ["a tenth off", "distances exchanged"]))
def test_a_false_statement_is_caught_by_the_hunt_and_by_the_proof(how: str) -> None:
    twin = dataclasses.replace(stated(), name="mine", statement=FALSE[how](stated()))
    findings = check_other_kind(Extension(Path("mine.py")), twin, 1, True)
    assert "violated" in {finding.outcome for finding in findings}
    argument = library.write(dataclasses.replace(twin, name="axes_orthogonality"))
    assert argument is not None and check(argument).verdict == "failed"


def test_a_true_statement_stands_and_the_hunt_comes_close() -> None:
    for name in ("axes_orthogonality", "axes_orthogonality_2026"):
        mine = dataclasses.replace(stated(name), name="mine")
        findings = check_other_kind(Extension(Path("mine.py")), mine, 1, True)
        assert [finding.outcome for finding in findings] == ["holds", "holds"]
    assert hunt_axes(stated(), 2, starts=4, steps=20).ratio == pytest.approx(1, rel=1e-9)
    climbs = [extreme(stated(), law) for law in suite() if law.name.startswith("Gaussian")]
    assert all(isinstance(each, Extreme) and 0 < each.ratio < 1 for each in climbs)


def test_a_sum_may_hold_quantities_of_axes() -> None:
    t = sp.Symbol("t", integer=True, positive=True)
    law = finite_cells(2, 2, 2, 3)
    summed, plain = (
        dataclasses.replace(stated(), name="mine", statement=stated().statement * factor)
        for factor in (sp.Sum(W1**t, (t, 1, 3)), W1 + W1**2 + W1**3)
    )
    np.testing.assert_allclose(summed.values(law.evidence, ANY), plain.values(law.evidence, ANY), rtol=1e-12)


def test_another_kind_is_not_about_labelings() -> None:
    law = finite_cells(2, 2, 2, 3)
    assert cdnv_sharp.about == "few_shot_error" and stated().about == "axes"
    assert stated().latex().startswith(r"\left| u_{1}^{\top} u_{2} \right|")
    assert stated().evaluate(law.evidence, ANY).value == pytest.approx(
        float(np.mean(stated().values(law.evidence, ANY)))
    )
