"""Parquet tables: a list column ``features`` or numeric columns, and a column of labels."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulations.features.feature_file import FeatureFile
from simulations.features.inputs.base import feature_file_of, library, reading
from simulations.features.rows import RunReader
from simulations.runtime.errors import InputError
from theory.array import Floats

if TYPE_CHECKING:
    from pyarrow import ChunkedArray
    from pyarrow.parquet import ParquetFile

LABELS = ("labels", "label", "class", "target", "y")
HELD_GROUPS = 2


def load_parquet(path: Path) -> FeatureFile:
    """Features are read by row groups. Raises InputError: one line with file, field and remedy."""
    parquet = library("pyarrow.parquet", "parquet", path)
    with reading(path):
        file = parquet.ParquetFile(path)
        names = list(file.schema_arrow.names)
        label = next((name for name in LABELS if name in names), None)
        if label is None:
            raise InputError(f"is missing; name a column one of {', '.join(LABELS)}", field="labels")
        kinds = {name: file.schema_arrow.field(name).type for name in names}
        lists = [name for name, kind in kinds.items() if "list" in str(kind)]
        if len(lists) > 1 and "features" not in lists:
            raise InputError(f"are {len(lists)} list columns; call the one features", field="features")
        columns = ["features"] if "features" in lists else lists
        if not columns:
            columns = [
                name
                for name in names
                if name not in (label, "split", "labels2")
                and str(kinds[name]).startswith(("float", "double", "int", "uint", "halffloat"))
            ]
        if not columns:
            raise InputError("are missing; give a list column or numeric columns", field="features")
        arrays: dict[str, Any] = {"features": _rows(file, columns, bool(lists))}
        for name, column in (("labels", label), ("split", "split"), ("labels2", "labels2")):
            if column in names:
                arrays[name] = _text(file.read(columns=[column]).column(0))
        return feature_file_of(path, arrays)


def _text(column: ChunkedArray) -> Floats:
    if column.null_count:
        raise InputError(f"has {column.null_count} empty cells; fill or drop them", field="labels")
    return np.array(column.to_pylist())


def _rows(file: ParquetFile, columns: list[str], nested: bool) -> RunReader:
    ends = np.cumsum([file.metadata.row_group(g).num_rows for g in range(file.metadata.num_row_groups)])

    @lru_cache(maxsize=HELD_GROUPS)
    def group(number: int) -> Floats:
        table = file.read_row_group(number, columns=columns)
        if not nested:
            return np.stack([np.asarray(column) for column in table.columns], axis=1)
        column = table.column(0).combine_chunks()
        flat = np.asarray(column.flatten())
        if column.null_count or len(column) == 0 or len(flat) % len(column):
            raise InputError("hold lists of different lengths; make them alike", field="features")
        return flat.reshape(len(column), -1)

    first = group(0)

    def read(start: int, stop: int) -> Floats:
        parts = []
        for number in range(int(np.searchsorted(ends, start, side="right")), len(ends)):
            begin = int(ends[number - 1]) if number else 0
            if begin >= stop:
                break
            rows = group(number)
            if rows.shape[1] != first.shape[1]:
                raise InputError("hold lists of different lengths; make them alike", field="features")
            parts.append(rows[max(start - begin, 0) : stop - begin])
        return np.concatenate(parts) if parts else first[:0]

    return RunReader(read, (int(ends[-1]), first.shape[1]), first.dtype)
