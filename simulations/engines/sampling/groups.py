"""Sums over independent episodes whose estimates are not bounded by 1: group means and their interval."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from simulations.engines.base import Context, Refused
from simulations.estimates import BoundedMean, Effort, Estimate, Replicates, resolved
from simulations.estimates.rules import BesideUnseen, IntervalRule
from simulations.runtime.arrays import groups
from theory.array import Array, array_namespace, to_numpy

GROUPS = 64
FEWEST_EFFECTIVE = 2000
"""(sum x)^2 / sum x^2 below which group means are too skewed for a t interval."""
FEWEST_OF_CLASS, CLEAR = 500, 0.05
"""The same for the error of one class, or the share of the episodes that must carry it where these are few:
else most of it may have been missed, however well the errors of other classes are known."""


class GroupTally:
    """Episode r belongs to group r mod 64; everything is a sum, so the order of batches does not matter."""

    def __init__(self, classes: int) -> None:
        self.sums, self.counts = np.zeros(GROUPS), np.zeros(GROUPS)
        self.squares, self.largest, self.smallest = 0.0, 0.0, math.inf
        self.by_class = np.zeros((2, classes))
        """Sums of the classes' errors and of their squares."""

    def add(self, errors: Annotated[Array, "classes episodes"]) -> None:
        """``errors`` (classes, episodes) of any namespace, each row an unbiased estimate."""
        xp = array_namespace(errors)
        episode, start = xp.mean(errors, axis=0), int(self.counts.sum())
        self.sums += groups(episode, GROUPS, start)
        self.counts += np.bincount((np.arange(episode.shape[0]) + start) % GROUPS, minlength=GROUPS)
        self.squares += float(episode @ episode)
        self.largest = max(self.largest, float(xp.max(episode)))
        self.smallest = min(self.smallest, float(xp.min(episode)))
        self.by_class += to_numpy(xp.stack([xp.sum(errors, axis=1), xp.sum(errors * errors, axis=1)]))

    @property
    def effective(self) -> float:
        """How many equal episodes carry as much."""
        total = float(self.sums.sum())
        return total**2 / self.squares if self.squares > 0 else 0.0

    @property
    def sees_every_class(self) -> bool:
        """Whether enough episodes carry the error of each class."""
        sums, squares = self.by_class
        return bool(np.all(sums**2 >= FEWEST_EFFECTIVE * squares) and np.all(squares > 0))

    @property
    def hidden(self) -> float:
        """The share of classes whose errors too few episodes carry: so much of an episode may be all error in
        one that none has shown."""
        (sums, squares), count = self.by_class, float(self.counts.sum())
        return float(np.mean(sums**2 <= min(FEWEST_OF_CLASS, CLEAR * count) * squares))

    def estimate(  # noqa: PLR0913 - what is said of the episodes
        self,
        method: str,
        effort: Effort,
        context: Context,
        *,
        top: float,
        queries: int = 1,
        before: GroupTally | None = None,
        nothing: float = 0.0,
        plain: float = 1.0,
    ) -> Estimate:
        """``top`` bounds an episode's estimate, a mean over so many ``queries``. Where few episodes carry the
        sum the interval is the one that holds for every law on [0, top]; else a t interval of group means,
        with room for what was not seen: queries as large as the largest episode, and episodes as large or as
        small as any, or without an error, which are worth ``nothing``. Where a control took its part away the
        tally ``before`` it tells how large they are, and whether every class was seen, so that errors by
        class are told; of one that was not, all that the share ``plain`` of episodes, drawn without weights,
        could miss is room above. Raises ``Refused`` where the sums are no numbers, or a control has taken
        them farther out of [0, 1] than sampling does."""
        count, total = float(self.counts.sum()), float(self.sums.sum())
        mean = total / count
        if not math.isfinite(total):
            raise Refused("lengths too far apart for double precision")
        rule: IntervalRule
        if self.effective >= FEWEST_EFFECTIVE:
            deviation = float(np.std(self.sums / self.counts, ddof=1))
            if not -deviation <= mean <= 1 + deviation:
                raise Refused(f"the mean of the episodes, {mean:.3g}, is no probability")
            query = (before or self).largest / queries
            above = max(query, self.largest - mean) + (before or self).hidden / plain
            below = max(query, mean - min(self.smallest, nothing))
            rule = BesideUnseen(Replicates(GROUPS, mean, deviation), int(count), above, below)
        else:
            variance = max(self.squares - count * mean**2, 0.0) / (count - 1)
            rule = BoundedMean(int(count), mean, variance, top)
        means, squares = self.by_class / count
        room = 2 * np.sqrt(np.maximum(squares - means**2, 0.0) / count)
        seen = (before or self).sees_every_class
        return Estimate.of(
            mean,
            rule,
            method,
            effort,
            confidence=context.confidence,
            seed=context.seed,
            per_class=tuple(map(float, means)),
            resolved=seen and resolved(means, room),
        )
