"""Moments estimated from samples: one pass for means and variances, later ones for higher moments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from theory.array import Array, array_namespace, device
from theory.geometry.labels import class_index
from theory.geometry.samples import SampleMoments


def feature_moments(
    features: Array, labels: Array, estimator: str, classes: Sequence[object] | None, seed: int = 0
) -> SampleMoments:
    """See ``ClassGeometry.from_features``."""
    if not hasattr(features, "ndim"):  # rows in lists
        features = np.asarray(features, dtype=np.float64)
    if features.ndim != 2:
        raise ValueError(f"features must have shape (samples, dimension), not {tuple(features.shape)}")
    names, members = class_index(labels, int(features.shape[0]), classes)
    xp = array_namespace(features)

    def blocks() -> Iterator[tuple[int, Array]]:
        for c, rows in enumerate(members):
            if rows[-1] - rows[0] == rows.shape[0] - 1:
                yield c, features[int(rows[0]) : int(rows[-1]) + 1, :]
            else:
                index = xp.asarray(rows, device=device(features))
                yield c, xp.take(features, index, axis=0)

    return SampleMoments(blocks, names, estimator, seed)


def batch_moments(
    batches: Callable[[], Iterable[tuple[Array, Any]]], estimator: str, seed: int = 0
) -> SampleMoments:
    """See ``ClassGeometry.from_batches``."""
    names: list[str] = []

    def blocks() -> Iterator[tuple[int, Array]]:
        for features, labels in batches():
            class_names, members = class_index(labels, int(features.shape[0]), None)
            xp = array_namespace(features)
            for name, rows in zip(class_names, members, strict=True):
                if name not in names:
                    names.append(name)
                index = xp.asarray(rows, device=device(features))
                yield names.index(name), xp.take(features, index, axis=0)

    return SampleMoments(blocks, names, estimator, seed)
