"""Shared by the readers: errors of one line for a missing library and for a damaged file."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from simulations.features.archive import FIELDS
from simulations.features.feature_file import FeatureFile
from simulations.runtime.errors import InputError, printable


def library(module: str, extra: str, path: Path) -> ModuleType:
    """An optional library. Raises InputError that names the extra which brings it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        kind = path.suffix or "such a"
        raise InputError(
            f"is a {kind} file, which needs {module.split('.')[0]}; "
            f"install it with python3 -m pip install 'neural-collapse-transfer[{extra}]'",
            file=path,
        ) from None


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns every error into one line that names the file."""
    try:
        yield
    except InputError as wrong:
        raise wrong.within(path) from None
    except OSError as wrong:
        reason = wrong.strerror or printable(str(wrong), 200)
        raise InputError(f"cannot be read: {reason}; give the path of a features file", file=path) from None
    except MemoryError:
        raise InputError("needs more memory than there is; store float32 .npy shards", file=path) from None
    except Exception as wrong:  # libraries have errors of their own
        raise InputError(f"is damaged: {printable(str(wrong), 200)}; save it again", file=path) from None


def feature_file_of(path: Path, arrays: Mapping[str, Any]) -> FeatureFile:
    """A FeatureFile of what a file holds. Raises InputError: field and remedy."""
    for name in ("features", "labels"):
        if name not in arrays:
            present = ", ".join(sorted(map(str, arrays))) or "nothing"
            raise InputError(f"is missing; the file has {printable(present, 200)}", field=name)
    known = {name: arrays[name] for name in FIELDS if name in arrays}
    features, labels = known.pop("features"), known.pop("labels")
    return FeatureFile.of(features, labels, name=str(path), **known)
