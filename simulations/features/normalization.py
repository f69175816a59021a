"""Features scaled to length 1, where that is asked for."""

from __future__ import annotations

import numpy as np

from simulations.features.feature_file import FeatureFile
from simulations.features.rows import UnitLength, blocks
from simulations.runtime.errors import InputError
from simulations.runtime.row_source import RowSource


def normalized(file: FeatureFile, normalize: str | None) -> RowSource:
    """The features' rows, scaled where asked. Raises InputError on a sample without direction."""
    features: RowSource = file.features
    if normalize is None or hasattr(features, "apply"):  # those are scaled where they lie
        return features
    if normalize != "l2":
        raise InputError(f"'{normalize}' is not a normalization; use l2", field="--normalize")
    for part, rows in blocks(features):
        lengths = np.any(rows != 0, axis=1)
        if not np.all(lengths):
            first = part.start + int(np.flatnonzero(~lengths)[0])
            raise InputError(
                f"sample {first} is zero and has no direction; remove it", file=file.path, field="features"
            )
    return UnitLength(features)
