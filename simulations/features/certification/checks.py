"""Checks of the input of a certificate: options, splits, and enough samples in every class."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simulations.features import FeatureFile
from simulations.features.normalization import normalized
from simulations.runtime.errors import InputError
from simulations.runtime.row_source import RowSource
from theory.array import Flags, Floats, Integers, NumPyArray

BLOCK = 1 << 21
"""Numbers of a class read at a time."""


@dataclass(frozen=True, eq=False)
class ClassRows:
    """The samples of one class, read when they are asked for."""

    features: RowSource
    rows: Integers

    def __len__(self) -> int:
        return len(self.rows)

    def samples(self, chosen: slice | Integers = slice(None)) -> Floats:
        """(samples, dimension) float64: all of them, or those of a slice or of numbers within the class."""
        return np.asarray(self.features[self.rows[chosen]]).astype(np.float64)

    def blocks(self) -> Iterator[Floats]:
        """All of them, a few MiB at a time."""
        step = max(1, BLOCK // self.features.shape[1])
        return (self.samples(slice(start, start + step)) for start in range(0, len(self), step))


@dataclass(frozen=True, eq=False)
class PreparedClasses:
    """Samples of each source class, of each new class (None without such a split), and the radius."""

    source: list[ClassRows]
    new: list[ClassRows] | None
    radius: float | None


def check_options(shots: int, ways: int, confidence: float) -> None:
    """Raises InputError naming the option."""
    # A confidence of 1e-17 is positive, but the failure probability 1 - 1e-17 is 1 in double precision.
    if not 0 < 1 - confidence < 1:
        raise InputError(
            f"must lie strictly between 0 and 1, not {confidence:.12g}; use for example 0.95",
            field="--confidence",
        )
    if shots < 1:
        raise InputError(f"{shots} is too few; use at least 1", field="--shots")
    if ways < 2:
        raise InputError(f"{ways} is too few; use at least 2", field="--ways")


def prepare(
    file: FeatureFile, shots: int, ways: int, radius: float | None, normalize: str | None
) -> PreparedClasses:
    """Raises InputError: see ``simulations.features.certification.certify``."""
    source, new = _splits(file)
    if file.head is not None:
        own = set(file.labels[file.head.fitted].tolist())
        shared = sorted(own & set(file.labels[source | (source if new is None else new)].tolist()), key=str)
        if shared:
            raise InputError(
                f"was fitted on samples of class {shared[0]}, for which it is not fixed: certificates, and "
                "the error beside them, need classes that it has not seen",
                file=file.path,
                field="--map",
            )
    # Checks that need the labels alone come before the features, which may be large, are read.
    _check(file, _sizes(file.labels, source), shots, ways)
    if new is not None:
        _check_new(file, _sizes(file.labels, new), shots, ways)
    if normalize is not None:
        if normalize == "l2" and radius is not None:
            raise InputError("goes without --normalize, which makes every norm 1; drop one", field="--radius")
        radius = 1.0
    features = normalized(file.by_class, normalize)
    groups = _groups(features, file.labels, source)
    fresh = None if new is None else _groups(features, file.labels, new)
    if radius is not None:
        largest = max(
            float(np.sqrt(np.max(np.sum(rows**2, axis=1)))) for group in groups for rows in group.blocks()
        )
        if not largest * (1 - 1e-12) <= radius < math.inf:
            raise InputError(
                f"{radius:g} is not a bound for the norms in {file.path}; give a finite number that is known "
                f"beforehand and at least the largest feature norm, {largest:.6g}",
                field="--radius",
            )
    return PreparedClasses(groups, fresh, radius)


def _splits(file: FeatureFile) -> tuple[Flags, Flags | None]:
    everything = np.ones(len(file.labels), dtype=bool)
    if file.split is None:
        return everything, None
    source, new = file.split == "source", file.split == "new"
    if not np.any(source):
        raise InputError(
            "no sample has split 'source'; mark the source classes with it, or drop the array",
            file=file.path,
            field="split",
        )
    shared = sorted(set(file.labels[source].tolist()) & set(file.labels[new].tolist()), key=str)
    if shared:
        raise InputError(
            f"class {shared[0]} is in both splits, so it is not new; give every class one split",
            file=file.path,
            field="split",
        )
    return source, new if np.any(new) else None


def _groups(features: RowSource, labels: NumPyArray, mask: Flags) -> list[ClassRows]:
    rows = np.flatnonzero(mask)
    _, inverse = np.unique(labels[rows], return_inverse=True)
    ordered = rows[np.argsort(inverse, kind="stable")]
    return [ClassRows(features, own) for own in np.split(ordered, np.cumsum(np.bincount(inverse))[:-1])]


def _sizes(labels: NumPyArray, mask: Flags) -> list[int]:
    return [int(count) for count in np.unique(labels[mask], return_counts=True)[1]]


def _check(file: FeatureFile, sizes: Sequence[int], shots: int, ways: int) -> None:
    if len(sizes) < 2:
        raise InputError(
            f"there is {len(sizes)} source class; give at least 2", file=file.path, field="labels"
        )
    if len(sizes) < ways:
        raise InputError(
            f"{len(sizes)} source classes in {file.path} make no {ways}-way episode; use at most "
            f"{len(sizes)}",
            field="--ways",
        )
    smallest = min(sizes)
    if smallest < shots + 1:
        raise InputError(
            f"a source class has {smallest} samples, and {shots} shots need at least {shots + 1}; use fewer "
            "--shots or leave such classes out",
            file=file.path,
            field="labels",
        )


def _check_new(file: FeatureFile, sizes: Sequence[int], shots: int, ways: int) -> None:
    smallest = min(sizes)
    if len(sizes) < ways or smallest < shots + 1:
        raise InputError(
            f"the split 'new' has {len(sizes)} classes, the smallest of {smallest} samples: too few for "
            f"{ways}-way {shots}-shot episodes; add some, or leave the split out",
            file=file.path,
            field="split",
        )
