"""Classes without spread, the limit of neural collapse: every centre and query is its class mean."""

from __future__ import annotations

import time

import numpy as np

from simulations.engines.base import Budget, Context, ExactEngine, Question, Refused
from simulations.engines.geometry.subsets import wrong_share_by_rank
from simulations.estimates import Effort, Estimate, Exact
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from theory.inheritance import override


class PointMasses(ExactEngine):
    """Exact for Gaussian classes without spread: a query errs just where two means coincide."""

    name = "point_masses"
    rank = 0

    @override
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        variances = population.isotropic_variances if isinstance(population, GaussianClasses) else None
        if variances is None or np.any(variances != 0):
            return "the engine of point masses needs classes of variance 0"
        return None

    @override
    def run(
        self,
        population: Population,
        question: Question,
        context: Context,
    ) -> list[Estimate]:
        start = time.perf_counter()
        if not isinstance(population, GaussianClasses):
            raise Refused("the engine of point masses needs classes of variance 0")
        means = population.means
        # Only a class with the same mean lies as near: a tie, which is an error.
        rank = np.array([np.sum(np.all(means == own, axis=1)) - 1 for own in means])
        by_ways = []
        for ways in question.ways:
            errors = wrong_share_by_rank(len(means), ways)[rank]
            value, effort = float(errors.mean()), Effort(time.perf_counter() - start)
            per_class = tuple(map(float, errors))
            by_ways.append(Estimate.of(value, Exact(value), self.name, effort, per_class=per_class))
        return by_ways
