"""Mean of a kernel over two new classes from its mean over source classes: four confidence limits.

Assumes     h symmetric in [0, b]; the map fixed before the classes were drawn, or one of |F| such maps;
            l classes drawn independently (the last statement: distinct, without replacement, from L)
Claims      with probability >= 1 - delta, K = floor(l/2), U = Avg h over ordered pairs of source classes:
            `u_statistic_hoeffding`   E h <= U + b sqrt(log(|F|/delta)/(2K))
            `u_statistic_kl`          E h <= b sup{q : K kl(U/b, q) <= log(|F|/delta)}
            `u_statistic_bernstein`   E h <= U + sqrt(2 S2 x/K) + b x (sqrt 2/sqrt(K K4) + 1/(3K)),
                                      x = log(2|F|/delta), K4 = floor(l/4), S2 the unbiased variance, >= 0
            `u_statistic_without_replacement`
                                      Avg over the pool <= U + 2b ((L-l)/l) sqrt(log(|F|/delta) s/2),
                                      s = sum_{i=1}^l (L-i)^-2; the radius is 0 at l = L
Kind        high_probability
Sharp       K and not l(l-1)/2: a U-statistic of order 2 may vary as a mean of floor(l/2) terms
Source      Hoeffding 1963 (first two); derived here (last two); proofs in proofs/new_classes/u_statistic.py
"""

import sympy as sp

from theory.assumptions.sampling import (
    DistinctClassesFromPool,
    FixedFeatureMap,
    IndependentClasses,
    MinimumClasses,
)
from theory.bound import cited, derived
from theory.bound.confidence import KernelConfidence
from theory.expressions import KlUpper
from theory.quantities import F, L_pool, Mark, U, b, failure, h_rows, h_squares, h_sum, l, local

blocks = local("blocks", "number of disjoint pairs of source classes", Mark("K"), positive=True)
blocks_4 = local("blocks_4", "number of disjoint quadruples of source classes", Mark("K", "4"), positive=True)
x = local("x_c", "log of twice the number of maps over the failure probability", Mark("x"), positive=True)
S2 = local("S2_h", "unbiased estimate of the kernel's variance, from disjoint pairs", Mark("S", "h", "2"))
step = sp.Symbol("i", integer=True, positive=True)

pairs = sp.floor(l / 2)
log_maps = sp.log(F / failure)
independent = (IndependentClasses(), FixedFeatureMap("classes"), MinimumClasses(2))


def kl_limit(mean: sp.Expr, upper: sp.Expr, count: sp.Expr, log_term: sp.Expr = log_maps) -> sp.Expr:
    """Upper limit of a mean of values in [0, upper] that is an average of means of ``count`` blocks."""
    return upper * KlUpper(mean / upper, log_term / count)


u_statistic_hoeffding = KernelConfidence(
    name="u_statistic_hoeffding",
    title="Kernel on new classes, Hoeffding",
    statement=U + b * sp.sqrt(log_maps / (2 * blocks)),
    where=((blocks, pairs),),
    assumptions=independent,
    provenance=cited("Hoeffding 1963, section 5"),
)

u_statistic_kl = KernelConfidence(
    name="u_statistic_kl",
    title="Kernel on new classes, relative entropy",
    statement=kl_limit(U, b, blocks),
    where=((blocks, pairs),),
    assumptions=independent,
    provenance=cited("Hoeffding 1963: theorem 1 before the quadratic bound, with the blocks of section 5"),
)

_disjoint = h_sum**2 - 4 * h_rows + 2 * h_squares

u_statistic_bernstein = KernelConfidence(
    name="u_statistic_bernstein",
    title="Kernel on new classes, empirical Bernstein",
    statement=U
    + sp.sqrt(2 * sp.Max(S2, 0) * x / blocks)
    + b * x * (sp.sqrt(2) / sp.sqrt(blocks * blocks_4) + 1 / (3 * blocks)),
    where=(
        (blocks, pairs),
        (blocks_4, sp.floor(l / 4)),
        (x, sp.log(2 * F / failure)),
        (S2, h_squares / (l * (l - 1)) - _disjoint / (l * (l - 1) * (l - 2) * (l - 3))),
    ),
    assumptions=(IndependentClasses(), FixedFeatureMap("classes"), MinimumClasses(4)),
    provenance=derived("Bernstein over blocks, and a lower tail for the unbiased variance of order 4"),
)


def without_replacement_radius(upper: sp.Expr) -> sp.Expr:
    """Radius for l of L classes; 0 when the whole pool was seen."""
    spread = sp.Sum((L_pool - step) ** -2, (step, 1, sp.Min(l, L_pool - 1)))
    radius = 2 * upper * (L_pool - l) / l * sp.sqrt(log_maps * spread / 2)
    return sp.Piecewise((radius, l < L_pool), (sp.S.Zero, True))


u_statistic_without_replacement = KernelConfidence(
    name="u_statistic_without_replacement",
    title="Kernel over a finite pool, classes without replacement",
    statement=U + without_replacement_radius(b),
    assumptions=(DistinctClassesFromPool(), FixedFeatureMap("classes"), MinimumClasses(2)),
    provenance=derived("martingale of a symmetric function under sampling without replacement"),
)
