"""``FeatureFile``: the checked contents, with features that are read when they are first used."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from simulations.features import archive, checks, memory
from simulations.runtime.errors import InputError, printable
from simulations.runtime.files import require_regular
from theory.array import Array


@dataclass(frozen=True, eq=False)
class FeatureFile:
    """Checked contents of a features file (``load_features``), or arrays in memory (``FeatureFile.of``).

    stored : features (samples, dimension), or what reads them; labels (samples,) integers or strings;
    split (samples,) strings or None; weights (classes, dimension) and bias (classes,) or None.
    """

    path: Path
    stored: Array | Callable[[], Array]
    labels: Array
    split: Array | None = None
    weights: Array | None = None
    bias: Array | None = None

    @staticmethod
    def of(
        features: Any,
        labels: Any,
        *,
        split: Any = None,
        weights: Any = None,
        bias: Any = None,
        name: str = "arrays",
    ) -> FeatureFile:
        """Arrays in memory, checked as those of a file are; ``name`` stands for its path in messages.

        features (samples, dimension) of numbers; labels (samples,) integers or strings; split (samples,)
        strings; weights (classes, dimension) and bias (classes,) of a linear classifier. Lists and whatever
        NumPy makes an array of will do; nothing is copied that need not be.
        Raises InputError: one line with field and remedy.
        """
        given = {"features": features, "labels": labels, "split": split, "weights": weights, "bias": bias}
        path = Path(name)
        try:
            arrays = memory.arrays(given)
        except InputError as wrong:
            raise wrong.within(path) from None
        classifier = _classifier(arrays) if "weights" in arrays else (None, None)
        return FeatureFile(
            path, _floating(arrays["features"]), arrays["labels"], arrays.get("split"), *classifier
        )

    @cached_property
    def features(self) -> Array:
        """(samples, dimension) as stored. Raises InputError when the file has changed since."""
        return self.stored() if callable(self.stored) else self.stored

    def restrict(self, split: str | None) -> FeatureFile:
        """Only the samples of one split. Raises InputError when the file has no such split."""
        if split is None:
            return self
        if self.split is None:
            raise InputError(
                "is missing, so --split cannot pick one; drop --split or add the array",
                file=self.path,
                field="split",
            )
        chosen = self.split == split
        if not np.any(chosen):
            known = ", ".join(sorted(set(self.split.tolist())))
            raise InputError(
                f"no sample has split '{split}'; the file has {known}", file=self.path, field="split"
            )
        return FeatureFile(
            self.path,
            lambda: self.features[chosen],
            self.labels[chosen],
            self.split[chosen],
            self.weights,
            self.bias,
        )


def require(file: FeatureFile) -> FeatureFile:
    """Raises TypeError, with the remedy, on anything else."""
    if not isinstance(file, FeatureFile):
        raise TypeError(
            f"expected a FeatureFile, not {type(file).__name__}; make one with "
            "FeatureFile.of(features, labels) or load_features(path)"
        )
    return file


def load_features(path: str | Path) -> FeatureFile:
    """Check a features file. Raises InputError: one line with file, field and remedy."""
    path = Path(path)
    with _opened(path) as file:
        members = archive.members(file)
        checks.shapes(members)
        for name in ("features", "weights", "bias"):
            if name in members:
                checks.numbers(members[name], archive.chunks(file, members[name]))
        texts = {
            name: checks.text(archive.read(file, members[name]), name)
            for name in ("labels", "split")
            if name in members
        }
        classifier = (None, None)
        if "weights" in members:
            classifier = _classifier(
                {name: archive.read(file, members[name]) for name in ("weights", "bias") if name in members}
            )
    return FeatureFile(
        path, lambda: _features(path, members["features"]), texts["labels"], texts.get("split"), *classifier
    )


def _features(path: Path, checked: archive.Member) -> Array:
    with _opened(path) as file:
        now = archive.members(file)
        if now.get("features") != checked:
            raise InputError("has changed while it was read; start again", field="features")
        features = archive.read(file, checked)
    return _floating(features)


def _floating(features: Array) -> Array:
    if features.dtype.kind != "f" or features.dtype.itemsize > 8:
        return features.astype(np.float64)
    return features


def _classifier(arrays: dict[str, Array]) -> tuple[Array, Array]:
    weights = arrays["weights"].astype(np.float64)
    bias = arrays["bias"].astype(np.float64) if "bias" in arrays else np.zeros(len(weights))
    return weights, bias


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Whatever goes wrong with foreign bytes becomes one line."""
    require_regular(path, "give the path of an npz file")
    try:
        # NumPy warns of headers by Python 2 and the like: a damaged one is refused, a sound one is fine.
        with warnings.catch_warnings(), zipfile.ZipFile(path) as file:
            warnings.simplefilter("ignore")
            yield file
    except InputError as wrong:
        raise wrong.within(path) from None
    except zipfile.BadZipFile as wrong:
        # Without a directory it is no archive; a member that is not what the directory says is damage.
        raise InputError(
            "is not an npz file; write one with numpy.savez(FILE, features=..., labels=...)"
            if not zipfile.is_zipfile(path)
            else f"is damaged: {printable(str(wrong), 200)}; save it again",
            file=path,
        ) from None
    except OSError as wrong:
        raise InputError(
            f"cannot be read: {wrong.strerror or wrong}; give the path of an npz file", file=path
        ) from None
    except MemoryError:
        raise InputError(
            "needs more memory than there is; store fewer samples or float32 features", file=path
        ) from None
    except (ValueError, EOFError, KeyError, NotImplementedError, RuntimeError) as wrong:
        raise InputError(f"is damaged: {printable(str(wrong), 200)}; save it again", file=path) from None
