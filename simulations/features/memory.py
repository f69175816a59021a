"""Arrays in memory, held to what the arrays of a features file must be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from simulations.features import checks
from simulations.features.archive import CHUNK_BYTES, Member
from simulations.runtime.errors import InputError, printable
from theory.array import Array


def arrays(given: Mapping[str, Any]) -> dict[str, Array]:
    """Those that are not None as checked NumPy arrays. Raises InputError naming the field."""
    found = {name: _array(name, values) for name, values in given.items() if values is not None}
    for name in ("features", "labels"):
        if name not in found:
            raise InputError("is missing; give an array", field=name)
    members = {name: Member(name, name, values.shape, values.dtype, "C", 0) for name, values in found.items()}
    checks.shapes(members)
    for name in ("features", "weights", "bias"):
        if name in found:
            checks.numbers(members[name], _chunks(found[name]))
    for name in ("labels", "split"):
        if name in found:
            found[name] = checks.text(found[name], name)
    return found


def _array(name: str, values: Any) -> Array:
    try:
        found = np.asarray(values)
    except Exception as wrong:  # array libraries have errors of their own
        raise InputError(
            f"makes no NumPy array: {printable(str(wrong), 200)}; give one, in the memory of the host",
            field=name,
        ) from None
    if found.dtype.hasobject:
        raise InputError("holds Python objects; give plain numbers or strings", field=name)
    return found


def _chunks(values: Array) -> Iterator[Array]:
    """Its numbers row by row, in one-dimensional pieces of a few MiB."""
    rows = max(1, CHUNK_BYTES // max(1, values.itemsize * int(np.prod(values.shape[1:]))))
    for begin in range(0, len(values), rows):
        yield np.ascontiguousarray(values[begin : begin + rows]).reshape(-1)
