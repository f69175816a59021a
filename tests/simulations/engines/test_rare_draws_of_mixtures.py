"""A mixture class that errs through two or more rare draws among its own, beside one that errs otherwise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from helpers_slow import rest_slow
from scipy.special import ndtr

from simulations.engines import Budget, Context, Question, Refused
from simulations.engines.sampling.groups import GroupTally
from simulations.engines.tilted import Tilted, pulls, tally
from simulations.engines.tilted.pulls import Law, pull
from simulations.engines.tilted.tally import CLEAR, FEWEST_OF_CLASS, GROUPS, Stratum
from simulations.estimates import Effort
from simulations.estimates.rules import BesideUnseen, most_unseen
from simulations.populations.mixture import MixtureClasses
from theory.array import Floats, Integers

SHOTS, DISTANCE, DIMENSION = 10, 14.0, 8
RARE, FAR, MOST_RARE = 3e-4, 50.0, 6
"""More rare draws are a millionth of the error or less."""
Parts = list[tuple[float, Floats, float]]


def point(**coordinates: float) -> Floats:
    """With coordinates ``x0``, ``x1`` and so on."""
    place = np.zeros(DIMENSION)
    for name, value in coordinates.items():
        place[int(name[1:])] = value
    return place


def classes(common: int = 3) -> list[Parts]:
    """Four parts each, so that part counts are too many to list; or more ``common`` ones of the first."""
    rare = point(x0=-0.08 * FAR, x1=math.sqrt(1 - 0.08**2) * FAR)
    first = [((1 - RARE) / common, point(**{f"x{3 + a % 4}": 0.3}), 1.0) for a in range(common)]
    other = [(0.25, point(x0=DISTANCE, **{f"x{3 + a % 3}": 0.3 if a < 3 else -0.3}), 1.275) for a in range(4)]
    return [[*first, (RARE, rare, 1.0)], other]


def population(common: int = 3) -> MixtureClasses:
    return MixtureClasses([[(w, m.tolist(), s) for w, m, s in parts] for parts in classes(common)])


def error_of(own: Parts, other: Parts, samples: int) -> tuple[float, float]:
    """P(a query of ``own`` is nearer the other centre) and its standard error: the sum over how many draws
    of the own centre are of its last part, the rest drawn plainly and the query integrated out."""
    rng = np.random.default_rng(1)
    weights, means, stds = (np.array([part[field] for part in own]) for field in range(3))
    others = [np.array([part[field] for part in other]) for field in range(3)]
    rare, total, variance = weights[-1], 0.0, 0.0
    for r in range(MOST_RARE + 1):
        chance = math.comb(SHOTS, r) * rare**r * (1 - rare) ** (SHOTS - r)
        rest = rng.multinomial(SHOTS - r, weights[:-1] / weights[:-1].sum(), samples)
        counts = np.column_stack([rest, np.full(samples, r)])
        counts_of_other = rng.multinomial(SHOTS, others[0], samples)
        a, b = (
            c @ m / SHOTS + np.sqrt(c @ s**2)[:, None] / SHOTS * rng.standard_normal((samples, DIMENSION))
            for c, m, s in ((counts, means, stds), (counts_of_other, others[1], others[2]))
        )
        gap = b - a
        size = np.sqrt(np.sum(gap**2, axis=1))
        values = np.zeros(samples)
        for weight, mean, std in zip(weights, means, stds, strict=True):
            values += weight * ndtr(np.sum((mean - (a + b) / 2) * gap, axis=1) / size / std)
        total += chance * float(values.mean())
        variance += chance**2 * float(values.var()) / samples
    return total, math.sqrt(variance)


def truth(samples: int, common: int = 3) -> tuple[float, float]:
    first, other = classes(common)
    (one, error), (two, slack) = error_of(first, other, samples), error_of(other, first, samples)
    return (one + two) / 2, math.hypot(error, slack) / 2


def run(seed: int, common: int = 3) -> Any:
    return Tilted().run(population(common), Question(SHOTS, (2,)), Context(Budget(), seed, 0.95, ("rare",)))[
        0
    ]


def only_the_first(pair: object, part: Integers, first: Floats) -> tuple[Integers, Floats]:
    """The weights found from the plain ones, and no others."""
    return part, first


@pytest.mark.parametrize(("seed", "common"), rest_slow([(1, 3), (2, 3), (3, 3), (1, 11), (2, 11)], [(1, 3)]))
def test_every_way_to_err_is_found(seed: int, common: int, full: bool) -> None:
    """With 12 parts the query's are too many for starts of their own."""
    exact, error = truth(200_000 if full else 40_000, common)
    answer = run(seed, common)
    # A whole way to err is .35 of it.
    assert answer.high - answer.low < 0.01 * exact and error < 0.005 * exact
    assert answer.low - 3 * error <= exact <= answer.high + 3 * error
    assert len(answer.per_class) == 2


