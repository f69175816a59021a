"""What engines need from an array namespace beyond the array API: random numbers, special functions,
transfers.

A NumPy ``Generator`` makes NumPy arrays; a ``Draws`` makes those of its namespace. Code that draws gets the
namespace by ``namespace(rng)`` and constants by ``like``: the same code then runs on NumPy, CuPy and, in
tests, array-api-strict.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Annotated, Protocol, TypeAlias, TypeVar

import array_api_compat.numpy
import numpy as np
from array_api_compat import is_cupy_namespace, is_numpy_namespace

from theory.array import (
    Array,
    Floats,
    Namespace,
    NumPyArray,
    array_namespace,
    is_numpy_array,
    to_numpy,
    weights_by_place,
)
from theory.inheritance import override

MOST_BINOMIAL, RARE = 10**9, 1e-6
"""Draws up to which NumPy's multinomial is right to 1e-7 for any weights; weights that are rare beyond."""
Constant = TypeVar("Constant", bound=NumPyArray)
Size: TypeAlias = int | tuple[int, ...]
"""How many numbers are drawn, or the shape of the array of them."""


class Source(Protocol):
    """What numbers are drawn from, where that is not NumPy's generator. Arrays of its own namespace come
    out."""

    def standard_normal(self, *, size: Size) -> Array:
        """Of mean 0 and variance 1."""

    def random(self, *, size: Size) -> Array:
        """Uniform in [0, 1)."""

    def chisquare(self, df: float, /, *, size: Size) -> Array:
        """With ``df`` degrees of freedom, which need not be whole."""

    def standard_gamma(self, shape: float, /, *, size: Size) -> Array:
        """Of scale 1."""

    def integers(self, low: int, high: int, /, *, size: Size) -> Array:
        """Uniform in low, ..., high - 1."""

    def binomial(self, n: Array, p: float, most: int, /) -> Array:
        """How many of each entry of ``n`` succeed, with probability ``p``; no entry is above ``most``."""


class Generator(Protocol):
    """The methods of NumPy's generator that samplers use: NumPy's own has them, and ``Draws``."""

    def standard_normal(self, size: Size, /) -> Array:
        """Of mean 0 and variance 1."""

    def random(self, size: Size, /) -> Array:
        """Uniform in [0, 1)."""

    def chisquare(self, df: float, /, size: Size) -> Array:
        """With ``df`` degrees of freedom, which need not be whole."""

    def standard_gamma(self, shape: float, /, size: Size) -> Array:
        """Of scale 1."""

    def integers(self, low: int, high: int, /, size: Size) -> Array:
        """Uniform in low, ..., high - 1."""

    def laplace(self, loc: float, scale: float, /, size: Size) -> Array:
        """Of density exp(-|x - loc|/scale) / (2 scale)."""

    def choice(self, count: int, /, size: Size, *, p: Floats) -> Array:
        """Places 0, ..., count - 1 with these probabilities, int64."""

    def multinomial(self, n: int, /, pvals: Floats, size: int) -> Array:
        """(size, len(pvals)): how many of ``n`` fall into each place."""


class Special(Protocol):
    """SciPy's special functions, for arrays of one namespace."""

    def __getattr__(self, name: str) -> Callable[..., Array]:
        """The function of that name. Raises AttributeError where there is none."""


def namespace(rng: Generator) -> Namespace:
    """The namespace of what ``rng`` draws."""
    xp: Namespace = getattr(rng, "xp", array_api_compat.numpy)
    return xp


def like(values: Array, reference: Array) -> Array:
    """NumPy ``values`` in the namespace, and on the device, of ``reference`` (an array)."""
    if is_numpy_array(reference):
        return values
    return _to_namespace(values, array_namespace(reference))


def drawn_like(values: NumPyArray, rng: Generator) -> Array:
    """NumPy ``values`` beside what ``rng`` draws."""
    xp = namespace(rng)
    return values if is_numpy_namespace(xp) else _to_namespace(values, xp)


