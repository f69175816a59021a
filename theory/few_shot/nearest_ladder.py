"""The moment ladder for all other classes at once: moments of the margin against the nearest of them.

Assumes     independent draws, finite moments of order 4r of the classes, distinct class means
Claims      with pi_j the probability that among the centres of all the other classes that of class j is the
            nearest to the query, ties shared equally: for all c_kj >= 0:
            P(wrong | i) <= sum_j pi_j E [ (1 + sum_k c_kj (-M_ij)^k)^2 | j is nearest ]
Kind        upper, one query class; any n >= 1; least over c for each j. The least value is never above 1, nor
            above the sum over j of the ladder of the pair (i, j) of the same order; for two ways the two are
            equal
Sharp       attained: n = infinity, where each margin takes r + 1 values of which 0 is the smallest
Source      derived here: a query is wrong exactly if its margin against the nearest other class is not
            positive, and that is one class at a time; proof in proofs/few_shot/nearest_ladder.py

The sum over pairs counts every other class at every query, this one only the nearest: far classes, whose
margins are large where another is near, hardly count. What it needs are the moments of each margin where its
class is the nearest. They are known by enumeration where centres can be listed and by sweeps of stored
features; Gaussian and other continuous classes have no closed form of them, but for two ways.
"""

from theory.assumptions import DistinctMeans, FiniteMoments
from theory.bound import derived
from theory.bound.margin_polynomials import about_the_mean, mean_square
from theory.bound.nearest import NearestBound
from theory.expressions import SumOver
from theory.few_shot.margin_order_4 import margin_order_4
from theory.quantities import MARGIN_MOMENTS, NEAREST_MOMENTS, Mark, local, near_0, near_mean, quantity

COEFFICIENTS = tuple(
    quantity(
        f"c_{k}j",
        f"coefficient of (-M)^{k} in a polynomial of the margin, for queries of class i whose nearest other "
        "class is j",
        f"c_{k}j",
        "ij",
        power=-2 * k,
        source="free",
        marks=(Mark("c", f"{k},j"),),
        nonnegative=True,
    )
    for k in range(1, 5)
)
WEIGHTS = tuple(
    local(
        f"w_{a}j",
        f"coefficient of (M - m_j)^{a} in that polynomial",
        Mark("w", f"{a},j"),
        finite=True,
    )
    for a in range(5)
)


QUADRATIC = margin_order_4.closed_form.xreplace(
    dict(zip(MARGIN_MOMENTS[:4], NEAREST_MOMENTS[1:5], strict=True))
)
"""What `margin_order_4` says of the margin's law given that class j is the nearest."""


def rung(rungs: int, name: str, title: str, below: NearestBound | None = None) -> NearestBound:
    """The bound from 2 ``rungs`` moments, 1 <= rungs <= 4, and the one from fewer that it is never above."""
    coefficients = COEFFICIENTS[:rungs]
    return NearestBound(
        name=name,
        title=title,
        statement=SumOver(near_0 * mean_square(WEIGHTS, NEAREST_MOMENTS[2:], rungs)),
        where=about_the_mean(WEIGHTS, coefficients, near_mean),
        coefficients=coefficients,
        below=below,
        quadratic=QUADRATIC if rungs > 1 else None,
        assumptions=(FiniteMoments(4 * rungs), DistinctMeans()),
        provenance=derived(
            "Markov for the nearest other class alone, on the square of a polynomial of its margin that is "
            "at least 1 where it is not positive; replaces the union over classes"
        ),
    )


nearest_order_4 = rung(2, "nearest_order_4", "Four moments against the nearest class")
nearest_order_6 = rung(3, "nearest_order_6", "Six moments against the nearest class", nearest_order_4)
"""Not in the catalogue: what eight moments prove is at most this."""
nearest_order_8 = rung(4, "nearest_order_8", "Eight moments against the nearest class", nearest_order_6)
