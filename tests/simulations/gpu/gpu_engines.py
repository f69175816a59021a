"""Every engine of the registry on both devices, wherever it accepts; for ``gpu_runs``, on the double."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from simulations.engines import Budget, Context, Engine, Question, Refused
from simulations.engines.choose import ENGINES
from simulations.populations import from_spec
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from tests.simulations.helpers_engines import atoms_apart, beside_a_long_axis, isotropic, means, student


def mixture(classes: int, rare: float) -> Population:
    """Parts of weights ``rare`` and the rest."""
    parts = []
    for c in range(classes):
        near, far = np.zeros((2, 16))
        near[c % 16], far[c % 16] = 3.0, 4.0
        weights = (rare, 1 - rare)
        stds = (0.5, 0.3)
        parts.append(
            [
                {"weight": w, "mean": m.tolist(), "std": s}
                for w, m, s in zip(weights, (far, near), stds, strict=True)
            ]
        )
    return from_spec({"family": "mixture", "classes": [{"parts": each} for each in parts]})


def atoms(classes: int, step: float) -> Population:
    """Two points a class, ``step`` apart."""
    shapes = []
    for c in range(classes):
        corner = [c % 4.0, c // 4.0]
        shapes.append({"points": [corner, [corner[0] + step, corner[1]]], "weights": [0.25, 0.75]})
    return from_spec({"family": "finite_support", "classes": shapes})


def full(classes: int, *, alike: bool) -> GaussianClasses:
    factors = np.random.default_rng(1).standard_normal((classes, 6, 6)) / math.sqrt(6)
    chosen = factors[:1].repeat(classes, axis=0) if alike else factors
    return GaussianClasses(means(classes, 6, 4.0), [each @ each.T for each in chosen])


def spiked(classes: int) -> GaussianClasses:
    spread = np.ones(20)
    spread[0] = 9.0
    return GaussianClasses(means(classes, 20, 5.0), [spread * (1 + c % 2) for c in range(classes)])


SETTINGS: dict[str, tuple[Callable[[int], Population], float]] = {
    "round": (lambda k: isotropic(k, 24, 4.0), 5),
    "round, rare errors": (lambda k: isotropic(k, 24, 10.5), 5),
    "two classes": (lambda k: isotropic(2, 8, 3.0), 4),
    "student": (lambda k: student(k, 24, 6.0), 3),
    "student, infinitely many shots": (lambda k: student(k, 24, 6.0), math.inf),
    "student, large df": (lambda k: student(k, 6, 3.0, 1e17), 2),
    "one full covariance": (lambda k: full(k, alike=True), 3),
    "full covariances": (lambda k: full(k, alike=False), 3),
    "spiked": (spiked, 3),
    "laplace": (lambda k: LaplaceClasses(means(k, 8, 5.0), [[1.0, 0.5, 0.2, 1.0] * 2] * k), 3),
    "mixture": (lambda k: mixture(k, 0.3), 4),
    "mixture, many shots": (lambda k: mixture(k, 0.3), 5000),
    "mixture with parts that no episode has": (lambda k: mixture(k, 1e-5), 5000),
    "atoms": (lambda k: atoms(k, 1.0), 3),
    "atoms apart": (lambda k: atoms_apart(), 3),
    "atoms, many shots": (lambda k: atoms(k, math.pi), 2000),
    "point masses": (lambda k: GaussianClasses(means(k, 3, 3.0), [0.0] * k), 2),
    "long queries": (lambda k: beside_a_long_axis(), math.inf),
    "long queries, few shots": (lambda k: beside_a_long_axis(), 3),
}
"""Populations of so many classes, and shots."""


def engines(classes: int, draws: float, kinds: str) -> dict[str, Any]:
    """By engine and setting: value and interval on devices of these kinds, or why there is none, and the
    crossings of the last run. The refusals of engines that accept nothing on a GPU are listed under their
    names."""
    results: dict[str, Any] = {}
    for engine in ENGINES:
        refusals = []
        for name, (make, shots) in SETTINGS.items():
            population = make(classes)
            reason = engine.refusal(population, Question(shots, (population.classes,)), Budget(device="gpu"))
            if reason is None:
                results[f"{engine.name}: {name}"] = runs(engine, population, shots, draws, kinds.split())
            refusals.append(reason)
        if None not in refusals:
            results[engine.name] = refusals
    return results


def runs(
    engine: Engine, population: Population, shots: float, draws: float, kinds: list[str]
) -> dict[str, Any]:
    from cupy import CROSSINGS

    row: dict[str, Any] = {"classes": population.classes}
    for kind in kinds:
        CROSSINGS.clear()
        budget = Budget(draws=10 * draws if engine.name == "conditional" else draws, device=kind)
        try:
            (estimate,) = engine.run(
                population,
                Question(shots, (population.classes,)),
                Context(budget, 3, 0.9999, ("c",)),
            )
            row[kind] = [estimate.value, estimate.low, estimate.high]
        except Refused as reason:
            row[kind] = str(reason)
    row["crossings"] = sum(CROSSINGS.values())
    row["where"] = [f"{kind} {place} {count}" for (kind, place), count in CROSSINGS.most_common(6)]
    return row
