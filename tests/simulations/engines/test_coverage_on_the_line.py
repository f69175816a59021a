"""Coverage of intervals where the truth comes from a grid on the line, which shares no code with any engine.

Three classes on a line and one shot: given the query and its own centre the other centres are independent,
so the error is a double integral over densities and distribution functions. 2,000 repetitions under --full.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulations.engines import Engine, Question
from simulations.engines.cubature import Cubature
from simulations.engines.direct import Direct
from simulations.engines.orthant import Orthant
from simulations.engines.tilted import Tilted
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.mixture import MixtureClasses
from tests.simulations.helpers_engines import fewest_covered, power, repeated

Array = Any
CONFIDENCE = 0.95
NEGLIGIBLE = 1e-18
"""A probability that is nothing beside the smallest error asked for, 1e-6, and its 1e-4th part."""
PLACES = np.array([0.0, 1.0, 2.3])
STDS = np.array([1.0, 0.7, 1.2])
WEIGHTS, SHIFTS, SHARES = (0.7, 0.3), (-0.6, 1.4), (0.8, 0.5)
"""Of the parts of a mixture: chance, place and standard deviation, in units of the class's own."""
DISTANCES = {
    "gaussian": {0.3: 1.3, 1e-2: 5.0, 1e-4: 8.1, 1e-6: 10.6},
    "mixture": {0.3: 1.6, 1e-2: 5.4, 1e-4: 8.1, 1e-6: 9.9},
    "laplace": {0.3: 1.0, 1e-2: 5.4, 1e-4: 11.6, 1e-6: 18.0},
}
ENGINES: list[tuple[Engine, str, float]] = [
    (Cubature(), "gaussian", 6e4),
    (Cubature(), "laplace", 6e4),
    (Orthant(), "gaussian", 6e4),
    (Direct(), "gaussian", 1e5),
    (Tilted(), "gaussian", 6e4),
    (Tilted(), "mixture", 6e4),
    (Tilted(), "laplace", 2e5),
]
LARGER = {("tilted", "laplace", 1e-4): 6e6}
"""Draws where the usual number is too small: few episodes carry the rarer class."""
NARROWED = {("orthant", 1e-2): 8}
"""Parts of the interval that miss the truth, where not a quarter: there two classes win at once in a handful
of episodes, and the room for what none showed is twice as wide as sampling."""


class Parts:
    """A mixture of normal laws on the line."""

    def __init__(self, mean: float, std: float) -> None:
        places = zip(WEIGHTS, SHIFTS, SHARES, strict=True)
        self.parts = [(w, stats.norm(mean + s * std, share * std)) for w, s, share in places]

    def pdf(self, x: Array) -> Array:
        return sum(w * law.pdf(x) for w, law in self.parts)

    def cdf(self, x: Array) -> Array:
        return sum(w * law.cdf(x) for w, law in self.parts)


def make(family: str, level: float) -> tuple[Any, list[Any]]:
    """The population, and its laws."""
    means = PLACES * DISTANCES[family][level]
    points = [[float(m)] for m in means]
    if family == "gaussian":
        laws = [stats.norm(m, s) for m, s in zip(means, STDS, strict=True)]
        return GaussianClasses(points, (STDS**2).tolist()), laws
    if family == "laplace":
        laws = [stats.laplace(m, s / np.sqrt(2)) for m, s in zip(means, STDS, strict=True)]
        return LaplaceClasses(points, [[float(s)] for s in STDS]), laws
    classes = [
        [
            (w, [float(m + x * s)], float(share * s))
            for w, x, share in zip(WEIGHTS, SHIFTS, SHARES, strict=True)
        ]
        for m, s in zip(means, STDS, strict=True)
    ]
    return MixtureClasses(classes), [Parts(m, s) for m, s in zip(means, STDS, strict=True)]