def test_a_class_that_is_missed_is_not_hidden_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulls, "_with_more", only_the_first)
    with pytest.raises(Refused, match="one of the classes"):
        run(1)
    # The control: with the guard over all classes together there is an interval, far from the truth.
    monkeypatch.setattr(tally, "CLEAR", 0.0)
    exact, error = truth(2_000)
    answer = run(1)
    assert answer.high < 0.8 * exact and error < 0.02 * exact


def test_a_way_to_err_may_need_more_own_draws_and_fewer_of_the_other() -> None:
    """The other class is dragged off by its rare part, of which 30 draws are expected; errors come from few
    of these and some of the own rare part, which lies beyond the other class."""
    across, beyond = np.zeros(4), np.zeros(4)
    across[1], beyond[0], beyond[2] = 4000.0, -2500.0, 3000.0
    apart = np.zeros(4)
    apart[0] = 9.0
    own = Law(np.array([0.999, 0.001]), np.stack([np.zeros(4), beyond]), np.array([1.0, 0.01]))
    other = Law(np.array([0.99, 0.01]), np.stack([apart, apart + across]), np.array([1.0, 1.0]))
    tilts = pull(own, other, np.ones(4), 3000)
    here = tilts.part == 0
    first, best = tilts.heights[0], float(np.max(tilts.heights[here]))
    counts = 3000 * np.concatenate([tilts.own, tilts.other], axis=1)[here][np.argmax(tilts.heights[here])]
    # By brute force over the draws of both rare parts.
    pair = pulls._Pair(own, other, np.ones(4), 3000)
    few = np.linspace(0.05, 60, 240) / 3000
    grid = np.array([[1 - a, a, 1 - b, b] for a in few[::4] for b in few])
    _, heights = pair.levels(np.zeros(len(grid), dtype=int), grid)
    assert best > float(heights.max()) - 0.5, (counts, grid[np.argmax(heights)] * 3000)
    assert counts[1] > 3.5 and counts[3] < 25
    assert first < best - 1


def test_where_no_pulled_weights_are_as_likely_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the plain weights lead to, and flattened ones."""
    first, other = (Law(*(np.array(field) for field in zip(*parts, strict=True))) for parts in classes())
    levels, coarse = pulls._Pair.levels, pulls.COARSE

    def far_below(
        pair: Any, part: Integers, fresh: Floats, steps: int = pulls.STEPS
    ) -> tuple[Floats, Floats]:
        t, heights = levels(pair, part, fresh, steps)
        return t, heights - (1e3 if steps == coarse else 0.0)

    monkeypatch.setattr(pulls._Pair, "levels", far_below)
    tilts = pull(first, other, np.ones(DIMENSION), SHOTS)
    assert list(tilts.part) == [*range(4), *range(4)]


def stratum(values: Floats) -> Stratum:
    filled = Stratum()
    filled.add(np.resize(values, GROUPS * (len(values) // GROUPS)))
    return filled


def test_a_class_hides_something_only_where_few_of_many_episodes_carry_it() -> None:
    count = 64 * 1000
    few = np.zeros(count)
    few[: FEWEST_OF_CLASS // 2] = 1.0
    even = np.ones(64 * 4)
    enough = np.zeros(count)
    enough[: 2 * FEWEST_OF_CLASS] = 1.0
    assert stratum(even).effective < FEWEST_OF_CLASS and CLEAR * count > FEWEST_OF_CLASS
    for values, hides in ((few, True), (even, False), (enough, False), (np.zeros(count), False)):
        assert (stratum(values).hidden > 0) == hides
    # All that the plainly drawn episodes of the class may have missed, as its share of the mean.
    common = np.linspace(0.5, 1.0, count)
    rule, _, _ = tally.rule([stratum(common), stratum(few)], np.ones(2), None)
    bare, _, _ = tally.rule([stratum(common), stratum(enough)], np.ones(2), None)
    for confidence in (0.95, 0.99):
        room = most_unseen(tally.PLAIN * count, confidence) / 2
        assert rule.interval(confidence)[1] - rule.mean >= room
        assert bare.interval(confidence)[1] - bare.mean < room
    assert rule.effective > 2000 and bare.says_enough


def test_group_means_have_room_for_a_class_that_few_episodes_carry() -> None:
    count, rng = 64_000, np.random.default_rng(1)
    common = rng.uniform(1e-3, 2e-3, count)
    rare = np.where(np.arange(count) < 5, 1e-3, 1e-9)
    for errors, share in (((common, rare), 0.5), ((common, common), 0.0)):
        groups = GroupTally(2)
        groups.add(np.stack(errors))
        rule = groups.estimate("test", Effort(0.0), Context(), top=1.0, plain=0.2).rule
        assert groups.effective > 2000 and isinstance(rule, BesideUnseen)
        room = rule.interval(0.95)[1] - rule.rule.interval(0.95)[1]
        assert (room >= most_unseen(0.2 * count, 0.95) * share) and (share > 0 or room < 1e-5)
