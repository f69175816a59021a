"""Coordinates in which all covariances are diagonal, and in which equal coordinates without a mean are
counted instead of drawn.

Within a block of coordinates in which every class has one variance the means are rotated into at most as
many coordinates as there are means; what is left of the block has spherical noise, of which only the Gram
matrix of the centres matters: a Bartlett factor (``reduced.bartlett``) of as many columns as classes.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulations.engines.geometry.reduced import bartlett
from simulations.engines.geometry.shared_axes import seen
from simulations.runtime.arrays import Generator, namespace
from theory.array import Array, Floats

COMMUTE, ACCURACY = 1e-12, 1e-9


@dataclass(frozen=True, eq=False)
class Frame:
    """points (count, width) and variances (classes, width) seen in the new coordinates; ``blocks`` lists
    the sizes of the blocks drawn as Bartlett factors, in the last columns, ``columns`` each."""

    points: Floats
    variances: Floats
    blocks: tuple[int, ...]
    columns: int

    @property
    def width(self) -> int:
        """Coordinates that an episode is drawn in."""
        return int(self.points.shape[1])

    @property
    def inside(self) -> int:
        """Columns in front of those of the Bartlett factors."""
        return self.width - len(self.blocks) * self.columns

    @property
    def times(self) -> Floats:
        """(width,): how many coordinates each column stands for in a determinant."""
        multiplicities = np.zeros(self.width)
        multiplicities[: self.inside] = 1.0
        for index, size in enumerate(self.blocks):
            multiplicities[self.inside + index * self.columns] = size
        return multiplicities

    def normals(self, rng: Generator, episodes: int, classes: int) -> Array:
        """(episodes, classes, width): standard scores of the noise of the centres."""
        scores = rng.standard_normal((episodes, classes, self.inside))
        if not self.blocks:
            return scores
        rows = [bartlett(rng, episodes, classes, size) for size in self.blocks]
        return namespace(rng).concat([scores, *rows], axis=2)


def common_axes(
    covariances: Sequence[Floats], means: Floats, noise: float
) -> tuple[Floats | None, Floats] | None:
    """(axes or None, variances (classes, p)): an orthogonal matrix whose columns make every covariance
    diagonal, None for the coordinates themselves; None altogether where there is none, or where what is left
    could be seen in the margins of classes with ``means`` (classes, p)."""
    if all(each.ndim == 1 for each in covariances):
        return None, np.stack(covariances)
    matrices = [each if each.ndim == 2 else np.diag(each) for each in covariances]
    scaled = [each / scale for each in matrices if (scale := float(np.max(np.abs(each)))) > 0]
    # Fixed weights without a common measure: two covariances with equal sums do not hide each other.
    mixed = np.zeros_like(matrices[0])
    for index, each in enumerate(scaled):
        mixed = mixed + np.sqrt(index + 2.0) * each
    axes = np.linalg.eigh(mixed)[1]
    rows, rests = [], []
    for each in matrices:
        inner = axes.T @ each @ axes
        variances = np.diag(inner).copy()
        off = inner - np.diag(variances)
        if np.max(np.abs(off)) > COMMUTE * np.max(np.abs(each)) * len(each):
            return None
        rows.append(np.maximum(variances, 0.0))
        rests.append(off)
    for i, j in itertools.permutations(range(len(rows)), 2):
        gap = (means[j] - means[i]) @ axes
        if seen((rests[i], rests[j]), (rows[i], rows[j]), gap, noise) > ACCURACY:
            return None
    return axes, np.stack(rows)


def build(points: Floats, variances: Floats, classes: int) -> Frame:
    """The frame of ``points`` (count, p), differences of means among them, with diagonal ``variances``
    (classes, p)."""
    profiles, which = np.unique(variances, axis=1, return_inverse=True)
    which = which.reshape(-1)
    shown, spreads, outside = [], [], []
    for index in range(profiles.shape[1]):
        part = points[:, which == index]
        size, least = part.shape[1], min(*part.shape)
        if size <= least + classes:
            shown.append(part)
            spreads.append(np.repeat(profiles[:, index : index + 1], size, axis=1))
            continue
        # Rows scaled alone: a far point must not drown the direction of a near one.
        lengths = np.sqrt(np.sum(part**2, axis=1, keepdims=True))
        rows = part / np.where(lengths > 0, lengths, 1.0)
        axes = np.linalg.qr(rows.T)[0]
        shown.append(part @ axes)
        spreads.append(np.repeat(profiles[:, index : index + 1], axes.shape[1], axis=1))
        outside.append((size - axes.shape[1], profiles[:, index]))
    columns = classes
    for _, profile in outside:
        shown.append(np.zeros((len(points), columns)))
        spreads.append(np.repeat(profile[:, None], columns, axis=1))
    blocks = tuple(size for size, _ in outside)
    return Frame(np.concatenate(shown, axis=1), np.concatenate(spreads, axis=1), blocks, columns)
