"""The exact two-class error of isotropic Gaussian classes with one common standard deviation.

Assumes     classes N(mu_c, sigma^2 I), two ways, distinct means
Claims      error = P(chi2_p(la) <= chi2_p(lb)), independent noncentral chi-squares,
            la, lb = (e_w +- e_y)^2/2, delta = d/sigma,
            e_w = delta sqrt(n/2), e_y = (delta/2)/sqrt(1 + 1/(2n))
Kind        equality
Source      classical (the discriminant is a difference of squared norms of independent Gaussians)
"""

import sympy as sp

from theory.assumptions import DistinctMeans, EqualIsotropicGaussian, TwoClasses
from theory.bound import ExactFormula, cited
from theory.expressions import ChiSquareLess
from theory.quantities import Mark, d, local, n, p, std

delta = local("delta", "distance of the means over the standard deviation", Mark("delta"), positive=True)
e_w = local("e_w", "signal of the difference of the centres", Mark("e", "w"), positive=True)
e_y = local("e_y", "signal of the query seen from the midpoint", Mark("e", "y"), positive=True)

gaussian_two_class = ExactFormula(
    name="gaussian_two_class",
    title="Exact error of two isotropic Gaussian classes",
    kind="equality",
    statement=ChiSquareLess(p, (e_w + e_y) ** 2 / 2, (e_w - e_y) ** 2 / 2),
    where=(
        (delta, d / std),
        (e_w, delta * sp.sqrt(n / 2)),
        (e_y, delta / 2 / sp.sqrt(1 + 1 / (2 * n))),
    ),
    assumptions=(TwoClasses(), EqualIsotropicGaussian(), DistinctMeans()),
    provenance=cited("classical: discriminant as a difference of squared norms"),
)
