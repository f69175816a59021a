"""Forty false bounds written by an author who did not know the search, and fourteen of later kinds.

Each title is the mistake, in the words of an author who believes it; the comment says why it is false.
"""

import sympy as sp
from false_makers import FOURTH, average, one_class, pair

from theory.assumptions import (
    Assumption,
    BoundedKurtosis,
    DistinctMeans,
    EqualIsotropicGaussian,
    FiniteFourthMoment,
    FiniteMoments,
    FiniteVariance,
    Gaussian,
    SubGaussian,
    TwoClasses,
)
from theory.bound import PairBound
from theory.collapse import CDNV
from theory.evaluation.optimise import FreeParameter
from theory.expressions import Avg, MaxOver, NormalTail, SumOver
from theory.few_shot.exact_moment import centre_term, mean_margin, variance_margin
from theory.few_shot.subgaussian import x
from theory.quantities import (
    C_2,
    C_3,
    C_4,
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
    mean_M,
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

R = sp.Rational
C = 4 * lam_i + (v_i + v_j) / n
K = 4 * lam_i + v_j / n
al = sp.sqrt(v_i / n)
OPT = sp.Piecewise((sp.S.One, al >= d), (C / d**2, d * al >= C), (K / (K + (d - al) ** 2), True))
EXACT = sp.Piecewise(
    (variance_margin / (variance_margin + mean_margin**2), mean_margin > 0), (sp.S.One, True)
)

FRESH = (
    # cdnv_is_optimal attains 4lam+(v_i-lam+v_j)/n; with p>=2, v_i=v_j>>lam, n=1 this is nearly twice the
    # claim
    pair(
        name="fresh_false_01",
        title="max for a sum of centre variances",
        statement=(4 * lam_i + sp.Max(v_i, v_j) / n) / d**2,
    ),
    # small noise: claim ~K/d^2 lacks v_i/n that cdnv_is_optimal attains; p>=2 anisotropic, few shots
    pair(
        name="fresh_false_02",
        title="cdnv_optimal, Cantelli branch everywhere",
        statement=sp.Piecewise((sp.S.One, al >= d), (K / (K + (d - al) ** 2), True)),
    ),
    # class i,j with huge variance orthogonal to D: 2 xi.(b-a) has variance 8 L^2/n, claim 2L/n; L=20 d^2,
    # n=1000
    pair(
        name="fresh_false_03",
        title="directional variance for lam_i",
        statement=(4 * dir_i + (v_i + v_j) / n) / d**2,
    ),
    # orthogonal variances L (i), W (j): L W/n ~ 1 while L^2/n, W/n tiny: many shots; claim ~0, error ~.3
    pair(
        name="fresh_false_04",
        title="exact_moment without tr S_i S_j",
        statement=(lambda V: sp.Piecewise((V / (V + mean_margin**2), mean_margin > 0), (sp.S.One, True)))(
            variance_margin - 4 * trSS / n
        ),
        assumptions=FOURTH,
    ),
    # n=inf, k=3, u1 orthogonal u2, atoms d/2 u1, d/2 u2 with prob q each: error 2q, claim 2q-q^2+O(q^3)
    one_class(
        name="fresh_false_05",
        title="false independence: 1-prod(1-B)",
        statement=1 - sp.exp(SumOver(sp.log(1 - EXACT + R(1, 10**12)))),
        assumptions=FOURTH,
    ),
    # n=1, class j atom at +2D from its mean with prob q: its flipped contribution is q*0-16q^2<0, the true
    # one 64q
    pair(
        name="fresh_false_06",
        title="sign of the third-moment term",
        statement=(lambda V: sp.Piecewise((V / (V + mean_margin**2), mean_margin > 0), (sp.S.One, True)))(
            variance_margin - 8 * Dt_j / n**2
        ),
        assumptions=FOURTH,
    ),
    # n=inf (or enormous: n^(-1/2) decay), atom d/2 with prob q->0: error q, claim (.99)^4 q
    pair(
        name="fresh_false_07",
        title="1.98 for 2 in fourth_moment",
        statement=(
            R(99, 50) * kap_i ** R(1, 4)
            + ((M4_i + (n - 1) * v_i**2 + 2 * (n - 1) * trS2_i) / n**3) ** R(1, 4)
            + ((M4_j + (n - 1) * v_j**2 + 2 * (n - 1) * trS2_j) / n**3) ** R(1, 4)
        )
        ** 4
        / d**4,
        assumptions=(BoundedKurtosis(), DistinctMeans()),
    ),
    # constant_is_sharp with q<.0025 and n>600 or infinity only
    pair(
        name="fresh_false_08",
        title="3.99 for 4, repaired at few shots",
        statement=(R(399, 100) * lam_i + 5 * lam_i / n + (v_i + v_j) / n) / d**2,
    ),
    # class i a point, k>=3, each class j has an atom that moves its centre onto i: error ~ sum, claim max
    one_class(
        name="fresh_false_09",
        title="min_distance, max over j of centre noise",
        statement=(
            sp.sqrt(4 * sp.Min(lam_i * SumOver(d**-2), T_i * MaxOver(d**-2)))
            + sp.sqrt(MaxOver(v_j * d**-2) / n)
            + sp.sqrt(v_i / n * MaxOver(d**-2))
        )
        ** 2,
    ),
    # n=inf, k-1 orthogonal directions, atom d/2 in each: error (k-1)q, claim sqrt(k-1)q
    one_class(
        name="fresh_false_10",
        title="sqrt(k-1) lam_i for T_i in min_distance",
        statement=(
            sp.sqrt(4 * lam_i * sp.sqrt(k - 1) * MaxOver(d**-2))
            + sp.sqrt(SumOver(v_j * d**-2) / n)
            + sp.sqrt(v_i / n * MaxOver(d**-2))
        )
        ** 2,
    ),
    # n>=30 only: k=2, p=1 constant_is_sharp pairs have 4+1/n, claim 3.9+3.9/n
    average(
        name="fresh_false_11",
        title="constant 3.9 in the 2022 shape",
        statement=R(39, 10) * (k - 1) * (s + 1 / n) * Avg(CDNV["half"]),
    ),
    # isotropic Gaussian in high p at one shot: error -> 1/2 at fixed d/sigma, claim exp(-delta^2/12)
    pair(
        name="fresh_false_12",
        title="sub-Gaussian bound, no dimension factor",
        statement=sp.exp(-n * d**2 / ((8 * n + 4) * sigma**2)),
        assumptions=(SubGaussian(), DistinctMeans()),
    ),
    # Gaussian i (v=p s^2) against a point j at d^2 = .9 p s^2/n: mean margin < 0, error -> 1 in high p; n
    # large: claim exp(p(3/(32n)-.9/(8n))) -> 0 for p>>n
    pair(
        name="fresh_false_13",
        title="power p/8 for p/2",
        statement=((4 * n**2 + 5 * n + 2) / (4 * n**2 + 2 * n)) ** (p / 8)
        * sp.exp(-n * d**2 / ((8 * n + 4) * sigma**2)),
        assumptions=(SubGaussian(), DistinctMeans()),
    ),
    # p=1, n=1 Gaussian pair: true rate 1/12; d=10 sigma: error 2.2e-5, claim 5e-6. Huge distance only
    pair(
        name="fresh_false_14",
        title="rate 1/8 at every n",
        statement=((4 * n**2 + 5 * n + 2) / (4 * n**2 + 2 * n)) ** (p / 2) * sp.exp(-(d**2) / (8 * sigma**2)),
        assumptions=(SubGaussian(), DistinctMeans()),
    ),
    # the exact error is larger at every p (p=1 by Phi(-e_w)), much in high p at few shots
    pair(
        name="fresh_false_15",
        title="Gaussian two-class error, drop the centres' own dimension",
        statement=NormalTail(d / std / (2 * sp.sqrt(1 + 1 / (2 * n)))),
        assumptions=(EqualIsotropicGaussian(), TwoClasses(), DistinctMeans()),
    ),
    # few shots, far apart: margin is a quadratic form whose lower tail is not normal
    pair(
        name="fresh_false_16",
        title="normal approximation claimed as a bound",
        statement=NormalTail(mean_margin / sp.sqrt(variance_margin)),
        assumptions=(Gaussian(), DistinctMeans()),
    ),
    # equality case n=1, class i a point at 0, class j on {0,1}: the dropped M4_j-v_j^2>0 breaks equality
    pair(
        name="fresh_false_17",
        title="exact_moment without Var|a|^2, Var|b|^2",
        statement=(lambda V: sp.Piecewise((V / (V + mean_margin**2), mean_margin > 0), (sp.S.One, True)))(
            variance_margin - centre_term(M4_i, v_i, trS2_i) - centre_term(M4_j, v_j, trS2_j)
        ),
        assumptions=FOURTH,
    ),
    # n=1, high p: class i atoms at +-d e_r, total q: error q(1-1/..), C=q(1+4/(p-1)), claim C/(1+C)
    pair(
        name="fresh_false_18",
        title="Cantelli without paying for the shift",
        statement=C / (C + d**2),
    ),
    # k>=3 with one close pair: Avg d^2 is dominated by the far class
    average(
        name="fresh_false_19",
        title="ratio of averages for average of ratios",
        statement=(k - 1) * (4 + 2 / n) * Avg((v_i + v_j) / 2) / Avg(d**2),
    ),
    # class i a point, k>10 equidistant others, each with an atom that moves its centre onto i: (k-1)q
    # against 3 sqrt(k-1) q
    one_class(
        name="fresh_false_20",
        title="3 sqrt(k-1) max for the sum over centres",
        statement=4 * lam_i * SumOver(d**-2)
        + v_i / n * SumOver(d**-2)
        + 3 * sp.sqrt(k - 1) * MaxOver(v_j * d**-2) / n,
    ),
    # n large, k>=6 orthogonal directions with an atom d/2 each: (k-1)q against (1+2log k)q
    one_class(
        name="fresh_false_21",
        title="1+2 log k for k-1 in the query term",
        statement=4 * lam_i * MaxOver(d**-2) * (1 + 2 * sp.log(k)) + SumOver((v_i + v_j) * d**-2) / n,
    ),
    # k=3 disjoint query events: 2q against sqrt2 q
    one_class(
        name="fresh_false_22",
        title="l2 union over classes",
        statement=sp.sqrt(SumOver(OPT**2)),
    ),
    # v_i/n > d^2 + v_j/n: n=1 cube {+-1}^4 against a point at tiny d: error 15/16, claim 1/2
    pair(
        name="fresh_false_23",
        title="no guard for a negative mean margin",
        statement=variance_margin / (variance_margin + mean_margin**2),
        assumptions=FOURTH,
    ),
    # j a point, i with variance L orthogonal to D: 2 xi.a has variance 4L^2/n, claim L/n; L=20, n=1000
    pair(
        name="fresh_false_24",
        title="only the other class's centre turns the line",
        statement=(lambda e: e / d**2)(
            4 * sp.Min(lam_i, (sp.sqrt(dir_i) + sp.sqrt(lam_i * v_j / n) / d) ** 2) + (v_i + v_j) / n
        ),
    ),
    # class i a point, class j with an atom that moves its centre onto i: v_j/(n d^2)
    pair(
        name="fresh_false_25",
        title="n+1 for n",
        statement=(4 * lam_i + (v_i + v_j) / (n + 1)) / d**2,
    ),
    # two-point law q=.05 is sub-Gaussian with h=2.43 sigma: error .05, claim 2 Phi(-2.43)=.015, n=inf
    pair(
        name="fresh_false_26",
        title="a sub-Gaussian tail is at most twice a normal one",
        statement=2
        * ((4 * n**2 + 5 * n + 2) / (4 * n**2 + 2 * n)) ** (p / 2)
        * NormalTail(d / (2 * sigma * sp.sqrt(1 + 1 / (2 * n)))),
        assumptions=(SubGaussian(), DistinctMeans()),
    ),
    # g<0: margin on {-1,0,x}: the claim is the mass at 0 only, the error adds that at -1 (n=inf)
    pair(
        name="fresh_false_27",
        title="margin_order_4 without the g<=0 branch",
        statement=(
            lambda g, h: sp.Piecewise(
                (sp.S.One, mean_M <= 0), (1 / (1 + mean_M**2 / C_2 + g**2 / (C_2 * h)), True)
            )
        )(C_2 * mean_M**2 + C_3 * mean_M - C_2**2, C_2 * C_4 - C_2**3 - C_3**2 + C_2 * C_4 / 2**44),
        assumptions=(FiniteMoments(8), DistinctMeans()),
    ),
    # p>=2, spectrum (1,.41): tr S^2/tr S=.83 lam, two-point law along D; n large
    pair(
        name="fresh_false_28",
        title="v/(effective dimension) = tr S^2/tr S for lam_i",
        statement=(4 * sp.Piecewise((trS2_i / v_i, v_i > 0), (0, True)) + (v_i + v_j) / n) / d**2,
    ),
    # k>=3 disjoint query events n=inf: k-1 > k/2
    one_class(
        name="fresh_false_29",
        title="k/2 times the worst pair",
        statement=k / 2 * MaxOver(OPT),
    ),
    # only where C/d^2 < 7e-5: constant_is_sharp has error ~ C/d^2; far apart only
    pair(
        name="fresh_false_30",
        title="power 1.01 of CDNV",
        statement=R(11, 10) * (C / d**2) ** R(101, 100),
    ),
    # cdnv_is_optimal: error -> 4lam+(v_i-lam+v_j)/n, claim is below it only where lam<min(v)/100: dimension
    # above 100, few shots, small noise, by <.5%
    pair(
        name="fresh_false_b1",
        title="a hundredth of the smaller centre variance taken off",
        statement=(C - sp.Min(v_i, v_j) / (100 * n)) / d**2,
    ),
    # ties: two classes on {0,1} with nearly equal weights, n=1: centres coincide half the time, error .75
    average(
        name="fresh_false_b10",
        title="never worse than chance",
        statement=sp.Min(1 - 1 / k, (k - 1) * (4 * s + 2 / n) * Avg(CDNV["half"])),
    ),
    # equality case n=2, class i a point at 0, class j on {-1,1}; vanishes at n=1
    pair(
        name="fresh_false_b2",
        title="2(n-1) tr S^2 with the 2 lost",
        statement=(lambda V: sp.Piecewise((V / (V + mean_margin**2), mean_margin > 0), (sp.S.One, True)))(
            variance_margin - (n - 1) * (trS2_i + trS2_j) / n**3
        ),
        assumptions=FOURTH,
    ),
    # n=inf: 2.5(1+..) < k-1 for k>=4 with rare disjoint query events
    one_class(
        name="fresh_false_b3",
        title="union costs at most 2.5 times the worst pair",
        statement=sp.Min(SumOver(OPT), MaxOver(OPT) * (1 + SumOver(OPT)) + R(3, 2) * MaxOver(OPT)),
    ),
    # cube or Gaussian i against a point j, d^2 a little below p sigma^2/n, p>>n: error -> 1, claim -> 0
    pair(
        name="fresh_false_b4",
        title="the Gaussian Chernoff bound for all sub-Gaussian classes",
        statement=sp.exp(
            -p / 2 * sp.log(1 - 4 * x**2 * (2 * n + 1) / n**2)
            - (d / sigma) ** 2 * x * (1 - 2 * (1 + 1 / n) * x) / (1 - 4 * x**2 * (2 * n + 1) / n**2)
        ),
        free=FreeParameter(x, 0, n / (2 * (n + 1)), "pair", meaning="Chernoff parameter"),
        assumptions=(SubGaussian(), DistinctMeans()),
    ),
    # S_j >> S_i orthogonal to D, many shots: L W/n ~ 1, L^2/n tiny
    pair(
        name="fresh_false_b5",
        title="tr S_i S_j taken for tr S_i^2",
        statement=(lambda V: sp.Piecewise((V / (V + mean_margin**2), mean_margin > 0), (sp.S.One, True)))(
            variance_margin - 4 * trSS / n + 4 * trS2_i / n
        ),
        assumptions=FOURTH,
    ),
    # n=1, class i a point, class j on {0,1} with small q: M4-v^2 ~ q against 2q^2
    pair(
        name="fresh_false_b6",
        title="Gaussian fourth moments for all laws",
        statement=(lambda V: sp.Piecewise((V / (V + mean_margin**2), mean_margin > 0), (sp.S.One, True)))(
            variance_margin
            - centre_term(M4_i, v_i, trS2_i)
            - centre_term(M4_j, v_j, trS2_j)
            + 2 * (trS2_i + trS2_j) / n**2
        ),
        assumptions=FOURTH,
    ),
    # v_j << v_i, high p, few shots: claim K/(K+d^2) lacks v_i/n
    pair(
        name="fresh_false_b7",
        title="shift from the smaller of the two variances",
        statement=(
            lambda al: sp.Piecewise(
                (sp.S.One, al >= d), (C / d**2, d * al >= C), (K / (K + (d - al) ** 2), True)
            )
        )(sp.sqrt(sp.Min(v_i, v_j) / n)),
    ),
    # p>4 with all variance along D (extreme anisotropy), two-point law, many shots
    pair(
        name="fresh_false_b8",
        title="concentration: lam_i at most 2v/sqrt p",
        statement=(4 * sp.Min(lam_i, 2 * v_i / sp.sqrt(p)) + (v_i + v_j) / n) / d**2,
    ),
    # k>=3, one near class, others far, n large: two-point query towards the near one
    one_class(
        name="fresh_false_b9",
        title="mean of d^-2 for its largest value in the query term",
        statement=(
            sp.sqrt(4 * T_i * SumOver(d**-2) / (k - 1))
            + sp.sqrt(SumOver(v_j * d**-2) / n)
            + sp.sqrt(v_i / n * SumOver(d**-2))
        )
        ** 2,
    ),
)


def _moment(mean: sp.Expr, variance: sp.Expr) -> sp.Expr:
    """Cantelli's bound."""
    return sp.Piecewise((variance / (variance + mean**2), mean > 0), (sp.S.One, True))


def _pair(name: str, title: str, statement: sp.Expr, *assumptions: Assumption) -> PairBound:
    return pair(name, title, statement, (*(assumptions or (FiniteVariance(),)), DistinctMeans()))


FOURTH_MOMENT = FiniteFourthMoment()
LATER = (
    # False where one of the variances is 0 and the other is not.
    _pair(
        "later_geometric",
        "the variances of the centres enter by their geometric mean",
        (4 * lam_i + 2 * sp.sqrt(v_i * v_j) / n) / d**2,
    ),
    # False in a single direction, where the eigenvalue is the whole variance.
    _pair(
        "later_isotropic",
        "the largest eigenvalue is v/p once p is large",
        (4 * sp.Piecewise((lam_i, p < 40), (sp.Min(lam_i, 8 * v_i / p), True)) + (v_i + v_j) / n) / d**2,
    ),
    # False at even shots: one in two draws is no waste.
    _pair(
        "later_parity",
        "an even number of shots is as good as one more",
        (4 * lam_i + (v_i + v_j) / (2 * sp.floor(n / 2) + 1)) / d**2,
    ),
    # Two moments give no exponential tail.
    _pair("later_exponential", "a Chernoff bound from variances", 2 * sp.exp(-(d**2) / (4 * C))),
    # The mean margin falls with the own centre's variance.
    _pair(
        "later_absolute",
        "whichever centre is noisier, the mean margin grows",
        _moment(d**2 + sp.Abs(v_j - v_i) / n, variance_margin),
        FOURTH_MOMENT,
    ),
    # Cauchy-Schwarz with the wrong partner: the other centre's spread is not the query's.
    _pair(
        "later_product",
        "tr S_i S_j is at most tr S_i^2",
        _moment(mean_margin, variance_margin - 4 * trSS / n + 4 * sp.Min(trSS, trS2_i) / n),
        FOURTH_MOMENT,
    ),
    # The third moment enters with 4/n^2.
    _pair(
        "later_third",
        "the third moment with the weight of a second one",
        _moment(mean_margin, sp.Max(variance_margin - 4 * Dt_j / n**2 + 4 * Dt_j / n, 0)),
        FOURTH_MOMENT,
    ),
    # A thousand shots do not remove noise of centres that a rare draw makes.
    _pair(
        "later_asymptotic",
        "beyond a thousand shots the centres are known",
        _moment(mean_margin, sp.Piecewise((variance_margin, n < 1000), (4 * d**2 * dir_i, True))),
        FOURTH_MOMENT,
    ),
    # Fourth moments of Gaussians for every law.
    _pair(
        "later_kurtosis",
        "centres are Gaussian by the central limit theorem from ten shots on",
        _moment(
            mean_margin,
            sp.Piecewise(
                (variance_margin, n < 10),
                (
                    4 * d**2 * (dir_i + dir_j / n) + 4 * (trS2_i + trSS) / n + 2 * (trS2_i + trS2_j) / n**2,
                    True,
                ),
            ),
        ),
        FOURTH_MOMENT,
    ),
    # The noise of the own centre across the line is not seen along it.
    _pair(
        "later_direction",
        "only noise along the line of the means matters",
        (4 * dir_i + (dir_i + dir_j) / n) / d**2,
    ),
    # The shift is subtracted twice over.
    _pair("later_shift", "the own centre moves away as often as towards", K / (K + d**2)),
    # For queries of one class alone the other's noise is no help.
    _pair(
        "later_smaller",
        "the better of two halves",
        (4 * lam_i + sp.Min(v_i + v_j, 10 * sp.sqrt(v_i * v_j) + v_i) / n) / d**2,
    ),
    # A union is not a maximum, from nine ways on.
    one_class(
        name="later_maximum",
        title="beyond eight classes the nearest one decides",
        statement=sp.Piecewise((SumOver(C / d**2), k < 9), (2 * MaxOver(C / d**2), True)),
    ),
    # One near class among far ones is hidden by the average.
    one_class(
        name="later_average",
        title="mean distance in place of each",
        statement=SumOver(C) / (SumOver(d**2) / (k - 1)),
    ),
)
