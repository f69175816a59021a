"""Numeric implementations of the functions that SymPy has no closed form for.

``chi_square_less`` is accurate to about 1e-11 relative for p up to 10^5 and probabilities down to 1e-280
(compared with adaptive integration and with mpmath in the tests).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from theory.array import NUMPY, Array, Floats, Namespace, to_numpy
from theory.evaluation.reach import SMALLEST

FARTHEST = 39.0
"""Beyond this the normal density leaves double precision."""
LAST_FACTORIAL = 170
"""Others are beyond the largest number."""
MOST_FACTORS = 1 << 20
"""Of a binomial coefficient that is multiplied out."""
MOST_FREEDOM = 1e6
"""Degrees of freedom of which ``chi_square_less`` keeps ten digits."""
LONGEST = 1e8
"""Roots of noncentralities of which a difference of about 1 is known to some eight digits."""


def chi_square_less(p: Array, la: Array, lb: Array, *, xp: Namespace = NUMPY) -> Array:
    """P(chi2_p(la) <= chi2_p(lb)) for independent noncentral chi-squares; arrays broadcast.

    p  : degrees of freedom, a whole number from 1 to a million.
    la, lb : noncentralities, at least 0.

    NaN for any others.
    """
    return xp.asarray(_telling(_one_by_one(_any_chi_square_less, p, la, lb), p, la, lb))


def _any_chi_square_less(p: float, la: float, lb: float) -> float:
    is_defined = 1 <= p <= MOST_FREEDOM and p.is_integer() and 0 <= la < math.inf and 0 <= lb < math.inf
    return _chi_square_less(int(p), la, lb) if is_defined else math.nan


def _chi_square_less(p: int, la: float, lb: float) -> float:
    """With x, y ~ N(., I_p) of squared norms chi2_p(la), chi2_p(lb) and collinear means, the event
    |x|^2 <= |y|^2 is w.s <= 0 for independent w = (x-y)/sqrt2, s = (x+y)/sqrt2 with means a u and b u.

    Given w at angle theta from u the probability is Phi(-b cos theta), so what remains is an integral
    over (|w|, theta) of a smooth log-concave-like integrand: Gauss-Legendre on the window that matters.
    """
    from scipy.special import log_ndtr

    if la < lb:
        # By the rarer event, which keeps its own relative accuracy: ties have probability 0.
        return 1.0 - _chi_square_less(p, lb, la)
    root_a, root_b = math.sqrt(la), math.sqrt(lb)
    # Means of w and s along u. The event is symmetric in them: conditioning on the longer one leaves the
    # smoother integrand.
    one, other = (root_a - root_b) / math.sqrt(2), (root_a + root_b) / math.sqrt(2)
    a, b = (one, other) if abs(one) > abs(other) else (other, one)
    if max(root_a, root_b) > LONGEST and abs(root_a - root_b) < FARTHEST:
        # Their difference, which decides, is rounding.
        return math.nan
    if p == 1:
        return float(
            np.exp(log_ndtr(-a) + log_ndtr(b)) + np.exp(log_ndtr(a) + log_ndtr(-b)),
        )
    if min(abs(a), abs(b)) > math.sqrt(2 * p) + FARTHEST:
        # The nearest point of the event is so far from the means, and the norm of what is added to them is
        # beyond its mean by t with a chance of at most exp(-t^2/2).
        return 0.0
    log_norm = -(p / 2 - 1) * math.log(2) - 0.5 * math.log(math.pi) - math.lgamma((p - 1) / 2)

    def log_integrand(radius: Floats, theta: Floats) -> Floats:
        cosine, sine = np.cos(theta), np.sin(theta)
        density = (
            (p - 1) * np.log(np.maximum(radius, 1e-300))
            + (p - 2) * np.log(np.maximum(sine, 1e-300))
            - 0.5 * ((radius * cosine - a) ** 2 + (radius * sine) ** 2)
        )
        logs: Floats = density + log_norm + log_ndtr(-b * cosine)
        return logs

    low, high = _window(log_integrand, a, p)
    nodes, weights = np.polynomial.legendre.leggauss(160)

    def spread(interval: tuple[float, float]) -> tuple[Floats, Floats]:
        half = (interval[1] - interval[0]) / 2
        return (interval[0] + interval[1]) / 2 + half * nodes, half * weights

    radius, radius_weights = spread((low[0], high[0]))
    theta, theta_weights = spread((low[1], high[1]))
    terms = log_integrand(radius[:, None], theta[None, :])
    peak = terms.max()
    total = radius_weights @ np.exp(terms - peak) @ theta_weights
    return float(min(1.0, math.exp(peak + math.log(total)) if total > 0 else 0.0))


def _window(
    log_integrand: Callable[[Floats, Floats], Floats], a: float, p: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The box outside which the integrand is below e^-80 of its peak, by two rounds of a grid."""
    centre = math.sqrt(a * a + p)
    low, high = (0.0, 0.0), (centre + 20.0 + abs(a), math.pi)
    for _ in range(3):
        radius = np.linspace(low[0], high[0], 240)
        theta = np.linspace(low[1], high[1], 240)
        terms = log_integrand(radius[:, None], theta[None, :])
        keep = terms > terms.max() - 80.0
        rows, columns = np.flatnonzero(keep.any(axis=1)), np.flatnonzero(keep.any(axis=0))
        low = (radius[max(rows[0] - 1, 0)], theta[max(columns[0] - 1, 0)])
        high = (radius[min(rows[-1] + 1, 239)], theta[min(columns[-1] + 1, 239)])
    return low, high


