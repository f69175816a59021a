"""How well every family's error is known at the default budget, from common errors to 1e-9.

Five classes with random means, five shots, at 16 and at 512 dimensions: the means are moved apart until the
error is about the level, then ``estimate`` is called once, as a user would, and the half-width of its 95 %
interval over the error is kept with the processor time on one core.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from simulations.engines import Budget, Question, estimate_ways
from simulations.engines.exact.surface import forget
from simulations.engines.sampling.forecast import rough
from simulations.jobs.bench.effort import BenchEffort
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.mixture import MixtureClasses
from simulations.populations.student import StudentClasses
from simulations.runtime.randomness import stream
from theory.array import Floats

WAYS, SHOTS, PARTS, ATOMS = 5, 5, 3, 4
LEVELS = (1e-2, 1e-4, 1e-6, 1e-9)
NEAR, TRIALS, TRIAL_DRAWS = 2.0, 8, 4e6


def _rng(name: str, dimension: int) -> np.random.Generator:
    return stream(0, "bench", "families", name, dimension)


def _isotropic(means: Floats) -> Population:
    return GaussianClasses(means.tolist(), [1.0] * WAYS)


def _per_axis(means: Floats) -> Population:
    rng = _rng("per axis", means.shape[1])
    return GaussianClasses(means.tolist(), list(rng.uniform(0.3, 1.7, means.shape)))


def _full(means: Floats) -> Population:
    p = means.shape[1]
    rng = _rng("full", p)
    factors = rng.standard_normal((WAYS, p, p)) / math.sqrt(p)
    return GaussianClasses(means.tolist(), [f @ f.T for f in factors])


def _zero(means: Floats) -> Population:
    return GaussianClasses(means.tolist(), [0.0] + [1.0] * (WAYS - 1))


def _mixture(means: Floats) -> Population:
    p = means.shape[1]
    rng = _rng("mixture", p)
    offsets = rng.standard_normal((WAYS, PARTS, p)) * 1.5 / math.sqrt(p)
    stds, weights = rng.uniform(0.6, 1.2, (WAYS, PARTS)), (0.5, 0.3, 0.2)
    return MixtureClasses(
        [
            [(w, (means[c] + offsets[c, g]).tolist(), float(stds[c, g])) for g, w in enumerate(weights)]
            for c in range(WAYS)
        ]
    )


def _laplace(means: Floats) -> Population:
    rng = _rng("laplace", means.shape[1])
    return LaplaceClasses(means.tolist(), rng.uniform(0.5, 1.3, means.shape).tolist())


def _student(means: Floats) -> Population:
    return StudentClasses(means.tolist(), [1.0] * WAYS, [5.0] * WAYS)


FAMILIES: dict[str, Callable[[Floats], Population]] = {
    "gaussian, isotropic": _isotropic,
    "gaussian, per axis": _per_axis,
    "gaussian, full covariances": _full,
    "gaussian, one class of zero variance": _zero,
    "mixture": _mixture,
    "laplace": _laplace,
    "student, df = 5": _student,
}


def _finite_support(dimension: int, level: float) -> Population:
    """Atoms near the mean, and one of probability ``level`` on the way to the next class."""
    rng = _rng("finite support", dimension)
    means = rng.standard_normal((WAYS, dimension)) * 8 / math.sqrt(dimension)
    points, weights = [], []
    for c in range(WAYS):
        near = means[c] + rng.standard_normal((ATOMS - 1, dimension)) / math.sqrt(dimension)
        far = 0.4 * means[c] + 0.6 * means[(c + 1) % WAYS]
        points.append([*near.tolist(), far.tolist()])
        weights.append([(1 - level) / (ATOMS - 1)] * (ATOMS - 1) + [level])
    return FiniteSupport(points, weights)


def measure(effort: BenchEffort) -> dict[str, Any]:
    """Rows of the table; all of them from ``--full`` on."""
    draws = effort.choose(2e5, Budget().draws, Budget().draws)
    dimensions = effort.choose((16,), (16,), (16, 512))
    levels = effort.choose((1e-4,), (1e-4,), LEVELS)
    hard = ("gaussian, full covariances", "gaussian, one class of zero variance", "mixture", "laplace")
    names = effort.choose(("mixture", "student, df = 5"), hard, tuple(FAMILIES))
    rows: list[dict[str, Any]] = []
    for dimension in dimensions:
        for name in (*names, "finite support"):
            for level in levels:
                population = _near(name, dimension, level)
                measured = {"family": name, "dimension": dimension, "level": level, **row(population, draws)}
                effort.row(f"{name}, p = {dimension}, {level:g}", measured)
                rows.append(measured)
    return {"ways": WAYS, "shots": SHOTS, "draws": draws, "rows": rows}


def row(population: Population, draws: float) -> dict[str, Any]:
    """One estimate as a user gets it: error, interval, half-width over the error (None without a figure),
    engine, processor seconds."""
    forget()
    start = time.process_time()
    question = Question(SHOTS, (WAYS,))
    error = estimate_ways(population, question, budget=Budget(draws=draws), path=("bench", "families"))[0]
    half = (error.high - error.low) / 2
    return {
        "error": error.value,
        "low": error.low,
        "high": error.high,
        "half_width": half / error.value if error.value > 0 and error.resolved else None,
        "engine": error.method,
        "exact": error.exact,
        "seconds": time.process_time() - start,
    }


def _near(name: str, dimension: int, level: float) -> Population:
    """The family with its means so far apart that the error is within a factor 2 of ``level``, or after a few
    trials as near as they came."""
    if name == "finite support":
        return _finite_support(dimension, level)
    directions = _rng("means", dimension).standard_normal((WAYS, dimension)) / math.sqrt(2 * dimension)
    make = FAMILIES[name]

    def log_error(distance: float) -> float:
        population, question = make(directions * distance), Question(SHOTS, (WAYS,))
        errors = estimate_ways(population, question, budget=Budget(draws=TRIAL_DRAWS), path=("bench", "near"))
        return math.log(max(errors[0].value, 1e-300))

    low, high, wanted = 1.0, 1e4, math.log(level)
    for _ in range(40):
        middle = math.sqrt(low * high)
        beyond = rough(make(directions * middle), SHOTS).error > level
        low, high = (middle, high) if beyond else (low, middle)
    distance, near, far = high, 0.0, math.inf
    before: tuple[float, float] | None = None
    for _ in range(TRIALS):
        reached = log_error(distance)
        if abs(reached - wanted) < math.log(NEAR):
            break
        near, far = (distance, far) if reached > wanted else (near, distance)
        # Log error against log distance, by the secant; at first twice as steep as for normal margins.
        slope = -2 * max(-reached, 1.0)
        if before is not None and before[0] != math.log(distance):
            slope = min((reached - before[1]) / (math.log(distance) - before[0]), -1.0)
        before = math.log(distance), reached
        distance *= float(np.clip(math.exp((wanted - reached) / slope), 0.5, 2.0))
        # An error that is not resolved shows only on which side of the target it lies.
        if near > 0 and math.isfinite(far) and not near < distance < far:
            distance = math.sqrt(near * far)
    return make(directions * distance)
