"""What every engine is: one way of estimating the few-shot error, which says what it accepts and costs."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from simulations.estimates import Estimate
from simulations.populations.base import Population
from simulations.runtime.arrays import Generator
from simulations.runtime.device import device_stream
from simulations.runtime.randomness import ROOT_SEED
from theory.inheritance import override


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


@dataclass(frozen=True)
class Context:
    """What every run of an engine shares: what it may cost, how sure its intervals are, and where its random
    numbers begin.

    seed, path : they come from ``stream(seed, *path, ...)`` alone; the work of another population or setting
        has another path. confidence : of the intervals.
    """

    budget: Budget = Budget()
    seed: int = ROOT_SEED
    confidence: float = 0.95
    path: tuple[object, ...] = ()

    def stream(self, engine: str, *names: object) -> Generator:
        """Random numbers of the budget's device for one part of an engine's work, by its name."""
        return device_stream(self.budget.device, self.seed, engine, *self.path, *names)


class Refused(Exception):
    """An engine declines; ``str()`` is the reason."""


class Engine(ABC):
    """One algorithm. Of those that accept the one with the least ``expected_width`` is chosen; where that is
    equal, the one with the least ``rank``.

    rests_on : names of catalogue statements whose truth the method itself uses; it is then no witness for
        them. ``collapse new engine NAME`` writes a commented file. For example, an engine that knows that
        classes without spread are never confused:

    >>> import numpy as np
    >>> from simulations.estimates import Effort, Exact
    >>> class Collapsed(Engine):
    ...     name = "collapsed"
    ...     rank = 0
    ...     def refusal(self, population, question, budget):
    ...         apart = population.geometry().coincident_pair is None
    ...         still = float(np.max(population.geometry().variances)) == 0
    ...         return None if apart and still else "needs distinct classes without spread"
    ...     def run(self, population, question, context):
    ...         return [Estimate.of(0.0, Exact(0.0), self.name, Effort(0.0)) for _ in question.ways]
    >>> from simulations.engines import estimate_ways
    >>> from simulations.populations import from_spec
    >>> points = [{"points": [[x]], "weights": [1]} for x in (0, 1)]
    >>> population = from_spec({"family": "finite_support", "classes": points})
    >>> print(estimate_ways(population, Question(5, (2,)), engine=Collapsed())[0])
    0 (exact, collapsed, 0 s)
    """

    name: ClassVar[str]
    rank: ClassVar[int]
    """Below 10 for exact engines; where two are expected to be as precise, the lower one is taken."""
    rests_on: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        return f"<engine {self.name}>"

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "sharpness" in vars(cls) and not hasattr(cls, "rank"):
            raise TypeError(f"{cls.__name__}: what was called sharpness is the engine's rank; rename it")
        parameters = list(inspect.signature(cls.run).parameters)
        if len(parameters) != 4:
            raise TypeError(
                f"{cls.__name__}.run takes ({', '.join(parameters)}); write run(self, population, question, "
                "context), where context holds budget, seed, confidence and path"
            )

    @abstractmethod
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        """Why the engine does not accept ``question`` about ``population`` within ``budget``, or None.
        Cheap: nothing is computed."""

    def expected_width(self, population: Population, question: Question, budget: Budget) -> float | None:
        """Half of the 95 % interval over the error that the budget is expected to buy; 0 for an exact engine.

        None where there is no forecast: then an engine comes before all others if its ``rank`` is
        below that of every sampling engine (10), and after them if it is not.
        """
        return None

    @abstractmethod
    def run(
        self,
        population: Population,
        question: Question,
        context: Context,
    ) -> list[Estimate]:
        """One estimate for each entry of ``question.ways``, in that order.

        Raises ``Refused`` when a self-check fails: the next engine is asked.
        """


class ExactEngine(Engine):
    """An engine whose answers have no width, so that it comes before all that sample."""

    @override
    def expected_width(self, population: Population, question: Question, budget: Budget) -> float | None:
        return 0.0


DEFAULT_BUDGET = Budget()
DEFAULT_SEED = ROOT_SEED
