"""The kernels' arithmetic written anew in NumPy, float32 operation by operation, on the same counters."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any
F = np.float32
LOW = np.uint64(0xFFFFFFFF)
LANES = np.arange(32)


def fma(a: Array, b: Array, c: Array) -> Array:
    """Correctly rounded a b + c in float32: the product is exact in float64, the sum is rounded to odd
    there, and a number rounded to odd with 29 spare bits rounds to float32 as the exact one does."""
    product = np.asarray(a, dtype=np.float64) * np.asarray(b, dtype=np.float64)
    c = np.asarray(c, dtype=np.float64)
    total = product + c
    back = total - product
    lost = (product - (total - back)) + (c - back)
    even = (np.atleast_1d(total).view(np.int64) & 1 == 0).reshape(np.shape(total))
    toward = np.where(lost > 0, np.inf, -np.inf)
    return np.where((lost != 0) & even, np.nextafter(total, toward), total).astype(F)


def philox(counter: Array, key: tuple[int, int], rounds: int = 10) -> Array:
    """(4, ...) uint32 words for counters (4, ...)."""
    x, y, z, w = (np.asarray(word, dtype=np.uint64) for word in counter)
    k0, k1 = key
    for _ in range(rounds):
        first, second = np.uint64(0xD2511F53) * x, np.uint64(0xCD9E8D57) * z
        high0, low0, high1, low1 = first >> np.uint64(32), first & LOW, second >> np.uint64(32), second & LOW
        x, y, z, w = high1 ^ y ^ np.uint64(k0), low1, high0 ^ w ^ np.uint64(k1), low0
        k0, k1 = (k0 + 0x9E3779B9) % 2**32, (k1 + 0xBB67AE85) % 2**32
    return np.stack(np.broadcast_arrays(x, y, z, w)).astype(np.uint32)


LOGARITHM = (
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip


def log_uniform(word: Array) -> Array:
    word = word | np.uint32(1)
    # frexp of an integer below 2^32 is exact: its exponent is the number of bits.
    zeros = 32 - np.frexp(word.astype(np.float64))[1]
    f = ((word.astype(np.uint64) << zeros.astype(np.uint64) & LOW) >> np.uint64(8)).astype(F) * F(2.0**-24)
    e = -zeros.astype(F)
    small = f < F(0.70710677)
    f, e = np.where(small, F(2) * f, f), np.where(small, e - F(1), e)
    x = f - F(1)
    z = x * x
    y = np.full_like(x, F(LOGARITHM[0]))
    for coefficient in LOGARITHM[1:]:
        y = fma(y, x, F(coefficient))
    y = y * x * z
    y = fma(e, F(-2.12194440e-4), y)
    y = fma(F(-0.5), z, y)
    return fma(e, F(0.693359375), x + y)


def normal_pair(a: Array, b: Array) -> tuple[Array, Array]:
    length = np.sqrt(F(-2) * log_uniform(a))
    quarter = (b + np.uint32(0x20000000)) >> np.uint32(30)
    rest = (b - (quarter << np.uint32(30))).view(np.int32) >> 6
    x = (rest.astype(F) + F(0.5)) * F(9.362675e-08)
    z = x * x
    s = fma(F(-1.9515295891e-4), z, F(8.3321608736e-3))
    s = fma(s, z, F(-1.6666654611e-1))
    s = fma(s * z, x, x)
    c = fma(F(2.443315711809948e-5), z, F(-1.388731625493765e-3))
    c = fma(c, z, F(4.166664568298827e-2))
    c = fma(c, z * z, fma(F(-0.5), z, F(1)))
    odd = quarter % 2 == 1
    cosine, sine = np.where(odd, s, c), np.where(odd, c, s)
    cosine = np.where((quarter == 1) | (quarter == 2), -cosine, cosine)
    return length * cosine, length * np.where(quarter >= 2, -sine, sine)


def four_normals(counter: Array, key: tuple[int, int], rounds: int) -> Array:
    """(4, ...) float32."""
    words = philox(counter, key, rounds)
    return np.stack([*normal_pair(words[0], words[1]), *normal_pair(words[2], words[3])])


def warp_sum(values: Array) -> Array:
    """(..., 32) float32 to (...): neighbours at distance 16, 8, 4, 2, 1 are added."""
    for offset in (16, 8, 4, 2, 1):
        values = values + values[..., LANES ^ offset]
    return values[..., 0]


def direct(
    tables: Any, passes: int, first: int, episodes: int, key: tuple[int, int], rounds: int = 10
) -> Any:
    """(ranks, moments) of the direct kernel."""
    k, p = tables.classes, tables.dimension
    number = np.arange(first, first + episodes, dtype=np.uint64)[:, None]
    low, high = number & LOW, number >> np.uint64(32)
    blocks = -(-p // 128)
    noise = np.zeros((k, episodes, 32, 4 * blocks), dtype=F)
    for c in range(k):
        for block in range(blocks):
            four = four_normals((32 * block + LANES[None, :], np.full((1, 1), c), low, high), key, rounds)
            for q in range(4):
                inside = LANES + 32 * (4 * block + q) < p
                noise[c, :, :, 4 * block + q] = np.where(inside, tables.spreads[c] * four[q], F(0))
    gram = np.zeros((k, k, episodes), dtype=F)
    for c in range(k):
        for d in range(c + 1):
            total = np.zeros((episodes, 32), dtype=F)
            for t in range(4 * blocks):
                total = fma(noise[c, :, :, t], noise[d, :, :, t], total)
            gram[c, d] = gram[d, c] = warp_sum(total)
    along = np.zeros((k, k, episodes), dtype=F)
    for c in range(k):
        for i in range(k):
            for r in range(tables.span):
                along[c, i] = fma(noise[c, :, r, 0], tables.means[i, r], along[c, i])
    factor = _factor(tables, gram, along)
    ranks = np.zeros((k, k, episodes), dtype=np.int64)
    for i in range(k):
        limits = [
            F(0.5)
            * (fma(F(2), along[j, j] - along[j, i], tables.squares[i, j]) + (gram[j, j] - gram[i, i]))
            / tables.stds[i]
            for j in range(k)
        ]
        for turn in range(passes):
            calls = -(-(k - 1) // 4)
            counters = [
                (32 * turn + LANES[None, :], np.full((1, 1), k * (1 + call) + i), low, high)
                for call in range(calls)
            ]
            g = np.concatenate([four_normals(counter, key, rounds) for counter in counters])
            score = [np.zeros((episodes, 32), dtype=F)]
            for j in range(1, k):
                value = factor[j - 1][0][:, None] * g[0]
                for l in range(1, j):
                    value = fma(factor[j - 1][l][:, None], g[l], value)
                score.append(value)
            hits = [(score[j] - score[i] >= limits[j][:, None]).astype(int) for j in range(k) if j != i]
            rank = np.sum(hits, axis=0)
            for r in range(k):
                ranks[i, r] += np.sum(rank == r, axis=1)
    total = ranks.sum(axis=0)
    return ranks.sum(axis=2), total @ total.T


def _factor(tables: Any, gram: Array, along: Array) -> list[list[Array]]:
    """Cholesky factor of the Gram matrix of centre differences, entry by entry."""
    k = tables.classes
    h: list[list[Any]] = [[None] * (k - 1) for _ in range(k - 1)]
    for j in range(1, k):
        for l in range(1, j + 1):
            value = tables.products[j, l] + gram[j, l]
            value = value + (along[j, l] + along[l, j])
            value = value - (along[0, j] + gram[j, 0])
            value = value - (along[0, l] + gram[l, 0])
            h[j - 1][l - 1] = value + gram[0, 0]
    for c in range(k - 1):
        left = h[c][c]
        for l in range(c):
            left = fma(-h[c][l], h[c][l], left)
        kept = left > F(1e-6) * h[c][c]
        pivot = np.where(kept, np.sqrt(np.where(kept, left, F(1))), F(0))
        for r in range(c + 1, k - 1):
            value = h[r][c]
            for l in range(c):
                value = fma(-h[r][l], h[c][l], value)
            h[r][c] = np.where(kept, value / np.where(kept, pivot, F(1)), F(0))
        h[c][c] = pivot
    return h


def uniforms(key: tuple[int, int], first: int, blocks: int) -> Array:
    """(2 * blocks,) float64 of the kernel in ``draws.cu``."""
    number = np.arange(first, first + blocks, dtype=np.uint64)
    counter = [number & LOW, number >> np.uint64(32), np.array(0x64726177), np.array(0)]
    words = [np.asarray(word, dtype=np.float64) // 64 for word in philox(counter, key)]
    pairs = np.stack([67108864.0 * words[0] + words[1], 67108864.0 * words[2] + words[3]], axis=1)
    return ((pairs + 0.5) * 2.0**-52).ravel()
