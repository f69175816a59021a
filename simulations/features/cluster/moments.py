"""Moments of classes whose samples lie with the workers of a cluster.

Every worker sums over some of the classes, in the order in which one machine would, about the same centres;
for the others it returns zeros, so the parts add up to the very numbers of one machine. Only ``within_along``
sums over classes too: there the order, and with it the last digit, differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from array_api_compat import numpy as xp

from simulations.features.class_blocks import ClassBlocks
from simulations.features.cluster.source import FileSource, RemoteCall, RemoteRows, opened, rows_of
from simulations.features.feature_file import FeatureFile
from theory.array import Array
from theory.geometry import traces
from theory.geometry.blocks import FirstPass, first_pass
from theory.geometry.samples import TOP, SampleMoments
from theory.inheritance import override

PARTS = 4
"""Tasks of a pass for each worker."""


@dataclass(frozen=True, eq=False)
class Sums:
    """What of a first pass travels: see ``FirstPass``."""

    counts: list[int]
    reference: Array
    means: Array
    squares: Array

    def first_pass(self) -> FirstPass:
        """The same with the namespace, which does not travel."""
        return FirstPass(xp, self.counts, self.reference, self.means, self.squares)


class PartMoments(SampleMoments):
    """In a worker: the moments of all classes, with passes over some of them."""

    def second_pass_of(
        self, part: range, *, along: bool, norms: bool
    ) -> tuple[dict[str, Array], Array | None]:
        """``_second_pass``, and what it kept of the classes of ``part``."""
        sums = self._second_pass(along=along, norms=norms)
        kept = self._all_crossed
        return sums, None if kept is None else kept[part.start : part.stop]

    def traces_of(self, rows: list[slice] | None) -> Array:
        """What a part of the products of covariances adds."""
        return traces.sum_of(self._blocks, self.counts, self._raw_means, rows)


def sums_of(source: FileSource, classes: range, estimator: str, reference: Array) -> Sums:
    """In a worker: the first pass over some of the classes."""
    features, (names, members) = rows_of(source), opened(source).members

    def blocks() -> Iterator[tuple[int, Array]]:
        return ((c - classes.start, rows) for c, rows in ClassBlocks(features, members, classes)())

    sums = first_pass(blocks, [names[c] for c in classes], estimator, reference)
    return Sums(sums.counts, sums.reference, sums.means, sums.squares)


@dataclass(frozen=True, eq=False)
class Sampled:
    """Which samples, and what is known of all their classes; ``seed``: of the supports drawn."""

    source: FileSource
    first: Sums
    estimator: str
    seed: int

    def over(self, classes: range) -> PartMoments:
        """In a worker."""
        features, (names, members) = rows_of(self.source), opened(self.source).members

        blocks = ClassBlocks(features, members, classes)
        return PartMoments(blocks, names, self.estimator, self.seed, self.first.first_pass())


def part_of(
    sampled: Sampled,
    classes: range,
    method: str,
    arguments: tuple[object, ...],
    named: dict[str, object],
) -> object:
    """In a worker: ``method`` of ``PartMoments``, or that property, over some of the classes."""
    member = getattr(sampled.over(classes), method)
    return member(*arguments, **named) if callable(member) else member


class MergedMoments(SampleMoments):
    """The same ``MomentSource`` for features of which only workers read many."""

    def __init__(self, features: RemoteRows, file: FeatureFile, estimator: str, seed: int = 0) -> None:
        names, members = file.members
        self._features = features
        # A first pass needs two classes.
        tasks = min(PARTS * features.workers.count, len(names) // 2)
        self._ranges = [range(part[0], part[-1] + 1) for part in np.array_split(np.arange(len(names)), tasks)]
        reference = np.asarray(features[members[0][:1]], dtype=np.float64)[0]
        parts = features.run(
            [RemoteCall(sums_of, (features.source, part, estimator, reference)) for part in self._ranges]
        )
        first = Sums(
            [count for part in parts for count in part.counts],
            reference,
            np.concatenate([part.means for part in parts]),
            np.concatenate([part.squares for part in parts]),
        )
        self._sampled = Sampled(features.source, first, estimator, seed)
        super().__init__(_nowhere, names, estimator, seed, first.first_pass())

    def _parts(self, method: str, *arguments: object, of: range | None = None) -> list[Any]:
        """Of the classes ``of`` alone, where their rows are all that is asked for."""
        return self._features.run([self._task(part, method, arguments, {}) for part in self._over(of)])

    def _over(self, of: range | None) -> list[range]:
        if of is None:
            return self._ranges
        cut = [range(max(part.start, of.start), min(part.stop, of.stop)) for part in self._ranges]
        return [part for part in cut if len(part)]

    def _task(
        self, part: range, method: str, arguments: Sequence[object], named: dict[str, object]
    ) -> RemoteCall:
        return RemoteCall(part_of, (self._sampled, part, method, tuple(arguments), named))

    @override
    def _second_pass(self, *, along: bool, norms: bool) -> dict[str, Array]:
        name = PartMoments.second_pass_of.__name__
        arguments: dict[str, object] = {"along": along, "norms": norms}
        results = self._features.run([self._task(part, name, (part,), arguments) for part in self._ranges])
        parts, kept = zip(*results, strict=True)
        if kept[0] is not None:
            self._all_crossed = np.concatenate(kept)
        return {each: sum(part[each] for part in parts) for each in parts[0]}

    @override
    def _plain_trace_products(self) -> Array:
        everything = range(self.classes)
        stripes = traces.parts(self.dimension, self.counts, self._raw_means)
        tasks = [self._task(everything, PartMoments.traces_of.__name__, (rows,), {}) for rows in stripes]
        values: Array = sum(self._features.run(tasks)) / (self.sizes[:, None] * self.sizes[None, :])
        return values

    @cached_property
    def _spectra(self) -> Array:
        values: Array = sum(self._parts("_spectra"))
        return values

    @cached_property
    def _top_pass(self) -> tuple[Array, Array, Array]:
        own, crossed, fourth = (sum(each) for each in zip(*self._parts("_top_pass"), strict=True))
        return own, crossed, fourth

    @override
    def _leading(self, count: int) -> tuple[Array, Array]:
        if count == TOP:
            return self._top_pass[0], self._top_pass[1]
        own, crossed = (sum(each) for each in zip(*self._parts("_leading", count), strict=True))
        return own, crossed

    @override
    def _plain_cross_variances(self, rows: slice) -> Array:
        values: Array = sum(self._parts("_plain_cross_variances", rows, of=range(rows.start, rows.stop)))
        return values

    @override
    def _plain_cross_sums(self, rows: slice, left: Array, right: Array) -> Array:
        values: Array = sum(
            self._parts("_plain_cross_sums", rows, left, right, of=range(rows.start, rows.stop))
        )
        return values

    @override
    def _centres(self, shots: int, ways: int | None) -> Array:
        values: Array = sum(self._parts("_centres", shots, ways))
        return values

    @override
    def _plain_margins(self, shots: int, ways: int | None, centres: Array) -> Array:
        values: Array = sum(self._parts("_plain_margins", shots, ways, centres))
        return values

    @override
    def within_along(self, axes: Array) -> Array:
        values: Array = sum(self._parts("within_along", axes))
        return values


def _nowhere() -> Iterator[tuple[int, Array]]:
    raise AssertionError("every pass over the samples runs in the workers")
