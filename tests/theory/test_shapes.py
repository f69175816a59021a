"""Shapes that stand in the annotations of `theory` are those of the arrays, as jaxtyping and beartype see."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Iterator

import array_api_strict
import numpy as np
import pytest
from jaxtyping import TypeCheckError

from simulations.populations import from_spec
from tests.helpers_shapes import Calls, look_on, unused
from theory import ClassGeometry, Setting, catalogue, collapse
from theory.evidence import BlockErrors, KernelSample, SourceSamples
from theory.geometry import MomentSource

NUMBERS = {"classes": "classes", "p": "dimension", "dimension": "dimension"}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """All of `theory` under jaxtyping; how often each annotated function was called."""
    return look_on(monkeypatch, ("theory",), {ClassGeometry: NUMBERS, MomentSource: NUMBERS})


def samples() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(4), 12)
    return rng.exponential(size=(48, 5)) + 9 * np.eye(4, 5)[labels], labels


def geometries() -> Iterator[ClassGeometry]:
    features, labels = samples()
    for estimator in ("debiased", "plugin"):
        yield ClassGeometry.from_features(features, labels, estimator=estimator)
        yield ClassGeometry.from_features(array_api_strict.asarray(features), labels, estimator=estimator)
    points = [{"points": [[0, c], [1, 3 * c]], "weights": [0.25, 0.75]} for c in range(4)]
    parts = [{"weight": 0.5, "mean": [float(x), 3.0 * c], "std": 0.5} for c in range(3) for x in (0, 1)]
    for spec in (
        {"family": "finite_support", "classes": points},
        {"family": "gaussian", "classes": [{"mean": [2.0 * c, 1.0], "std": 0.5} for c in range(3)]},
        {"family": "student", "classes": [{"mean": [2.0 * c, 1.0], "std": 0.5, "df": 40} for c in range(3)]},
        {
            "family": "laplace",
            "classes": [{"mean": [9.0 * c, 1.0], "std_per_axis": [1, 2]} for c in range(3)],
        },
        {"family": "mixture", "classes": [{"parts": parts[2 * c : 2 * c + 2]} for c in range(3)]},
        {
            "family": "gaussian",
            "classes": [{"mean": [2.0 * c, 1.0], "covariance": [[1, 0.6], [0.6, 2]]} for c in range(3)],
        },
    ):
        yield from_spec(spec).geometry()
    # Few samples in many dimensions: spectra and traces go by products of samples.
    rng = np.random.default_rng(4)
    yield ClassGeometry.from_features(
        rng.standard_normal((12, 40)) + 9 * np.eye(2, 40)[[0] * 6 + [1] * 6], [0] * 6 + [1] * 6
    )


def use(geometry: ClassGeometry) -> None:
    """Every number of a geometry, every few-shot bound on it, and what collapse is measured by."""
    for name, member in inspect.getmembers_static(type(geometry)):
        if isinstance(member, property | functools.cached_property) and not name.startswith("_"):
            getattr(geometry, name)
    whole = slice(0, geometry.classes)
    geometry.cross_variances(slice(1, 2)), geometry.differences(whole), geometry.top_eigenvalue_sums(1)
    ones = geometry.xp.ones_like(geometry.distances)
    geometry.cross_sums(whole, ones, ones)
    geometry.within_along(geometry.differences(whole)[0, ...])
    geometry.within_along_means(geometry.array(np.diff(np.eye(geometry.classes), axis=0)))
    geometry.margin_moments(3.0, 4), geometry.margin_moments(math.inf, 4), geometry.left_out(3.0)
    if geometry.classes > 2:
        geometry.nearest_moments(3.0, 3, 4), geometry.left_out_nearest(3.0, 3)
    geometry.with_sample_spectra().largest_eigenvalues  # noqa: B018 - it is the call that is checked
    for bound in catalogue.about("few_shot_error"):
        bound.evaluate(geometry, Setting(3, 2), [])
    collapse.directional(geometry), collapse.nc1(geometry), collapse.nc2(geometry)
    for normalization in collapse.CDNV:
        collapse.cdnv(geometry, normalization)


def use_evidence() -> None:
    features, _ = samples()
    rows = np.broadcast_to(features.reshape(4, 12, 5), (2, 4, 12, 5))
    kernel = np.ones((2, 6, 6))
    examples = (
        SourceSamples(rows),
        KernelSample(kernel),
        BlockErrors(np.zeros((2, 3)), (4, 4, 4), 2, "progressive"),
    )
    for evidence in examples:
        for name, member in inspect.getmembers_static(type(evidence)):
            if isinstance(member, property | functools.cached_property) and not name.startswith("_"):
                getattr(evidence, name)


def test_arrays_have_the_shapes_of_their_annotations(calls: Calls) -> None:
    assert "theory.collapse.cdnv" in unused(calls)  # as every one that is never called would be
    for geometry in geometries():
        use(geometry)
    use_evidence()
    # Before any other moment is needed these take a pass of their own.
    ClassGeometry.from_features(*samples()).cross_variances(slice(1, 3))
    fresh = ClassGeometry.from_features(*samples())
    fresh.cross_sums(slice(1, 3), np.ones((2, 4)), np.ones((2, 4)))
    collapse.nc3(fresh, np.eye(4, 5))
    assert len(calls) > 60
    # What is annotated is used above.
    assert not unused(calls), "\n".join(unused(calls))


def test_a_wrong_shape_is_refused(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a class too few in an argument, and a column in place of a row in a result."""
    geometry = ClassGeometry.from_features(*samples(), estimator="plugin")
    with pytest.raises(TypeCheckError):
        geometry.off_diagonal(geometry.distances[:, :2], 0.0)
    monkeypatch.setattr(type(geometry.source), "squared_traces", lambda self: self.xp.ones((self.classes, 1)))
    with pytest.raises(TypeCheckError):
        geometry.squared_traces  # noqa: B018 - it is refused
