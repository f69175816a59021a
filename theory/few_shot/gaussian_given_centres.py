"""The error of a Gaussian query when the centres are fixed.

Assumes     query N(mu_i, S), centres m_1..m_k given
Claims      P(wrong | i) = 1 - Phi_{k-1}(h; G S G'), rows of G are m_j - m_i,
            h_j = (|m_j - mu_i|^2 - |m_i - mu_i|^2)/2
Kind        equality, for given centres: not applicable to drawn ones
Source      classical
"""

import numpy as np
import sympy as sp

from theory.array import Array, to_numpy
from theory.assumptions import Gaussian, GivenCentres
from theory.bound import ExactFormula, cited
from theory.expressions import NormalOrthant

_size, _dimension = (
    sp.Symbol("k", integer=True, positive=True) - 1,
    sp.Symbol("p", integer=True, positive=True),
)
h = sp.MatrixSymbol("h", _size, 1)
G = sp.MatrixSymbol("G", _size, _dimension)
S = sp.MatrixSymbol("S_i", _dimension, _dimension)

gaussian_given_centres = ExactFormula(
    name="gaussian_given_centres",
    title="Exact error of a Gaussian query for given centres",
    kind="equality",
    statement=1 - NormalOrthant(h, G * S * G.T),
    assumptions=(GivenCentres(), Gaussian()),
    provenance=cited("classical: the margins of a Gaussian query are jointly Gaussian"),
)


def error_given_centres(mean: Array, covariance: Array, centres: Array, own: int) -> float:
    """P(wrong | centres) for a query N(mean, covariance) of class ``own``.

    mean (p,), covariance (p, p), centres (k, p). Accuracy about 1e-5 for k > 3 (Genz's lattice rule in
    SciPy, with shifts from a fixed seed), full double precision for k = 2. Raises ValueError when two centres
    coincide.
    """
    from scipy.special import ndtr
    from scipy.stats import multivariate_normal

    mean, covariance, centres = (np.asarray(to_numpy(x), dtype=float) for x in (mean, covariance, centres))
    others = np.arange(len(centres)) != own
    rows = centres[others] - centres[own]
    if not np.all(np.sum(rows**2, axis=1) > 0):
        raise ValueError("two centres coincide: the query is always as near to the other one")
    limits = (np.sum((centres[others] - mean) ** 2, axis=1) - np.sum((centres[own] - mean) ** 2)) / 2
    joint = rows @ covariance @ rows.T
    if len(limits) == 1:
        scale = np.sqrt(joint[0, 0])
        return float(ndtr(-limits[0] / scale)) if scale > 0 else float(limits[0] <= 0)
    # The rule's shifts come from a seed of their own: the same number each time, whatever else draws.
    orthant = multivariate_normal(np.zeros(len(limits)), joint, allow_singular=True, seed=0)
    return float(1 - orthant.cdf(limits))