def constant(values: Constant) -> Constant:
    """NumPy ``values``, from now on read-only: they are copied to a GPU once, however often they are used.
    Small ones need no such word."""
    values.setflags(write=False)
    return values


KEPT, KEPT_BYTES, SMALL = 2048, 1 << 29, 1 << 14
"""How many constants stay on the GPU, and their bytes; those of one that is known again by its numbers."""


class Constants:
    """Arrays of other namespaces by what they were made from; those used last stay."""

    def __init__(self) -> None:
        self._arrays: OrderedDict[tuple[Hashable, ...], tuple[NumPyArray, Array]] = OrderedDict()
        self._bytes = 0

    def get(self, name: tuple[Hashable, ...], values: NumPyArray, xp: Namespace) -> Array:
        """The copy in ``xp`` of NumPy ``values``, which ``name`` identifies as long as they exist."""
        if name not in self._arrays:
            # The array itself is kept too, so that no other can take its number.
            self._arrays[name] = (values, xp.asarray(values, copy=True))
            self._bytes += values.nbytes
            while len(self._arrays) > 1 and (len(self._arrays) > KEPT or self._bytes > KEPT_BYTES):
                self._bytes -= self._arrays.popitem(last=False)[1][0].nbytes
        self._arrays.move_to_end(name)
        return self._arrays[name][1]


_CONSTANTS = Constants()


def _to_namespace(values: Array, xp: Namespace) -> Array:
    """What comes out may be used again: it must not be written to."""
    if isinstance(values, np.ndarray):
        if values.nbytes <= SMALL:
            return _CONSTANTS.get((xp.__name__, values.dtype.str, values.shape, values.tobytes()), values, xp)
        if not values.flags.writeable and values.base is None:
            return _CONSTANTS.get((xp.__name__, id(values)), values, xp)
    return xp.asarray(values)


def special(values: Array) -> Special:
    """SciPy's special functions for the namespace of ``values``: CuPy's own, else SciPy's by way of NumPy."""
    if is_numpy_array(values):
        import scipy.special

        functions: Special = scipy.special
        return functions
    xp = array_namespace(values)
    if is_cupy_namespace(xp):
        import cupyx.scipy.special

        functions = cupyx.scipy.special
        return functions
    return _Converted(xp)


class _Converted:
    """SciPy's functions on arrays of a namespace that has none of its own."""

    def __init__(self, xp: Namespace) -> None:
        self.xp = xp

    def __getattr__(self, name: str) -> Callable[..., Array]:
        import scipy.special

        function = getattr(scipy.special, name)
        return lambda *args: self.xp.asarray(function(*(np.asarray(each) for each in args)))


def between(values: Array, low: float, high: float) -> Array:
    """``values`` moved into [low, high]: array_api_compat's ``clip`` waits for a GPU once for each end."""
    if is_numpy_array(values):
        clipped: Array = np.clip(values, low, high)
        return clipped
    xp = array_namespace(values)
    return xp.minimum(xp.maximum(values, low), high)


def look_up(table: Array, index: Array) -> Array:
    """``table[index]`` for a table (m,) or (m, p) and an array of whole numbers of any shape."""
    if is_numpy_array(index):
        return table[index]
    xp = array_namespace(index)
    rows = xp.take(_to_namespace(table, xp), xp.reshape(index, (-1,)), axis=0)
    return xp.reshape(rows, (*index.shape, *table.shape[1:]))