def grid_error(laws: list[Any], low: float, high: float, steps: int) -> float:
    """The one-shot error: trapezoid over the query z and its own centre a. The centre of another class is
    nearer where it lies between a and its mirror image 2 z - a."""
    grid = np.linspace(low, high, steps)
    # Mirror images lie on the same grid, continued to both sides.
    wide = np.linspace(low - (high - low), high + (high - low), 3 * steps - 2)
    total = 0.0
    for i, law in enumerate(laws):
        density = law.pdf(grid) * (grid[1] - grid[0])
        # What is left out is at most NEGLIGIBLE for each point of the grid.
        places = np.flatnonzero(density > NEGLIGIBLE)
        density, own = density[places], places + steps - 1
        mirror = 2 * own[:, None] - own[None, :]
        first, last = np.minimum(mirror, own[None, :]), np.maximum(mirror, own[None, :])
        missed = np.ones(mirror.shape)
        for j, other in enumerate(laws):
            if j != i:
                below = other.cdf(wide)
                missed *= 1 - (below[last] - below[first])
        total += float(density @ (1 - missed) @ density)
    return total / len(laws)


@functools.cache
def truth(family: str, level: float) -> tuple[Any, float]:
    """The population, and its error: two grids agree to 1e-4, and their limit to far less."""
    population, laws = make(family, level)
    reach = 30.0 if family == "laplace" else 9.0
    # Means are nodes of both grids, as the densities of Laplace classes have their edges there.
    tenth = DISTANCES[family][level] / 10
    count = math.ceil(tenth / 0.04)
    step = tenth / count
    beside = math.ceil(reach * STDS.max() / step)
    steps = 2 * beside + round(10 * PLACES[-1]) * count
    low, high = -beside * step, (steps - beside) * step
    coarse, fine = (grid_error(laws, low, high, m) for m in (steps + 1, 2 * steps + 1))
    assert abs(coarse - fine) < 1e-3 * fine
    return population, fine + (fine - coarse) / 3


LEAST = {"direct": 1e-4, "cubature": 1e-2}
"""Errors below these are not asked of an engine: it sees none at this budget, or refuses."""
CASES = [
    pytest.param(
        engine,
        family,
        LARGER.get((engine.name, family, level), draws),
        level,
        id=f"{engine.name}-{family}-{level:g}",
    )
    for engine, family, draws in ENGINES
    for level in (0.3, 1e-2, 1e-4, 1e-6)
    if level >= LEAST.get(engine.name, 0.0)
]


@pytest.mark.sampled(3)
@pytest.mark.slow
@pytest.mark.parametrize(("engine", "family", "draws", "level"), CASES)
def test_intervals_cover_the_grid(
    engine: Engine, family: str, draws: float, level: float, full: bool
) -> None:
    population, value = truth(family, level)
    assert level / 3 < value < 3 * level
    repetitions = 2000 if full else 60
    estimates = repeated(engine, population, Question(1, (3,)), draws, repetitions, "line", CONFIDENCE)
    given = len(estimates)
    covered = sum(each.low <= value <= each.high for each in estimates)
    part = NARROWED.get((engine.name, level), 4)
    narrow = sum(abs(each.value - value) <= (each.high - each.low) / (2 * part) for each in estimates)
    fewest = fewest_covered(given, CONFIDENCE)
    print(
        f"{engine.name} {family} {level}: {covered}/{given} of {repetitions}, truth {value:.6g}; catches a "
        f"true coverage of .8 with probability {power(given, fewest, 0.8):.3f}"
    )
    assert given >= 0.98 * repetitions
    assert covered >= fewest
    # The control: a part of the interval is caught. Few errors, plainly sampled, leave far wider ones.
    assert narrow < fewest or (engine.name != "tilted" and level <= 1e-3)


def test_the_grid_knows_two_classes_in_closed_form() -> None:
    """Two normal laws of equal spread: both margins' factors are normal, correlated by known amounts."""
    std, distance = 1.0, 2.5
    error = grid_error([stats.norm(0, std), stats.norm(distance, std)], -10, 12.5, 1201)
    # z - (a + b)/2 and b - a for z, a ~ N(0, 1), b ~ N(d, 1): uncorrelated; wrong where their signs agree.
    half, gap = stats.norm(-distance / 2, np.sqrt(1.5) * std), stats.norm(distance, np.sqrt(2) * std)
    right = half.sf(0) * gap.sf(0) + half.cdf(0) * gap.cdf(0)
    assert error == pytest.approx(right, rel=1e-4)
