"""Sums over independent episodes whose estimates are not bounded by 1: group means and their interval."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from simulations.engines.base import Context, Refused
from simulations.engines.sampling.overlaps import Overlaps
from simulations.estimates import BoundedMean, Effort, Estimate, Replicates, resolved
from simulations.estimates.rules import BesideUnseen, IntervalRule, most_unseen
from simulations.runtime.arrays import groups
from theory.array import Array, Floats, array_namespace, to_numpy

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

    def hidden(self, most: Annotated[Floats, "classes"] | None) -> float:
        """The share of classes whose errors too few episodes carry: so much of an episode may be all error in
        one that none has shown. Less where the errors of classes are known to be at most ``most``: however
        rare an episode was missed, it adds no more than that."""
        (sums, squares), count = self.by_class, float(self.counts.sum())
        few = sums**2 <= min(FEWEST_OF_CLASS, CLEAR * count) * squares
        worth = 1.0 if most is None else np.minimum(1.0, most / most_unseen(count, 0.0))
        return float(np.mean(few * worth))

    def estimate(  # noqa: PLR0913 - what is said of the episodes
        self,
        method: str,
        effort: Effort,
        context: Context,
        *,
        top: float,
        overlaps: Overlaps | None = None,
        before: GroupTally | None = None,
        nothing: float = 0.0,
        most: Annotated[Floats, "classes"] | None = None,
        plain: float = 1.0,
    ) -> Estimate:
        """``top`` bounds an episode's estimate. Where few episodes carry the sum the interval is the one that
        holds for every law on [0, top]; else a t interval of group means, with room for what was not seen:
        episodes as large or as small as any, or without an error, which are worth ``nothing``, and what
        ``overlaps`` leave open of those seen (where they are not known, as much as the largest is). Where a
        control took its part away the tally ``before`` it tells whether every class was seen, so that errors
        by class are told; of one that was not, all that the share ``plain`` of episodes, drawn without
        weights, could miss is room above, and no more than ``most``. Raises ``Refused`` where the sums are no
        numbers, or a control has taken them farther out of [0, 1] than sampling does."""
        count, total = float(self.counts.sum()), float(self.sums.sum())
        mean = total / count
        if not math.isfinite(total):
            raise Refused("lengths too far apart for double precision")
        rule: IntervalRule
        if self.effective >= FEWEST_EFFECTIVE:
            deviation = float(np.std(self.sums / self.counts, ddof=1))
            if not -deviation <= mean <= 1 + deviation:
                raise Refused(f"the mean of the episodes, {mean:.3g}, is no probability")
            least = 0.0 if overlaps is not None else (before or self).largest
            above = max(least, self.largest - mean) + (before or self).hidden(most) / plain
            below = max(least, mean - min(self.smallest, nothing))
            beside = BesideUnseen(Replicates(GROUPS, mean, deviation), int(count), above, below)
            rule = beside if overlaps is None else overlaps.beside(beside)
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
