"""Reading FEATURES.npz: sizes and types are checked from the headers before anything is allocated.

Pickles are never loaded.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simulations.errors import InputError

Array = Any
LARGEST_BYTES = 8 << 30
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
        with zipfile.ZipFile(path) as archive:
            arrays = _read(archive)
    except InputError as wrong:
        raise wrong.within(path) from None
    except zipfile.BadZipFile:
        raise InputError(
            "is not an npz file; write one with numpy.savez(FILE, features=..., labels=...)", file=path
        ) from None
    except OSError as wrong:
        raise InputError(f"cannot be read: {wrong.strerror or wrong}", file=path) from None
    except (ValueError, EOFError, KeyError, NotImplementedError, RuntimeError, zipfile.zlib.error) as wrong:  # type: ignore[attr-defined]
        raise InputError(f"is damaged: {wrong}", file=path) from None
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
        with archive.open(info) as member:
            shape, dtype = _header(member, name)
            if dtype.hasobject:
                raise InputError(
                    "holds Python objects (a pickle), which are never loaded; save plain numbers or strings",
                    field=name,
                )
            claimed = dtype.itemsize * int(np.prod(shape, dtype=object))
            if claimed > info.file_size:
                raise InputError(
                    f"its header claims {claimed} bytes but the file holds {info.file_size}", field=name
                )
        with archive.open(info) as member:
            arrays[name] = np.lib.format.read_array(member, allow_pickle=False)
    return arrays


def _check_sizes(members: dict[str, zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in members.values())
    if total > LARGEST_BYTES:
        raise InputError(f"expands to {total >> 20} MiB, more than {LARGEST_BYTES >> 20} MiB")
    for name, info in members.items():
        ratio = info.file_size / max(info.compress_size, 1)
        if ratio > SUSPICIOUS_RATIO and info.file_size > SUSPICIOUS_BYTES:
            raise InputError(f"expands {ratio:.0f}-fold, which no real features do", field=name)


def _header(member: Any, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(member)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise InputError(f"has npy format version {version}, which is not supported", field=name)
    shape, _, dtype = readers[version](member)
    return shape, dtype


def _checked(path: Path, arrays: dict[str, Array]) -> FeatureFile:
    features, labels = arrays["features"], arrays["labels"]
    if features.ndim != 2 or 0 in features.shape:
        raise InputError(f"has shape {features.shape}; it must be (samples, dimension)", field="features")
    if features.dtype.kind not in "fiu":
        raise InputError(f"has type {features.dtype}; it must hold numbers", field="features")
    if features.dtype.kind != "f":
        features = features.astype(np.float64)
    if labels.ndim != 1 or len(labels) != len(features):
        raise InputError(
            f"has shape {labels.shape} for {len(features)} samples; give one label a sample", field="labels"
        )
    if labels.dtype.kind not in "iubUS":
        raise InputError(f"has type {labels.dtype}; labels are integers or strings", field="labels")
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "replace")
    finite = np.isfinite(features).all(axis=1)
    if not finite.all():
        first = int(np.flatnonzero(~finite)[0])
        raise InputError(
            f"{int((~finite).sum())} samples hold NaN or infinity (the first is sample {first}); remove them",
            field="features",
        )
    split = arrays.get("split")
    if split is not None:
        if split.shape != labels.shape or split.dtype.kind not in "US":
            raise InputError("must hold one string a sample", field="split")
        split = np.char.decode(split, "utf-8", "replace") if split.dtype.kind == "S" else split
    weights, bias = _classifier(arrays, features.shape[1])
    return FeatureFile(path, features, labels, split, weights, bias)


def _classifier(arrays: dict[str, Array], dimension: int) -> tuple[Array | None, Array | None]:
    weights, bias = arrays.get("weights"), arrays.get("bias")
    if weights is None:
        if bias is not None:
            raise InputError("is given without weights; add weights or drop it", field="bias")
        return None, None
    if weights.ndim != 2 or weights.shape[1] != dimension or weights.dtype.kind not in "fiu":
        raise InputError(f"has shape {weights.shape}; it must be (classes, {dimension})", field="weights")
    if not np.all(np.isfinite(weights)):
        raise InputError("holds NaN or infinity", field="weights")
    if bias is None:
        bias = np.zeros(len(weights))
    if bias.shape != (len(weights),) or bias.dtype.kind not in "fiu" or not np.all(np.isfinite(bias)):
        raise InputError(f"must hold {len(weights)} finite numbers, one a class", field="bias")
    return weights.astype(np.float64), bias.astype(np.float64)
