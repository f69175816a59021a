"""``choose`` takes the sharpest engine that accepts. A new engine is one file and one line: its import."""

# ruff: noqa: F401 - an import enters its engine
from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from functools import cache

import numpy as np

from simulations.engines import asked
from simulations.engines.base import DEFAULT_BUDGET, DEFAULT_SEED, Budget, Context, Engine, Question, Refused
from simulations.engines.conditional import Conditional
from simulations.engines.cubature import Cubature
from simulations.engines.direct import Direct
from simulations.engines.enumeration import Enumeration
from simulations.engines.orthant import Orthant
from simulations.engines.pairs import Pairs, bracket, bracketed, narrow_to_bracket
from simulations.engines.point_masses import PointMasses
from simulations.engines.radial import Radial
from simulations.engines.tilted import Tilted
from simulations.engines.two_class import TwoClass
from simulations.estimates import Effort, Estimate
from simulations.populations.base import Population
from simulations.runtime.errors import InputError
from theory import plugins
from theory.setting import Setting

SAMPLING = 10
"""Least ``rank`` of an engine that samples."""

ENGINES: tuple[Engine, ...] = tuple(
    value()
    for value in list(globals().values())
    if isinstance(value, type) and issubclass(value, Engine) and value is not Engine
)


@cache
def join_plugins() -> None:
    """Enter the engines of installed packages, once: not at import, which their modules may be part of."""
    for engine in plugins.load("collapse.engines", Engine, [engine.name for engine in ENGINES]):
        add_engine(engine)


def add_engine(engine: Engine) -> None:
    """Let ``choose`` consider an engine from elsewhere (a user's file, an installed package)."""
    global ENGINES
    if engine.name not in {each.name for each in ENGINES}:
        ENGINES = (*ENGINES, engine)


def engines() -> tuple[Engine, ...]:
    """All that ``choose`` considers now: those of this package, of installed ones and of users' files."""
    join_plugins()
    return ENGINES


def candidates(
    population: Population,
    question: Question,
    budget: Budget = DEFAULT_BUDGET,
    *,
    avoid: Sequence[str] = (),
) -> list[Engine]:
    """Engines that accept, sharpest first, leaving out those that rest on a statement in ``avoid``."""
    join_plugins()
    accepted = [
        engine
        for engine in ENGINES
        if not set(engine.rests_on) & set(avoid)
        and asked.refusal(engine, population, question, budget) is None
    ]
    if len(accepted) == 1:
        return accepted

    def place(engine: Engine) -> tuple[float, int]:
        # Lengths that overflow make a bad forecast and nothing worse.
        with np.errstate(all="ignore"):
            width = asked.expected_width(engine, population, question, budget)
        if width is None:
            width = 0.0 if engine.rank < SAMPLING else math.inf
        return (math.inf if math.isnan(width) else width), engine.rank

    return sorted(accepted, key=place)


def choose(population: Population, setting: Setting, budget: Budget = DEFAULT_BUDGET) -> Engine:
    """The sharpest engine for one setting."""
    return candidates(population, Question(setting.shots, (setting.ways,)), budget)[0]


def estimate_ways(  # noqa: PLR0913 - public: the parts of a context one by one
    population: Population,
    question: Question,
    *,
    budget: Budget = DEFAULT_BUDGET,
    seed: int = DEFAULT_SEED,
    confidence: float = 0.95,
    path: Sequence[object] = (),
    avoid: Sequence[str] = (),
    engine: Engine | None = None,
) -> list[Estimate]:
    """One estimate for each number of ways, each from the sharpest engine for it; those of one engine come
    from one run. An engine whose self-check fails gives way to the next.

    Raises ValueError when a number of ways exceeds the number of classes, ``Refused`` when the given
    ``engine`` does not accept, InputError when no engine does (too many shots to draw).
    """
    context = Context(budget, seed, confidence, tuple(path))
    most = max(question.ways)
    if most > population.classes:
        raise ValueError(f"ways = {most} exceeds the {population.classes} classes")
    if engine is not None:
        reason = asked.refusal(engine, population, question, budget)
        if reason is not None:
            raise Refused(reason)
        return asked.run(engine, population, question, context)
    left = {
        ways: candidates(population, Question(question.shots, (ways,)), budget, avoid=avoid)
        for ways in question.ways
    }
    by_ways: dict[int, Estimate] = {}
    alone: set[str] = set()
    while left:
        part, sharpest = _together(population, question.shots, left, budget, alone)
        try:
            estimates = asked.run(sharpest, population, part, context)
        except Refused:
            if len(part.ways) > 1 and sharpest.rank < SAMPLING:
                # An engine that fails for one number of ways may succeed for another.
                alone.add(sharpest.name)
                continue
            for ways in part.ways:
                left[ways].remove(sharpest)
                limits = None if left[ways] else bracket(population, question.shots, ways)
                if limits is not None:
                    # All have refused: what the pairs alone say.
                    by_ways[ways] = bracketed(*limits, Pairs.name, Effort(0.0))
                    del left[ways]
            continue
        for ways, estimate in zip(part.ways, estimates, strict=True):
            by_ways[ways] = narrow_to_bracket(population, question.shots, ways, estimate)
            del left[ways]
    return [by_ways[ways] for ways in question.ways]


def _together(
    population: Population,
    shots: float,
    left: dict[int, list[Engine]],
    budget: Budget,
    alone: Collection[str] = (),
) -> tuple[Question, Engine]:
    """The first number of ways with its sharpest engine, and those that this engine serves best in the same
    run: none where it is to be asked ``alone``. Raises InputError where no engine is left."""
    first = next(iter(left))
    if not left[first]:
        # An engine that accepts and then refuses has met numbers that leave double precision.
        reason = Direct().refusal(population, Question(shots, (first,)), budget) or "lengths too far apart"
        raise InputError(f"no engine serves {shots:g} shots of these classes: {reason}", field="shots")
    sharpest = left[first][0]
    part = Question(shots, tuple(ways for ways, engines in left.items() if engines[:1] == [sharpest]))
    if sharpest.name in alone or asked.refusal(sharpest, population, part, budget) is not None:
        part = Question(shots, (first,))
    return part, sharpest


def estimate(  # noqa: PLR0913 - public: the parts of a context one by one
    population: Population,
    setting: Setting,
    *,
    budget: Budget = DEFAULT_BUDGET,
    seed: int = DEFAULT_SEED,
    confidence: float = 0.95,
    path: Sequence[object] = (),
    avoid: Sequence[str] = (),
    engine: Engine | None = None,
) -> Estimate:
    """The few-shot error of ``population`` at ``setting`` (shots and ways), with its interval.

    budget : what it may cost. seed : root of the random numbers, which come from streams named by ``path``.
    confidence : of the interval. avoid : names of catalogue statements that the method must not rest on.
    engine : the one to use; by default the sharpest that accepts.
    Raises ValueError for more ways than classes, ``Refused`` when a given ``engine`` does not accept.
    """
    question = Question(setting.shots, (setting.ways,))
    return estimate_ways(
        population,
        question,
        budget=budget,
        seed=seed,
        confidence=confidence,
        path=path,
        avoid=avoid,
        engine=engine,
    )[0]