class Draws(Generator):
    """The methods of NumPy's Generator that samplers use, for arrays of ``xp``.

    ``source`` makes arrays of ``xp``, or is NumPy's generator, whose arrays are then moved.
    """

    def __init__(self, xp: Namespace, source: Source | np.random.Generator) -> None:
        self.xp, self.source = xp, source

    def _converted(self, values: Array) -> Array:
        return self.xp.asarray(values)

    @override
    def standard_normal(self, size: Size) -> Array:
        return self._converted(self.source.standard_normal(size=size))

    @override
    def random(self, size: Size) -> Array:
        return self._converted(self.source.random(size=size))

    @override
    def chisquare(self, df: float, size: Size) -> Array:
        return self._converted(self.source.chisquare(float(df), size=size))

    @override
    def standard_gamma(self, shape: float, size: Size) -> Array:
        return self._converted(self.source.standard_gamma(float(shape), size=size))

    @override
    def integers(self, low: int, high: int, size: Size) -> Array:
        return self._converted(self.source.integers(low, high, size=size))

    @override
    def laplace(self, loc: float, scale: float, size: Size) -> Array:
        # An exponential variable of either sign.
        xp, u = self.xp, self.random(size)
        length = -xp.log1p(-self.random(size))
        return loc + scale * xp.where(u < 0.5, -length, length)

    @override
    def choice(self, count: int, size: Size, p: Floats) -> Array:
        edges = np.cumsum(np.asarray(p, dtype=np.float64))
        u, total = self.random(size), None
        for edge in edges[: count - 1] / edges[-1]:
            above = self.xp.astype(u >= float(edge), self.xp.int64)
            total = above if total is None else total + above
        return self.xp.zeros(size, dtype=self.xp.int64) if total is None else total

    def multinomial(self, n: int, pvals: Sequence[float] | Floats, size: int) -> Array:
        """(size, len(pvals)) float64: one binomial after another, each of what is left."""
        xp, weights = self.xp, np.asarray(pvals, dtype=np.float64)
        # The likeliest part last: it takes what rounding leaves, and may be told to have.
        order = np.argsort(weights, kind="stable")
        rests = np.cumsum(weights[order][::-1])[::-1]
        columns: dict[int, Array] = {}
        left = xp.full(size, n, dtype=xp.int64)
        for place, rest in zip(order[:-1].tolist(), rests[:-1].tolist(), strict=True):
            share = min(1.0, max(0.0, float(weights[place]) / rest)) if rest > 0 else 0.0
            columns[place] = self._binomial(left, share, n)
            left = left - columns[place]
        columns[int(order[-1])] = left
        return xp.astype(xp.stack([columns[place] for place in range(len(weights))], axis=1), xp.float64)

    def _binomial(self, n: Array, share: float, most: int) -> Array:
        if isinstance(self.source, np.random.Generator):
            counts = self._converted(self.source.binomial(np.asarray(n), share))
        else:
            counts = self.source.binomial(n, share, most)
        return self.xp.astype(counts, self.xp.int64)


def multinomial(rng: Generator, shots: int, weights: Floats, episodes: int) -> Array:
    """(episodes, parts): how many of ``shots`` draws fall into each part.

    Beyond ``MOST_BINOMIAL`` draws NumPy's binomial counts rare parts with what rounding leaves of 1 - p, and
    its last part has what is left of 1; rare parts are Poisson there, which differs from binomial by less
    than p, and common parts share the rest.
    """
    rare = weights < RARE
    if shots <= MOST_BINOMIAL or not np.any(rare) or not isinstance(rng, np.random.Generator):
        return rng.multinomial(shots, weights, size=episodes)
    counts = np.zeros((episodes, len(weights)), dtype=np.int64)
    counts[:, rare] = rng.poisson(shots * weights[rare], size=(episodes, int(np.sum(rare))))
    left = shots - counts.sum(axis=1)
    common = np.flatnonzero(~rare)
    # The likeliest part last: it takes what rounding leaves.
    common = common[np.argsort(weights[common])]
    counts[:, common] = rng.multinomial(left, weights[common] / np.sum(weights[common]))
    return counts


def groups(values: Annotated[Array, "m"], count: int, start: int) -> Annotated[Floats, "count"]:
    """(count,) NumPy sums of ``values`` (m,) whose index + start is the same modulo ``count``."""
    if is_numpy_array(values):
        return weights_by_place((np.arange(len(values)) + start) % count, values, count)
    xp = array_namespace(values)
    rows = math.ceil(values.shape[0] / count)
    padding = xp.zeros(rows * count - values.shape[0], dtype=values.dtype)
    sums = xp.sum(xp.reshape(xp.concat([values, padding]), (rows, count)), axis=0)
    return np.roll(to_numpy(sums), start % count)
