"""Errors of independent groups of sweeps over a fixed pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from simulations.engines.base import Question
from simulations.engines.geometry.subsets import wrong_share_by_rank
from simulations.engines.pool import draws
from simulations.engines.pool.classes import without_each
from simulations.engines.pool.compare import EpisodeGroup, ScoreBuffers, group_ranks
from simulations.engines.pool.controls import Controls
from simulations.engines.pool.on_gpu import group_ranks_on_gpu
from simulations.engines.pool.proposal import proposal, uniform
from simulations.engines.pool.rows import Rows, table_of
from simulations.runtime.randomness import stream
from simulations.runtime.row_source import RowSource
from theory.array import Array, Floats, Integers

MOST_SETS = 16
"""Supports of a class in a group: each query is compared with all of them, for little more than the cost of
one."""
FEWEST_GROUPS, MOST_GROUPS = 64, 512
NUMBERS = 1 << 25
"""Numbers that a group may hold."""
LARGE = 1e10
"""Multiplications that the fewest groups may always take."""
ROW = 30
"""What reading a stored row costs, in rows of a matrix product."""
ASIDE = 0.25
"""Share of the work that the choice of queries may take."""


@dataclass(frozen=True, eq=False)
class Outline:
    """The part of a plan that the estimates need: all but the samples. sizes (classes,) samples of each."""

    sizes: Integers
    shots: int
    ways: tuple[int, ...]
    sets: int
    groups: int
    controlled: bool
    top: float


@dataclass(frozen=True, eq=False)
class EpisodePlan:
    """A pool, and how its groups are drawn. Everything follows from the data and the work allowed."""

    rows: Rows
    table: Integers
    """(classes, most) row numbers of the samples, -1 where a class has fewer."""
    numbers: Integers
    """(classes, most) chances of being a query, as whole numbers."""
    sizes: Integers
    shots: int
    ways: tuple[int, ...]
    sets: int
    queries: int
    groups: int
    controls: Controls | None
    on_gpu: Array | None = None
    """All rows as ``Rows.quick`` gives them, on the GPU where there is one."""
    scratch: ScoreBuffers = field(default_factory=ScoreBuffers)

    @property
    def outline(self) -> Outline:
        """The part of the plan that turns results of groups into estimates."""
        controlled = self.controls is not None
        return Outline(self.sizes, self.shots, self.ways, self.sets, self.groups, controlled, self.top)

    @property
    def shares(self) -> Floats:
        """(ways, classes) errors by rank."""
        return np.stack([wrong_share_by_rank(len(self.sizes), k) for k in self.ways])

    @property
    def top(self) -> float:
        """No mean over a group exceeds it. Weights fall along the strata, and their mean is 1: over one
        query a stratum their mean exceeds that by at most the largest weight over the number of queries."""
        least = np.min(np.where(self.table >= 0, self.numbers, np.iinfo(np.int64).max), axis=1)
        if np.all(self.numbers.max(axis=1) == least):
            return 1.0
        left = self.sizes - self.sets * self.shots
        largest = float(np.max(self.numbers.sum(axis=1) / (left * least)))
        return 1 + largest / (self.sets * self.queries)


def plan(
    features: RowSource | Rows,
    members: Sequence[Integers],
    question: Question,
    work: float,
    device: str = "cpu",
) -> EpisodePlan:
    """``members``: row numbers of each class. ``work`` counts multiplications. ``device`` makes the products:
    the plan and its draws are the same on all of them."""
    shots, ways = int(question.shots), question.ways
    rows = features if isinstance(features, Rows) else Rows.of(features)
    table = table_of(members)
    sizes = np.array([len(each) for each in members])
    classes, dimension = len(members), rows.features.shape[1]
    smallest = int(sizes.min())
    # Supports of a group take at most a quarter of a class, so that enough samples are left as queries.
    queries = 1 if shots == 1 else 2
    numbers_per_set = classes * (classes * queries + dimension * (queries + 1))
    sets = max(1, min(MOST_SETS, smallest // (4 * shots), NUMBERS // numbers_per_set))
    numbers = uniform(table)
    controls: Controls | None = None
    aside = float(sizes.sum()) * classes * dimension
    if aside <= ASIDE * work:
        table, numbers, controls = proposal(rows, table, shots, ways)
        work -= aside
    work_per_set = classes * dimension * (ROW * (shots + 1) + queries * (classes + 2 * ROW))
    # One sweep over many classes is expensive and informative: groups of few sets then.
    if work_per_set * sets * FEWEST_GROUPS > LARGE:
        sets = max(1, min(sets, int(max(work, LARGE) / (work_per_set * FEWEST_GROUPS))))
    groups = int(min(max(work / (work_per_set * sets), FEWEST_GROUPS), MOST_GROUPS))
    controls = controls if sets > 1 else None
    on_gpu = None if device == "cpu" else rows.on_device(device)
    return EpisodePlan(
        rows, table, numbers, sizes, shots, tuple(ways), sets, queries, groups, controls, on_gpu
    )


@dataclass(frozen=True, eq=False)
class DrawnEpisodes:
    """Positions in the plan's table: supports (classes, sets * shots), queries (classes, sets * queries)."""

    supports: Integers
    queries: Integers
    weights: Floats

    def group(self, plan: EpisodePlan) -> EpisodeGroup:
        """Row numbers, set by set."""
        here = np.arange(len(self.queries))[:, None]
        shape = (len(self.queries), plan.sets, -1)
        own = plan.table[here, self.supports].reshape(shape)
        queries = plan.table[here, self.queries].reshape(shape)
        return EpisodeGroup(np.moveaxis(own, 0, 1), np.moveaxis(queries, 0, 1))


