"""A features file that only workers open: which parts of it are needed, and how it is read there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar
from uuid import uuid4

import numpy as np

from simulations.features.feature_file import FeatureFile
from simulations.features.inputs import load_features
from simulations.features.normalization import normalized
from simulations.features.rows import numbers_of
from simulations.runtime.errors import InputError
from simulations.runtime.row_source import RowSource
from simulations.runtime.workers import Workers
from theory.array import Floats, Integers

T = TypeVar("T")
ONE = RLock()
"""A worker may run several tasks at once, and what it keeps of a file and of its episodes is made for one."""


@dataclass(frozen=True)
class FileSource:
    """A path that every worker can read, and which of its samples are meant, scaled how."""

    path: str
    split: str | None = None
    min_samples: int | None = None
    normalize: str | None = None
    run: str = field(default_factory=lambda: uuid4().hex)
    """What a worker keeps of the file, it keeps for one run: the next one reads it anew."""


def opened(source: FileSource) -> FeatureFile:
    """The file, opened in a worker and kept from task to task. Raises InputError as ``load_features``
    does."""
    with ONE:
        return _opened(source)


@lru_cache(maxsize=2)
def _opened(source: FileSource) -> FeatureFile:
    try:
        file = load_features(source.path).restrict(source.split)
    except InputError as wrong:
        raise InputError(f"{wrong.problem} (on a worker)", file=wrong.file, field=wrong.field) from None
    return file if source.min_samples is None else file.at_least(source.min_samples)


def rows_of(source: FileSource) -> RowSource:
    """The features as they are measured, in a worker."""
    with ONE:
        return _rows_of(source)


@lru_cache(maxsize=2)
def _rows_of(source: FileSource) -> RowSource:
    rows: RowSource = normalized(opened(source).by_class, source.normalize)
    return rows


def described(source: FileSource) -> dict[str, Any]:
    """Everything in the file except the features, in a worker."""
    file = opened(source)
    fields = ("labels", "weights", "bias", "classes", "notes", "labels2")
    shape, dtype = rows_of(source).shape, rows_of(source).dtype
    return {"shape": shape, "dtype": dtype, **{name: getattr(file, name) for name in fields}}


def run_on_rows(source: FileSource, function: Callable[..., T], arguments: tuple[object, ...]) -> T:
    """``function`` of the rows, called in a worker."""
    return function(rows_of(source), *arguments)


def rows_at(features: RowSource, rows: Integers) -> Floats:
    """These rows. Runs in a worker."""
    return np.asarray(features[rows])


@dataclass(frozen=True)
class RemoteCall:
    """One call for a worker."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    label: str = ""
    weight: float = 1.0


@dataclass(frozen=True, eq=False)
class RemoteRows:
    """Rows that lie where the workers are. What reads many of them goes there (``apply``); a few may come."""

    source: FileSource
    workers: Workers
    shape: tuple[int, int]
    dtype: np.dtype[Any]

    def __getitem__(self, rows: slice | Integers) -> Floats:
        return self.apply(rows_at, numbers_of(rows, self.shape[0]))

    def apply(self, function: Callable[..., T], *arguments: object) -> T:
        """``function(rows, *arguments)``, an importable one, in some worker."""
        result: T = self.run([RemoteCall(run_on_rows, (self.source, function, arguments))])[0]
        return result

    def run(self, tasks: Sequence[RemoteCall]) -> list[Any]:
        """Results in the order of the tasks."""
        return self.workers.run(tasks)


def remote_file(source: FileSource, workers: Workers) -> FeatureFile:
    """Labels and classifier of a file that the workers of ``pool`` read; its features stay with them.

    Raises InputError: what a worker says of the file.
    """
    description = workers.run([RemoteCall(described, (source,))])[0]
    features = RemoteRows(source, workers, description.pop("shape"), description.pop("dtype"))
    notes = description.pop("notes")
    return replace(FeatureFile(Path(source.path), features, **description), notes=notes)
