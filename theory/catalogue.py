"""The catalogue: every statement of the suite, in reading order. A new theorem is one file and one line here:
the import below is what enters it, and the order of the imports is the reading order.

Installed packages join through the entry-point group ``collapse.bounds``.
"""

# ruff: noqa: F401, I001 - the imports enter the statements; their order is the reading order
from __future__ import annotations

from collections.abc import Iterable, Iterator

from theory import plugins
from theory.bound import Bound

# -- the few-shot error from class geometry --
from theory.few_shot.cdnv_2022 import cdnv_2022
from theory.few_shot.cdnv_sharp import cdnv_sharp
from theory.few_shot.cdnv_optimal import cdnv_optimal
from theory.few_shot.directional_second_moment import directional_second_moment
from theory.few_shot.soft_margin import soft_margin
from theory.few_shot.exact_moment import exact_moment
from theory.few_shot.fourth_moment import fourth_moment
from theory.few_shot.margin_order_4 import margin_order_4
from theory.few_shot.margin_ladder import margin_order_6, margin_order_8
from theory.few_shot.nearest_ladder import nearest_order_4, nearest_order_8
from theory.few_shot.min_distance import min_distance
from theory.few_shot.union_moment import union_moment
from theory.few_shot.union_moment_optimal import union_moment_optimal
from theory.few_shot.directional_2025 import directional_2025, directional_2025_sum
from theory.few_shot.directional_2026 import directional_2026
from theory.few_shot.directional_2026_c2 import directional_2026_c2
from theory.few_shot.subgaussian import subgaussian
from theory.few_shot.subgaussian_axes import subgaussian_axes
from theory.few_shot.gaussian_two_class import gaussian_two_class
from theory.few_shot.gaussian_given_centres import gaussian_given_centres
from theory.few_shot.snr_2022 import snr_2022
from theory.few_shot.gaussian_margin import gaussian_margin
from theory.few_shot.gaussian_margin_skew import gaussian_margin_skew
from theory.few_shot.constant_is_sharp import constant_is_sharp
from theory.few_shot.cdnv_is_optimal import cdnv_is_optimal

# -- collapse generalizes to new samples --
from theory.new_samples.cdnv_perturbation import cdnv_perturbation, cdnv_perturbation_from_samples
from theory.new_samples.cdnv_new_samples import cdnv_new_samples
from theory.new_samples.cdnv_new_samples_bernstein import cdnv_new_samples_bernstein

# -- collapse generalizes to new classes --
from theory.new_classes.u_statistic import (
    u_statistic_hoeffding,
    u_statistic_kl,
    u_statistic_bernstein,
    u_statistic_without_replacement,
)
from theory.new_classes.cdnv_new_classes import cdnv_new_classes
from theory.new_classes.bounded_cdnv_is_impossible import bounded_cdnv_is_impossible
from theory.new_classes.pair_bound_new_classes import (
    pair_bound_new_classes,
    exact_moment_new_classes,
    margin_order_4_new_classes,
)
from theory.new_classes.linear_maps import linear_maps

# -- the error on new classes from source data --
from theory.transfer.transfer_end_to_end import transfer_end_to_end
from theory.transfer.pair_certificate import pair_certificate
from theory.transfer.episode_certificate import episode_certificate, episode_certificate_random
from theory.transfer.progressive_certificate import (
    progressive_certificate,
    progressive_certificate_exponential,
    progressive_certificate_mixture,
)
from theory.transfer.k_fold_certificate import k_fold_certificate, k_fold_certificate_exponential
from theory.transfer.vote_certificate import vote_certificate, k_fold_vote_certificate
from theory.transfer.transfer_rates import transfer_rates

# -- the axes of two labelings of the same features --
from theory.axes.axes_orthogonality import axes_orthogonality, axes_orthogonality_2026

_OWN: tuple[Bound, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Bound))

STATEMENTS: tuple[Bound, ...] = (
    *_OWN,
    *plugins.load("collapse.bounds", Bound, [bound.name for bound in _OWN]),
)

_by_name = {bound.name: bound for bound in STATEMENTS}


def join(bounds: Iterable[Bound]) -> None:
    """Enter statements of a user's file for the rest of this process, after all others.

    Raises ValueError for a name that another statement has; the same statement may come again.
    """
    global STATEMENTS
    for bound in bounds:
        if _by_name.setdefault(bound.name, bound) != bound:
            raise ValueError(f"`{bound.name}` is the name of a catalogue entry; choose another")
        if bound not in STATEMENTS:
            STATEMENTS = (*STATEMENTS, bound)


def names() -> tuple[str, ...]:
    """The names of all statements, in reading order."""
    return tuple(_by_name)


def get(name: str) -> Bound:
    """The statement of that name. Raises KeyError naming the nearest names."""
    if name not in _by_name:
        import difflib

        near = difflib.get_close_matches(name, _by_name, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise KeyError(f"no statement is called '{name}'{hint}")
    return _by_name[name]


def about(subject: str) -> Iterator[Bound]:
    """Statements about ``subject`` (``few_shot_error``, ...), in reading order."""
    return (bound for bound in STATEMENTS if bound.about == subject)
