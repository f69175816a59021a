"""Files of ``torch.save``: a dict of tensors. Weights only: pickled code is never loaded."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from simulations.features.archive import FIELDS
from simulations.features.feature_file import FeatureFile
from simulations.features.inputs.base import feature_file_of, library, reading
from simulations.features.memory import plain
from simulations.runtime.errors import InputError


def load_torch(path: Path) -> FeatureFile:
    """Raises InputError: one line with file, field and remedy."""
    torch = library("torch", "network", path)
    with reading(path):
        try:
            stored = torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError:
            raise InputError(
                "is a torch file that holds more than tensors (pickled code), which is never loaded; save "
                "{'features': tensor, 'labels': tensor} with torch.save"
            ) from None
        if not isinstance(stored, dict):
            raise InputError(
                f"is a torch file that holds a {type(stored).__name__}; save a dict with features and labels"
            )
        arrays: dict[str, Any] = {name: plain(stored[name]) for name in FIELDS if name in stored}
        return feature_file_of(path, arrays if arrays else dict(stored))
