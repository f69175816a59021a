"""The whole hunt for one bound: known laws first, then lattices, in rounds of a fixed order.

Searches are handed out in batches of a fixed size and judged in their order, so that the result does not
depend on the number of workers; only ``seconds``, which stops between batches, depends on the machine.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from itertools import islice

from simulations.attack.claims import SLACK
from simulations.attack.plan import Searches, units
from simulations.attack.recheck import recheck
from simulations.attack.records import Best, ExactRatio, Hunt
from simulations.attack.search import SearchResult
from simulations.attack.target import Target
from simulations.runtime.workers import Workers
from theory.bound import Bound

BATCH = 4
LATTICES = 24


def hunt(  # noqa: PLR0913 - public: one keyword for each limit of the search
    target: Target,
    workers: Workers | None = None,
    *,
    seed: int,
    lattices: int = LATTICES,
    seconds: float = math.inf,
    known: bool = True,
    probes: bool = True,
    report: Callable[[str], None] = lambda line: None,
) -> Hunt:
    """Attack one bound with every known law (unless ``known`` is False) and ``lattices`` more searches.

    Ends at the first refutation that stands in exact arithmetic. Without a pool it runs in this process.
    probes : False where the bound has been tried on the probes already.
    """
    start, longest = time.perf_counter(), 0.0
    bound = target.load()
    state = _State(bound, seed)
    todo = units(target, bound, seed, Searches(lattices, known, probes))
    while batch := list(islice(todo, BATCH)):
        begun = time.perf_counter()
        results = [unit.function(unit) for unit in batch] if workers is None else workers.run(batch)
        if any(state.take(result) for result in results):
            break
        now = time.perf_counter()
        longest = max(longest, now - begun)
        report(f"{bound.name}: {state.searches} searches, largest ratio {state.ratio:.6g}")
        if now - start + longest > seconds:
            break
    return state.result(time.perf_counter() - start)


class _State:
    def __init__(self, bound: Bound, seed: int) -> None:
        self.bound, self.seed = bound, seed
        self.best: SearchResult | None = None
        self.exact: ExactRatio | None = None
        self.unchecked = ""
        self.searches = self.evaluations = 0
        self.by_shots: dict[float, Best] = {}
        self.path: list[tuple[int, float]] = []

    @property
    def ratio(self) -> float:
        return self.path[-1][1] if self.path else 0.0

    def take(self, result: SearchResult) -> bool:
        """Count one search in; True when it refutes the bound (those after it are not looked at)."""
        before = self.evaluations
        self.searches += 1
        self.evaluations += result.evaluations
        if result.claim is None or result.population is None:
            return False
        best = self.by_shots.get(result.shots)
        if best is not None and result.claim.ratio <= best.ratio:
            return False
        exact, unchecked = recheck(self.bound, result.population, result.shots, result.claim)
        ratio = exact.ratio if exact is not None else result.claim.ratio
        if best is None or ratio > best.ratio:
            self.by_shots[result.shots] = Best(result, ratio, exact, unchecked)
        if ratio > self.ratio:
            self.path += [(before + count, r) for count, r in result.path if self.ratio < r < ratio]
            self.path.append((self.evaluations, ratio))
            self.best, self.exact, self.unchecked = result, exact, unchecked
        return ratio > 1 + SLACK

    def result(self, seconds: float) -> Hunt:
        return Hunt(
            self.bound.name,
            self.best,
            self.exact,
            self.unchecked,
            self.searches,
            self.evaluations,
            seconds,
            self.seed,
            dict(sorted(self.by_shots.items())),
            tuple(self.path),
        )
