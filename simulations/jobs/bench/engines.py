"""Accuracy per second of the engines against centre-sampled direct simulation."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from simulations.engines.base import Budget, Context, Engine, Question, Refused
from simulations.engines.conditional import Conditional, build_surface, query_classes
from simulations.engines.direct import Direct
from simulations.engines.enumeration import Enumeration
from simulations.engines.exact.surface import forget
from simulations.engines.orthant import Orthant
from simulations.engines.pool import pool_errors
from simulations.engines.radial import Radial
from simulations.jobs.bench.effort import BenchEffort
from simulations.jobs.bench.timing import efficiency, exponent
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.student import StudentClasses
from simulations.runtime.randomness import stream
from theory.array import Floats

WAYS, SHOTS = 5, 5
DIRECT_DRAWS = 1.5e6
REACH = {16: 4.6, 32: 5.0, 64: 5.6, 512: 8.9, 4096: 14.6}
"""Distances at which the error stays near .05 as the dimension grows: d^2 ~ 4 z^2 (1 + sqrt(p) z')."""


def simplex(classes: int, dimension: int, distance: float) -> Floats:
    """Means on a regular simplex, every two of them ``distance`` apart."""
    means = np.zeros((classes, dimension))
    means[np.arange(classes), np.arange(classes)] = distance / math.sqrt(2)
    return means


def scattered(classes: int, dimension: int, distance: float) -> Floats:
    """Random means at about the given distance: no two pairs alike."""
    rng = stream(0, "bench", "means", classes, dimension)
    return rng.standard_normal((classes, dimension)) * distance / math.sqrt(2 * dimension)


def isotropic(means: Floats) -> GaussianClasses:
    """Gaussian classes of variance 1 along every axis."""
    return GaussianClasses(means.tolist(), [1.0] * len(means))


def _repeat(engine: Engine, population: Population, draws: float, repetitions: int) -> dict[str, Any]:
    question = Question(SHOTS, (population.classes,))

    def once(seed: int) -> float:
        forget()
        return engine.run(population, question, Context(Budget(draws=draws), seed, 0.95, ("bench",)))[0].value

    try:
        return efficiency(once, repetitions)
    except Refused as reason:
        return {"refused": str(reason)}


def _versus(
    engine: Engine, population: Population, draws: float, repetitions: int, direct_draws: float = DIRECT_DRAWS
) -> dict[str, Any]:
    """Engine and direct simulation in turn on one population, and the ratio of their efficiencies.

    Where direct sees too few errors its variance is the binomial's floor, error/queries: its most
    favourable value (queries of an episode independent).
    """
    ours = _repeat(engine, population, draws, repetitions)
    direct = _repeat(Direct(), population, direct_draws, repetitions)
    if "refused" in ours:
        return {"engine": ours, "direct": direct}
    error = ours["mean"]
    question = Question(SHOTS, (population.classes,))
    queries = 4 * population.classes * Direct().episodes(population, question, Budget(draws=direct_draws))
    if error * queries * repetitions < 100:
        direct["efficiency"] = queries / (error * (1 - error) * direct["seconds"])
        direct["variance"] = "binomial floor"
    return {"engine": ours, "direct": direct, "ratio": ours["efficiency"] / direct["efficiency"]}


def conditional(effort: BenchEffort) -> dict[str, Any]:
    """k = 5, n = 5, p = 512 at five levels of error; set-up included in every repetition."""
    rows, repetitions = [], effort.repetitions
    for kind, make in (("simplex", simplex), ("scattered", scattered)):
        for distance in (5.2, 8.9, 11.6, 14.6, 17.0):
            population = isotropic(make(WAYS, 512, distance))
            row = _versus(Conditional(), population, 6e5, repetitions)
            rows.append({"means": kind, "distance": distance, **row})
            effort.row(f"conditional, {kind}, distance {distance:g}", rows[-1])
    accurate = []
    for kind, make in (("simplex", simplex), ("scattered", scattered)):
        for distance in (5.2, 8.9, 14.6, 17.0):
            population = isotropic(make(WAYS, 512, distance))
            row = _repeat(Conditional(), population, 5e6, min(repetitions, effort.choose(2, 2, 8)))
            accurate.append({"means": kind, "distance": distance, **row})
    setup = {f"p = {p}": _setup(p) for p in REACH}
    return {
        "rows": rows,
        "large_budget": accurate,
        "setup_seconds": setup["p = 512"],
        "setup_by_dimension": setup,
    }


def _setup(p: int) -> float:
    """Seconds before the first point, at an error near .05; the median of three."""
    times = []
    for _ in range(3):
        forget()
        start = time.perf_counter()
        build_surface(query_classes(isotropic(scattered(WAYS, p, REACH[p])), SHOTS))
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def others(effort: BenchEffort) -> dict[str, Any]:
    """Orthant with full and spiked covariances, radial with Student classes."""
    rows: dict[str, Any] = {}
    repetitions = effort.repetitions
    for p, distance, direct_draws in ((64, 6.55, 1e6), (512, 10.2, 3e6)):
        rng = stream(0, "bench", "covariance", p)
        factor = rng.standard_normal((p, p)) / math.sqrt(p)
        covariance = factor @ factor.T
        population = GaussianClasses(scattered(WAYS, p, distance).tolist(), [covariance] * WAYS)
        row = _versus(Orthant(), population, 1e6, repetitions, direct_draws)
        effort.keep(rows, f"orthant, full covariance, p = {p}", row)
    spiked = np.ones(512)
    spiked[:3] = (25.0, 9.0, 16.0)
    population = GaussianClasses(scattered(WAYS, 512, 9.0).tolist(), [spiked] * WAYS)
    row = _versus(Orthant(), population, 1e6, repetitions)
    effort.keep(rows, "orthant, spiked covariance, p = 512", row)
    rare = StudentClasses(scattered(WAYS, 32, 53.0).tolist(), [1.0] * WAYS, [5.0] * WAYS)
    row = _versus(Radial(), rare, 4e6, min(repetitions, 64))
    effort.keep(rows, "radial, Student df = 5, p = 32, rare", row)
    common = StudentClasses(scattered(WAYS, 32, 7.0).tolist(), [1.0] * WAYS, [5.0] * WAYS)
    effort.keep(rows, "radial, Student df = 5, p = 32", _versus(Radial(), common, 1e6, repetitions))
    return rows


def enumeration(effort: BenchEffort) -> dict[str, Any]:
    """k = 5, K = 8 atoms in the plane, n = 14, on a lattice and off it; and the time until a larger one is
    refused."""
    rng = stream(0, "bench", "enumeration")
    shots = effort.choose(5, 14, 14)
    points = [rng.integers(-8, 9, (8, 2)).astype(float) + 3 * c for c in range(WAYS)]
    population = FiniteSupport([p.tolist() for p in points], [[1 / 8] * 8] * WAYS)
    value, seconds = _enumerate(population, shots)
    scattered_points = [(rng.standard_normal((8, 2)) * 4 + 3 * c).tolist() for c in range(WAYS)]
    off_value, off_seconds = _enumerate(FiniteSupport(scattered_points, [[1 / 8] * 8] * WAYS), shots)
    refusal = Enumeration().refusal(population, Question(60, (WAYS,)), Budget(seconds=5))
    estimated = Enumeration().seconds(population, Question(shots, (WAYS,)))
    return {
        "shots": shots,
        "value": value,
        "seconds": seconds,
        "off_lattice_value": off_value,
        "off_lattice_seconds": off_seconds,
        "estimated_seconds": estimated,
        "refusal": refusal,
    }


def _enumerate(population: FiniteSupport, shots: int) -> tuple[float, float]:
    start = time.perf_counter()
    value = Enumeration().run(population, Question(shots, (WAYS,)), Context(Budget(), 0, 0.95, ()))[0].value
    return value, time.perf_counter() - start


def growth(effort: BenchEffort) -> dict[str, Any]:
    """Seconds of a conditional estimate of fixed points as p, k and n grow, and of one sweep over stored
    features as the number C of classes grows, with fitted exponents."""
    rounds = effort.choose(1, 1, 3)

    def seconds(population: Population, shots: float) -> float:
        question = Question(shots, (population.classes,))
        times = []
        for seed in range(rounds + 1):
            forget()
            start = time.perf_counter()
            Conditional().run(population, question, Context(Budget(draws=8e5), seed, 0.95, ("growth",)))
            times.append(time.perf_counter() - start)
        return float(np.median(times[1:]))

    axes: dict[str, Any] = {}
    sizes: list[int] = list(REACH)
    times = [seconds(isotropic(simplex(WAYS, p, REACH[p])), SHOTS) for p in sizes]
    axes["p"] = {"sizes": sizes, "seconds": times, "exponent": exponent(sizes, times)}
    sizes = [3, 5, 10, 20]
    times = [seconds(isotropic(simplex(k, 512, 9.0)), SHOTS) for k in sizes]
    axes["k"] = {"sizes": sizes, "seconds": times, "exponent": exponent(sizes, times)}
    sizes = [1, 5, 20, 100]
    times = [seconds(isotropic(simplex(WAYS, 512, 9.0)), n) for n in sizes]
    axes["n"] = {"sizes": sizes, "seconds": times, "exponent": exponent(sizes, times)}
    sizes = [10, 20, 40, 80, 160]
    times = [_sweep_seconds(classes, rounds) for classes in sizes]
    axes["C"] = {"sizes": sizes, "seconds": times, "exponent": exponent(sizes, times)}
    return axes


def _sweep_seconds(classes: int, rounds: int) -> float:
    """Seconds of one sweep of the pool engine over stored features, 64 dimensions, 30 samples a class."""
    rng = stream(0, "bench", "growth", classes)
    features = rng.standard_normal((classes * 30, 64))
    labels = np.repeat(np.arange(classes), 30)
    times = []
    for seed in range(rounds + 1):
        start = time.perf_counter()
        error = pool_errors(features, labels, 5, [5], seed=seed, work=1.0)[0]
        times.append((time.perf_counter() - start) / (error.effort.episodes or 1))
    return float(np.median(times[1:]))
