"""Reading FEATURES.npz: sizes and types are checked from the headers before anything is allocated.

Pickles are never loaded.
"""

from __future__ import annotations

import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simulations.errors import InputError, printable

Array = Any
LARGEST_BYTES = 8 << 30
LARGEST_NUMBER = 1e150
"""Squares of larger numbers, and of numbers that are all below its inverse, leave double precision."""
SUSPICIOUS_RATIO, SUSPICIOUS_BYTES = 200, 64 << 20
KNOWN = ("features", "labels", "split", "weights", "bias")


@dataclass(frozen=True, eq=False)
class FeatureFile:
    """Checked contents of a features file.

    features (samples, dimension) as stored; labels (samples,) integers or strings; split (samples,)
    strings or None; weights (classes, dimension) and bias (classes,) or None.
    """

    path: Path
    features: Array
    labels: Array
    split: Array | None = None
    weights: Array | None = None
    bias: Array | None = None

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
            self.path, self.features[chosen], self.labels[chosen], self.split[chosen], self.weights, self.bias
        )


def load_features(path: str | Path) -> FeatureFile:
    """Read and check a features file. Raises InputError: one line with file, field and remedy."""
    path = Path(path)
    try:
        # NumPy warns of headers by Python 2 and the like: a damaged one is refused, a sound one is fine.
        with warnings.catch_warnings(), zipfile.ZipFile(path) as archive:
            warnings.simplefilter("ignore")
            arrays = _read(archive)
    except InputError as wrong:
        raise wrong.within(path) from None
    except zipfile.BadZipFile:
        raise InputError(
            "is not an npz file; write one with numpy.savez(FILE, features=..., labels=...)", file=path
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
    try:
        return _checked(path, arrays)
    except InputError as wrong:
        raise wrong.within(path) from None


def _read(archive: zipfile.ZipFile) -> dict[str, Array]:
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    for name in ("features", "labels"):
        if name not in members:
            raise InputError(
                f"is missing; the file has {', '.join(sorted(members)) or 'nothing'}", field=name
            )
    wanted = {name: info for name, info in members.items() if name in KNOWN}
    _check_sizes(wanted)
    arrays = {}
    for name, info in wanted.items():
        try:
            arrays[name] = _member(archive, info, name)
        except (InputError, MemoryError):
            raise
        except Exception as wrong:  # whatever goes wrong while unpacking foreign bytes, the file is at fault
            raise InputError(f"is damaged: {printable(str(wrong), 200)}; save it again", field=name) from None
    return arrays


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Array:
    with archive.open(info) as member:
        shape, dtype = _header(member, name)
    if dtype.hasobject:
        raise InputError(
            "holds Python objects (a pickle), which are never loaded; save plain numbers or strings",
            field=name,
        )
    if any(length < 0 for length in shape):
        raise InputError(f"its header claims the shape {shape}; save it again", field=name)
    claimed = dtype.itemsize * int(np.prod(shape, dtype=object))
    if claimed > info.file_size:
        raise InputError(
            f"its header claims {claimed} bytes but the file holds {info.file_size}; save it again",
            field=name,
        )
    with archive.open(info) as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def _check_sizes(members: dict[str, zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in members.values())
    if total > LARGEST_BYTES:
        raise InputError(f"expands to {total >> 20} MiB; at most {LARGEST_BYTES >> 20} MiB are read")
    suspicious = 0
    for name, info in members.items():
        ratio = info.file_size / max(info.compress_size, 1)
        suspicious += info.file_size if ratio > SUSPICIOUS_RATIO else 0
        if ratio > SUSPICIOUS_RATIO and suspicious > SUSPICIOUS_BYTES:
            raise InputError(
                f"expands {ratio:.0f}-fold, which no real features do; save it with numpy.savez", field=name
            )


def _header(member: Any, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(member)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise InputError(f"has npy format version {version}; save it with numpy.savez", field=name)
    shape, _, dtype = readers[version](member)
    return shape, dtype


def _checked(path: Path, arrays: dict[str, Array]) -> FeatureFile:
    features, labels = arrays["features"], arrays["labels"]
    if features.ndim != 2 or 0 in features.shape:
        raise InputError(f"has shape {features.shape}; it must be (samples, dimension)", field="features")
    if features.dtype.kind not in "fiu":
        raise InputError(f"has type {features.dtype}; it must hold numbers", field="features")
    if features.dtype.kind != "f" or features.dtype.itemsize > 8:
        with np.errstate(over="ignore"):
            features = features.astype(np.float64)
    if labels.ndim != 1 or len(labels) != len(features):
        raise InputError(
            f"has shape {labels.shape} for {len(features)} samples; give one label a sample", field="labels"
        )
    if labels.dtype.kind not in "iubUS":
        raise InputError(f"has type {labels.dtype}; labels are integers or strings", field="labels")
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "backslashreplace")
    finite = np.isfinite(features).all(axis=1)
    if not finite.all():
        first = int(np.flatnonzero(~finite)[0])
        raise InputError(
            f"{int((~finite).sum())} samples hold NaN or infinity (the first is sample {first}); remove them",
            field="features",
        )
    largest = float(np.max(np.abs(features)))
    if largest > LARGEST_NUMBER or 0 < largest < 1 / LARGEST_NUMBER:
        raise InputError(
            f"numbers as {'large' if largest > 1 else 'small'} as {largest:.3g} are too "
            f"{'large' if largest > 1 else 'small'} for their squares; rescale them",
            field="features",
        )
    split = arrays.get("split")
    if split is not None:
        if split.shape != labels.shape or split.dtype.kind not in "US":
            raise InputError(
                f"has shape {split.shape} and type {split.dtype} for {len(labels)} samples; "
                "give one string a sample",
                field="split",
            )
        if split.dtype.kind == "S":
            split = np.char.decode(split, "utf-8", "backslashreplace")
    weights, bias = _classifier(arrays, features.shape[1])
    return FeatureFile(path, features, labels, split, weights, bias)


def _classifier(arrays: dict[str, Array], dimension: int) -> tuple[Array | None, Array | None]:
    weights, bias = arrays.get("weights"), arrays.get("bias")
    if weights is None:
        if bias is not None:
            raise InputError("is given without weights; add weights or drop it", field="bias")
        return None, None
    if weights.dtype.kind not in "fiu":
        raise InputError(f"has type {weights.dtype}; it must hold numbers", field="weights")
    if weights.ndim != 2 or weights.shape[1] != dimension:
        raise InputError(f"has shape {weights.shape}; it must be (classes, {dimension})", field="weights")
    if not np.all(np.isfinite(weights)):
        raise InputError("holds NaN or infinity; drop it or train again", field="weights")
    if bias is None:
        bias = np.zeros(len(weights))
    if bias.shape != (len(weights),) or bias.dtype.kind not in "fiu":
        raise InputError(
            f"has shape {bias.shape} and type {bias.dtype}; give {len(weights)} numbers, one a class",
            field="bias",
        )
    if not np.all(np.isfinite(bias)):
        raise InputError("must be finite; drop it or train again", field="bias")
    return weights.astype(np.float64), bias.astype(np.float64)
