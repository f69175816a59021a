"""P(at least one of a few standard normal variables is beyond its limit), smooth in everything it depends on.

With A_c the event of variable c and P_c its probability,

    P(A_1 or ... or A_c) = P(A_1 or ... or A_(c-1)) + P_c (1 - P(A_1 or ... or A_(c-1) | A_c)):

variable c is drawn from its own tail, and given it the others are normal again. Everything but those draws,
one for each level of the recursion, is in closed form, no indicator is left, and sums of small terms of one
sign keep their digits where the events are rare. Events come with the rarest last: given it, likelier ones
that it implies are certain. Two events may be taken in closed form, so that only further ones are drawn: that
takes longer, and pays where little else varies.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from theory.array import Floats

LEAST_TAIL = 1e-300
NO_LIMIT = 1e-160
LEAST_REST = 1e-14
"""Of a conditional variance: two variables that all but coincide are beyond their limits together."""


def evaluations(events: int) -> int:
    """Tails that ``union`` takes."""
    return (1 << events) - 1


def union(
    limits: Annotated[Floats, "others points"],
    joint: Annotated[Floats, "others others points"],
    draws: Floats,
    *,
    closed: bool = False,
) -> Annotated[Floats, "points"]:
    """(points,): unbiased for the probability that one of the variables is at or beyond its limit.

    limits (events, points); joint (events, events, points) correlations; draws (events - 1, points) uniform.
    ``closed``: of two events in closed form, which takes longer and needs no draw.
    """
    from scipy.special import ndtr

    values: Floats = np.sum(ndtr(-limits), axis=0) - overlap(limits, joint, draws, closed=closed)
    return values


def overlap(limits: Floats, joint: Floats, draws: Floats, *, closed: bool = False) -> Floats:
    """(points,): unbiased for the sum of the probabilities less that of the union."""
    from scipy.special import ndtr, ndtri

    total = np.zeros(limits.shape[1])
    for last in range(1, len(limits)):
        towards = joint[:last, last]
        if closed and last == 1:
            total += both(limits[0], limits[1], towards[0])
            continue
        tail = ndtr(-limits[last])
        value = -ndtri(np.maximum(draws[0] * tail, LEAST_TAIL))
        rest = np.sqrt(np.maximum(1 - towards**2, LEAST_REST))
        given = (limits[:last] - towards * value) / rest
        partial = joint[:last, :last] - towards[:, None] * towards[None, :]
        # Of variables without a variance of their own, as those of more events than there are dimensions,
        # rounding leaves any quotient: beyond 1 it would turn the signs of what is certain.
        partial = np.clip(partial / (rest[:, None] * rest[None, :]), -1.0, 1.0)
        total += tail * union(given, partial, draws[1:], closed=closed)
    return total


def both(first: Floats, second: Floats, joint: Floats) -> Annotated[Floats, "points"]:
    """P(two standard normal variables of correlation ``joint`` are beyond their limits), by Owen's function:
    to rounding of the probabilities of one, not of both."""
    from scipy.special import ndtr, owens_t

    # Neither limit is 0, where the slopes are none.
    h, k = (np.where(each == 0, NO_LIMIT, each) for each in (first, second))
    rest = np.sqrt(np.maximum((1 - joint) * (1 + joint), LEAST_REST))
    owen = owens_t(h, (k / h - joint) / rest) + owens_t(k, (h / k - joint) / rest)
    values: Floats = (ndtr(-h) + ndtr(-k)) / 2 - owen - 0.5 * (np.sign(h) != np.sign(k))
    return np.clip(values, 0.0, None)
