"""Populations of classes, learned maps, the experiment and the rates; each with a broken version."""

from __future__ import annotations

import math
from dataclasses import replace

import array_api_strict
import numpy as np
import pytest

from simulations.experiments.transfer.classes import ClassLaw
from simulations.experiments.transfer.experiment import run_transfer
from simulations.experiments.transfer.maps import LEARNED, MAPS, fit
from simulations.experiments.transfer.measures import episode_error, mean_cdnv, median_cdnv
from simulations.experiments.transfer.rate_plans import LAW, SIZES, TARGET, held_law, plans
from simulations.experiments.transfer.rates import GROUPS, RateSubject, fit_rate, slope_of
from theory.quantities import l as classes_symbol

LAWS = [
    ClassLaw(means=means, covariance=covariance, dimension=8, tail=tail)
    for means in ("gaussian", "sphere", "clusters", "simplex")
    for covariance, tail in (("isotropic", math.inf), ("wishart", math.inf), ("low_rank", 6.0))
] + [ClassLaw(means="sphere", dimension=8, bounded=True)]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name.replace(" ", "_"))
def test_declared_assumptions_hold_on_draws(law: ClassLaw) -> None:
    rng = np.random.default_rng(2)
    sample = law.draw(rng, (1, 4000))
    squares = np.sum(sample.means**2, axis=-1)
    assert squares.mean() == pytest.approx(1, abs=5 * squares.std() / math.sqrt(4000) + 1e-9)
    variances = sample.variances[0]
    assert variances.mean() == pytest.approx(1, abs=6 * variances.std() / math.sqrt(4000) + 1e-9)
    # Independent classes: means of successive draws are uncorrelated beyond the population's own mean.
    centred = sample.means[0] - sample.means[0].mean(axis=0)
    products = np.sum(centred[0::2] * centred[1::2], axis=1)
    assert abs(products.mean()) < 5 * products.std() / math.sqrt(2000)
    one = law.draw(rng, (1, 1))
    samples = one.samples(rng, 20_000)[0, 0] - one.means[0, 0]
    covariance = one.factors[0, 0] @ one.factors[0, 0].T
    spread = np.abs(samples.T @ samples / 20_000 - covariance).max()
    assert spread < 8 * np.trace(covariance) / math.sqrt(20_000)
    names = {assumption.name for assumption in law.assumptions()}
    isotropic = np.allclose(covariance, np.eye(8) * covariance[0, 0])
    assert ("SphericallySymmetric" in names) == isotropic
    along = samples @ np.linalg.eigh(covariance)[1][:, -1]
    # Of a Gaussian; of a coordinate of a point on a sphere in R^8.
    kurtosis = 3 * 8 / 10 if law.bounded else 3
    assert np.mean(along**4) / np.mean(along**2) ** 2 == pytest.approx(kurtosis, abs=0.3)
    assert ("Gaussian" in names) == (not law.bounded)
    assert ("BoundedFeatures" in names) == (law.radius < math.inf)
    largest = float(np.max(np.linalg.norm(one.samples(rng, 20_000), axis=-1)))
    # Attained to a hundredth: a smaller radius would be false.
    assert largest <= law.radius * (1 + 1e-12) and (not law.bounded or largest > 0.97 * law.radius)


def test_collapse_moves_from_scattered_to_collapsed() -> None:
    values = [
        run_transfer(ClassLaw(collapse=level, dimension=12), replicates=20).estimate("new").value
        for level in (0.0, 0.5, 0.9, 1.0)
    ]
    assert values == sorted(values, reverse=True) and values[-1] < 1e-25


@pytest.mark.parametrize("name", sorted(LEARNED))
def test_scoring_training_classes_as_new_is_optimistic(name: str) -> None:
    """The bias that FixedFeatureMap exists to prevent: the map looks better on its own classes."""
    result = run_transfer(
        ClassLaw(covariance="wishart", dimension=16), name, classes=8, samples=12, replicates=24
    )
    gap = result.values["new"] / result.values["fresh"]
    logs = np.log(gap[np.isfinite(gap)])
    assert len(logs) >= 20
    assert logs.mean() > 4 * logs.std(ddof=1) / math.sqrt(len(logs)), logs.mean()


def test_a_fixed_map_shows_no_such_bias() -> None:
    result = run_transfer(ClassLaw(covariance="wishart", dimension=16), "identity", classes=8, replicates=200)
    logs = np.log(result.values["new"] / result.values["fresh"])
    assert abs(logs.mean()) < 4 * logs.std(ddof=1) / math.sqrt(len(logs))


