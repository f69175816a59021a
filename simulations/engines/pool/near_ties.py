"""Which of two centres of stored samples is nearer to a query, where float32 does not tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import numpy as np

from theory.array import Flags, Floats


def at_least_as_near(
    query: Annotated[Floats, "m p"], pairs: Iterable[tuple[Floats, Floats]]
) -> Annotated[Flags, "m"]:
    """Whether the mean of the first of ``pairs`` is at least as near to each query as that of the second;
    ``pairs`` are the samples of both centres, one (m, p) of each at a time, as they are stored, in float64.

    The difference of squared distances is the product of the difference of the centres with the query, less
    their middle. Both are sums of differences of stored samples: nothing grows with the distance from an
    origin, nor with how long a query is along axes in which the two centres do not differ. A tie, which is an
    error, allows for rounding alone, coordinate by coordinate.
    """
    apart, width = np.zeros_like(query), np.zeros_like(query)
    away, reach = np.zeros_like(query), np.zeros_like(query)
    count = 0
    for theirs, ours in pairs:
        count += 1
        gap, to_theirs, to_ours = theirs - ours, query - theirs, query - ours
        apart += gap
        width += np.abs(gap)
        away += to_theirs + to_ours
        reach += np.abs(to_theirs) + np.abs(to_ours)
    # Along axes in which the centres do not differ, or lie to both sides alike, others decide.
    unit = 2.0**-53 * (4.0 * (count + 4) + query.shape[1] + 16)
    tied = (np.abs(apart) <= unit * width) | (np.abs(away) <= unit * reach)
    for values in (apart, width, away, reach):
        values[tied] = 0.0
    # In units of their own, since products of lengths far from 1 would vanish or overflow.
    long, far = _largest(width), _largest(reach)
    margin = np.einsum("qp,qp->q", apart / long, away / far)
    slack = unit * np.einsum("qp,qp->q", width / long, reach / far)
    closer: Flags = margin >= -slack
    return closer


def _largest(values: Floats) -> Floats:
    """(m, 1) largest of each row (m, p), 1 where all are 0."""
    size = np.max(values, axis=1, keepdims=True)
    return np.where(size > 0, size, 1.0)
