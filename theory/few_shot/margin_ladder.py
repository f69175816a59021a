"""The moment ladder: few-shot error from the first 2r moments of the margin.

Assumes     independent draws, finite moments of order 4r of the classes, distinct class means
Claims      for all c_1, ..., c_r >= 0: P(M_ij <= 0) <= E (1 + sum_k c_k (-M)^k)^2
Kind        upper, one ordered pair; any n >= 1; least over c for each pair, so that each rung is at most the
            one below
Sharp       attained: n = infinity, M takes r + 1 values of which 0 is the smallest. Where the c that is
            least without the signs has them too, no bound made of these 2r moments alone is smaller: the law
            with an atom at 0 and at the r zeros of the polynomial has the same moments and errs with that
            probability
Source      derived here: where M <= 0 the polynomial is at least 1 (Markov); proof in
            proofs/few_shot/margin_ladder.py

r = 1 is `exact_moment`, r = 2 `margin_order_4`. Written about the mean of the margin, as its moments are:
1 + sum_k c_k (-M)^k = sum_a w_a (M - E M)^a.
"""

from theory.assumptions import DistinctMeans, FiniteMoments
from theory.bound import PairBound, derived
from theory.bound.ladder import LadderBound
from theory.bound.margin_polynomials import about_the_mean, mean_square
from theory.few_shot.margin_order_4 import margin_order_4
from theory.quantities import MARGIN_MOMENTS, Mark, local, mean_M, quantity

COEFFICIENTS = tuple(
    quantity(
        f"c_{k}",
        f"coefficient of (-M)^{k} in a polynomial of the margin",
        f"c_{k}",
        power=-2 * k,
        source="free",
        nonnegative=True,
    )
    for k in range(1, 5)
)
WEIGHTS = tuple(
    local(f"w_{a}", f"coefficient of (M - E M)^{a} in that polynomial", Mark("w", str(a)), finite=True)
    for a in range(5)
)


def rung(rungs: int, name: str, title: str, below: PairBound | None = None) -> LadderBound:
    """The bound from 2 ``rungs`` moments, 1 <= rungs <= 4, and the one from fewer that it is never above."""
    coefficients = COEFFICIENTS[:rungs]
    return LadderBound(
        name=name,
        title=title,
        statement=mean_square(WEIGHTS, MARGIN_MOMENTS[1:], rungs),
        where=about_the_mean(WEIGHTS, coefficients, mean_M),
        coefficients=coefficients,
        below=below,
        assumptions=(FiniteMoments(4 * rungs), DistinctMeans()),
        provenance=derived(
            "Markov on the square of a polynomial of the margin that is at least 1 where it is not positive"
        ),
    )


margin_order_6 = rung(3, "margin_order_6", "Six moments of the margin", margin_order_4)
margin_order_8 = rung(4, "margin_order_8", "Eight moments of the margin", margin_order_6)
