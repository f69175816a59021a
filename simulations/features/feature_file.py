"""``FeatureFile``: the checked contents, with features that are read when they are first used."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from simulations.features import archive, checks, class_order, memory
from simulations.features.head_lineage import HeadLineage
from simulations.features.rows import Chosen, Converted, StoredRows
from simulations.runtime.errors import InputError, printable
from simulations.runtime.files import require_regular
from simulations.runtime.row_source import RowSource
from theory.array import Flags, Floats, Integers, NumPyArray

IN_MEMORY = 256 << 20
"""Bytes of features up to which they are read whole."""
MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class FeatureFile:
    """Checked contents of a features file (``load_features``), or arrays in memory (``FeatureFile.of``).

    stored : features (samples, dimension) as an array or a ``RowSource``, or what reads them; labels
    (samples,) integers or strings; split (samples,) strings or None; weights (classes, dimension) and bias
    (classes,) or None; classes : every class in the order of the rows of ``weights``, None for sorted labels;
    notes : changes made while loading that the user should know of. labels2 (samples,): a second labeling
    of the same samples, or None.
    """

    path: Path
    stored: RowSource | Callable[[], RowSource]
    labels: NumPyArray
    split: NumPyArray | None = None
    weights: Floats | None = None
    bias: Floats | None = None
    classes: NumPyArray | None = None
    notes: tuple[str, ...] = ()
    labels2: NumPyArray | None = None
    head: HeadLineage | None = None
    """The lineage of a map that the features went through, or None."""

    @staticmethod
    def of(  # noqa: PLR0913 - public: one argument for each array of a file
        features: object,
        labels: object = None,
        *,
        split: object = None,
        weights: object = None,
        bias: object = None,
        classes: object = None,
        labels2: object = None,
        name: str = "arrays",
    ) -> FeatureFile:
        """Arrays in memory, checked as those of a file are; ``name`` stands for its path in messages.

        features (samples, dimension) of numbers; labels (samples,) integers or strings; split (samples,)
        strings; weights (classes, dimension) and bias (classes,) of a linear classifier; classes (classes,),
        the labels in the order of their rows (default: sorted). Lists, tensors, frames and whatever NumPy
        makes
        an array of will do; without labels, ``features`` are batches: an iterable of (features, labels), such
        as a torch DataLoader. Nothing is copied that need not be.
        Raises InputError: one line with field and remedy.
        """
        path = Path(name)
        try:
            if labels is None and not hasattr(features, "shape"):
                features, labels = memory.collected(features)
            given = {"features": features, "labels": labels, "split": split, "classes": classes}
            arrays = memory.arrays(given | {"weights": weights, "bias": bias, "labels2": labels2})
            classifier = _classifier(arrays)
            file = FeatureFile(
                path,
                floating(arrays["features"]),
                arrays["labels"],
                arrays.get("split"),
                classifier[0],
                classifier[1],
                arrays.get("classes"),
                labels2=arrays.get("labels2"),
            )
            file.check_classes()
        except InputError as wrong:
            raise wrong.within(path) from None
        return file

    @cached_property
    def features(self) -> RowSource:
        """(samples, dimension) as stored. Raises InputError when the file has changed since."""
        return self.stored() if callable(self.stored) else self.stored

    @cached_property
    def members(self) -> tuple[tuple[str, ...], list[Integers]]:
        """Names of the classes in order, and the row numbers of each."""
        names, inverse = np.unique(self.labels, return_inverse=True)
        rows = np.split(np.argsort(inverse, kind="stable"), np.cumsum(np.bincount(inverse))[:-1])
        order = list(range(len(names)))
        if self.classes is not None:
            place = {name: at for at, name in enumerate(self.classes.tolist())}
            order.sort(key=lambda c: place[names[c].item()])
        return tuple(str(names[c]) for c in order), [rows[c] for c in order]

    @property
    def count(self) -> int:
        """The number of classes that samples belong to."""
        return len(self.members[0])

    @cached_property
    def numbers(self) -> Annotated[Integers, "samples"]:
        """(samples,): the number of each sample's class."""
        class_numbers = np.empty(len(self.labels), dtype=np.intp)
        for c, rows in enumerate(self.members[1]):
            class_numbers[rows] = c
        return class_numbers

    @cached_property
    def by_class(self) -> FeatureFile:
        """The same samples by the same numbers, those of a class read from where they lie together: large
        files whose classes lie scattered are copied once (``class_order``)."""
        beside = self.path if self.path.is_dir() else self.path.parent
        ordered = class_order.arranged(self.features, self.members[1], beside)
        return self if ordered is self.features else replace(self, stored=ordered)

    def check_classes(self) -> None:
        """Raises InputError where ``classes`` names one twice or lacks a label."""
        if self.classes is None:
            return
        names = self.classes.tolist()
        if len(set(names)) < len(names):
            raise InputError("names a class twice; give each once", field="classes")
        missing = sorted(set(np.unique(self.labels).tolist()) - set(names), key=str)
        if missing:
            raise InputError(
                f"lacks {printable(str(missing[0]), 60)}, which is a label; give every class", field="classes"
            )

    def classifier(self) -> tuple[Floats, Floats] | str:
        """Weights (classes, dimension) and biases of the classes here, or why there are none."""
        if self.weights is None or self.bias is None:
            return "the file has no classifier"
        names = self.members[0]
        order = None if self.classes is None else [str(name) for name in self.classes.tolist()]
        if order is not None and len(order) == len(self.weights):
            rows = [order.index(name) for name in names]
            return self.weights[rows], self.bias[rows]
        if len(self.weights) == len(names):
            return self.weights, self.bias
        return f"the weights have {len(self.weights)} rows for {len(names)} classes"

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
        return self._only(chosen)

    def without(self, split: str | None) -> FeatureFile:
        """All samples but those of one split. Raises InputError when none are left."""
        if split is None or self.split is None:
            return self
        kept = self.split != split
        if not np.any(kept):
            raise InputError(
                f"every sample has split '{split}'; leave some of the classes", file=self.path, field="split"
            )
        return self._only(kept)

    def at_least(self, samples: int) -> FeatureFile:
        """Without the classes of fewer than ``samples`` samples; ``notes`` names them.

        Raises InputError when fewer than two classes are left.
        """
        names, rows = self.members
        small = [c for c, own in enumerate(rows) if len(own) < samples]
        if not small:
            return self
        if len(names) - len(small) < 2:
            raise InputError(
                f"{len(names) - len(small)} class has at least {samples} samples; use a smaller number",
                file=self.path,
                field="--min-samples",
            )
        shown = ", ".join(f"{printable(names[c], 40)} ({len(rows[c])})" for c in small[:MOST_NAMED])
        more = f" and {len(small) - MOST_NAMED} more" if len(small) > MOST_NAMED else ""
        note = (
            f"{len(small)} of {len(names)} classes have fewer than {samples} samples: {shown}{more} left out"
        )
        kept = self._only(~np.isin(self.numbers, small))
        return replace(kept, notes=(*self.notes, note))

    def _only(self, chosen: Flags) -> FeatureFile:
        classes = np.unique(self.labels) if self.classes is None else self.classes
        rows = np.flatnonzero(chosen)

        def stored() -> RowSource:
            everything = self.features
            return everything[rows] if isinstance(everything, np.ndarray) else Chosen(everything, rows)

        return replace(
            self,
            stored=stored,
            labels=self.labels[rows],
            split=None if self.split is None else self.split[rows],
            labels2=None if self.labels2 is None else self.labels2[rows],
            head=None if self.head is None else replace(self.head, fitted=self.head.fitted[rows]),
            classes=classes,
        )


