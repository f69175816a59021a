"""Mixtures of a core, a rare wide part and a rare part far off: a way to err takes a draw of each of two and
is neither likely nor the likeliest of its kind. Truths by enumeration of the part counts, on a line."""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np
import pytest
from scipy.special import gammaln, ndtr

from simulations.engines import Budget, Context, Question, Refused
from simulations.engines.tilted import Tilted
from simulations.engines.tilted import counts as tilted_counts
from simulations.populations.mixture import MixtureClasses
from tests.simulations.helpers_engines import fewest_covered
from theory.array import Floats

CONFIDENCE, SHOTS = 0.95, 20
Parts = list[tuple[float, float, float]]
"""Weight, place and standard deviation."""
FIRST: Parts = [(0.99602, 0.0, 1.0), (0.00334, -21.9, 88.1), (0.00064, -134.7, 1.0)]
SECOND: Parts = [(0.99815, 8.6, 0.2), (0.00159, 32.1, 16.1), (0.00026, 31.6, 0.2)]
IMPOSSIBLE = 1e-15


def both_positive(first: Floats, second: Floats, correlation: Floats) -> Floats:
    """P(a standard normal pair is below both), by Plackett's integral over the correlation."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    total, angle = ndtr(first) * ndtr(second), np.arcsin(correlation)
    for node, weight in zip(nodes, weights, strict=True):
        sine = np.sin(angle * (1 + node) / 2)
        exponent = (sine * first * second - (first**2 + second**2) / 2) / (1 - sine**2)
        total = total + weight * angle / 2 / (2 * np.pi) * np.exp(exponent)
    return total


def centres(parts: Parts) -> tuple[Floats, Floats, Floats]:
    """Chance, mean and variance of the centre for all counts of three parts."""
    weights, places, stds = np.array(parts).T
    counts = np.array([c for c in itertools.product(range(SHOTS + 1), repeat=3) if sum(c) == SHOTS])
    logs = gammaln(SHOTS + 1) - gammaln(counts + 1).sum(axis=1) + counts @ np.log(weights)
    return np.exp(logs), counts @ places / SHOTS, counts @ stds**2 / SHOTS**2


def error_of(own: Parts, other: Parts) -> float:
    """(x - a)^2 - (x - b)^2 is (b - a)(2 x - a - b), and both factors are normal given the counts."""
    (p, a, spread), (q, b, far) = centres(own), centres(other)
    i, j = np.nonzero(p[:, None] * q[None, :] > IMPOSSIBLE)
    total = 0.0
    for weight, place, std in own:
        sides = np.sqrt(spread[i] + far[j]), np.sqrt(spread[i] + far[j] + 4 * std**2)
        u, v = (b[j] - a[i]) / sides[0], (2 * place - a[i] - b[j]) / sides[1]
        correlation = (spread[i] - far[j]) / sides[0] / sides[1]
        wrong = both_positive(u, v, correlation) + both_positive(-u, -v, correlation)
        total += weight * float(p[i] * q[j] @ wrong)
    return total


@functools.cache
def truth() -> tuple[float, float]:
    return error_of(FIRST, SECOND), error_of(SECOND, FIRST)


def runs(draws: float, repetitions: int) -> list[tuple[float, float, tuple[float, ...]]]:
    """Interval and errors by class of those that answer."""
    population = MixtureClasses([[(w, [m], s) for w, m, s in parts] for parts in (FIRST, SECOND)])
    answers = []
    for seed in range(repetitions):
        context = Context(Budget(draws=draws), seed, CONFIDENCE, ("several",))
        try:
            (answer,) = Tilted().run(population, Question(SHOTS, (2,)), context)
        except Refused:
            continue
        answers.append((answer.low, answer.high, answer.per_class))
    return answers


def test_the_enumeration_agrees_with_simulation() -> None:
    rng, wrong, episodes = np.random.default_rng(1), 0, 400_000
    episodes_of = []
    for parts in (FIRST, SECOND):
        weights, places, stds = np.array(parts).T
        counts = rng.multinomial(SHOTS, weights, episodes)
        noise = rng.standard_normal(episodes) * np.sqrt(counts @ stds**2)
        which = rng.choice(3, episodes, p=weights)
        episodes_of.append((counts @ places / SHOTS + noise / SHOTS, rng.normal(places[which], stds[which])))
    (a, x), (b, y) = episodes_of
    wrong = int(np.sum(abs(x - b) <= abs(x - a))) + int(np.sum(abs(y - a) <= abs(y - b)))
    rate = wrong / (2 * episodes)
    assert abs(rate - sum(truth()) / 2) < 5 * math.sqrt(rate / episodes)


@pytest.mark.slow
def test_intervals_cover_where_rare_draws_come_together(full: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    repetitions, exact = (300 if full else 40), sum(truth()) / 2
    answers = runs(1e6, repetitions)
    assert len(answers) >= 0.8 * repetitions
    assert sum(low <= exact <= high for low, high, _ in answers) >= fewest_covered(len(answers), CONFIDENCE)
    # The control: tilts of likelier counts.
    monkeypatch.setattr(tilted_counts, "suited", lambda t, level: (t, level))
    blind = runs(1e6, repetitions)
    assert sum(low <= exact <= high for low, high, _ in blind) < fewest_covered(len(blind), CONFIDENCE)


@pytest.mark.slow
def test_errors_by_class_know_of_them_too() -> None:
    """A way to err that is missed is 15 % of the error of the second class."""
    (answer,) = runs(2e7, 1)
    assert answer[2] == pytest.approx(truth(), rel=0.05)
