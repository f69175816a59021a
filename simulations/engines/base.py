"""What every engine is: one way of estimating the few-shot error, which says what it accepts and costs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulations.estimates import Estimate
from simulations.populations.base import Population
from simulations.runtime.randomness import ROOT_SEED


@dataclass(frozen=True)
class Budget:
    """How much an estimate may cost.

    seconds : what an exact engine may take at most, by its own estimate made before it starts.
    draws   : random numbers that a sampling engine draws; a count, not a time, so that the numbers do
        not depend on the machine.
    device  : where the arrays of the engine live, "cpu" or "gpu"; ask ``device.pick`` first whether there
        is one. Random numbers differ between the two.
    """

    seconds: float = 20.0
    draws: float = 2e7
    device: str = "cpu"


@dataclass(frozen=True)
class Question:
    """Errors wanted at ``shots`` for every number of ways in ``ways``: one run serves them all."""

    shots: float
    ways: tuple[int, ...]


class Refused(Exception):
    """An engine declines; ``str()`` is the reason."""


class Engine(ABC):
    """One algorithm. Of those that accept the one with the least ``expected_width`` is chosen; where that is
    equal, the one with the least ``sharpness``.

    rests_on : names of catalogue statements whose truth the method itself uses; it is then no witness for
        them. ``collapse new engine NAME`` writes a commented file. For example, an engine that knows that
        classes without spread are never confused:

    >>> import numpy as np
    >>> from simulations.estimates import Effort, Exact
    >>> class Collapsed(Engine):
    ...     name = "collapsed"
    ...     sharpness = 0
    ...     def refusal(self, population, question, budget):
    ...         apart = population.geometry().coincident_pair is None
    ...         still = float(np.max(population.geometry().variances)) == 0
    ...         return None if apart and still else "needs distinct classes without spread"
    ...     def run(self, population, question, budget, seed, confidence, path):
    ...         return [Estimate.of(0.0, Exact(0.0), self.name, Effort(0.0)) for _ in question.ways]
    >>> from simulations.engines import estimate_ways
    >>> from simulations.populations import from_spec
    >>> points = [{"points": [[x]], "weights": [1]} for x in (0, 1)]
    >>> population = from_spec({"family": "finite_support", "classes": points})
    >>> print(estimate_ways(population, Question(5, (2,)), engine=Collapsed())[0])
    0 (exact, collapsed, 0 s)
    """

    name: ClassVar[str]
    sharpness: ClassVar[int]
    rests_on: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        """Why the engine does not accept ``question`` about ``population`` within ``budget``, or None.
        Cheap: nothing is computed."""

    def expected_width(self, population: Population, question: Question, budget: Budget) -> float | None:
        """Half of the 95 % interval over the error that the budget is expected to buy; 0 for an exact engine.

        None where there is no forecast: then an engine comes before all others if its ``sharpness`` is
        below that of every sampling engine (10), and after them if it is not.
        """
        return None

    @abstractmethod
    def run(
        self,
        population: Population,
        question: Question,
        budget: Budget,
        seed: int,
        confidence: float,
        path: Sequence[object],
    ) -> list[Estimate]:
        """One estimate for each entry of ``question.ways``, in that order.

        budget : as ``Budget`` says. seed, path : random numbers come from ``stream(seed, *path, ...)`` alone.
        confidence : of the intervals. Raises ``Refused`` when a self-check fails: the next engine is asked.
        """


DEFAULT_BUDGET = Budget()
DEFAULT_SEED = ROOT_SEED
