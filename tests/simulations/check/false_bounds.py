"""False bounds on the few-shot error: mistakes that a theorist could make, for `collapse check` to catch.

Written from the theory alone before the search over regimes was written, and frozen. Each `title` is the
mistake, in the words of an author who believes it; comments say why it is false and where that shows.
"""

from dataclasses import replace

import sympy as sp
from false_makers import FALSE, FOURTH, SECOND, one_class, pair

from theory.assumptions import (
    BoundedKurtosis,
    DistinctMeans,
    EqualIsotropicGaussian,
    SphericallySymmetric,
    SubGaussian,
)
from theory.bound import AverageBound
from theory.catalogue import (
    cdnv_optimal,
    fourth_moment,
    subgaussian,
    union_moment,
)
from theory.expressions import Avg, ForEveryOther, MaxOver, SumOver
from theory.few_shot.union_moment import P0, N, T, m_j
from theory.quantities import (
    Dt_j,
    M4_i,
    M4_j,
    T_i,
    d,
    dir_i,
    dir_j,
    k,
    kap_i,
    lam_i,
    n,
    p,
    s,
    sigma,
    std,
    trS2_i,
    trS2_j,
    trSS,
    v_i,
    v_j,
)

NOISE = (v_i + v_j) / n
SHARP = (4 * lam_i + NOISE) / d**2
R = sp.Rational


def twin(bound, name, title, *changes):
    """The bound with parts of its written-out statement exchanged."""
    statement = bound.closed_form
    for old, new in changes:
        changed = statement.subs(old, new)
        assert changed != statement, (name, old)
        statement = changed
    return replace(bound, name=name, title=title, statement=statement, where=(), provenance=FALSE)


inverse = d**-2
QUERY = 4 * sp.Min(lam_i * SumOver(inverse), T_i * MaxOver(inverse))
SUPPORT = sp.sqrt(SumOver(v_j * inverse) / n)
OWN = sp.sqrt(v_i / n * MaxOver(inverse))
mean = d**2 + (v_j - v_i) / n


def centre(fourth, v, squares):
    return (fourth - v**2 + 2 * (n - 1) * squares) / n**3


variance = (
    4 * d**2 * dir_i
    + 4 * d**2 * dir_j / n
    + 4 * (trS2_i + trSS) / n
    + 4 * Dt_j / n**2
    + centre(M4_i, v_i, trS2_i)
    + centre(M4_j, v_j, trS2_j)
)


def cantelli(var, mean=mean):
    return sp.Piecewise((var / (var + mean**2), mean > 0), (sp.S.One, True))


# -- shots: right for few of them, wrong for many ------------------------------------------------------
SHOTS = (
    # The issue's: v_j/n is needed at every n (a far draw of class j).
    pair(
        "shots_squared",
        "support noise falls like 1/n^2 once n >= 16",
        (4 * lam_i + (v_i + v_j) * sp.Min(1 / n, 16 / n**2)) / d**2,
    ),
    pair(
        "shots_power",
        "support noise falls like n^(-5/4), constant 2",
        (4 * lam_i + 2 * (v_i + v_j) * n ** R(-5, 4)) / d**2,
    ),
    pair(
        "shots_table",
        "half of the support noise averages out beyond 100 shots",
        sp.Piecewise((SHARP, n <= 100), ((4 * lam_i + NOISE / 2) / d**2, True)),
    ),
    pair(
        "shots_effective",
        "effective number of shots n (1 + n/50) / 2",
        (4 * lam_i + (v_i + v_j) * 2 / (n + n**2 / 50)) / d**2,
    ),
    pair(
        "shots_log",
        "support noise log(n)/n^2 up to a constant 20",
        (4 * lam_i + (v_i + v_j) * sp.Min(1 / n, 20 * (1 + sp.log(n)) / n**2)) / d**2,
    ),
    pair(
        "shots_late",
        "a tenth is saved beyond 1000 shots",
        (4 * lam_i + (v_i + v_j) / n * sp.Piecewise((1, n < 1000), (R(9, 10), True))) / d**2,
    ),
    pair(
        "shots_parity",
        "pairs of draws: 2 floor(n/2) + 1 in place of n",
        (4 * lam_i + (v_i + v_j) / (2 * sp.floor(n / 2) + 1)) / d**2,
    ),
    # Bessel's correction the wrong way round; tight laws come within 1/(4n) only.
    pair("shots_bessel", "n + 1 in place of n", (4 * lam_i + (v_i + v_j) / (n + 1)) / d**2),
    # At infinitely many shots right; at few the query term is not smaller.
    pair("shots_shrunk_query", "the query's constant is 4 n/(n+1)", (4 * lam_i * n / (n + 1) + NOISE) / d**2),
    pair("shots_ignored", "only the query matters: 4 lam (1 + 1/n)", 4 * lam_i * (1 + 1 / n) / d**2),
)

