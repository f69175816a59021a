"""Isotropic Gaussian classes, one standard deviation each, any dimension from 4, errors from 0.9 to 1e-12.

Given the query z and its distance r from its own centre, the events "the centre of j is at least as near"
are independent over j, with noncentral chi-square probabilities F_j: P(wrong) = E[1 - prod_j (1 - F_j)].
The query enters through its coordinates in the span of the means, one length outside it, and two variates
for r: classes + 2 normal scores whatever the dimension. They come from replicated lattice rules.

The sum of F_j has an exact mean, the sum of two-class probabilities: it is the control variate, and what
is sampled for rare errors is only the overlap sum_j F_j - [1 - prod (1 - F_j)], by importance sampling at
its design points (defensive mixture, balance heuristic).

Pitfall and guard: with a proposal that misses where the mass lies, replicates agree with each other on a
value several times too small. So the sampled mean of sum_j F_j must agree with its exact value, and must be
known well enough for that to mean something. A class of which that cannot be said is given its bracket
between the likeliest pair event and their sum; where that is a visible part of the error the engine refuses
and the next one takes over.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from simulations.engines.base import Budget, Context, Engine, Question, Refused
from simulations.engines.exact.margins import pair_probability
from simulations.engines.exact.surface import FEWEST_DIMENSIONS, ChiQuantile, ScoreSurface
from simulations.engines.geometry.alike import alike
from simulations.engines.geometry.reduced import common_span
from simulations.engines.geometry.subsets import overlap_and_wrong, pair_bracket
from simulations.engines.pairs import class_brackets
from simulations.engines.sampling import quasi
from simulations.engines.sampling.forecast import rough
from simulations.engines.sampling.importance import Proposal, design_points
from simulations.engines.sampling.replicates import check_control, jump, regressed_by_halves
from simulations.estimates import Bracket, Effort, Estimate, Exact, IntervalRule, Replicates, Within, resolved
from simulations.estimates.rules import BesideUnseen, most_unseen
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.runtime.arrays import Generator, constant, like, namespace, special
from simulations.runtime.device import batch
from simulations.runtime.randomness import stream
from theory.array import Array, Floats, Integers, array_namespace, to_numpy
from theory.inheritance import override

REPLICATES = 64
PLAIN = 0.6
"""Powers of two by which the points of a plain class are rounded up."""
CHUNK = 8192
MOST_POINTS = 1 << 22
MOST_NUMBERS = 1 << 22
"""Points times classes handled at once on a GPU, some ten arrays of each: 350 MB."""
RARE = 0.1
"""Sum of pair probabilities of a query class, mean over subsets, below which its overlap is importance
sampled. Measured on 3 to 20 classes: from there on intervals of plain sampling are the narrower ones."""
WIDTH, COMMON_WIDTH, COMMON, MEASURED = 0.1, 1.5e-4, 1e-3, 3e6
"""For ``expected_width``, measured: rare errors have at most WIDTH over the root of the draws; from
COMMON on, COMMON_WIDTH at MEASURED draws and one shot."""
BEYOND = 1e-28
"""Errors below this are not sampled (the surface ends at 1e-32): given is Boole's sum of the exact pair
probabilities, with the bracket between the largest of them and that sum."""
BRACKETED = 0.5
"""About the relative half-width of that bracket for three classes; of more it is wider."""
NARROW = 1e-3
"""The relative width up to which the bracket serves where a t interval of the replicates is not trusted."""
GUARD_POWER, PLAIN_POWER = 0.05, 0.25
"""The guard's own relative standard error must be below this: a control that is not known closes nothing.
Plain sampling cannot look in the wrong place, so less is asked of it."""


@dataclass(frozen=True, eq=False)
class QueryClass:
    """What one query class needs: everything in multiples of its own standard deviation.

    offsets (others, span) means of the other classes in an orthonormal basis of their span; scales (others,)
    sqrt(n) sigma_i / sigma_j; exact (others,) two-class probabilities.
    """

    own: int
    offsets: Floats
    scales: Floats
    root_shots: float
    exact: Floats
    outside: ChiQuantile | None
    radius: ChiQuantile

    @property
    def scores(self) -> int:
        """Normal scores that a draw takes."""
        return int(self.offsets.shape[1]) + (self.outside is not None) + 2

    def roots_and_shifts(
        self, u: Annotated[Array, "scores m"]
    ) -> tuple[Annotated[Array, "others m"], Annotated[Array, "others m"]]:
        """(others, m) each, from normal scores u (scores, m)."""
        xp, span = array_namespace(u), self.offsets.shape[1]
        inside = u[:span, :]
        height = 0.0 if self.outside is None else self.outside(u[span, :]) ** 2
        own = xp.sum(inside**2, axis=0) + height
        offsets, scales = like(self.offsets, u), like(self.scales, u)
        squares = xp.sum(offsets**2, axis=1)[:, None] - 2 * (offsets @ inside) + own
        shift = scales[:, None] * xp.sqrt(xp.maximum(squares, 0.0))
        along = self.root_shots * xp.sqrt(own) + u[-2, :]
        radius = xp.sqrt(along**2 + self.radius(u[-1, :]) ** 2) / self.root_shots
        return scales[:, None] * radius, shift

    def scores_of(
        self, surface: ScoreSurface, u: Annotated[Array, "scores m"]
    ) -> Annotated[Array, "others m"]:
        """(others, m): Phi^-1(F_j)."""
        root, shift = self.roots_and_shifts(u)
        xp = array_namespace(u)
        scores = surface.score(xp.reshape(root, (-1,)), xp.reshape(shift, (-1,)))
        return xp.reshape(scores, root.shape)


@dataclass(frozen=True, eq=False)
class Overlap:
    """Replicates of the overlap of one query class (ways, replicates), after the control, from so many
    ``points``; and (2, ways) how far their mean may move down, and up, if one of those meets what none has
    met: where overlaps are less, errors are more."""

    values: Floats
    points: int
    far: Floats


@dataclass(frozen=True, eq=False)
class Integral:
    """How the overlaps of all query classes are integrated: ``points`` a class, ``chunk`` at a time."""

    surface: ScoreSurface
    ways: Sequence[int]
    points: float
    chunk: int


class Conditional(Engine):
    """Isotropic Gaussian classes: the query is drawn, the centres are integrated over.

    ``guard`` is off, and ``designs`` another rule for its points, in negative controls alone.
    """

    name = "conditional"
    rank = 10

    def __init__(
        self, *, guard: bool = True, designs: Callable[[QueryClass, ScoreSurface], Proposal] = design_points
    ) -> None:
        self.guard = guard
        self.designs = designs

    @override
    def refusal(self, population: Population, question: Question, budget: Budget) -> str | None:
        if not isinstance(population, GaussianClasses) or population.isotropic_variances is None:
            return "the conditional engine needs isotropic Gaussian classes"
        if np.any(population.isotropic_variances <= 0):
            return "the conditional engine needs positive variances"
        if math.isinf(question.shots):
            return "the conditional engine needs a finite number of shots"
        if np.all(population.means == population.means[0]):
            return "the conditional engine needs class means that differ"
        if population.dimension < FEWEST_DIMENSIONS:
            return f"the conditional engine needs at least {FEWEST_DIMENSIONS} dimensions"
        if min(population.classes - 1, population.dimension) + 3 > quasi.MOST_DIMENSIONS:
            return f"the conditional engine serves at most {quasi.MOST_DIMENSIONS - 2} classes"
        return None

    @override
    def expected_width(self, population: Population, question: Question, budget: Budget) -> float | None:
        draws = max(budget.draws, 1.0)
        error = rough(population, question.shots).error
        if error < BEYOND:
            return BRACKETED
        if error < COMMON:
            return WIDTH / math.sqrt(draws)
        # The more shots, and the wider the query's class beside the others, the more abrupt is F.
        assert isinstance(population, GaussianClasses)
        variances = population.isotropic_variances
        assert variances is not None
        abrupt = question.shots * float(np.max(variances) / np.min(variances))
        return float(COMMON_WIDTH * (MEASURED / draws) ** 0.75 * abrupt**0.4)

    @override
    def run(
        self,
        population: Population,
        question: Question,
        context: Context,
    ) -> list[Estimate]:
        start = time.perf_counter()
        classes = query_classes(population, question.shots)
        standing, place = _alike(population)
        kept = [classes[i] for i in standing]
        exact = np.stack([each.exact for each in kept])
        base = _pair_mean(exact, question.ways, population.classes)
        accuracy, beyond = 1e-9, float(np.max(base)) < BEYOND
        left: Floats = np.zeros((len(question.ways), len(kept)))
        rows: list[Overlap] = []
        if max(question.ways) == 2 or beyond:
            total, points = np.zeros((1, 1, len(kept))), 0
        else:
            try:
                surface = build_surface(kept)
            except ValueError as inaccurate:
                raise Refused(str(inaccurate)) from None
            accuracy += 10 * surface.error
            rng = context.stream(self.name, "shots", question.shots)
            share = min(context.budget.draws / kept[0].scores, MOST_POINTS) / len(kept)
            chunk = max(CHUNK, min(batch(context.budget.device, CHUNK), MOST_NUMBERS // population.classes))
            integral = Integral(surface, question.ways, share, chunk)
            rows, left = self._classes(kept, integral, rng, population.classes)
            total, points = np.stack([row.values for row in rows], axis=2), sum(row.points for row in rows)
            parts = np.bincount(place) / population.classes
            far = points * np.max(np.stack([row.far for row in rows], axis=2) * parts, axis=2)
        base, total, exact = base[:, place], total[:, :, place], exact[place]
        per_class, room = base - total.mean(axis=1), _room(rows, left, place) if points else None
        effort = Effort(time.perf_counter() - start, points)
        answers = []
        for w, ways in enumerate(question.ways):
            value = float(np.mean(per_class[w]))
            low, high = pair_bracket(exact, ways, population.classes)
            off_by = per_class[w] - class_brackets(exact, ways)[0] if room is None else room[w]
            # Beyond the surface's range nothing is sampled: the bracket holds without.
            rule: IntervalRule = Exact(value) if ways == 2 else Bracket(low, high)
            if points and ways > 2:
                spread = np.mean(base[w][None, :] - total[w], axis=1)
                off = accuracy * value + float(np.mean(left[w, place]))
                rule = _sampled_rule(spread, (low, high), off, points, far[:, w])
            answers.append(
                Estimate.of(
                    value,
                    rule,
                    self.name,
                    effort,
                    confidence=context.confidence,
                    seed=context.seed,
                    per_class=tuple(map(float, per_class[w])),
                    resolved=ways == 2 or resolved(per_class[w], off_by),
                    # An integral is done anew a few times: no episode is drawn.
                    resampled="replicates",
                )
            )
        return answers

    def _classes(
        self,
        kept: Sequence[QueryClass],
        integral: Integral,
        rng: Generator,
        classes: int,
    ) -> tuple[list[Overlap], Floats]:
        """``_class`` of every query class, and (ways, query classes) how far the mean of its overlap may lie
        from what is given: half its bracket for a class that the guard has turned down. Raises ``Refused``
        where those brackets are a visible part of the error."""
        ways = integral.ways
        replicates, rows = 0, []
        left = np.zeros((len(ways), len(kept)))
        reasons = []
        for index, query in enumerate(kept):
            try:
                row = self._class(query, integral, rng)
            except Refused as reason:
                reasons.append(str(reason))
                left[:, index] = [_half_bracket(query, k, classes) for k in ways]
                row = Overlap(np.zeros((len(ways), 0)), 0, np.zeros((2, len(ways))))
            replicates = max(replicates, row.values.shape[1])
            rows.append(row)
        for w, k in enumerate(ways):
            whole = float(np.sum(_pair_mean(np.stack([each.exact for each in kept]), [k], classes)))
            if reasons and float(np.sum(left[w])) > NARROW * whole:
                raise Refused(reasons[0])
        for index, row in enumerate(rows):
            if row.points == 0:
                rows[index] = replace(row, values=np.repeat(left[:, index, None], max(replicates, 1), axis=1))
        return rows, left

    def _class(
        self,
        query: QueryClass,
        integral: Integral,
        rng: Generator,
    ) -> Overlap:
        surface, ways, chunk = integral.surface, integral.ways, integral.chunk
        target = float(np.sum(query.exact))
        rare = target * (max(ways) - 1) / len(query.exact) < RARE
        proposal = self.designs(query, surface) if rare else Proposal.plain(query.scores)
        share = integral.points / REPLICATES / len(proposal.weights)
        # A plain point costs less than its share of the draws.
        size = 1 << max(3, int(math.log2(max(share, 8)) + (0.0 if rare else PLAIN)))
        xp = namespace(rng)
        overlap, control = xp.zeros((len(ways), REPLICATES)), xp.zeros(REPLICATES)
        far = xp.zeros((2, len(ways)))
        for component, weight in enumerate(proposal.weights):
            shifts = rng.random((REPLICATES, query.scores))
            before = xp.mean(overlap, axis=1)
            each = float(weight) / size
            block = max(1, chunk // size)
            for first in range(0, REPLICATES, block):
                rows = slice(first, min(first + block, REPLICATES))
                for begin in range(0, size, chunk):
                    u = quasi.normals(shifts[rows, :], size, begin, min(begin + chunk, size))
                    shape = u.shape[1:]
                    flat = xp.reshape(u, (query.scores, -1))
                    if rare:
                        flat = flat + like(proposal.centres, flat)[component, :][:, None]
                    f = special(flat).ndtr(query.scores_of(surface, flat))
                    both = overlap_and_wrong(f, ways)[0]
                    total = xp.sum(f, axis=0)
                    if rare:
                        ratio = proposal.ratio(flat)
                        both, total = both * ratio, total * ratio
                        far[1, :] = xp.maximum(far[1, :], each * xp.max(both, axis=1))
                    both, total = xp.reshape(both, (len(ways), *shape)), xp.reshape(total, shape)
                    overlap[:, rows] += each * xp.sum(both, axis=2)
                    control[rows] += each * xp.sum(total, axis=1)
            # No overlap is below 0: less than the mean of its component no point can lose.
            far[0, :] = xp.maximum(far[0, :], (xp.mean(overlap, axis=1) - before) / size)
        overlap, control, far = to_numpy(overlap), to_numpy(control), to_numpy(far) / REPLICATES
        if self.guard:
            check_control(control, target, GUARD_POWER if rare else PLAIN_POWER)
        points = REPLICATES * size * len(proposal.weights)
        if rare:
            return Overlap(overlap, points, far)
        values, slope = regressed_by_halves(overlap, control, target)
        ends = corner_ends(len(query.exact), ways, slope)
        middle = np.mean(values, axis=1) - slope * target
        return Overlap(values, points, np.stack([middle - ends[0], ends[1] - middle]) / (size * REPLICATES))


def corner_ends(others: int, ways: Sequence[int], slope: Floats) -> tuple[Floats, Floats]:
    """(ways,) each: the least and the most that a point of plain sampling may be worth, its overlap less
    ``slope`` (ways,) times the sum of its F_j.

    That is linear in each F_j, and so at its ends at corners, where each is 0 or 1; and it is the same for
    all corners of as many ones."""
    ones = np.arange(others + 1)
    corners = (np.arange(others)[:, None] < ones[None, :]).astype(np.float64)
    worth = to_numpy(overlap_and_wrong(corners, ways)[0]) - slope[:, None] * ones[None, :]
    return np.min(worth, axis=1), np.max(worth, axis=1)


def query_classes(population: Population, shots: float) -> list[QueryClass]:
    """Raises ``Refused`` unless the classes are isotropic Gaussian, their pairs exactly known."""
    variances = population.isotropic_variances if isinstance(population, GaussianClasses) else None
    if variances is None:
        raise Refused("the conditional engine needs isotropic Gaussian classes")
    p, classes = population.dimension, []
    cache: dict[tuple[float, float, float], float] = {}
    for i in range(population.classes):
        others = [j for j in range(population.classes) if j != i]
        sigma = math.sqrt(variances[i])
        offsets = (population.means[others] - population.means[i]) / sigma
        axes = common_span(offsets)
        exact = []
        for j, offset in zip(others, offsets, strict=True):
            # Rounded to 13 digits so that equal distances share one evaluation.
            key = (float(f"{np.linalg.norm(offset) * sigma:.13g}"), float(variances[i]), float(variances[j]))
            if key not in cache:
                try:
                    cache[key] = pair_probability(p, key[0], key[1], key[1] / shots, key[2] / shots)
                except ValueError as unknown:
                    raise Refused(str(unknown)) from None
            exact.append(cache[key])
        outside = p - len(axes)
        classes.append(
            QueryClass(
                own=i,
                offsets=constant(offsets @ axes.T),
                scales=constant(np.sqrt(shots * variances[i] / variances[others])),
                root_shots=math.sqrt(shots),
                exact=np.array(exact),
                outside=ChiQuantile.build(outside) if outside else None,
                radius=ChiQuantile.build(p - 1),
            )
        )
    return classes


def build_surface(classes: Sequence[QueryClass]) -> ScoreSurface:
    """One surface over the range of shifts that the query can reach, found on normal scores within +-9."""
    rng = stream(0, "conditional", "range")
    low, high, p = math.inf, 0.0, 0
    for query in classes:
        u = rng.standard_normal((query.scores, 256))
        u *= np.minimum(9.0, 1.5 + 0.02 * np.arange(256)) / np.sqrt(np.mean(u**2, axis=0)).max()
        span = query.offsets.shape[1]
        steps = np.linspace(0.0, 1.0, 16)
        u[:span, :] += (
            (query.offsets[:, :, None] * steps)
            .transpose(1, 0, 2)
            .reshape(span, -1)[:, np.arange(256) % (16 * len(query.offsets))]
        )
        shift = to_numpy(query.roots_and_shifts(u)[1])
        low, high = min(low, float(shift.min())), max(high, float(shift.max()))
        p = query.radius.degrees + 1
    return ScoreSurface.build(p, max(0.0, low - 2.0 - 0.05 * low), high * 1.05 + 4.0)


def _alike(population: Population) -> tuple[list[int], Integers]:
    """Numbers of the classes that stand for all, and which of them stands for each."""
    assert isinstance(population, GaussianClasses)  # ``refusal`` has seen to it
    variances = population.isotropic_variances
    assert variances is not None
    return alike(population.means, np.sqrt(variances)[:, None])


def _room(rows: Sequence[Overlap], left: Floats, place: Integers) -> Floats:
    """(ways, classes): how far the error of each class may be off, at about 95 %."""
    total = np.stack([row.values for row in rows], axis=2)
    most = np.stack([np.max(row.far, axis=0) for row in rows], axis=1)
    jumps = np.apply_along_axis(jump, 1, total)
    errors = 2 * np.std(total, axis=1, ddof=1) / math.sqrt(total.shape[1])
    room: Floats = errors + jumps + most_unseen(1, 0.95) * most + left
    return room[:, place]


def _sampled_rule(
    spread: Floats, bracket: tuple[float, float], off: float, points: int, far: Floats
) -> IntervalRule:
    """Of replicates, whose mean may be off by ``off`` beside what they and so many ``points`` show; those may
    have missed what lies as ``far`` as this above and below them. The bracket alone where the replicates are
    too skewed and it is narrow."""
    value, rest = float(np.mean(spread)), jump(spread)
    low, high = bracket
    if rest > 0 and high - low <= NARROW * value:
        return Bracket(low, high)
    deviation = float(np.std(spread, ddof=1))
    rule = Replicates(len(spread), value, deviation, low, high, (off + rest) / value)
    return Within(BesideUnseen(rule, points, float(far[0]), float(far[1])), low, high)


def _pair_mean(exact: Floats, ways: Sequence[int], classes: int) -> Floats:
    """(ways, query classes): mean over subsets of the sum of pair probabilities."""
    return np.array([[(k - 1) / (classes - 1) * float(np.sum(row)) for row in exact] for k in ways])


def _half_bracket(query: QueryClass, ways: int, classes: int) -> float:
    """Half of the most that the overlap of one query class can be."""
    low, high = pair_bracket(query.exact[None, :], ways, classes)
    return (high - low) / 2