def binomial(of: Array, chosen: Array, *, xp: Namespace = NUMPY) -> Array:
    """The binomial coefficient, also of numbers that are not whole or below 0; exact of whole ones."""
    from scipy.special import binom

    of_, chosen_ = np.broadcast_arrays(to_numpy(of), to_numpy(chosen))
    # SciPy's is off by up to 1e-9, and NaN of negative whole numbers.
    values = np.asarray(binom(of_, chosen_))
    wanted = (chosen_ == np.floor(chosen_)) & (chosen_ <= MOST_FACTORS) & np.isfinite(of_) & ~np.isinf(values)
    values[wanted] = _one_by_one(_binomial, of_[wanted], chosen_[wanted])
    return xp.asarray(_telling(values, of, chosen, is_chance=False))


def _binomial(of: float, chosen: float) -> float:
    if chosen < 0:
        return 0.0
    if of.is_integer() and of >= 0:
        return float(math.comb(int(of), int(chosen)))
    if of.is_integer():
        # of (of - 1) ... (of - chosen + 1) with every sign turned.
        return (1 - 2 * (chosen % 2)) * float(binomial(np.asarray(chosen - of - 1), np.asarray(chosen)))
    return math.prod((of - step) / (step + 1) for step in range(int(chosen)))


def factorial(x: Array, *, xp: Namespace = NUMPY) -> Array:
    """x!, that is Gamma(x + 1); exact of whole numbers."""
    return xp.asarray(_telling(_one_by_one(_factorial, x), x, is_chance=False))


def _factorial(x: float) -> float:
    from scipy.special import gamma

    return float(math.factorial(int(x)) if x.is_integer() and 0 <= x <= LAST_FACTORIAL else gamma(x + 1))


def _telling(values: Floats, *of: Array, is_chance: bool = True) -> Floats:
    """The same; beyond the largest number, or, for a chance, below the smallest, values of finite arguments
    say so as NumPy's own functions do, which SciPy's do not."""
    finite = np.logical_and.reduce(np.broadcast_arrays(*(np.isfinite(to_numpy(each)) for each in of)))
    if np.any(np.isinf(values) & finite):
        np.exp(np.asarray(1e3))
    if is_chance and np.any((values < SMALLEST) & finite):
        np.exp(np.asarray(-1e3))
    return values


