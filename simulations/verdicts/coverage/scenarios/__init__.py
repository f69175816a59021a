"""Populations of classes on which coverage is tested: each exposes the deviation term of one statement.

Every truth is exact: finitely many kinds of classes with known kernel, or laws that cannot be confused.
Bounds come from the statements themselves, evaluated on evidence with a leading axis of replicates.
"""

from simulations.verdicts.coverage.judge import Scenario
from simulations.verdicts.coverage.scenarios import sharp
from simulations.verdicts.coverage.scenarios.blocks import (
    episode_scenario,
    k_fold_scenario,
    progressive_scenario,
    unequal_folds_scenario,
)
from simulations.verdicts.coverage.scenarios.kernels import (
    kernel_scenario,
    pool_kernel_scenario,
    single_pairs_scenario,
)
from simulations.verdicts.coverage.scenarios.kinds import (
    geometry_scenario,
    pair_errors_scenario,
    pool_cdnv_scenario,
)
from simulations.verdicts.coverage.scenarios.pairs import matching_pair_scenario, worst_pair_scenario
from simulations.verdicts.coverage.scenarios.samples import end_to_end_scenario, samples_scenario
from simulations.verdicts.coverage.scenarios.tuples import (
    MANY,
    block_tuples_scenario,
    episode_tuples_scenario,
    few_episodes_scenario,
    fold_tuples_scenario,
)

SCENARIOS: tuple[Scenario, ...] = (
    samples_scenario("cdnv_new_samples", 400, 0.2),
    sharp.two_atoms_scenario("cdnv_new_samples", 400, 0.25),
    sharp.crowded_line_scenario("cdnv_new_samples", 128, 50, 0.48),
    samples_scenario("cdnv_new_samples_bernstein", 400, 0.2),
    sharp.two_atoms_scenario("cdnv_new_samples_bernstein", 400, 0.2),
    single_pairs_scenario("u_statistic_hoeffding", 0.9),
    single_pairs_scenario("u_statistic_kl", 0.9505),
    kernel_scenario("u_statistic_hoeffding", 40, 0.5),
    kernel_scenario("u_statistic_kl", 40, 0.5),
    kernel_scenario("u_statistic_kl", 40, 0.05),
    kernel_scenario("u_statistic_bernstein", 200, 0.5),
    pool_kernel_scenario("u_statistic_without_replacement", 40, 20),
    pool_cdnv_scenario(8),
    sharp.additive_pool_scenario("cdnv_new_classes", 40, 20),
    sharp.points_of_pool_scenario("cdnv_new_classes", 40, 13),
    geometry_scenario("pair_bound_new_classes", 24),
    sharp.matching_scenario("pair_bound_new_classes", 40),
    matching_pair_scenario("pair_bound_new_classes"),
    geometry_scenario("exact_moment_new_classes", 24),
    sharp.matching_scenario("exact_moment_new_classes", 40),
    geometry_scenario("margin_order_4_new_classes", 24),
    sharp.matching_scenario("margin_order_4_new_classes", 40),
    sharp.linear_scenario("linear_maps", 40),
    end_to_end_scenario(16, 300),
    sharp.matching_samples_scenario("transfer_end_to_end", 40, 2000),
    matching_pair_scenario("transfer_end_to_end", samples=2000),
    pair_errors_scenario(24),
    worst_pair_scenario("pair_certificate"),
    episode_scenario("episode_certificate", 40, 2, 0.3),
    episode_tuples_scenario("episode_certificate", 9, 5),
    episode_tuples_scenario("episode_certificate", 19, 5),
    episode_scenario("episode_certificate_random", 40, 2, 0.3),
    episode_tuples_scenario("episode_certificate_random", 5, 5, episodes=MANY),
    few_episodes_scenario("episode_certificate_random", 4),
    progressive_scenario("progressive_certificate"),
    block_tuples_scenario("progressive_certificate", 3, 2),
    progressive_scenario("progressive_certificate_exponential"),
    block_tuples_scenario("progressive_certificate_exponential", 3, 2),
    progressive_scenario("progressive_certificate_mixture"),
    block_tuples_scenario("progressive_certificate_mixture", 3, 2),
    k_fold_scenario("k_fold_certificate"),
    k_fold_scenario("k_fold_certificate_exponential"),
    fold_tuples_scenario("k_fold_certificate_exponential", 2, 2),
    fold_tuples_scenario("k_fold_certificate_exponential", 10, 2),
    unequal_folds_scenario("k_fold_certificate"),
    unequal_folds_scenario("k_fold_certificate_exponential"),
    sharp.phases_scenario("k_fold_certificate_exponential", 0.957, 5.0),
    sharp.halves_scenario("vote_certificate", 0.4),
    sharp.halves_scenario("k_fold_vote_certificate", 0.4),
)
"""At least one for each high-probability statement."""
