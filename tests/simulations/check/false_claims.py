"""False statements of every other kind, for `collapse check` to catch: of high probability, deterministic
ones on CDNV, lower bounds, existence statements. Written before the check of these kinds was, and frozen."""

from dataclasses import replace

import sympy as sp

from theory.assumptions import DistinctMeans, EqualIsotropicGaussian, FollowsLaw, MinimumShots
from theory.bound import ExistenceStatement, LawBound, derived
from theory.catalogue import (
    cdnv_is_optimal,
    cdnv_new_classes,
    cdnv_new_samples,
    cdnv_new_samples_bernstein,
    cdnv_perturbation,
    episode_certificate,
    episode_certificate_random,
    k_fold_certificate,
    linear_maps,
    pair_bound_new_classes,
    progressive_certificate,
    u_statistic_bernstein,
    u_statistic_hoeffding,
    u_statistic_kl,
    u_statistic_without_replacement,
    vote_certificate,
)
from theory.expressions import KlUpper
from theory.new_samples.cdnv_perturbation import A, B, V_hat
from theory.quantities import (
    B_ep,
    F,
    N_blocks,
    U,
    b,
    d,
    dir_i,
    failure,
    failure_c,
    failure_e,
    l,
    lam_i,
    n,
    std,
)
from theory.transfer.progressive_certificate import hoeffding

FALSE = derived("false on purpose")
R = sp.Rational


def slip(bound, name, title, **changes):
    return replace(bound, name=name, title=title, provenance=FALSE, **changes)


def shrunk(bound, what, factor):
    """Where-clauses with the named abbreviations multiplied by ``factor``."""
    return tuple(
        (symbol, meaning * (factor if str(symbol) in what else 1)) for symbol, meaning in bound.where
    )


all_pairs = l * (l - 1) / 2
blocks = u_statistic_hoeffding.where[0][0]

HIGH_PROBABILITY = (
    # The issue's.
    slip(
        cdnv_new_samples_bernstein,
        "radii_over_ten",
        "every radius ten times too small",
        where=tuple(
            (s, m * R(1, 10) if str(s).startswith("eps") else m) for s, m in cdnv_new_samples_bernstein.where
        ),
    ),
    slip(
        cdnv_new_samples,
        "radii_of_means_forgotten",
        "sample means are exact",
        where=shrunk(cdnv_new_samples, {"eps"}, R(1, 50)),
    ),
    slip(
        cdnv_new_samples,
        "no_radii",
        "the sample CDNV itself, a tenth for safety",
        where=tuple(
            (s, m * R(1, 100) if str(s).startswith(("eps", "eta")) else m) for s, m in cdnv_new_samples.where
        ),
    ),
    # l (l-1)/2 pairs are not independent.
    slip(
        u_statistic_hoeffding,
        "all_pairs_hoeffding",
        "all pairs count as independent",
        where=((blocks, all_pairs),),
    ),
    slip(
        u_statistic_hoeffding,
        "every_class_hoeffding",
        "one block a class and the constant 1/8",
        statement=U + b * sp.sqrt(sp.log(F / failure) / (8 * l)),
        where=(),
    ),
    slip(u_statistic_kl, "all_pairs_kl", "all pairs count as independent, kl", where=((blocks, all_pairs),)),
    slip(u_statistic_kl, "twice_kl", "four blocks a class", where=((blocks, 4 * l),)),
    slip(
        u_statistic_bernstein,
        "all_pairs_bernstein",
        "Bernstein over all pairs",
        where=((blocks, all_pairs), *u_statistic_bernstein.where[1:]),
    ),
    slip(
        u_statistic_without_replacement,
        "pool_third",
        "a third of the radius",
        statement=(u_statistic_without_replacement.statement - U) / 3 + U,
    ),
    slip(
        cdnv_new_classes,
        "pool_cdnv_fifth",
        "a fifth of the radius",
        statement=(cdnv_new_classes.statement - cdnv_new_classes.statement.subs(failure, F)) / 5
        + cdnv_new_classes.statement.subs(failure, F),
    ),
    slip(
        pair_bound_new_classes,
        "pairs_of_classes_independent",
        "all pairs of source classes as independent",
        statement=pair_bound_new_classes.statement.subs(sp.floor(l / 2), all_pairs),
    ),
    slip(
        linear_maps,
        "complexity_forgotten",
        "fifty times as many independent pairs of classes",
        statement=linear_maps.statement.subs(blocks, 50 * blocks),
    ),
    slip(
        episode_certificate,
        "tuples_overlap",
        "every class begins a tuple: 4 l of them",
        statement=KlUpper(U, sp.log(F / failure) / (4 * l)),
    ),
    # The few-shot papers' own: an interval over episodes.
    slip(
        episode_certificate_random,
        "episodes_independent",
        "random episodes are independent of each other",
        statement=U + sp.sqrt(sp.log(1 / (failure_c + failure_e)) / (2 * B_ep)),
    ),
    slip(
        k_fold_certificate,
        "folds_independent",
        "the tuples of all folds count",
        statement=hoeffding(10 * sp.floor(l / 20)),
    ),
    slip(
        progressive_certificate,
        "progressive_kl",
        "the plain kl limit with N tuples",
        statement=KlUpper(U, sp.log(1 / failure) / N_blocks),
    ),
    slip(
        progressive_certificate,
        "progressive_quarter",
        "a third of the deviation",
        statement=U + sp.sqrt(sp.log(1 / failure) / (2 * N_blocks)) / 3,
    ),
    slip(
        vote_certificate,
        "vote_as_its_maps",
        "a vote errs as often as its maps",
        statement=vote_certificate.statement / 2,
    ),
)

