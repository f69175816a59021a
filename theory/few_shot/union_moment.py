"""Union over classes sharper than the sum: joint second moments of a query class's margins.

Assumes     independent draws, finite fourth moments, distinct class means
Claims      with N = k-1, margins M_j of mean m_j and covariances Sigma_jl, s_j = (Sigma_jj + m_j^2)/m_j,
            W_jl = (Sigma_jl + (m_j - s_j)(m_l - s_l))/(s_j s_l), T = tr W, P0 = 1'W1/N:
            P(wrong | i) <= (sqrt P0 + sqrt((N-1)(T - P0)))^2 / N   (1 when some m_j <= 0)
Kind        upper, one query class; never above the sum of the `exact_moment` pair bounds, T
Source      derived here; proof in proofs/few_shot/union_moment.py
"""

import sympy as sp

from theory.assumptions import DistinctMeans, FiniteFourthMoment
from theory.bound import ClassBound, derived
from theory.expressions import ForEveryOther, SumOver, SumOverPairs
from theory.few_shot.exact_moment import centre_term, mean_margin, variance_margin
from theory.quantities import DSD_jl, M4_i, Mark, for_class_l, k, local, n, trS2_i, v_i

N = local("N", "number of other classes, k - 1", positive=True)
T = local("T", "sum of the pair bounds, tr W", nonnegative=True)
P0 = local("P0", "mass of W along the all-ones vector, 1'W1/N", Mark("P", "0"), nonnegative=True)
m_j, m_l = (local(f"m_{c}", f"mean of the margin against class {c}", Mark("m", c)) for c in "jl")
s_j, s_l = (local(f"s_{c}", f"scale of the margin against class {c}", Mark("s", c)) for c in "jl")
S_jj, S_ll = (
    local(f"Sigma_{c}{c}", f"variance of the margin against {c}", Mark("Sigma", 2 * c)) for c in "jl"
)
S_jl = local("Sigma_jl", "covariance of the margins against j and l", Mark("Sigma", "jl"))

covariance = 4 * DSD_jl + 4 * trS2_i / n + centre_term(M4_i, v_i, trS2_i)
"""Sigma_jl for j != l: the two margins share the query and the centre of class i."""

union_moment = ClassBound(
    name="union_moment",
    title="Joint-moment bound over the other classes",
    statement=sp.Piecewise(
        (sp.Min(1, (sp.sqrt(P0) + sp.sqrt((N - 1) * (T - P0))) ** 2 / N), ForEveryOther(m_j > 0)),
        (sp.S.One, True),
    ),
    where=(
        (N, k - 1),
        (S_jl, covariance),
        (S_jj, variance_margin),
        (S_ll, for_class_l(variance_margin)),
        (m_j, mean_margin),
        (m_l, for_class_l(mean_margin)),
        (s_j, (S_jj + m_j**2) / m_j),
        (s_l, (S_ll + m_l**2) / m_l),
        (T, SumOver((S_jj + (m_j - s_j) ** 2) / s_j**2)),
        (P0, (T + SumOverPairs((S_jl + (m_j - s_j) * (m_l - s_l)) / (s_j * s_l))) / N),
    ),
    nonnegative=(T - P0,),  # W has no negative eigenvalue: its trace is at least its mass along a vector
    assumptions=(FiniteFourthMoment(), DistinctMeans()),
    provenance=derived(
        "concavity of the bound along the all-ones direction; replaces the union over classes"
    ),
)
