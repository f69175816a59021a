"""No bound made of (lam_i, v_i, v_j, d, n, p) beats `cdnv_optimal` everywhere by more than 4n/(4n+1).

Assumes     the law: class i has an atom at (d/2)u (probability q1), atoms at +- n d e_r, r = 2..p (total
            q2), the rest at the point that centres it; class j has one atom (probability q3) such that
            one draw of it among n puts the centre of j on that of i, the rest so that its mean is right
Claims      as the noise t -> 0, error / cdnv_optimal tends to at least
            [4 lam_i + (v_i - lam_i + v_j)/n] / [4 lam_i + (v_i + v_j)/n] >= 4n/(4n+1)
Kind        existence: such laws exist for every n, p and lam <= v_i <= p lam
Source      derived here; proof in proofs/few_shot/cdnv_is_optimal.py
"""

from theory.assumptions import DistinctMeans, FollowsLaw
from theory.bound import ExistenceStatement, derived
from theory.few_shot.cdnv_sharp import second_moments
from theory.quantities import lam_i, n

cdnv_is_optimal = ExistenceStatement(
    name="cdnv_is_optimal",
    title="No second-moment bound beats cdnv_optimal",
    kind="existence",
    # One of the v_i's units of variance is spent on the query's atom, which the centres cannot use again.
    statement=(second_moments - lam_i / n) / second_moments,
    assumptions=(FollowsLaw("cdnv_is_optimal"), DistinctMeans()),
    provenance=derived("exact error of an atomic law at small noise"),
)
