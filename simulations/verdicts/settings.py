"""The one loop that evaluates and judges: every bound beside the error of a population, setting by setting.

`collapse evaluate`, `verify`, `check` and `sweep` all come here. Evaluating and judging are two steps, since
a run knows how many estimates share its family-wise error only when all of them are made. Before a bound can
be violated its value is computed again in many digits, and a second engine is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from simulations.engines import Context, Question, estimate_ways
from simulations.estimates import Estimate
from simulations.populations.base import Population
from simulations.verdicts.second_engine import confirmed
from simulations.verdicts.verdict import Verdict, judge
from theory.assumptions import Granted
from theory.bound import Bound, BoundValue, Value
from theory.bound.many_digits import put_right
from theory.setting import Setting


@dataclass(frozen=True)
class Evaluated:
    """One setting of one population: the estimated error, and every bound's answer.

    independent : by the name of the bound, for each bound with a value that ``estimate`` itself rests on, an
        estimate by an engine that does not. A formula cannot be used to verify itself.
    """

    setting: Setting
    estimate: Estimate
    answers: tuple[BoundValue, ...]
    independent: Mapping[str, Estimate] = field(default_factory=dict)

    def error_for(self, bound: Bound) -> Estimate:
        """The estimate that this bound is judged by."""
        return self.independent.get(bound.name, self.estimate)

    @property
    def statements(self) -> int:
        """Interval statements made here: the setting's share of a run's family-wise error."""
        return 1 + len(self.independent)

    def verdicts(self, bounds: Sequence[Bound], tests: int) -> tuple[Verdict, ...]:
        """A verdict for each of the ``bounds`` evaluated, in a run of ``tests`` interval statements."""
        return tuple(
            judge(bound, answer, self.error_for(bound), tests=tests)
            for bound, answer in zip(bounds, self.answers, strict=True)
        )


def evaluate_settings(
    population: Population,
    shots: Iterable[float],
    ways: Sequence[int],
    bounds: Sequence[Bound],
    context: Context,
) -> list[Evaluated]:
    """All settings in the order of ``shots``, then ``ways``."""
    evaluated = []
    for n in shots:
        estimates = estimate_ways(
            population,
            Question(n, tuple(ways)),
            budget=context.budget,
            seed=context.seed,
            confidence=context.confidence,
            path=context.path,
        )
        for k, estimate in zip(ways, estimates, strict=True):
            setting = Setting(n, k)
            answers = tuple(_answer(bound, population, setting, estimate) for bound in bounds)
            with_bounds = list(zip(bounds, answers, strict=True))
            independent = {
                bound.name: _independent(population, setting, bound, answer, context)
                for bound, answer in with_bounds
                if bound.name in estimate.rests_on and isinstance(answer, Value)
            }
            others = [each for each in with_bounds if each[0].name not in independent]
            estimate = confirmed(population, setting, estimate, others, context)
            evaluated.append(Evaluated(setting, estimate, answers, independent))
    return evaluated


def _answer(bound: Bound, population: Population, setting: Setting, estimate: Estimate) -> BoundValue:
    """What the bound says; of what might be violated many digits are asked as well."""
    geometry, granted = population.geometry(), Granted(population.granted())
    answer = bound.evaluate(geometry, setting, granted)
    if not isinstance(answer, Value) or judge(bound, answer, estimate).outcome != "violated":
        return answer
    return put_right(bound, geometry, setting, granted, answer)


def _independent(
    population: Population, setting: Setting, bound: Bound, answer: Value, context: Context
) -> Estimate:
    (estimate,) = estimate_ways(
        population,
        Question(setting.shots, (setting.ways,)),
        budget=context.budget,
        seed=context.seed,
        confidence=context.confidence,
        path=(*context.path, "independent"),
        avoid=(bound.name,),
    )
    return confirmed(population, setting, estimate, [(bound, answer)], context)