def draw(plan: EpisodePlan, rng: np.random.Generator) -> DrawnEpisodes:
    """Supports and queries of a group."""
    own = draws.supports(plan.table, plan.sizes, plan.sets * plan.shots, rng)
    return DrawnEpisodes(own, *draws.queries(plan.numbers, plan.sizes, own, plan.sets * plan.queries, rng))


@dataclass(frozen=True, eq=False)
class GroupResult:
    """The result of one group of sweeps."""

    errors: Floats
    """(ways, classes): unbiased for the classes' errors, independent from group to group."""
    without: Floats
    """(ways, classes): the error over the other classes, were this class not there."""
    effects: Floats
    """(ways, sets): error with a set's supports as own centres, and as others' centres, summed."""
    controls: Floats
    """(sets, controls), of mean 0."""
    mixed: Floats
    """(ways,): whether some query erred and some did not."""
    squares: Floats
    """(ways, classes): unbiased for the mean over queries of the square of a query's error."""


def run_group(plan: EpisodePlan, seed: int, *path: object) -> GroupResult:
    """The group of the stream ``path``."""
    episodes = draw(plan, stream(seed, "pool", plan.shots, *path))
    if plan.on_gpu is None:
        ranks, near = group_ranks(plan.rows, episodes.group(plan), plan.scratch)
    else:
        ranks, near = group_ranks_on_gpu(plan.rows, plan.on_gpu, episodes.group(plan))
    sets, classes = len(ranks), len(plan.sizes)
    # (sets, classes * queries), as the ranks.
    weights = np.moveaxis(episodes.weights.reshape(classes, sets, -1), 0, 1).reshape(sets, -1)
    errors, effects, mixed, squares = [], [], [], []
    for share in plan.shares:
        values = share[ranks]
        mixed.append(values.max() > 0 and values.min() < 1)
        weighted = values**2 * weights[:, None]
        squares.append(weighted.reshape(sets, sets, classes, -1).mean(axis=(0, 1, 3)))
        values *= weights[:, None]
        errors.append(values.reshape(sets, sets, classes, -1).mean(axis=(0, 1, 3)))
        averaged = values.mean(axis=2)
        effects.append(averaged.mean(axis=0) + averaged.mean(axis=1))
    controls: Floats = np.zeros((sets, 0))
    if plan.controls is not None:
        controls = plan.controls.of_sets(episodes.supports)
    own = ranks[np.arange(sets), np.arange(sets)]
    without = without_each(own, near, weights, plan.ways)
    return GroupResult(
        np.stack(errors), without, np.stack(effects), controls, np.array(mixed), np.stack(squares)
    )
