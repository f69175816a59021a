"""One point of the claims' pictures: measured collapse and error, and every bound that belongs beside them.

Learned maps are only measured: bounds for fixed maps do not apply to them. The panel with bounds has a fixed
map and bounded features, as the statements require, and sizes at which they are not vacuous.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from simulations.experiments.transfer import ClassLaw, run_transfer
from simulations.experiments.transfer.classes import Classes
from simulations.experiments.transfer.measures import episode_error
from simulations.jobs.verify.chapters.base import Request
from simulations.runtime.randomness import stream
from simulations.verdicts.coverage.evidence import FIXED, INDEPENDENT, TWO_WAY, bound_values
from theory.array import to_numpy
from theory.assumptions.sampling import BoundedFeatures
from theory.evidence import EpisodeErrors, SourceClasses, SourceSamples
from theory.geometry import ClassGeometry, ClassMoments

Axis = Literal["collapse", "classes", "samples"]
LEARNED_GRIDS: dict[Axis, tuple[float, ...]] = {
    "collapse": (0.0, 0.3, 0.6, 0.8, 0.9, 0.95),
    "classes": (6, 10, 20, 40),
    "samples": (5, 10, 20, 50, 100),
}
BOUNDED_GRIDS: dict[Axis, tuple[float, ...]] = {
    "collapse": (0.0, 0.3, 0.6, 0.8, 0.9, 0.95),
    "classes": (6, 10, 20, 40, 100, 200),
    "samples": (10, 30, 100, 300, 1000, 3000),
}
BOUNDED = "fixed map, bounded features"
MAPS = (BOUNDED, "identity", "lda", "softmax")
SHOWN: dict[Axis, tuple[str, ...]] = {
    "samples": ("cdnv_new_samples", "cdnv_new_samples_bernstein"),
    "classes": ("pair_bound_new_classes", "episode_certificate"),
    "collapse": ("transfer_end_to_end", "pair_bound_new_classes", "episode_certificate"),
}
ABOUT_CDNV = frozenset(SHOWN["samples"])
FAILURE = 0.05


@dataclass(frozen=True)
class TransferPoint:
    """One cell of the transfer experiment: means over replicates with 95 % intervals, by measure.

    bounds : median over replicates of each bound at delta = 0.05 (for a bound on CDNV: of the median over
        pairs); None where it is infinite. Empty for maps that the statements are not about.
    """

    map_name: str
    axis: Axis
    position: float
    classes: int
    samples: int
    replicates: int
    values: dict[str, tuple[float, float, float]]
    bounds: dict[str, float | None] = field(default_factory=dict)


def grid(map_name: str, axis: Axis) -> tuple[float, ...]:
    """Positions along an axis at which that map is measured."""
    return (BOUNDED_GRIDS if map_name == BOUNDED else LEARNED_GRIDS)[axis]


def point_task(map_name: str, axis: Axis, position: float, request: Request) -> TransferPoint:
    """One learned map at one position of an axis, replicated, beside its bounds. Runs in a worker."""
    full, seed = request.full, request.seed
    collapse = position if axis == "collapse" else 0.5
    classes = int(position) if axis == "classes" else 10
    samples = int(position) if axis == "samples" else 20
    replicates, name, bounds = (200 if full else 20), map_name, {}
    if map_name == BOUNDED:
        law = ClassLaw(means="sphere", dimension=8, collapse=collapse, bounded=True)
        name = "identity"
        # The radii of samples are not vacuous from about a thousand samples of a class on.
        if axis == "collapse":
            classes, samples, replicates = 40, 2000, (20 if full else 8)
        bounds = _bounds(law, axis, (classes, samples), 20 if full else 8, seed)
    else:
        law = ClassLaw(means="gaussian", covariance="wishart", dimension=16, noise=1.5, collapse=collapse)
    result = run_transfer(
        law, name, classes=classes, samples=samples, replicates=replicates, seed=seed, device=request.device
    )
    values = {}
    for measure in result.values:
        estimate = result.estimate(measure)
        values[measure] = (estimate.value, estimate.low, estimate.high)
    return TransferPoint(map_name, axis, position, classes, samples, replicates, values, bounds)


def _bounds(
    law: ClassLaw, axis: Axis, sizes: tuple[int, int], replicates: int, seed: int
) -> dict[str, float | None]:
    """Medians over replicates, with classes and samples of ``sizes``; one replicate at a time, for many
    samples fill the memory."""
    classes, samples = sizes
    by_bound: dict[str, list[float]] = {name: [] for name in SHOWN[axis]}
    for replicate in range(replicates):
        rng = stream(seed, "claim bounds", law.name, classes, samples, replicate)
        classes_drawn = law.draw(rng, (1, classes))
        for name in SHOWN[axis]:
            by_bound[name].append(_bound(name, law, classes_drawn, samples, rng))
    medians = {name: float(np.median(values)) for name, values in by_bound.items()}
    return {name: value if math.isfinite(value) else None for name, value in medians.items()}


def _bound(name: str, law: ClassLaw, source: Classes, samples: int, rng: np.random.Generator) -> float:
    granted: tuple[Any, ...] = INDEPENDENT
    classes = source.means.shape[1]
    evidence: SourceSamples | SourceClasses | EpisodeErrors
    if name == "pair_bound_new_classes":
        covariance = np.full(law.dimension, float(source.variances[0, 0]) / law.dimension)
        moments = [ClassMoments(mean, covariance) for mean in to_numpy(source.means[0])]
        evidence = SourceClasses(ClassGeometry.from_moments(moments), FIXED)
        granted = (*granted, *law.assumptions())
    elif name == "episode_certificate":
        episode = source.samples(rng, int(TWO_WAY.shots) + 50)[0]
        errors = episode_error(episode[:, : int(TWO_WAY.shots)], episode[:, int(TWO_WAY.shots) :], 2)
        evidence = EpisodeErrors(np.asarray(np.mean(to_numpy(errors))), classes, 2, FIXED)
    else:
        evidence = SourceSamples(source.samples(rng, samples)[0], FIXED)
        granted = (BoundedFeatures(law.radius * (1 + 1e-12)), *granted)
    values = np.asarray(bound_values(name, evidence, granted, FAILURE))
    if name in ABOUT_CDNV:
        return float(np.median(values[~np.eye(classes, dtype=bool)]))
    return float(values)
