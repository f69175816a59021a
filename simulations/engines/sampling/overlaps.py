"""How much the events that single classes win may overlap, given the centres of an episode."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import numpy as np

from simulations.estimates.rules import BesideUnseen
from simulations.runtime.arrays import constant, like
from theory.array import Array, array_namespace


class Overlaps:
    """What is open of an error given the centres where the chances of the pair events are known and only how
    many classes win at once is drawn: it lies between that of the likeliest event and their sum, over the
    subsets of classes, and a query adds their sum times the share of subsets that err for each class that
    wins."""

    def __init__(self, shares: Annotated[Array, "classes"], queries: int) -> None:
        """``shares`` of subsets that err, by number of classes that win (``wrong_share_by_rank``); so many
        ``queries`` of each class an episode."""
        known = np.asarray(shares)
        self._by_rank, self._queries = constant(np.diff(known)), queries
        self._one, self._all = float(known[1]), float(known[-1]) / (len(known) - 1)
        self._count, self._query, self._episode, self._sum = 0, 0.0, 0.0, 0.0

    def add(self, tails: Annotated[Array, "classes episodes others"]) -> None:
        """Chances of the pair events of each query class."""
        xp = array_namespace(tails)
        totals = xp.sum(tails, axis=2)
        least = xp.flip(xp.sort(tails, axis=2), axis=2) @ like(self._by_rank, tails)
        classes, episodes = totals.shape
        open_ = (self._one * totals - least) / classes
        self._count += episodes
        # What none has shown is about one query class.
        self._query = max(self._query, float(xp.max(totals)) / classes)
        self._episode = max(self._episode, float(xp.max(open_)))
        self._sum += float(xp.sum(open_))

    def beside(self, rule: BesideUnseen) -> BesideUnseen:
        """``rule`` with room for what is open."""
        query = self._query * (self._one - self._all) / self._queries
        return dataclasses.replace(rule, draw=query, within=self._episode, open=self._sum / self._count)
