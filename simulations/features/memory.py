"""Arrays in memory, held to what the arrays of a features file must be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import numpy as np

from simulations.features import checks
from simulations.features.archive import CHUNK_BYTES, Member
from simulations.features.rows import Chosen, Converted, RunReader, Stacked, UnitLength
from simulations.runtime.errors import InputError, printable
from simulations.runtime.row_source import RowSource
from theory.array import Floats, NumPyArray, is_masked


def arrays(given: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are not None as checked NumPy arrays (features: or rows of a ``RowSource`` as it is).

    Raises InputError naming the field.
    """
    fields = {name: _array(name, values) for name, values in given.items() if values is not None}
    for name in ("features", "labels"):
        if name not in fields:
            raise InputError("is missing; give an array", field=name)
    members = {
        name: Member(name, name, tuple(values.shape), values.dtype, "C", 0) for name, values in fields.items()
    }
    checks.shapes(members)
    for name in ("features", "weights", "bias"):
        if name in fields:
            checks.numbers(members[name], _chunks(fields[name]))
    for name in ("labels", "split", "classes", "labels2"):
        if name in fields:
            fields[name] = checks.text(fields[name], name)
    return fields


def collected(batches: object) -> tuple[NumPyArray, NumPyArray]:
    """Features and labels of an iterable of (features, labels) batches. Raises InputError when it is none."""
    features, labels = [], []
    try:
        for some, names in cast("Iterable[tuple[object, object]]", batches):  # refused below if it is not
            features.append(_array("features", some))
            labels.append(_array("labels", names))
    except InputError:
        raise
    except (TypeError, ValueError):
        raise InputError(
            "are neither an array nor batches; give labels as well, or an iterable of (features, labels)",
            field="features",
        ) from None
    if not features:
        raise InputError("hold no batch; give at least one", field="features")
    if len({part.shape[1:] for part in features}) > 1:
        raise InputError("change their dimension from batch to batch; give one network's", field="features")
    return np.concatenate(features), np.concatenate(labels)


def plain(values: Any, name: str | None = None) -> Any:  # noqa: ANN401 - each library has methods of its own
    """What NumPy can read: tensors off their graph and device, bfloat16 as float32, frames as arrays.

    Raises InputError, with ``name`` as field, on masked entries, which NumPy would read as any others.
    """
    if is_masked(values):
        raise InputError("holds masked entries; leave those samples out, or fill them in", field=name)
    if hasattr(values, "detach") and hasattr(values, "cpu"):
        values = values.detach().cpu()
        if str(values.dtype) == "torch.bfloat16":
            values = values.float()
        return values.numpy()
    if type(values).__module__.split(".")[0] == "cupy":
        return values.get()
    if hasattr(values, "compute") and hasattr(values, "dask"):
        return values.compute(scheduler="synchronous")
    if hasattr(values, "to_numpy"):
        return values.to_numpy()
    return values


def _array(name: str, values: object) -> Any:  # noqa: ANN401 - rows of a source too, where it is one
    if isinstance(values, RunReader | Chosen | Stacked | Converted | UnitLength):
        return values
    try:
        array = np.asarray(plain(values, name))
    except InputError:
        raise
    except Exception as wrong:  # array libraries have errors of their own
        raise InputError(
            f"makes no NumPy array: {printable(str(wrong), 200)}; give one, in the memory of the host",
            field=name,
        ) from None
    if array.dtype.kind not in "biufcSUO" and array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    if array.dtype.hasobject and name in ("labels", "split", "classes", "labels2"):
        array = _of_objects(array)
    if array.dtype.hasobject:
        raise InputError("holds Python objects; give plain numbers or strings", field=name)
    return array


def _of_objects(values: NumPyArray) -> NumPyArray:
    """Labels as pandas holds them: all strings, or all whole numbers; anything else as it is."""
    kinds = {type(value) for value in values.ravel().tolist()}
    if kinds == {str}:
        return values.astype(str)
    if kinds and kinds <= {int, bool}:
        return values.astype(np.int64)
    return values


def _chunks(values: RowSource | NumPyArray) -> Iterator[Floats]:
    """Its numbers row by row, in one-dimensional pieces of a few MiB."""
    if isinstance(values, np.ndarray) and values.ndim == 1:
        yield values
        return
    rows = max(1, CHUNK_BYTES // max(1, values.dtype.itemsize * int(np.prod(values.shape[1:]))))
    for begin in range(0, values.shape[0], rows):
        yield np.ascontiguousarray(values[begin : begin + rows]).reshape(-1)
