"""Random numbers on a GPU by the suite's own Philox kernel: they depend on the seed and the path alone.

CuPy's generators cut the seed to 32 bits, and their streams depend on the number of multiprocessors.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from simulations.runtime.arrays import Size, Source, special
from simulations.runtime.gpu.compiled import FOLDER, compiled
from theory.array import Array, array_namespace
from theory.inheritance import override

THREADS, MOST_BLOCKS = 256, 1 << 16
FEW = 16
"""Trials that are counted one by one."""
MANY = 1 << 20
"""Trials from which the middle one in order is nearly normal: an expansion knows its quantiles to 1e-11,
where a power series loses all digits in differences of log gamma functions from 1e13 on."""


class PhiloxSource(Source):
    """The methods of a generator that ``arrays.Draws`` needs, from uniform numbers by inversion.

    ``uniforms(first, blocks)`` gives 2 x ``blocks`` numbers, from block ``first`` of the stream on.
    """

    def __init__(self, uniforms: Callable[[int, int], Array]) -> None:
        self._uniforms, self._next = uniforms, 0

    def random(self, size: Size) -> Array:
        """Uniform on (0, 1), float64."""
        shape = (size,) if isinstance(size, int | np.integer) else tuple(size)
        count = math.prod(int(length) for length in shape)
        blocks = -(-count // 2)
        uniforms = self._uniforms(self._next, blocks)
        self._next += blocks
        return array_namespace(uniforms).reshape(uniforms[:count], shape)

    @override
    def standard_normal(self, size: Size) -> Array:
        u = self.random(size)
        return special(u).ndtri(u)

    @override
    def standard_gamma(self, shape: float, size: Size) -> Array:
        u = self.random(size)
        return special(u).gammaincinv(float(shape), u)

    @override
    def chisquare(self, df: float, size: Size) -> Array:
        return 2 * self.standard_gamma(df / 2, size)

    @override
    def integers(self, low: int, high: int, size: Size) -> Array:
        u = self.random(size)
        xp = array_namespace(u)
        return low + xp.astype(xp.floor(u * (high - low)), xp.int64)

    @override
    def binomial(self, trials: Array, chance: float, most: int) -> Array:
        """The middle one of n uniform numbers in order is a beta variable; it says on which side of
        ``chance`` half of them lie, until few are left (Devroye 1986, X.4.3)."""
        xp = array_namespace(trials)
        left = xp.astype(trials, xp.float64)
        p, count = xp.full_like(left, float(chance)), xp.zeros_like(left)
        for turn in range(max(math.ceil(math.log2(max(most, 1) / FEW)) + 1, 0)):
            many = left > FEW
            middle = xp.where(many, xp.floor((left + 1) / 2), xp.ones_like(left))
            rest = xp.where(many, left + 1 - middle, xp.ones_like(left))
            cut = _middle_quantile(middle, rest, self.random(left.shape), most / 2**turn)
            below = many & (cut <= p)
            above = many & (cut > p)
            count = count + xp.where(below, middle, xp.zeros_like(left))
            p = xp.where(below, (p - cut) / (1 - cut), xp.where(above, p / cut, p))
            left = xp.where(below, left - middle, xp.where(above, middle - 1, left))
        hits = self.random((*left.shape, FEW)) < p[..., None]
        within = xp.arange(FEW, dtype=xp.float64) < left[..., None]
        count = count + xp.sum(xp.astype(hits & within, xp.float64), axis=-1)
        return xp.astype(count, xp.int64)


def _middle_quantile(a: Array, b: Array, u: Array, most: float) -> Array:
    """Quantiles of beta variables; a + b is nowhere above ``most`` + 1, or hardly, and a near b where that
    is large."""
    xp, functions = array_namespace(u), special(u)
    if most <= MANY:
        return functions.betaincinv(a, b, u)
    total, z = a + b, functions.ndtri(u)
    large = total > MANY
    # Cornish and Fisher's expansion: of a nearly symmetric law to the fourth cumulant.
    skewness = 2 * (b - a) * xp.sqrt((total + 1) / (a * b)) / (total + 2)
    score = z + skewness / 6 * (z**2 - 1) - (z**3 - 3 * z) / (4 * (total + 3))
    normal = a / total + xp.sqrt(a / total * (b / total) / (total + 1)) * score
    one = xp.ones_like(a)
    return xp.where(large, normal, functions.betaincinv(xp.where(large, one, a), xp.where(large, one, b), u))


def on_gpu(key: tuple[int, int]) -> Callable[[int, int], Array]:
    """The uniform numbers of the stream ``key``, made on the current GPU when they are first needed."""

    def uniforms(first: int, blocks: int) -> Array:
        import cupy

        values: Array = cupy.empty(2 * blocks, dtype=cupy.float64)
        if blocks:
            kernel = compiled(FOLDER / "draws.cu").get_function("uniforms")
            grid = min(-(-blocks // THREADS), MOST_BLOCKS)
            kernel((grid,), (THREADS,), (np.uint64(first), np.uint64(blocks), *map(np.uint32, key), values))
        return values

    return uniforms
