"""The exact two-class formula for isotropic Gaussian classes, for two ways among any number of classes."""

from __future__ import annotations

import time

from simulations.engines.base import Budget, Context, ExactEngine, Question, Refused
from simulations.estimates import Effort, Estimate, Exact
from simulations.populations.base import Population
from theory.bound import Value
from theory.bound.laws import MOST_SHOTS
from theory.few_shot.gaussian_two_class import gaussian_two_class
from theory.inheritance import override
from theory.setting import Setting


class TwoClass(ExactEngine):
    """The formula for two isotropic Gaussian classes with one standard deviation.

    Statements of the catalogue that are this formula are judged by another engine: ``rests_on`` names them.
    """

    name = "two_class_formula"
    rank = 1
    rests_on = ("gaussian_two_class",)

    @override
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        if question.ways != (2,):
            return "the two-class formula answers ways = 2 only"
        if question.shots > MOST_SHOTS:
            return f"the two-class formula needs at most {MOST_SHOTS:g} shots"
        if "EqualIsotropicGaussian" not in population.granted():
            return "the two-class formula needs isotropic Gaussian classes with one standard deviation"
        return None

    @override
    def run(
        self,
        population: Population,
        question: Question,
        context: Context,
    ) -> list[Estimate]:
        start = time.perf_counter()
        answer = gaussian_two_class.evaluate(
            population.geometry(), Setting(question.shots, 2), population.granted()
        )
        if not isinstance(answer, Value):
            raise Refused(answer.reason)
        effort = Effort(time.perf_counter() - start)
        return [
            Estimate.of(
                answer.value,
                Exact(answer.value),
                self.name,
                effort,
                per_class=answer.per_class or (),
                rests_on=self.rests_on,
            )
        ]
