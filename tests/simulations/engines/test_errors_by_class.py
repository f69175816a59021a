"""Errors by class are probabilities whose mean is the error, from every engine."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from simulations.engines import Budget, Context, Question, Refused
from simulations.engines.choose import ENGINES
from simulations.engines.sampling.groups import GroupTally
from simulations.estimates import Effort, Estimate, Exact, Replicates, estimate
from simulations.estimates.by_class import probabilities
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.populations.mixture import MixtureClasses
from simulations.populations.student import StudentClasses
from tests.simulations.helpers_engines import tell_every_class

QUESTION = Question(math.inf, (4,))


def one_that_errs() -> Iterator[Population]:
    """A wide class in the middle of a small triangle of tight ones errs almost surely, by several events at
    once: an unbiased estimate of its error may lie on either side of 1."""
    angles = np.arange(3) * 2 * math.pi / 3
    corners = 0.02 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    means, stds = [[0.0, 0.0], *corners.tolist()], [1.0, 0.001, 0.001, 0.001]
    turned = [[[std**2, 0.1 * i * std**2], [0.1 * i * std**2, std**2]] for i, std in enumerate(stds)]
    yield GaussianClasses(means, [std**2 for std in stds])
    yield GaussianClasses(means, turned)
    yield LaplaceClasses(means, [[std] * 2 for std in stds])
    yield StudentClasses(means, stds, [5.0] * 4)
    yield MixtureClasses(
        [
            [(0.5, mean, std), (0.5, [x + 1e-3 for x in mean], std)]
            for mean, std in zip(means, stds, strict=True)
        ]
    )


def outside() -> tuple[int, int]:
    """Estimates of all engines, and how many of them are no mean of probabilities."""
    count, bad = 0, 0
    for population in one_that_errs():
        for engine in ENGINES:
            if engine.refusal(population, QUESTION, Budget(draws=1e4)) is not None:
                continue
            try:
                answer = engine.run(population, QUESTION, Context(Budget(draws=1e4)))[0]
            except Refused:
                continue
            errors = np.array(answer.per_class or [answer.value])
            mean = abs(float(np.mean(errors)) - answer.value) <= 1e-12 * answer.value
            inside = np.all((errors >= 0) & (errors <= 1)) and answer.low <= answer.value <= answer.high
            count, bad = count + 1, bad + (not (mean and inside))
    return count, bad


def test_every_engine_answers_with_probabilities(monkeypatch: pytest.MonkeyPatch) -> None:
    tell_every_class(monkeypatch)
    count, bad = outside()
    assert count >= 12 and bad == 0
    # The control: sampling leaves [0, 1] here, and an estimate as it comes shows it.
    monkeypatch.setattr(estimate, "probabilities", lambda value, per_class: (value, per_class))
    assert outside()[1] > 0


def test_classes_beyond_1_give_to_the_others() -> None:
    """The value stays, however far a class is outside; it moves only where it is no probability itself."""
    effort = Effort(0.0)
    value, errors = probabilities(0.4, (1.3, -0.2, 0.1))
    assert np.mean(errors) == pytest.approx(0.4, rel=1e-15) and value == 0.4
    assert errors[0] == 1.0 and 0 < errors[1] < errors[2]
    # So far moved they are none of the classes' own any more, and what 1 gives to a rare one is not.
    assert Estimate.of(0.4, Exact(0.4), "test", effort, per_class=(1.3, -0.2, 0.1)).per_class == ()
    assert Estimate.of(0.5005, Exact(0.5005), "test", effort, per_class=(1.001, 1e-9)).per_class == ()
    sampled = Replicates(64, 1.002, 0.02)
    answer = Estimate.of(1.002, sampled, "test", effort, per_class=(1.004, 1.0))
    assert answer.value == 1.0 and answer.per_class == (1.0, 1.0)
    assert answer.low == pytest.approx(1.002 - 1.998 * 0.02 / 8, abs=1e-5) and answer.high == 1.0
    inside = (0.1, 0.3)
    assert Estimate.of(0.2, Exact(0.2), "test", effort, per_class=inside).per_class == inside
    # What is no error by class is no probability either.
    assert Estimate.of(1.7, Exact(1.7), "cdnv", effort).value == 1.7


def test_intervals_of_replicates_stay_within_what_holds_without_sampling() -> None:
    below = Replicates(64, -0.001, 0.016)
    assert below.interval(0.95) == (0.0, pytest.approx(-0.001 + 1.998 * 0.002, rel=1e-3))
    # One that lies outside altogether says nothing at all, least of all that the error is 0.
    for mean in (-0.284, 1.2):
        assert Replicates(64, mean, 0.001).interval(0.95) == (0.0, 1.0)
    bracket = Replicates(64, 0.3 * (1 - 1e-12), 0.0, floor=0.3, ceiling=0.4)
    assert bracket.interval(0.95) == (0.3, 0.3)


def test_a_mean_of_episodes_that_is_no_probability_is_refused() -> None:
    tally = GroupTally(2)
    tally.add(np.full((2, 4000), -0.28) + np.random.default_rng(1).normal(size=(2, 4000)) * 0.01)
    with pytest.raises(Refused, match="no probability"):
        tally.estimate("orthant", Effort(0.0), Context(), top=1.0)