def require(file: FeatureFile) -> FeatureFile:
    """Raises TypeError, with the remedy, on anything else."""
    if not isinstance(file, FeatureFile):
        raise TypeError(
            f"expected a FeatureFile, not {type(file).__name__}; make one with "
            "FeatureFile.of(features, labels) or load_features(path)"
        )
    return file


def load_npz(path: str | Path) -> FeatureFile:
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
            for name in ("labels", "split", "classes", "labels2")
            if name in members
        }
        classifier = _classifier(
            {name: archive.read(file, members[name]) for name in ("weights", "bias") if name in members}
        )
        feature_file = FeatureFile(
            path,
            lambda: _features(path, members["features"]),
            texts["labels"],
            texts.get("split"),
            classifier[0],
            classifier[1],
            texts.get("classes"),
            labels2=texts.get("labels2"),
        )
        feature_file.check_classes()
    return feature_file


def _features(path: Path, checked: archive.Member) -> RowSource:
    with _opened(path) as file:
        now = archive.members(file)
        if now.get("features") != checked:
            raise InputError("has changed while it was read; start again", field="features")
        if checked.dtype.itemsize * checked.shape[0] * checked.shape[1] > IN_MEMORY:
            offset = archive.stored_at(path, file, checked)
            if offset is not None:
                shape = (checked.shape[0], checked.shape[1])
                return floating(StoredRows(path, offset, shape, checked.dtype))
        features = archive.read(file, checked)
    return floating(features)


def floating(features: RowSource) -> RowSource:
    """The same rows, of a kind of floating-point number of at most 8 bytes."""
    dtype = features.dtype
    if dtype.kind == "f" and dtype.itemsize <= 8:
        return features
    if isinstance(features, np.ndarray):
        return features.astype(np.float64)
    return Converted(features, lambda rows: rows.astype(np.float64), np.dtype(np.float64))


def _classifier(arrays: Mapping[str, Any]) -> tuple[Floats, Floats] | tuple[None, None]:
    if "weights" not in arrays:
        return None, None
    weights = arrays["weights"].astype(np.float64)
    bias = arrays["bias"].astype(np.float64) if "bias" in arrays else np.zeros(len(weights))
    return weights, bias


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Turns every error caused by a foreign file into one line."""
    require_regular(path, "give the path of an npz file")
    try:
        # NumPy warns of headers by Python 2 and the like: a damaged one is refused, a sound one is fine.
        with warnings.catch_warnings(), zipfile.ZipFile(path) as file:
            warnings.simplefilter("ignore")
            yield file
    except InputError as wrong:
        raise wrong.within(path) from None
    except zipfile.BadZipFile as wrong:
        # Without a directory it is not an archive; a member that differs from its directory entry is damaged.
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
