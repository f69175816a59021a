"""The sub-Gaussian bound with the dimension replaced by the spectrum.

Assumes     proxies Gamma_i, Gamma_j diagonal (s_r, g_r) in one basis
Claims      for 0 < t max_r s_r < n_i/(2(n_i+1)):
            P(M_ij <= 0) <= prod_r (c_r/Q_r)^{1/2} exp(-t D_r^2 (1 - 2 t s_r (1 + 1/n_i))/Q_r),
            c_r = 1 + 2t(1 - 2 t s_r) g_r/n_j,
            Q_r = c_r - 2 t s_r (1 + 2 t s_r)/n_i - 4 t^2 s_r g_r/(n_i n_j)
Kind        upper, one ordered pair, shots may differ; minimised over t for each pair
Source      derived here; proof in proofs/few_shot/subgaussian_axes.py
"""

import sympy as sp

from theory.assumptions import DistinctMeans, SubGaussianAxes
from theory.bound import PairBound, derived
from theory.evaluation.optimise import FreeParameter
from theory.expressions import MaxAxes, SumAxes
from theory.quantities import D_r, Mark, g_r, local, n_i, n_j, quantity, s_r

t = quantity(
    "t",
    "Chernoff parameter of the sub-Gaussian bound along axes",
    "t",
    power=-2,
    source="free",
    positive=True,
)
c_r = local("c_r", "growth along axis r of the other centre's integral", Mark("c", "r"), positive=True)
Q_r = local("Q_r", "what is left along axis r of the query's form", Mark("Q", "r"), positive=True)

subgaussian_axes = PairBound(
    name="subgaussian_axes",
    title="Sub-Gaussian bound along axes",
    statement=sp.exp(
        SumAxes((sp.log(c_r) - sp.log(Q_r)) / 2 - t * D_r**2 * (1 - 2 * t * s_r * (1 + 1 / n_i)) / Q_r)
    ),
    where=(
        (c_r, 1 + 2 * t * (1 - 2 * t * s_r) * g_r / n_j),
        (Q_r, c_r - 2 * t * s_r * (1 + 2 * t * s_r) / n_i - 4 * t**2 * s_r * g_r / (n_i * n_j)),
    ),
    free=FreeParameter(t, 0, n_i / (2 * (n_i + 1)) / MaxAxes(s_r), "pair", meaning="Chernoff parameter"),
    assumptions=(SubGaussianAxes(), DistinctMeans()),
    provenance=derived("as `subgaussian`, one axis at a time"),
)