def _one_by_one(function: Callable[..., float], *arguments: Array) -> Floats:
    """Of each entry; of equal ones once."""
    arrays = np.broadcast_arrays(*map(to_numpy, arguments))
    rows = np.stack([np.asarray(each, dtype=float).ravel() for each in arrays], axis=1)
    alike, places = np.unique(rows, axis=0, return_inverse=True)
    # What is small on the way to one value is none of the statement's.
    with np.errstate(all="ignore"):
        values = np.array([function(*row) for row in alike.tolist()], dtype=float)
    shape: tuple[int, ...] = arrays[0].shape
    return values[places.reshape(-1)].reshape(shape)


def log_gamma(x: Array, *, xp: Namespace = NUMPY) -> Array:
    """The logarithm of Gamma(x), NaN below 0: there Gamma has both signs."""
    from scipy.special import gammaln

    value = to_numpy(x)
    return xp.asarray(np.where(value < 0, math.nan, gammaln(value)))


def normal_tail(x: Array, *, xp: Namespace = NUMPY) -> Array:
    """P(Z > x) for a standard normal Z, to full relative precision; an array of any namespace on the CPU."""
    from scipy.special import ndtr

    return xp.asarray(_telling(np.asarray(ndtr(-to_numpy(x))), x))


POINTS = 509


def orthant_misses(means: Floats, covariances: Floats) -> Floats:
    """P(some coordinate of N(mean, covariance) is <= 0) for many vectors at once: (problems,).

    means (problems, N), covariances (problems, N, N). By Genz's sequential conditioning (1992), the chance
    of a miss added up from positive terms so that rare ones keep their digits, averaged over a lattice of
    ``POINTS`` points and its mirror image: exact for N = 1, to about 1e-3 relative for N = 4, and one fixed
    number.
    """
    from scipy.special import ndtr, ndtri

    means, covariances = np.asarray(means, dtype=float), np.asarray(covariances, dtype=float)
    problems, size = means.shape
    # The likeliest miss first.
    scale = np.sqrt(np.maximum(np.diagonal(covariances, axis1=1, axis2=2), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        order = np.argsort(np.where(scale > 0, means / scale, np.sign(means) * np.inf), axis=1)
    means = np.take_along_axis(means, order, axis=1)
    covariances = np.take_along_axis(
        np.take_along_axis(covariances, order[:, :, None], axis=1), order[:, None, :], axis=2
    )
    root = _lower_root(covariances)
    primes = np.sqrt([2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0, 29.0, 31.0, 37.0, 41.0, 43.0, 47.0])
    steps = np.resize(primes, max(size - 1, 1)) * (1 + np.arange(max(size - 1, 1)) // len(primes))
    share = (np.arange(1, POINTS + 1)[:, None] * steps) % 1.0
    share = np.concatenate([share, 1 - share])  # (points, N - 1)
    noise = np.zeros((problems, len(share), size))
    missed = np.zeros((problems, 1))
    for r in range(size):
        # Of the first there is one number, of the others one for each point.
        reach = means[:, r, None]
        if r:
            reach = reach + np.einsum("ps,pks->pk", root[:, r, :r], noise[:, :, :r])
        width = root[:, r, r, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            # A margin without spread of its own: missed where it is <= 0, ties included.
            below = np.where(width > 0, ndtr(-reach / np.where(width > 0, width, 1.0)), 1.0 * (reach <= 0))
        missed = missed + (1 - missed) * below
        if r + 1 < size:
            # Given no miss so far: a normal variable above -reach/width.
            level = (1 - below) * share[None, :, r]
            noise[:, :, r] = -ndtri(np.clip(level, 1e-300, 1 - 1e-16))
    return np.asarray(missed.mean(axis=1))


def _lower_root(covariances: Floats) -> Floats:
    """Cholesky factors; a direction that rounding makes negative counts as without spread."""
    size = covariances.shape[1]
    root = np.zeros_like(covariances)
    for r in range(size):
        left = covariances[:, r:, r] - np.einsum("prs,ps->pr", root[:, r:, :r], root[:, r, :r])
        floor = 1e-13 * covariances[:, r, r]
        pivot = np.sqrt(np.where(left[:, 0] > floor, left[:, 0], 0.0))
        root[:, r:, r] = np.where(pivot[:, None] > 0, left / np.where(pivot > 0, pivot, 1.0)[:, None], 0.0)
        root[:, r, r] = pivot
    return root