# -- ways: right for few classes, wrong for many ------------------------------------------------------
WAYS = (
    # The issue's: steps of a query to every other class need rank k - 1.
    one_class(
        "ways_capped",
        "at most three classes can be near at once",
        (
            sp.sqrt(QUERY.subs({T_i: T_i * sp.Min(1, 3 / (k - 1)), lam_i: lam_i * sp.Min(1, 3 / (k - 1))}))
            + SUPPORT
            + OWN
        )
        ** 2,
    ),
    # T_i <= 3 lam_i is false in rank 4: orthogonal classes around class i, a step to each.
    one_class(
        "ways_rank_three",
        "three directions suffice: T_i <= 3 lam_i",
        (
            sp.sqrt(
                4 * sp.Min(lam_i * SumOver(inverse), 3 * lam_i * MaxOver(inverse), T_i * MaxOver(inverse))
            )
            + SUPPORT
            + OWN
        )
        ** 2,
    ),
    # The centres of k - 1 classes fail one by one: their probabilities add.
    one_class(
        "ways_nearest_support",
        "only the worst other class's support matters",
        (sp.sqrt(QUERY) + sp.sqrt(MaxOver(v_j * inverse) / n) + OWN) ** 2,
    ),
    one_class(
        "ways_root_support",
        "supports of k - 1 classes partly cancel: 1/sqrt(k-1) beyond 9 classes",
        (sp.sqrt(QUERY) + SUPPORT * sp.Min(1, 3 / sp.sqrt(k - 1)) + OWN) ** 2,
    ),
    pair("ways_five", "at most five other classes count", SHARP * sp.Min(1, 5 / (k - 1))),
    pair("ways_log", "a union over k - 1 costs log2 k", SHARP * sp.log(k) / sp.log(2) / (k - 1)),
    one_class(
        "ways_twice_nearest",
        "the union costs a factor two over the nearest class at most",
        sp.Min(2, k - 1) * MaxOver(SHARP),
    ),
    # (N - 1) (T - P0) without its N - 1: equal for N = 1, 2.
    replace(
        union_moment,
        name="ways_union",
        title="the union bound without its factor N - 1",
        provenance=FALSE,
        statement=sp.Piecewise(((sp.sqrt(P0) + sp.sqrt(T - P0)) ** 2 / N, ForEveryOther(m_j > 0)), (1, True)),
    ),
    one_class(
        "ways_mean_distance",
        "the own centre's noise against the mean inverse square distance",
        (sp.sqrt(QUERY) + SUPPORT + sp.sqrt(v_i / n * SumOver(inverse) / (k - 1))) ** 2,
    ),
    AverageBound(
        name="ways_ratio_of_averages",
        title="averages of numerator and denominator apart",
        statement=(k - 1) * Avg(4 * lam_i + NOISE) / Avg(d**2),
        assumptions=SECOND,
        provenance=FALSE,
    ),
)

# -- dimension: right in low dimension, wrong in high ---------------------------------------------------
DIMENSION = (
    # The issue's: exp(p/n) growth is real (threshold d^2 ~ sqrt(p/n) sigma^2).
    twin(subgaussian, "dimension_root", "the dimension enters as 8 sqrt p", (p, 8 * sp.sqrt(p))),
    twin(subgaussian, "dimension_capped", "no more than 100 dimensions count", (p, sp.Min(p, 100))),
    # Noise of the own centre in p - 1 further directions costs v_i and not 50 lam_i.
    pair(
        "dimension_rank",
        "class i has at most 50 directions that matter",
        (4 * lam_i + (sp.Min(v_i, 50 * lam_i) + v_j) / n) / d**2,
    ),
    twin(subgaussian, "dimension_halved", "the exponent p/4 in place of p/2", (p, p / 2)),
    pair(
        "dimension_spherical_power",
        "spherical classes gain p^(3/2)",
        (4 * v_i * s / sp.sqrt(p) + NOISE) / d**2,
        (SphericallySymmetric(), *SECOND),
    ),
    # Noise of centres is a sum of squares over all coordinates; s = 1/p divides the query's part only.
    pair(
        "dimension_spherical_all",
        "s multiplies the support noise as well",
        s * (4 * v_i + NOISE) / d**2,
        (SphericallySymmetric(), *SECOND),
    ),
    # E|a|^4 of a sum of n: the square of the sum of variances is of first order.
    twin(
        fourth_moment,
        "dimension_fourth",
        "E|a|^4 without (n-1) v^2",
        ((n - 1) * v_i**2, 0),
        ((n - 1) * v_j**2, 0),
    ),
    pair(
        "dimension_floor",
        "blocks of 32 coordinates: floor(p/32) + 31 of p variances",
        (4 * lam_i + (v_i + v_j) * sp.Min(1, (sp.floor(p / 32) + 31) / p) / n) / d**2,
    ),
    pair(
        "dimension_log",
        "isotropic Gaussians: log-many coordinates matter",
        sp.exp(sp.log(1 + p) / (n + 1) - n * d**2 / ((8 * n + 4) * std**2)),
        (EqualIsotropicGaussian(), DistinctMeans()),
    ),
)

