"""Numeric inverses of exponential tail bounds, vectorised over arrays of any namespace.

Both are found by bisection from outside: the result is never below the supremum by more than the rounding
of the function itself, and above it by at most 2^-60 of the interval. Compared with mpmath in the tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from array_api_compat import is_numpy_namespace

from theory.array import NUMPY, Array, Namespace

STEPS = 60


def relative_entropy(p: Array, q: Array, *, xp: Namespace = NUMPY) -> Array:
    """kl(p, q) of Bernoulli laws, elementwise: 0 log 0 = 0, and infinite where q forbids what p allows."""
    if is_numpy_namespace(xp):
        from scipy.special import rel_entr

        total: Array = np.maximum(rel_entr(p, q) + rel_entr(1 - p, 1 - q), 0.0)
        return total
    total = xp.zeros_like(p * q)
    for a, b in ((p, q), (1 - p, 1 - q)):
        a, b = xp.broadcast_arrays(a, b)
        inside = (a > 0) & (b > 0)
        one = xp.ones_like(a)
        term = xp.where(inside, a, 0 * one) * xp.log(xp.where(inside, a, one) / xp.where(inside, b, one))
        total = total + xp.where((a > 0) & (b <= 0), math.inf * one, term)
    return xp.where(total > 0, total, xp.zeros_like(total))


def kl_upper(p: Array, rate: Array, *, xp: Namespace = NUMPY) -> Array:
    """sup{q in [p, 1] : kl(p, q) <= rate}, elementwise; p outside [0, 1] is clipped into it."""
    p, rate = xp.broadcast_arrays(*(xp.asarray(value, dtype=xp.float64) for value in (p, rate)))
    p = xp.minimum(xp.maximum(p, xp.zeros_like(p)), xp.ones_like(p))
    return _supremum(lambda q: relative_entropy(p, q, xp=xp) <= rate, p, xp)


def mixture_upper(
    mean: Array, count: Array, failure: Array, tilts: Sequence[float], *, xp: Namespace = NUMPY
) -> Array:
    """sup{q in [mean, 1] : mean over tilts t of exp(count (-t mean - log(1 - q + q e^-t))) <= 1/failure}.

    The left side increases in q. Elementwise in the first three arguments.
    """
    mean, count, failure = xp.broadcast_arrays(
        *(xp.asarray(value, dtype=xp.float64) for value in (mean, count, failure))
    )
    mean = xp.minimum(xp.maximum(mean, xp.zeros_like(mean)), xp.ones_like(mean))

    def holds(q: Array) -> Array:
        exponents = xp.stack([count * (-t * mean - xp.log(1 + q * math.expm1(-t))) for t in tilts])
        peak = xp.max(exponents, axis=0)
        total = peak + xp.log(xp.mean(xp.exp(exponents - peak[None, ...]), axis=0))
        return total <= -xp.log(failure)

    return _supremum(holds, mean, xp)


def _supremum(holds: Callable[[Array], Array], low: Array, xp: Namespace) -> Array:
    """Elementwise end of the interval [low, 1] on which ``holds`` is true from the left; 1 if it all is."""
    high = xp.ones_like(low)
    everywhere = holds(high)
    for _ in range(STEPS):
        middle = (low + high) / 2
        good = holds(middle)
        low, high = xp.where(good, middle, low), xp.where(good, high, middle)
    return xp.where(everywhere, xp.ones_like(high), high)