DETERMINISTIC = (
    slip(cdnv_perturbation, "distance_exact", "the distance of the means is exact", statement=V_hat + B),
    slip(cdnv_perturbation, "distance_first_power", "one factor 1 + A", statement=(V_hat + B) * (1 + A)),
    slip(cdnv_perturbation, "variance_exact", "the variances are exact", statement=V_hat * (1 + A) ** 2),
)

gaussian = (EqualIsotropicGaussian(), DistinctMeans())
LOWER = (
    LawBound(
        name="sharper_than_sharp",
        title="the constant is 5",
        kind="lower",
        statement=lam_i / (lam_i + d**2 / 5),
        assumptions=(FollowsLaw("constant_is_sharp"), MinimumShots(sp.oo), DistinctMeans()),
        provenance=FALSE,
    ),
    LawBound(
        name="gaussian_at_least_chebyshev",
        title="no Gaussian pair beats a quarter of Chebyshev",
        kind="lower",
        statement=dir_i / (4 * d**2 + 16 * dir_i),
        assumptions=gaussian,
        provenance=FALSE,
    ),
    LawBound(
        name="gaussian_at_least_chernoff",
        title="half the Chernoff factor",
        kind="lower",
        statement=sp.exp(-(d**2) / (8 * std**2)) / 2,
        assumptions=gaussian,
        provenance=FALSE,
    ),
)

EXISTENCE = (
    ExistenceStatement(
        name="attained_everywhere",
        title="cdnv_optimal is attained at every n",
        kind="existence",
        statement=sp.Integer(1) + 0 * n,
        assumptions=cdnv_is_optimal.assumptions,
        provenance=FALSE,
    ),
    ExistenceStatement(
        name="nearly_attained",
        title="within 1/(10 n)",
        kind="existence",
        statement=1 - 1 / (10 * n),
        assumptions=cdnv_is_optimal.assumptions,
        provenance=FALSE,
    ),
)

BY_KIND = {
    "high_probability": HIGH_PROBABILITY,
    "deterministic": DETERMINISTIC,
    "lower": LOWER,
    "existence": EXISTENCE,
}
bounds = {bound.name: bound for group in BY_KIND.values() for bound in group}