def test_learned_maps_fit_every_replicate_on_its_own() -> None:
    """Batched along the leading axis: each replicate's map is what it would be alone."""
    rng = np.random.default_rng(3)
    inputs = ClassLaw(dimension=6).draw(rng, (3, 5)).samples(rng, 9)
    for name in ("pca", "lda", "softmax"):
        whole = fit(name, inputs, rng, classes=range(5), draw="d").apply(inputs)
        alone = fit(name, inputs[1:2], rng, classes=range(5), draw="d").apply(inputs[1:2])
        np.testing.assert_allclose(mean_cdnv(whole)[1], mean_cdnv(alone)[0], rtol=1e-6)


@pytest.mark.parametrize("name", sorted(set(MAPS) - {"network"}))
def test_runs_on_any_array_namespace(name: str) -> None:
    law = ClassLaw(dimension=6)
    plain = law.draw(np.random.default_rng(5), (2, 4)).samples(np.random.default_rng(6), 8)
    strict = array_api_strict.asarray(plain)
    first = fit(name, plain, np.random.default_rng(7), classes=range(4), draw="d")
    second = fit(name, strict, np.random.default_rng(7), classes=range(4), draw="d")
    here, there = first.apply(plain), second.apply(strict)
    np.testing.assert_allclose(np.asarray(median_cdnv(there)), median_cdnv(here), rtol=1e-6)
    error = episode_error(there[..., :3, :], there[..., 3:, :], 2)
    np.testing.assert_allclose(np.asarray(error), episode_error(here[..., :3, :], here[..., 3:, :], 2))


def test_median_and_mean_of_pairs_by_hand() -> None:
    rng = np.random.default_rng(8)
    features = rng.standard_normal((4, 6, 3)) * 0.1 + np.arange(4)[:, None, None]
    values = []
    for i in range(4):
        for j in range(i):
            v = [np.var(features[c], axis=0, ddof=1).sum() for c in (i, j)]
            squared = np.sum((features[i].mean(0) - features[j].mean(0)) ** 2) - sum(v) / 6
            values.append(sum(v) / (2 * squared))
    assert float(mean_cdnv(features)) == pytest.approx(np.mean(values), rel=1e-10)
    assert float(median_cdnv(features)) == pytest.approx(np.median(values), rel=1e-10)


def test_episode_error_counts_ties_and_mistakes() -> None:
    support = np.array([[[0.0, 0.0]], [[4.0, 0.0]]])
    queries = np.array([[[1.0, 0.0], [2.0, 5.0], [3.0, 0.0], [0.0, 0.0]], [[4.0, 0.0]] * 4])
    assert float(episode_error(support, queries, 2)[0]) == pytest.approx(2 / 8)


TESTS = 1000
"""About as many interval statements as a whole run makes: each verdict gets a thousandth of a thousandth."""


@pytest.mark.parametrize("axis", ["samples", "classes"])
def test_rates_of_a_fixed_map_are_minus_one_half(axis: str, full: bool) -> None:
    plan = next(p for p in plans(full) if p.claimed and p.axis == axis)
    fit = plan.fit(11).with_verdict(TESTS)
    print(f"{fit.subject}: {fit.slope:.3f} +- {fit.error:.3f}; {fit.caught:.3f} would be caught")
    assert fit.outcome == "holds" and fit.slope - 0.1 < -0.5
    assert fit.caught is not None and fit.caught < -0.25


@pytest.mark.parametrize("power", [-0.2, -0.25])
def test_a_slower_rate_is_caught(power: float) -> None:
    """At the level that a run leaves to each of its statements, from as many replicates as it makes."""
    rng = np.random.default_rng(12)

    def slow(size: int) -> np.ndarray:
        return rng.standard_normal(10 * GROUPS) * size**power

    fit = fit_rate(RateSubject("slow", classes_symbol, True), SIZES, slow).with_verdict(TESTS)
    assert fit.outcome == "violated"


def test_rate_verdicts_share_the_error_of_the_run() -> None:
    """A slope just beyond its own level is no violation among a thousand; others are never judged."""
    rng = np.random.default_rng(13)

    def noise(size: int) -> np.ndarray:
        return rng.standard_normal(10 * GROUPS) * size**-0.5

    fit = fit_rate(RateSubject("exact", classes_symbol, True), SIZES, noise)
    edge = replace(fit, slope=-0.45 + 4.5 * fit.error)
    assert edge.with_verdict(1).outcome == "violated" and edge.with_verdict(TESTS).outcome == "holds"
    assert edge.with_verdict(TESTS).caught > edge.with_verdict(1).caught
    assert replace(edge, expected=None).with_verdict(1).outcome == "reported"


