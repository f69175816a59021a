"""Coverage of the tilted engine's intervals, 2,000 repetitions a cell under --full; a narrowed twin fails."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

from simulations.engines import Budget, Question
from simulations.engines.base import Context
from simulations.engines.tilted import Tilted
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.mixture import MixtureClasses
from tests.simulations.helpers_engines import fewest_covered, means, power

CONFIDENCE = 0.95
REDUCED = 60
DISTANCES = {
    "axes": {0.3: 3.6, 1e-2: 8.0, 1e-4: 11.6, 1e-6: 14.4},
    "full": {0.3: 3.4, 1e-2: 8.0, 1e-4: 12.4, 1e-6: 15.8},
    "zero": {0.3: 3.2, 1e-2: 7.2, 1e-4: 11.0, 1e-6: 13.8},
    "mixture": {0.3: 3.4, 1e-2: 7.8, 1e-4: 11.4, 1e-6: 14.2},
    # At 200 shots: part counts are drawn.
    "counts": {0.3: 1.8, 1e-2: 5.8, 1e-4: 9.0, 1e-6: 11.4},
    "laplace": {0.3: 3.6, 1e-2: 8.0, 1e-4: 13.0, 1e-6: 18.2},
}
CELLS = [
    pytest.param(family, level, marks=[pytest.mark.slow] if family == "laplace" else [])
    for family, levels in DISTANCES.items()
    for level in levels
]
REDUCED_CELLS = {("zero", 0.3), ("axes", 1e-6), ("mixture", 1e-4)}


def make(family: str, level: float) -> Any:
    k, p = 3, 6
    rng = np.random.default_rng(3)
    centres = means(k, p, DISTANCES[family][level])
    if family == "axes":
        return GaussianClasses(centres, list(rng.uniform(0.3, 1.7, (k, p))))
    if family == "full":
        factors = rng.standard_normal((k, p, p)) / math.sqrt(p)
        return GaussianClasses(centres, [f @ f.T for f in factors])
    if family == "zero":
        return GaussianClasses(centres, [np.zeros(p), np.ones(p), rng.choice([0.0, 1.0], p)])
    if family == "laplace":
        return LaplaceClasses(centres, rng.uniform(0.5, 1.3, (k, p)).tolist())
    parts = {"mixture": [(0.6, 1.0), (0.4, 0.5)], "counts": [(0.5, 1.0), (0.3, 0.5), (0.2, 0.8)]}[family]
    offsets = rng.standard_normal((k, len(parts), p)) / math.sqrt(p)
    return MixtureClasses(
        [
            [(w, (centre + o).tolist(), std) for (w, std), o in zip(parts, row, strict=True)]
            for centre, row in zip(np.array(centres), offsets, strict=True)
        ]
    )


def run(population: Any, draws: float, seed: int) -> Any:
    shots = 2 if not isinstance(population, MixtureClasses) or len(population.parts[0].weights) == 2 else 200
    context = Context(Budget(draws=draws), seed, CONFIDENCE, ("c",))
    return Tilted().run(population, Question(shots, (3,)), context)[0]


@functools.cache
def truth(family: str, level: float, full: bool) -> tuple[Any, float]:
    """The population, and its error from a budget far larger than the tested one."""
    population = make(family, level)
    return population, run(population, 2e8 if full else 1e7, 99).value


@pytest.mark.sampled(2)
@pytest.mark.parametrize(("family", "level"), CELLS)
def test_intervals_cover(family: str, level: float, full: bool) -> None:
    # Enough that no run of Laplace classes is refused: intervals given are not a selection.
    draws = 6e5 if family == "laplace" else 6e4
    if not full and (family, level) not in REDUCED_CELLS:
        # The grid of cells is the same; what is left out by default is left to --full.
        estimate = run(make(family, level), draws, 1)
        assert level / 30 < estimate.value < 30 * level and estimate.low <= estimate.value <= estimate.high
        return
    population, value = truth(family, level, full)
    assert level / 30 < value < 30 * level
    repetitions = 2000 if full else REDUCED
    covered = narrow = 0
    for seed in range(repetitions):
        estimate = run(population, draws, seed)
        covered += estimate.low <= value <= estimate.high
        narrow += abs(estimate.rule.mean - value) <= 0.5 * estimate.rule.deviation / 8
    fewest = fewest_covered(repetitions, CONFIDENCE)
    print(
        f"{family} {level}: {covered}/{repetitions}; catches a true coverage of .8 with probability "
        f"{power(repetitions, fewest, 0.8):.3f}"
    )
    assert covered >= fewest
    # The control: intervals of half a standard error.
    assert narrow < fewest
