"""Hunt for the law of two labelings on which a statement about axes comes nearest to failing, or fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from simulations.populations.labelings import LabelledLaw, suite
from simulations.runtime.randomness import stream
from simulations.verdicts.verdict import ratios
from theory.array import Floats, to_numpy
from theory.bound import NotApplicable
from theory.bound.confidence import AxesBound
from theory.setting import Setting

ANY = Setting(1, 2)
"""A setting for evaluation: statements about axes do not depend on it."""
STARTS, STEPS = 60, 120


@dataclass(frozen=True)
class Extreme:
    """The pair of axes of a law at which |u_1.u_2| / bound is largest; ``smallest``: its least bound."""

    law: LabelledLaw
    cosine: float
    bound: float
    ratio: float
    smallest: float


def extreme(bound: AxesBound, law: LabelledLaw) -> Extreme | NotApplicable:
    """The worst pair of axes of one law."""
    stated = bound.values(law.evidence, ANY)
    if isinstance(stated, NotApplicable):
        return stated
    cosines = np.abs(to_numpy(law.evidence.cosines))
    values = np.broadcast_to(to_numpy(stated), cosines.shape)
    quotients = ratios(cosines, values)
    at = np.unravel_index(int(np.argmax(quotients)), quotients.shape)
    return Extreme(law, float(cosines[at]), float(values[at]), float(quotients[at]), float(np.min(values)))


def hunt_axes(bound: AxesBound, seed: int, starts: int = STARTS, steps: int = STEPS) -> Extreme:
    """The largest ratio over the suite's laws and over climbs from random laws of finite support.

    Raises ValueError where the statement applies to no law at all.
    """
    best: Extreme | None = None
    for search in searches(bound, seed, starts, steps):
        for extreme in search:
            best = _larger(best, extreme)
    if best is None:
        raise ValueError(f"{bound.name} applies to none of the laws of two labelings that were tried")
    return best


def searches(
    bound: AxesBound, seed: int, starts: int, steps: int = STEPS
) -> Iterator[Iterator[Extreme | NotApplicable]]:
    """The largest ratio on each of the suite's laws, then on each climb from a random law."""
    yield (extreme(bound, law) for law in suite())
    for start in range(starts):
        yield _climb(bound, seed, start, steps)


def _climb(bound: AxesBound, seed: int, start: int, steps: int) -> Iterator[Extreme | NotApplicable]:
    """It changes one combination of classes at a time and keeps what raises the ratio."""
    rng = stream(seed, "axes", start)
    law = _random_law(rng, start)
    here = extreme(bound, law)
    yield here
    for step in range(steps if isinstance(here, Extreme) else 0):
        there = extreme(bound, _changed(law, rng, 0.6 * 0.97**step))
        yield there
        if isinstance(there, Extreme) and isinstance(here, Extreme) and there.ratio > here.ratio:
            law, here = there.law, there


def _larger(best: Extreme | None, other: Extreme | NotApplicable) -> Extreme | None:
    if isinstance(other, NotApplicable):
        return best
    return other if best is None or other.ratio > best.ratio else best


def _random_law(rng: np.random.Generator, number: int) -> LabelledLaw:
    first, second = int(rng.integers(2, 5)), int(rng.integers(2, 5))
    dimension = int(rng.integers(1, 4))
    size: Callable[..., Floats] = lambda *shape: np.exp(1.5 * rng.normal(size=shape))  # noqa: E731 - one line, used thrice
    means = rng.normal(size=(first, second, dimension)) * size(first, second, 1)
    spread = size(first, second, dimension) * 10 ** rng.uniform(-4, 0)
    return LabelledLaw(f"hunted law {number}", means, spread[..., None] * np.eye(dimension))


def _changed(law: LabelledLaw, rng: np.random.Generator, size: float) -> LabelledLaw:
    means, covariances = law.means.copy(), law.covariances.copy()
    a, b = (int(rng.integers(count)) for count in means.shape[:2])
    means[a, b] += size * np.linalg.norm(means[a, b]) * rng.normal(size=means.shape[-1])
    covariances[a, b] *= np.exp(size * rng.normal()) if rng.random() < 0.7 else 0.0
    return LabelledLaw(law.name, means, covariances)
