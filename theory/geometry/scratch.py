"""Buffers that are used again for block after block.

An array of its own for every block of features costs as much in page faults as is then computed in it.
Namespaces other than NumPy's know no ``out`` and manage their memory themselves: they get new arrays.
"""

from __future__ import annotations

import math

import numpy as np

from theory.array import Array, NumPyArray, array_namespace, is_numpy_array, to_numpy


class Scratch:
    """Each result is valid until the next one of the same name: use it or copy it."""

    def __init__(self, dtype: type[np.floating] = np.float64) -> None:
        self._buffers: dict[str, NumPyArray] = {}
        self.dtype = np.dtype(dtype)

    def view(self, name: str, shape: tuple[int, ...]) -> NumPyArray:
        """A NumPy array with whatever it held."""
        size = math.prod(shape)
        if name not in self._buffers or self._buffers[name].size < size:
            self._buffers[name] = np.empty(size, dtype=self.dtype)
        buffer: NumPyArray = self._buffers[name][:size].reshape(shape)
        return buffer

    def shifted(self, name: str, rows: Array, shift: Array) -> Array:
        """(rows, p) float64: ``rows``, of any real type, minus ``shift`` (p,)."""
        if not is_numpy_array(rows):
            xp = array_namespace(rows)
            copy = xp.astype(rows, xp.float64, copy=True)
            copy -= shift[None, :]
            return copy
        # First cast, then subtract in place: in one call NumPy would cast through a small buffer.
        copy = self.view(name, rows.shape)
        np.copyto(copy, rows, casting="unsafe")
        copy -= shift
        return copy

    def copied(self, name: str, values: Array) -> NumPyArray:
        """A NumPy array as the kind of number held here."""
        copy = self.view(name, values.shape)
        np.copyto(copy, to_numpy(values), casting="unsafe")
        return copy

    def product(self, name: str, left: Array, right: Array) -> Array:
        """``left @ right``."""
        if is_numpy_array(left) and is_numpy_array(right):
            product: NumPyArray = np.matmul(left, right, out=self.view(name, (left.shape[0], right.shape[1])))
            return product
        return left @ right
