"""A digest of a data set's arrays, so that a record says which images it is of."""

from __future__ import annotations

import hashlib

import numpy as np

from simulations.experiments.network.data.dataset import ImageClasses


def fingerprint(data: ImageClasses) -> str:
    """SHA-256 of the images, labels and groups, whatever file they came in."""
    digest = hashlib.sha256()
    for values in (data.images, data.labels.astype(np.int64), data.groups.astype(np.int64)):
        digest.update(str(values.shape).encode())
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()
