"""Query classes whose proposals, one for each other class, are mixtures with shares that a pilot fits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, Self, TypeVar

import numpy as np

from simulations.engines.tilted.margins import Margins
from simulations.engines.tilted.query_class import PlainComponent
from simulations.engines.tilted.shares import fitted_shares
from simulations.runtime.arrays import like
from theory.array import Array, Floats, array_namespace, to_numpy

EVEN = 0.5
"""Of a pilot's episodes, that the pairs share alike."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """Of one pair: the shares of its parts (parts,), and about the logarithm of the pair's chance."""

    shares: Floats
    log: float


PairProposal = TypeVar("PairProposal", bound=Proposal)


@dataclass(frozen=True, eq=False)
class FittedComponents(PlainComponent, Generic[PairProposal]):
    """One proposal for each other class. Margins of the episodes tell ``parts``."""

    pairs: Sequence[PairProposal]

    @property
    def logs(self) -> Floats:
        """(components,), the plain one last."""
        return self._with_plain(np.array([each.log for each in self.pairs]))

    def explored(self) -> Self:
        """Every pair gets its share: their levels from saddle points may be off by a factor of a hundred."""
        shares = np.exp([each.log - max(other.log for other in self.pairs) for each in self.pairs])
        even = (1 - EVEN) * shares / np.sum(shares) + EVEN / len(shares)
        return self._with_shares(even, [each.shares for each in self.pairs])

    def refitted(self, pilot: Margins, values: Floats) -> tuple[Self, Floats]:
        """With the shares of pairs and of their parts that leave the pilot's values the least mean square."""
        assert pilot.parts is not None
        sizes = [len(each.shares) for each in self.pairs]
        owner, chances = np.repeat(np.arange(len(sizes)), sizes), np.exp(self.logs - np.max(self.logs))
        xp = array_namespace(pilot.parts)
        weights = 2 * pilot.t**2 * xp.linalg.diagonal(pilot.joint) - pilot.t * pilot.mean
        tilted = to_numpy(pilot.parts + xp.take(weights, like(owner, weights), axis=1))
        shares = chances[owner] * np.concatenate([each.shares for each in self.pairs])
        peak = np.max(tilted, axis=1, initial=0.0)[:, None]
        densities, rest = np.exp(tilted - peak), chances[-1] * np.exp(-peak[:, 0])
        bottom = densities @ shares + rest
        densities, rest = densities / bottom[:, None], rest / bottom
        fresh = fitted_shares(shares, densities, rest, values)
        rows = np.split(fresh, np.cumsum(sizes)[:-1])
        sums = np.array([float(np.sum(row)) for row in rows])
        parts = [row / np.sum(row) for row in rows]
        return self._with_shares(sums / np.sum(sums), parts), values / np.sqrt(densities @ fresh + rest)

    def _with_shares(self, pairs: Floats, parts: Sequence[Floats]) -> Self:
        """With these shares of the pairs, and of the parts of each; the sum of the normalizers stays."""
        peak = max(each.log for each in self.pairs)
        level = peak + math.log(sum(math.exp(each.log - peak) for each in self.pairs))
        logs = np.log(pairs) + level
        changed = [
            replace(each, shares=shares, log=float(log))
            for each, shares, log in zip(self.pairs, parts, logs, strict=True)
        ]
        return replace(self, pairs=changed)


def summed(logs: Array) -> Array:
    """(episodes,): logarithms of the sums of each row's exponentials."""
    xp = array_namespace(logs)
    peak = xp.max(logs, axis=1, keepdims=True)
    return peak[:, 0] + xp.log(xp.sum(xp.exp(logs - peak), axis=1))
