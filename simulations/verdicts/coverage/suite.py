"""The suite's scenarios for a high-probability bound that none was written for: by its shape, and by the
evidence that it reads."""

from __future__ import annotations

from collections.abc import Iterator

from simulations.verdicts.coverage.judge import Scenario
from simulations.verdicts.coverage.scenarios import sharp
from simulations.verdicts.coverage.scenarios.blocks import (
    episode_scenario,
    k_fold_scenario,
    progressive_scenario,
    reads_random_episodes,
)
from simulations.verdicts.coverage.scenarios.kernels import (
    kernel_scenario,
    pool_kernel_scenario,
    single_pairs_scenario,
)
from simulations.verdicts.coverage.scenarios.kinds import geometry_scenario, pair_errors_scenario
from simulations.verdicts.coverage.scenarios.pairs import (
    many_kinds_scenario,
    matching_pair_scenario,
    odd_class_scenario,
    worst_pair_scenario,
    worst_pool_pair_scenario,
)
from simulations.verdicts.coverage.scenarios.samples import samples_scenario
from simulations.verdicts.coverage.scenarios.tuples import (
    MANY,
    block_tuples_scenario,
    episode_tuples_scenario,
    few_episodes_scenario,
    fold_tuples_scenario,
    vote_tuples_scenario,
)
from theory.bound.confidence import (
    ConfidenceBound,
    KernelConfidence,
    MapMixtureConfidence,
    MeanCdnvConfidence,
    PairCdnvConfidence,
    TransferConfidence,
    VoteConfidence,
)
from theory.evidence import EpisodeErrors, KernelSample, SourceClasses, SourceSamples
from theory.quantities import F

PICKED_FROM = 20
"""How many maps the best is picked from."""


def suite_scenarios(bound: ConfidenceBound) -> Iterator[Scenario]:
    """The suite's scenarios for statements of this shape, on the evidence that it reads."""
    yield from _by_shape(bound)
    if allows_picked_maps(bound):
        yield from picked_map_scenarios(bound)


def _by_shape(bound: ConfidenceBound) -> Iterator[Scenario]:
    names = {assumption.name for assumption in bound.assumptions}
    if isinstance(bound, PairCdnvConfidence):
        yield samples_scenario(bound, 400, 0.2)
        yield sharp.two_atoms_scenario(bound, 400, 0.25)
        yield sharp.two_atoms_scenario(bound, 100, 0.2)
        yield sharp.crowded_line_scenario(bound, 128, 50, 0.48)
        # Means so near each other that their own noise decides: what the radii of means are for.
        yield samples_scenario(bound, 400, 0.95)
    elif isinstance(bound, MeanCdnvConfidence):
        yield sharp.additive_pool_scenario(bound, 40, 20)
        yield sharp.points_of_pool_scenario(bound, 40, 13)
    elif isinstance(bound, KernelConfidence):
        yield from _kernel(bound, names)
    elif isinstance(bound, TransferConfidence):
        yield from _transfer(bound, names)
    elif isinstance(bound, MapMixtureConfidence):
        yield from _maps(bound)
    elif isinstance(bound, VoteConfidence):
        yield sharp.halves_scenario(bound, 0.4)
        yield vote_tuples_scenario(bound, 1, 10, _order(bound))
        yield vote_tuples_scenario(bound, 2, 10, _order(bound))


def _kernel(bound: KernelConfidence, names: set[str]) -> Iterator[Scenario]:
    if "DistinctClassesFromPool" in names:
        yield pool_kernel_scenario(bound, 40, 20)
        yield worst_pool_pair_scenario(bound, 40, upper=4.0)
        yield worst_pool_pair_scenario(bound, 40, upper=0.25)
        return
    # A range above 1 and one below it: for a range that is forgotten, or squared.
    yield worst_pair_scenario(bound, upper=4.0)
    yield worst_pair_scenario(bound, upper=0.25)
    yield odd_class_scenario(bound)
    yield single_pairs_scenario(bound, 0.9)
    for classes, rate in ((40, 0.5), (40, 0.05), (200, 0.5)):
        yield kernel_scenario(bound, classes, rate)


