"""The points at which every law is evaluated: spread on log scales, and on both sides of each change of
regime."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from simulations.attack.probing.across import MovedAcross
from simulations.attack.probing.beside import BesideFarClasses
from simulations.attack.probing.frequent import DrawsTogether, FrequentStar
from simulations.attack.probing.gaussians import GaussianPair, UnevenGaussians
from simulations.attack.probing.many_gaussians import GaussianSimplex, RandomGaussians
from simulations.attack.probing.noises import CoinAcross, Cube, NormalTail
from simulations.attack.probing.probe import ProbeLaw, ProbePoint
from simulations.attack.probing.regimes import Regimes
from simulations.attack.probing.simplices import CrowdedCorner
from simulations.attack.probing.spherical import MirroredLine, RareShell, WidePart
from simulations.attack.probing.stars import MovedMean, Star, SteppingSimplex, UnevenStar
from simulations.attack.probing.tails import LaplacePair, StudentPair

LAWS: tuple[ProbeLaw, ...] = (
    Star(),
    Cube(),
    MovedMean(),
    SteppingSimplex(),
    CoinAcross(),
    GaussianPair(),
    FrequentStar(),
    DrawsTogether(),
    UnevenGaussians(),
    NormalTail(),
    UnevenStar(),
    MovedAcross(),
    MirroredLine(),
    WidePart(),
    BesideFarClasses(),
    LaplacePair(),
    StudentPair(),
    GaussianSimplex(),
    RandomGaussians(),
    RareShell(),
    CrowdedCorner(),
)
"""Order of the sweeps: those that refute most often and cost least come first."""
SHOTS = (1, 2, 3, 4, 6, 10, 17, 30, 56, 100, 300, 1_000, 3_000, 10_000, 1_000_000)
WAYS = (3, 4, 5, 6, 8, 11, 16, 24, 32, 48, 64)
DIMENSIONS = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)
MOST = {"n": 1e8, "k": 96, "p": 16_384}
"""The farthest that a change of regime is followed."""


@dataclass(frozen=True)
class SettingAxes:
    """Values of shots, ways and dimension that are tried."""

    shots: tuple[float, ...]
    ways: tuple[int, ...]
    dimensions: tuple[int, ...]


def axes(regimes: Regimes, least_shots: float = 1, only_two: bool = False) -> SettingAxes:
    """The standing values, and those around and far beyond every change of regime.

    least_shots : the number that the bound's assumptions require; at least that many are tried.
    """
    shots = {float(x) for x in SHOTS} | _around(regimes.shots, MOST["n"])
    if math.isfinite(least_shots):
        shots |= {least_shots + extra for extra in (0, 1, 3)}
    ways = {2, *WAYS, *map(int, _around(regimes.ways, MOST["k"]))}
    dimensions = {1, *DIMENSIONS, *map(int, _around(regimes.dimensions, MOST["p"]))}
    return SettingAxes(
        (*sorted(x for x in shots if x >= least_shots), math.inf),
        (2,) if only_two else tuple(sorted(x for x in ways if x >= 2)),
        tuple(sorted(dimensions)),
    )


def _around(places: Sequence[float], most: float) -> set[float]:
    shots: set[float] = set()
    for place in places:
        for factor in (1, 2, 5, 30, 1000):
            for step in (-1, 0, 1) if factor == 1 else (0,):
                shots.add(float(max(1, min(most, math.floor(place * factor) + step))))
    return shots


def points(law: ProbeLaw, spread: SettingAxes) -> Iterator[ProbePoint]:
    """Sweeps along each axis through a few values of the others, at every level and variant."""
    for setting, axis in dict(_settings(law, spread)).items():
        for variant in range(law.variants):
            if axis == "n" or law.depends_on(variant, axis):
                for level in law.levels if axis == "n" else law.few_levels or law.levels:
                    yield replace(setting, level=level, variant=variant)


def _settings(law: ProbeLaw, spread: SettingAxes) -> Iterator[tuple[ProbePoint, str]]:
    """Shots, ways and dimension, with the name of the axis that is swept."""
    finite = _finite(law, spread)
    few = [*_few(finite), *([math.inf] if law.at_infinity else [])]
    every = [*finite, *([math.inf] if law.at_infinity else [])]
    if "n" not in law.varies:
        every = few
    dimension = 2 if "p" in law.varies else 1
    ways = [k for k in spread.ways if k >= law.fewest_ways]
    if not ways:
        return
    if "k" in law.varies:
        yield from ((ProbePoint(n, k, max(dimension, k)), "k") for k in ways for n in few)
    if "p" in law.varies:
        for p in spread.dimensions:
            yield from ((ProbePoint(n, 2, p), "p") for n in few)
            if law.threshold:
                yield from ((ProbePoint(n, 2, p), "p") for n in finite if p / 40 <= n <= p and n not in few)
    yield from ((ProbePoint(n, law.fewest_ways, dimension), "n") for n in every)


def _finite(law: ProbeLaw, spread: SettingAxes) -> list[float]:
    return [n for n in spread.shots if math.isfinite(n)] if law.at_finite else []


def _few(finite: Sequence[float]) -> list[float]:
    """A few numbers of shots, for sweeps along other axes."""
    return [n for n in (1.0, 10.0, 1000.0) if n in finite] or list(finite[:2])


def lattice(law: ProbeLaw, spread: SettingAxes) -> str:
    """What of the three settings the law covers, in words."""
    finite, parts = _finite(law, spread), []
    if not finite and not law.at_infinity:
        return "nothing: its centres are drawn, and the assumptions leave only those at the class means"
    if spread.ways[-1] < law.fewest_ways:
        return f"nothing: it has {law.fewest_ways} classes at least, and the assumptions allow fewer"
    if finite:
        few = ", ".join(f"{n:.9g}" for n in _few(finite))
        shots = f"{finite[0]:.9g} to {finite[-1]:.9g} shots" if "n" in law.varies else f"{few} shots"
        parts.append(shots + " and infinitely many" * law.at_infinity)
    elif law.at_infinity:
        parts.append("infinitely many shots")
    if "k" in law.varies:
        parts.append(f"{law.fewest_ways} to {spread.ways[-1]} ways")
    if "p" in law.varies:
        parts.append(f"dimension up to {spread.dimensions[-1]}")
    return ", ".join(parts)
