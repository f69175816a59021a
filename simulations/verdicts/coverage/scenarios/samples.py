"""Samples of fixed classes with bounded features."""

from __future__ import annotations

import math

import numpy as np

from simulations.verdicts.coverage.evidence import FIXED, INDEPENDENT, Statement, bound_values, the_bound
from simulations.verdicts.coverage.judge import Scenario
from theory.array import Floats
from theory.assumptions.sampling import BoundedFeatures
from theory.evidence import SourceSamples


def _sphere(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    normals = rng.standard_normal(shape)
    values: Floats = normals / np.sqrt(np.sum(normals**2, axis=-1, keepdims=True))
    return values


def samples_scenario(statement: Statement, samples: int, noise: float) -> Scenario:
    """Four fixed classes: a mean on the axes of the plane plus a uniform point of a circle."""
    angle = np.arange(4) * math.pi / 2
    means = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (1 - noise)
    gaps = np.sum((means[:, None] - means[None, :]) ** 2, axis=2)
    truth = np.where(gaps > 0, noise**2 / np.where(gaps > 0, gaps, 1), 0.0)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        features = means[:, None, :] + noise * _sphere(rng, (replicates, 4, samples, 2))
        granted = (BoundedFeatures(1.0), *INDEPENDENT)
        bounds = bound_values(statement, SourceSamples(features, FIXED), granted, failure)
        return np.where(gaps > 0, bounds, 0.0), truth

    return Scenario(
        the_bound(statement).name, f"4 classes on circles, m = {samples}, spread {noise:g}", draw, chunk=100
    )


def end_to_end_scenario(classes: int, samples: int) -> Scenario:
    """Sixteen kinds far apart: two classes err half of the time when they are of one kind, else never."""
    noise, kinds = 0.05, 16
    means = np.eye(kinds) * (1 - noise)

    def draw(rng: np.random.Generator, replicates: int, failure: float) -> tuple[Floats, Floats]:
        chosen = means[rng.integers(0, kinds, (replicates, classes))]
        features = chosen[:, :, None, :] + noise * _sphere(rng, (replicates, classes, samples, kinds))
        granted = (BoundedFeatures(1.0), *INDEPENDENT)
        evidence = SourceSamples(features, FIXED)
        return bound_values("transfer_end_to_end", evidence, granted, failure), np.asarray(0.5 / kinds)

    return Scenario(
        "transfer_end_to_end", f"16 kinds on spheres, l = {classes}, m = {samples}", draw, chunk=25
    )