def _maps(bound: MapMixtureConfidence) -> Iterator[Scenario]:
    if _order(bound) == "folds":
        yield k_fold_scenario(bound)
        yield fold_tuples_scenario(bound, 2, 2)
        yield fold_tuples_scenario(bound, 10, 2)
        yield fold_tuples_scenario(bound, 2, 10)
    else:
        yield progressive_scenario(bound)
        yield block_tuples_scenario(bound, 1, 5)
        yield block_tuples_scenario(bound, 3, 2)
        yield block_tuples_scenario(bound, 3, 10)


def _transfer(bound: TransferConfidence, names: set[str]) -> Iterator[Scenario]:
    if bound.reads is SourceClasses:
        if "BoundedLinearMaps" in names:
            yield sharp.linear_scenario(bound, 40)
            return
        yield matching_pair_scenario(bound)
        yield geometry_scenario(bound, 24)
        yield sharp.matching_scenario(bound, 40)
        yield many_kinds_scenario(bound, 100, 10)
    elif bound.reads is SourceSamples:
        yield matching_pair_scenario(bound, samples=2000)
        yield sharp.matching_samples_scenario(bound, 40, 2000)
    elif bound.reads is KernelSample:
        yield worst_pair_scenario(bound)
        yield odd_class_scenario(bound)
        yield pair_errors_scenario(24, bound)
        yield many_kinds_scenario(bound, 100, 10)
    elif bound.reads is EpisodeErrors:
        yield from _episodes(bound)


def _episodes(bound: TransferConfidence) -> Iterator[Scenario]:
    # The quick and sharp ones first: a control ends at the first that rejects it.
    if reads_random_episodes(bound):
        yield episode_tuples_scenario(bound, 5, 5, episodes=MANY)
        yield few_episodes_scenario(bound, 4)
    else:
        # 9 and 19 classes make one and three tuples of five: for a count that isn't rounded down too.
        yield episode_tuples_scenario(bound, 9, 5)
        yield episode_tuples_scenario(bound, 19, 5)
    yield episode_scenario(bound, 40, 2, 0.3)
    yield episode_scenario(bound, 60, 3, 0.3)


def picked_map_scenarios(bound: ConfidenceBound) -> Iterator[Scenario]:
    """Scenarios in which the map is the best of several, for statements that allow that: log |F| is what
    they pay for it."""
    maps = PICKED_FROM
    if isinstance(bound, KernelConfidence):
        pool = any(assumption.name == "DistinctClassesFromPool" for assumption in bound.assumptions)
        yield (
            worst_pool_pair_scenario(bound, 40, maps=maps) if pool else worst_pair_scenario(bound, maps=maps)
        )
    elif not isinstance(bound, TransferConfidence):
        return
    elif bound.reads is KernelSample:
        yield worst_pair_scenario(bound, maps=maps)
    elif bound.reads is EpisodeErrors:
        episodes = MANY if reads_random_episodes(bound) else None
        yield episode_tuples_scenario(bound, 5, 5, maps=maps, episodes=episodes)
    elif bound.reads is SourceClasses:
        yield matching_pair_scenario(bound, maps=maps)
    elif bound.reads is SourceSamples:
        yield matching_pair_scenario(bound, maps=maps, samples=2000)


def allows_picked_maps(bound: ConfidenceBound) -> bool:
    """Whether the statement says that its map may be one of several, or how many there are."""
    named = any(assumption.name == "FiniteFamilyOfMaps" for assumption in bound.assumptions)
    return named or F in bound.closed_form.free_symbols


def _order(bound: ConfidenceBound) -> str:
    for assumption in bound.assumptions:
        if assumption.name == "LearnedFromOtherBlocks":
            return str(getattr(assumption, "order", "progressive"))
    return "progressive"