# -- moments: a term forgotten, a sign or a branch wrong ----------------------------------------------
MOMENTS = (
    # Above d the shift points the wrong way: the error is near 1, not small.
    pair(
        "moments_branch",
        "cdnv_optimal's quotient without its condition on al",
        (4 * lam_i + v_j / n) / (4 * lam_i + v_j / n + (d - sp.sqrt(v_i / n)) ** 2),
    ),
    pair(
        "moments_negative_mean",
        "Cantelli whatever the sign of the mean margin",
        variance / (variance + mean**2),
        FOURTH,
    ),
    pair(
        "moments_third_sign",
        "the third moment with the other sign",
        cantelli(variance - 8 * Dt_j / n**2),
        FOURTH,
    ),
    pair("moments_no_third", "third moments vanish on average", cantelli(variance - 4 * Dt_j / n**2), FOURTH),
    pair(
        "moments_single_square",
        "n - 1 in place of 2 (n - 1) before tr S^2",
        cantelli(variance - (n - 1) * (trS2_i + trS2_j) / n**3),
        FOURTH,
    ),
    pair(
        "moments_mean_sign",
        "the bias of the centres the other way round",
        cantelli(variance, d**2 + (v_i - v_j) / n),
        FOURTH,
    ),
    pair(
        "moments_no_cross",
        "query and support are independent: no cross terms",
        cantelli(variance - 4 * (trS2_i + trSS) / n),
        FOURTH,
    ),
    # Gauss's inequality needs a unimodal margin.
    pair(
        "moments_gauss",
        "4/9 by Gauss's inequality",
        sp.Piecewise((R(4, 9) * variance / mean**2, mean > 0), (1, True)),
        FOURTH,
    ),
    pair(
        "moments_directional", "the variance along the line is all of the query's", (4 * dir_i + NOISE) / d**2
    ),
    pair("moments_own_centre", "class i's centre does not matter", (4 * lam_i + v_j / n) / d**2),
    pair(
        "moments_own_second_order",
        "the own centre is of second order",
        (4 * lam_i + v_j / n) / d**2 + (v_i / (n * d**2)) ** 2,
    ),
    twin(
        fourth_moment,
        "moments_fourth_constant",
        "the query's constant 1 in place of 2",
        (2 * kap_i ** R(1, 4), kap_i ** R(1, 4)),
    ),
    pair("moments_half", "v_half in place of v_sum", (4 * lam_i + NOISE / 2) / d**2),
    pair(
        "moments_exponential", "Gaussian tails from two moments", sp.exp(-(d**2) / (2 * (4 * lam_i + NOISE)))
    ),
    pair("moments_square", "order V^2 without fourth moments", 10 * SHARP**2),
    twin(cdnv_optimal, "moments_optimal_constant", "Cantelli with 3.9 lam", (4 * lam_i, R(39, 10) * lam_i)),
    pair(
        "moments_small_noise",
        "beyond V = 1/1000 nothing changes: the bound floors at V/4 there",
        sp.Piecewise((SHARP, R(1, 1000) < SHARP), (SHARP / 4, True)),
    ),
    pair(
        "moments_kurtosis",
        "fourth moments at most 3 lam^2, as of a Gaussian, for any bounded kurtosis",
        fourth_moment.statement.subs(kap_i, 3 * lam_i**2),
        (BoundedKurtosis(), DistinctMeans()),
    ),
)

# -- sub-Gaussian classes ------------------------------------------------------------------------------
TAILS = (
    # At n shots the rate is n/(8n+4); 1/8 is the limit.
    pair(
        "tails_limit_rate",
        "the rate 1/8 at every n",
        sp.exp(p / 2 * sp.log((4 * n**2 + 5 * n + 2) / (4 * n**2 + 2 * n)) - d**2 / (8 * sigma**2)),
        (SubGaussian(), DistinctMeans()),
    ),
    pair(
        "tails_rate",
        "the rate n/(8n+3)",
        sp.exp(
            p / 2 * sp.log((4 * n**2 + 5 * n + 2) / (4 * n**2 + 2 * n)) - n * d**2 / ((8 * n + 3) * sigma**2)
        ),
        (SubGaussian(), DistinctMeans()),
    ),
    pair(
        "tails_gaussian_limit",
        "the error of known means at any number of shots, twice for safety",
        sp.exp(-(d**2) / (8 * std**2)),
        (EqualIsotropicGaussian(), DistinctMeans()),
    ),
    pair(
        "tails_no_dimension",
        "no factor of the dimension",
        sp.exp(-n * d**2 / ((8 * n + 4) * sigma**2)),
        (SubGaussian(), DistinctMeans()),
    ),
)

BY_KIND = {
    "shots": SHOTS,
    "ways": WAYS,
    "dimension": DIMENSION,
    "moments": MOMENTS,
    "tails": TAILS,
}
bounds = {bound.name: bound for group in BY_KIND.values() for bound in group}