def test_a_run_counts_its_claimed_slopes() -> None:
    from simulations.jobs.verify.chapters import Transfer

    rng = np.random.default_rng(14)
    fits = [
        fit_rate(
            RateSubject("s", classes_symbol, claimed), SIZES, lambda m: rng.standard_normal(200) * m**-0.1
        )
        for claimed in (True, False)
    ]
    chapter = Transfer()
    assert chapter.tests(fits) == 1
    findings = chapter.gather(fits, TESTS)
    assert len(findings.violations) == 1 and "claimed -0.5" in findings.violations[0]


@pytest.mark.parametrize("name", ["pca", "lda", "softmax"])
def test_training_collapse_is_held_fixed(name: str) -> None:
    """Without it the CDNV of the training features would change with their number several times over."""
    collapses, bare = [], []
    for classes, samples in ((8, 8), (32, 8), (6, 64)):
        for law, into in ((held_law(name, classes, samples, 3), collapses), (LAW, bare)):
            rng = np.random.default_rng(15)
            inputs = law.draw(rng, (16, classes)).samples(rng, samples)
            chosen = fit(name, inputs, rng, classes=range(classes), draw="d")
            into.append(float(np.median(median_cdnv(chosen.apply(inputs)))))
    assert max(abs(math.log(each / TARGET)) for each in collapses) < math.log(1.4), collapses
    assert max(bare) / min(bare) > 1.5


def test_a_rate_needs_sizes_and_positive_gaps() -> None:
    with pytest.raises(ValueError, match="at least 6 sizes"):
        slope_of(np.ones(5), (1, 2, 4, 8, 64))
    with pytest.raises(ValueError, match="factor of 64"):
        slope_of(np.ones(6), (1, 2, 4, 8, 16, 32))
    with pytest.raises(ValueError, match="no logarithm"):
        slope_of(np.array([1, 1, 1, 1, 1, math.inf]), (1, 2, 4, 8, 16, 64))


def test_chapter_writes_its_section() -> None:
    from simulations.jobs.verify import chapters
    from simulations.jobs.verify.chapters.base import Request
    from simulations.jobs.verify.chapters.claim_points import point_task
    from simulations.jobs.verify.chapters.claims import coverage_task
    from simulations.report.sections.registry import writer

    chapter = chapters.NewSamples()
    results = [coverage_task(index, False, 3) for index in chapter.scenarios()]
    results.append(point_task("identity", "samples", 10, Request(3)))
    findings = chapter.gather(results, chapter.tests(results))
    pictures = [task.function(*task.arguments) for task in writer(chapter).drawings(findings)]
    html = writer(chapter).section(findings, pictures).html
    assert not findings.violations and "cdnv_new_samples_bernstein" in html and "<svg" in html
    names = [bound.name for each in chapters.CHAPTERS for bound in each.bounds]
    from theory import catalogue

    assert len(names) == len(set(names)) and set(names) == set(catalogue.names())


@pytest.mark.parametrize(
    ("axis", "position", "least"), [("samples", 3000, 2), ("classes", 100, 2), ("collapse", 0.9, 3)]
)
def test_curves_of_bounds_lie_above_what_they_bound(axis: str, position: float, least: int) -> None:
    from simulations.jobs.verify.chapters.base import Request
    from simulations.jobs.verify.chapters.claim_points import ABOUT_CDNV, BOUNDED, point_task

    point = point_task(BOUNDED, axis, position, Request(3))
    assert len(point.bounds) == least
    for name, value in point.bounds.items():
        assert value is not None
        low = point.values["fresh" if name in ABOUT_CDNV else "error"][1]
        # They say something, and they are no copies of what they bound.
        assert low < value < 1 and value != point.values["source"][0], name


def test_few_samples_leave_the_bound_infinite_and_the_picture_says_so() -> None:
    from simulations.jobs.verify.chapters.base import Request
    from simulations.jobs.verify.chapters.claim_points import BOUNDED, point_task
    from simulations.report.figures.claims import transfer_drawing

    points = [point_task(BOUNDED, "samples", m, Request(3)) for m in (10, 1000)]
    assert set(points[0].bounds.values()) == {None}
    picture = transfer_drawing("new_samples", "samples", points)
    assert b"cdnv_new_samples_bernstein (of CDNV)" in picture.svg
    assert "infinite" in transfer_drawing("new_samples", "samples", points[:1]).alternative
