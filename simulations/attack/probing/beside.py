"""Two classes beside far ones: a mean over classes hides the pair in which all errors are made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import singledispatch
from typing import ClassVar

import numpy as np

from simulations.attack.probing.gaussians import GaussianPair, UnevenGaussians
from simulations.attack.probing.noises import NormalTail
from simulations.attack.probing.probe import Probe, ProbeLaw, ProbePoint
from simulations.attack.probing.sparse import Atom, SparseSupport
from simulations.attack.probing.spherical import MirroredLine, WidePart
from simulations.attack.probing.tails import LaplacePair, StudentPair
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.mixture import MixtureClasses
from simulations.populations.student import StudentClasses
from theory.array import Floats
from theory.inheritance import override

NEARLY_NONE = 1e-6
PAIRS: tuple[tuple[ProbeLaw, int, int, float, float], ...] = (
    (GaussianPair(), 0, 2, 1e3, 1.0),
    (LaplacePair(), 0, 1, 1e3, 1.0),
    (MirroredLine(), 0, 1, 1e3, 1.0),
    (WidePart(), 1, 2, 1e3, 1.0),
    (GaussianPair(), 0, 1, 4.0, 1.0),
    (GaussianPair(), 0, 16, 30.0, 1.0),
    (GaussianPair(), 0, 2, 1e6, NEARLY_NONE),
    (GaussianPair(), 0, 2, 1e3, 30.0),
    (UnevenGaussians(), 0, 2, 1e3, 1.0),
    (UnevenGaussians(), 4, 8, 1e3, 1.0),
    (UnevenGaussians(), 7, 4, 1e3, NEARLY_NONE),
    (LaplacePair(), 2, 4, 1e3, NEARLY_NONE),
    (StudentPair(), 1, 2, 1e3, 1.0),
    (MirroredLine(), 3, 1, 1e3, 1.0),
    (NormalTail(), 1, 1, 1e3, 1.0),
)
"""The law of the pair, its shape and dimension, how much farther than each other the other classes are, and
how much wider than the nearer of the two they are spread."""
EVERY_WAY = 4
"""Of these are tried at every number of ways; the rest with three classes."""


class BesideFarClasses(ProbeLaw):
    """A pair of another law, and further classes behind it on the line of its means, each like class 1.

    Whatever classes are added, a query that errs between the two errs: the errors of the pair stay, as lower
    bounds, and nothing is claimed of the rest.
    """

    name = "pair beside far classes"
    sentence = "a near pair beside far classes: what is made of averages is not the average"
    varies = "k"
    fewest_ways = 3
    variants = len(PAIRS)
    at_infinity = True
    levels = (0.7, 2.0, 4.0)
    few_levels: ClassVar[tuple[float, ...]] = (1.5,)

    @override
    def depends_on(self, variant: int, axis: str) -> bool:
        return variant < EVERY_WAY

    @override
    def probe(self, point: ProbePoint) -> Probe | None:
        law, variant, dimension, apart, noise = PAIRS[point.variant]
        if not (law.at_infinity if math.isinf(point.shots) else law.at_finite):
            return None
        pair = law.probe(replace(point, ways=2, dimension=dimension, variant=variant))
        if pair is None:
            return None
        count = point.ways - 2
        means = pair.population.means
        places = [means[0] + apart * (c + 1) * (means[1] - means[0]) for c in range(count)]
        population = with_classes(pair.population, places, noise)
        errors = np.concatenate([pair.errors, np.zeros(count)])
        return Probe(self.name, point, population, errors, exact=False)


@singledispatch
def with_classes(population: Population, places: Sequence[Floats], noise: float) -> Population:
    """The population with more classes, at ``places``, each with the noise of class 1 times ``noise``."""
    raise TypeError(f"no classes can be added to a population of family {population.family}")


@with_classes.register
def _(population: GaussianClasses, places: Sequence[Floats], noise: float) -> Population:
    further = [population.covariances[1] * noise**2] * len(places)
    return GaussianClasses(np.array([*population.means, *places]), [*population.covariances, *further])


@with_classes.register
def _(population: LaplaceClasses, places: Sequence[Floats], noise: float) -> Population:
    stds = [*population.stds, *([population.stds[1] * noise] * len(places))]
    return LaplaceClasses(np.array([*population.means, *places]), [row.tolist() for row in stds])


@with_classes.register
def _(population: StudentClasses, places: Sequence[Floats], noise: float) -> Population:
    stds, dfs = population.stds.tolist(), population.dfs.tolist()
    means = np.array([*population.means, *places])
    return StudentClasses(means, stds + [stds[1] * noise] * len(places), dfs + [dfs[1]] * len(places))


@with_classes.register
def _(population: MixtureClasses, places: Sequence[Floats], noise: float) -> Population:
    rows = [
        [
            (float(w), mean.tolist(), float(std))
            for w, mean, std in zip(each.weights, each.means, each.stds, strict=True)
        ]
        for each in population.parts
    ]
    further = [
        [
            (w, (place + noise * (np.array(mean) - population.means[1])).tolist(), noise * std)
            for w, mean, std in rows[1]
        ]
        for place in places
    ]
    return MixtureClasses([*rows, *further])


@with_classes.register
def _(population: SparseSupport, places: Sequence[Floats], noise: float) -> Population:
    mean = population.means[1]
    further = []
    for place in places:
        row = []
        for atom in population.atoms[1]:
            axes = set(atom.place) | set(np.flatnonzero(place).tolist())
            moved = {a: float(place[a] + noise * (atom.place.get(a, 0.0) - mean[a])) for a in axes}
            row.append(Atom(atom.weight, moved))
        further.append(row)
    return SparseSupport([*population.atoms, *further], population.dimension)
