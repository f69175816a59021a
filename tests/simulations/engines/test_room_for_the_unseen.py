"""Intervals have room on both sides for what no episode has shown: where nearly all episodes are worth the
same and about one in all is worth less, their spread says nothing of it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from simulations.engines import Budget, Question
from simulations.engines.base import Context
from simulations.engines.conditional import Conditional
from simulations.engines.cubature import Cubature
from simulations.engines.geometry.subsets import wrong_share_by_rank
from simulations.engines.sampling.groups import GroupTally
from simulations.engines.sampling.overlaps import Overlaps
from simulations.engines.tilted import Tilted
from simulations.engines.tilted.tally import BoundedGroups
from simulations.estimates import Effort, IntervalRule, Replicates, Within
from simulations.estimates.rules import BesideUnseen, most_unseen
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.mixture import MixtureClasses
from simulations.populations.student import StudentClasses
from tests.simulations.helpers_engines import fewest_covered

CONFIDENCE = 0.95
ROUNDING = 1e-9


def parts(std: float) -> list[list[tuple[float, list[float], float]]]:
    """The far part of the second class has a bound of its chance far above it, so that few tilted episodes
    come from it; all others are worth the same."""
    return [[(1.0, [0.0, 0.0], 0.5)], [(0.3, [0.0, 0.0], 0.1), (0.7, [4.0, 0.0], std)]]


def truth(std: float) -> float:
    """At infinitely many shots every query meets a fixed half-space."""
    centre = 0.7 * 4.0
    first = norm.cdf(-centre / 2 / 0.5)
    second = 0.3 * norm.cdf(centre / 2 / 0.1) + 0.7 * norm.cdf((centre / 2 - 4.0) / std)
    return float(first + second) / 2


@pytest.mark.parametrize("std", [0.5, 0.47])
def test_a_rare_episode_that_is_worth_less_is_covered(std: float, full: bool) -> None:
    repetitions, exact = (400 if full else 20), truth(std)
    covered = blind = 0
    for seed in range(repetitions):
        context = Context(Budget(draws=1e5), seed, CONFIDENCE, ("unseen",))
        answer = Tilted().run(MixtureClasses(parts(std)), Question(math.inf, (2,)), context)[0]
        covered += answer.low <= exact <= answer.high
        assert isinstance(answer.rule, BoundedGroups) and answer.high - answer.low < 2e-3 * exact
        low, high = replace(answer.rule, heaviest=0.0).interval(CONFIDENCE)
        blind += low <= exact <= high
    assert covered >= fewest_covered(repetitions, CONFIDENCE)
    # The control: without room below there is hardly one that does.
    assert blind < repetitions / 4


EPISODES, USUAL_WORTH, LESS = 6400, 0.9, 0.5


def tallied(expected: float, repetitions: int) -> list[IntervalRule]:
    """Rules of episodes of ``USUAL_WORTH`` among which about ``expected`` are worth ``LESS``."""
    rules, rng = [], np.random.default_rng(1)
    for _ in range(repetitions):
        rare = rng.random(EPISODES) < expected / EPISODES
        tally = GroupTally(1)
        tally.add(np.where(rare, LESS, USUAL_WORTH)[None, :])
        rules.append(tally.estimate("test", Effort(0.0), Context(), top=1.0).rule)
    return rules


@pytest.mark.parametrize("expected", [0.5, 2.0, 6.0])
def test_group_means_have_room_below(expected: float) -> None:
    rules = tallied(expected, 300)
    exact, fewest = USUAL_WORTH - (USUAL_WORTH - LESS) * expected / EPISODES, fewest_covered(300, CONFIDENCE)
    covered = bare = 0
    for rule in rules:
        assert isinstance(rule, BesideUnseen)
        (low, high), (first, last) = rule.interval(CONFIDENCE), rule.rule.interval(CONFIDENCE)
        covered, bare = covered + (low <= exact <= high), bare + (first <= exact <= last)
    assert covered >= fewest
    # The control: a t interval alone misses whenever nothing rare was seen.
    assert bare < covered and (expected > 2 or bare < fewest)


CENTRED = 0.9
"""What the control leaves of an episode; its part of one without an error is ``LESS``."""


@pytest.mark.parametrize("expected", [0.5, 2.0])
def test_after_a_control_group_means_have_room_for_episodes_of_nothing(expected: float) -> None:
    exact, fewest = CENTRED - (CENTRED - LESS) * expected / EPISODES, fewest_covered(300, CONFIDENCE)
    rng, counts, most = np.random.default_rng(1), {LESS: 0, CENTRED: 0}, most_unseen(EPISODES, CONFIDENCE)
    for _ in range(300):
        rare = rng.random(EPISODES) < expected / EPISODES
        before, after = GroupTally(1), GroupTally(1)
        before.add(np.where(rare, 0.0, rng.random(EPISODES))[None, :])
        after.add(np.where(rare, LESS, CENTRED)[None, :])
        for nothing in counts:
            answer = after.estimate(
                "test",
                Effort(0.0),
                Context(),
                top=1.0,
                overlaps=overlaps_of([[0.4]]),
                before=before,
                nothing=nothing,
            )
            counts[nothing] += answer.low <= exact <= answer.high
            # Not for the whole of an episode: the control has given most of it.
            assert answer.value - answer.low < 4 * most * (CENTRED - LESS)
    assert counts[LESS] >= fewest
    # The control: as if an episode of nothing were worth what the others are.
    assert counts[CENTRED] < counts[LESS] and (expected > 1 or counts[CENTRED] < fewest)


def overlaps_of(tails: list[list[float]], queries: int = 1) -> Overlaps:
    """One query class; chances of its pair events for each episode."""
    overlaps = Overlaps(wrong_share_by_rank(len(tails[0]) + 1, len(tails[0]) + 1), queries)
    overlaps.add(np.array(tails)[None, :, :])
    return overlaps


def test_room_for_episodes_as_far_out_as_any() -> None:
    worth = np.full(EPISODES, 0.5)
    worth[:2] = 0.2, 0.9
    before, after = GroupTally(1), GroupTally(1)
    before.add(0.8 * worth[None, :])
    after.add(worth[None, :])
    # Where an episode is of two classes, nothing overlaps; where that is not known, anything may.
    for overlaps, above, below in ((overlaps_of([[0.7]]), 0.4, 0.3), (None, 0.72, 0.72)):
        rule = after.estimate(
            "test", Effort(0.0), Context(), top=1.0, overlaps=overlaps, before=before, nothing=0.4
        ).rule
        assert isinstance(rule, BesideUnseen)
        assert rule.above == pytest.approx(above, abs=1e-4) and rule.below == pytest.approx(below, abs=1e-4)
        assert rule.draw == rule.within == rule.open == 0.0


def test_room_for_overlaps_is_what_the_episodes_leave_open() -> None:
    # A sum of .5, of which the likeliest is .4; a sum of .2, of which it is .1; nothing.
    tails = [[0.4, 0.1], [0.1, 0.1], [0.0, 0.0]]
    plain = BesideUnseen(Replicates(64, 0.5, 0.0), 10_000, above=0.0, below=0.0)
    rule = overlaps_of(tails, queries=4).beside(plain)
    # A query in which both classes win counts half of the sum.
    assert rule.draw == pytest.approx(0.5 / 2 / 4) and rule.within == pytest.approx(0.1)
    assert rule.open == pytest.approx(0.2 / 3)
    unseen = most_unseen(10_000, CONFIDENCE)
    low, high = rule.interval(CONFIDENCE)
    assert 0.5 - low == pytest.approx(unseen * 0.1, rel=1e-6) == pytest.approx(high - 0.5, rel=1e-6)
    # One query an episode: a whole query may be new, but no more than is open on average beside an episode.
    single = replace(rule, draw=0.5, within=1e-3, open=1e-5)
    assert 0.5 - single.interval(CONFIDENCE)[0] == pytest.approx(1e-5 + unseen * 1e-3, rel=1e-6)
    wide = replace(single, open=1.0)
    assert 0.5 - wide.interval(CONFIDENCE)[0] == pytest.approx(unseen * 0.5, rel=1e-6)


def test_a_class_that_few_episodes_carry_adds_no_more_than_it_can() -> None:
    rng, tally = np.random.default_rng(1), GroupTally(2)
    tally.add(np.stack([rng.random(EPISODES), np.where(np.arange(EPISODES) < 3, 0.5, 0.0)]))
    assert tally.hidden(None) == 0.5
    # What is missed with the chance of a coin, at most, leaves room for at least all that there can be.
    most = np.array([1.0, 1e-6])
    assert tally.hidden(most) == pytest.approx(0.5e-6 * EPISODES / math.log(2))
    assert most_unseen(EPISODES, 0.5) * tally.hidden(most) >= 1e-6 / 2


def test_room_grows_with_confidence() -> None:
    rule = BesideUnseen(Replicates(64, 0.5, 0.0), 1000, above=0.25, below=0.5)
    for confidence in (0.9, 0.95, 1 - 1e-6):
        unseen = most_unseen(1000, confidence)
        # So rare an event is missed by all with half the chance that is left.
        assert (1 - unseen) ** 1000 <= (1 - confidence) / 2 < (1 - unseen * 0.97) ** 1000
        low, high = rule.interval(confidence)
        assert low == pytest.approx(0.5 - unseen / 2, abs=ROUNDING)
        assert high == pytest.approx(0.5 + unseen / 4, abs=ROUNDING)
    assert BesideUnseen(Replicates(64, 1e-9, 0.0), 2, 1.0, 1.0).interval(0.95) == (0.0, 1.0)


def test_room_where_nothing_bounds_an_episode() -> None:
    """Student classes of nearly normal tails on a line, at infinitely many shots."""
    population = StudentClasses([[0.0], [1.0], [30.0]], [0.5, 0.5, 0.5], [1e17] * 3)
    context = Context(Budget(draws=1e5), 1, CONFIDENCE, ("unseen",))
    answer = Tilted().run(population, Question(math.inf, (3,)), context)[0]
    rule = answer.rule
    assert isinstance(rule, BoundedGroups) and not rule.certain
    room = replace(rule, heaviest=0.0).interval(CONFIDENCE)[0] - answer.low
    assert room >= most_unseen(rule.count, CONFIDENCE) * answer.value * (1 - ROUNDING)


def test_an_overlap_that_no_point_has_met_is_covered(full: bool) -> None:
    """The two others are so far apart that hardly any query is nearer to both of them: one in about as many
    as there are points."""
    means = [[0.0, 0.0, 0.0, 0.0], [2.0, 0.6, 0.0, 0.0], [-2.0, 0.6, 0.0, 0.0]]
    population, question = GaussianClasses(means, [1.0, 0.01, 0.01]), Question(1e4, (3,))
    exact = Cubature().run(population, question, Context(Budget(draws=1e6)))[0]
    assert exact.high - exact.low < 1e-6 * exact.value
    repetitions, covered, blind = (400 if full else 12), 0, 0
    for seed in range(repetitions):
        answer = Conditional().run(population, question, Context(Budget(draws=1e5), seed))[0]
        covered += answer.low <= exact.low and exact.high <= answer.high
        assert isinstance(answer.rule, Within) and isinstance(answer.rule.rule, BesideUnseen)
        low, high = answer.rule.rule.rule.interval(CONFIDENCE)
        blind += low <= exact.high and exact.low <= high
    assert covered >= fewest_covered(repetitions, CONFIDENCE)
    # The control: without room the replicates agree on an error without overlaps.
    assert blind < repetitions / 2
