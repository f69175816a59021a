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
)
from simulations.verdicts.coverage.scenarios.kernels import (
    kernel_scenario,
    pool_kernel_scenario,
    single_pairs_scenario,
)
from simulations.verdicts.coverage.scenarios.kinds import geometry_scenario, pair_errors_scenario
from simulations.verdicts.coverage.scenarios.samples import samples_scenario
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


def suite_scenarios(bound: ConfidenceBound) -> Iterator[Scenario]:
    """The suite's scenarios for statements of this shape, on the evidence that it reads."""
    names = {assumption.name for assumption in bound.assumptions}
    if isinstance(bound, PairCdnvConfidence):
        yield samples_scenario(bound, 400, 0.2)
        yield sharp.two_atoms_scenario(bound, 400, 0.25)
        yield sharp.two_atoms_scenario(bound, 100, 0.2)
        # Means so near each other that their own noise decides: what the radii of means are for.
        yield samples_scenario(bound, 400, 0.95)
    elif isinstance(bound, MeanCdnvConfidence):
        yield sharp.additive_pool_scenario(bound, 40, 20)
    elif isinstance(bound, KernelConfidence):
        yield from _kernel(bound, names)
    elif isinstance(bound, TransferConfidence):
        yield from _transfer(bound, names)
    elif isinstance(bound, MapMixtureConfidence):
        if _order(bound) == "folds":
            yield k_fold_scenario(bound)
            if bound.defaults:
                yield sharp.phases_scenario(bound, 0.957, 5.0)
        else:
            yield progressive_scenario(bound)
    elif isinstance(bound, VoteConfidence):
        yield sharp.halves_scenario(bound, 0.4)


def _kernel(bound: KernelConfidence, names: set[str]) -> Iterator[Scenario]:
    if "DistinctClassesFromPool" in names:
        yield pool_kernel_scenario(bound, 40, 20)
        return
    yield single_pairs_scenario(bound, 0.9)
    yield single_pairs_scenario(bound, 0.9505)
    for classes, rate in ((40, 0.5), (40, 0.05), (200, 0.5)):
        yield kernel_scenario(bound, classes, rate)


def _transfer(bound: TransferConfidence, names: set[str]) -> Iterator[Scenario]:
    if bound.reads is SourceClasses:
        if "BoundedLinearMaps" in names:
            yield sharp.linear_scenario(bound, 40)
            return
        yield geometry_scenario(bound, 24)
        yield sharp.matching_scenario(bound, 40)
    elif bound.reads is SourceSamples:
        yield sharp.matching_samples_scenario(bound, 40, 2000)
    elif bound.reads is KernelSample:
        yield pair_errors_scenario(24, bound)
    elif bound.reads is EpisodeErrors:
        yield episode_scenario(bound, 40, 2, 0.3)
        yield episode_scenario(bound, 60, 3, 0.3)


def _order(bound: ConfidenceBound) -> str:
    for assumption in bound.assumptions:
        if assumption.name == "LearnedFromOtherBlocks":
            return str(getattr(assumption, "order", "progressive"))
    return "progressive"
