"""NC1 to NC4 of stored features, freed of the noise that finite samples put into class means, with intervals.

Definitions are those of ``theory.collapse`` (Papyan, Han, Donoho, PNAS 2020, in the forms that public code
uses); how each is corrected stands with it. Intervals are over samples: these classes, fresh samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from simulations.estimates import Binomial
from simulations.features.halves import Halves
from simulations.features.rows import blocks
from simulations.runtime.randomness import stream
from simulations.runtime.row_source import RowSource
from theory.array import Floats, Integers, to_numpy
from theory.geometry import ClassGeometry

RESOLVED = 1e-10
LEAST_FACTOR, LARGEST_FACTOR = 0.5, 8.0
FEWEST_EXTRAPOLATED = 5
"""Samples of a class from which the interval of NC1 covers: 1,000 of 1,000 draws at 5, of a simplex and of
means whose lengths differ by a factor of 4; 198 of 200 where they differ by 20."""
LARGE_WORK = 1e9
"""Multiplications from which products of samples with axes of the means run in float32."""
SIGNS = 32
"""Random vectors for a trace."""
RULE_SAMPLES = 4096
"""Most samples to which the nearest-class-mean rules of halves are applied."""
INDISTINGUISHABLE = 0.01
"""Share of the squared length of a centred mean below which what noise leaves of it counts as none."""


@dataclass(frozen=True)
class Metric:
    """A value with its interval over samples (None where there is none)."""

    value: float
    low: float | None = None
    high: float | None = None


def quantile(confidence: float, freedom: float) -> float:
    """Student's quantile of a two-sided interval; ``freedom`` is its degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + confidence) / 2))


def around(value: float, deviation: float, confidence: float, splits: int) -> Metric:
    """A metric that is not negative, with Student's interval by ``splits`` splits of the samples."""
    half = quantile(confidence, splits) * deviation
    return Metric(max(value, 0.0), max(value - half, 0.0), max(value + half, 0.0))


# -- NC1 ---------------------------------------------------------------------------------------------------
def nc1(geometry: ClassGeometry, split: Halves, confidence: float) -> Metric:
    """tr(S_W pinv(S_B)) / classes, extrapolated.

    Along an axis of the means the noise of N samples adds v/N to their variance b: there 1/f is linear in
    1/N, and 1/f = 2/f(N) - 1/f(N/2), f with the means of half-samples in S_B. Of axes that differ in v/b
    something is left: below 5 samples too much for an interval. The covariance of up to 4096 samples stands
    for S_W in that correction, which is a factor.
    """
    along = _along(geometry, split)
    value = float(np.sum(along)) / len(split.whole)
    within = split.within
    if within.size * float(len(split.whole)) > LARGE_WORK:
        # Of these only quotients count, and few digits of them.
        within = within.astype(np.float32)
    base = _nc1(split.whole, within)
    if base == 0 or value == 0:
        return Metric(0.0, 0.0, 0.0)
    parts = np.array([_nc1_of_halves(split, number, within) for number in range(len(split.means))]) / base
    # Where means are hardly distinguishable the correction may overshoot.
    # Of 3 samples, 2 of which coincide, rounding leaves less than nothing about the means of halves.
    slope = (1 / max(float(parts.mean()), math.ulp(1.0)) - 1) / split.growth
    factor = 1 / min(max(1 - slope, 1 / LARGEST_FACTOR), 1 / LEAST_FACTOR)
    # As of normal classes: the variance of a variance is 2/N of its square; along independent axes they add.
    freedom = float(np.sum(split.sizes)) - len(split.sizes)
    noise = math.sqrt(2 * float(np.sum(along**2)) / freedom) / (len(split.whole) * value)
    deviation = value * factor * math.hypot(from_halves(parts), noise)
    # What is left is taken to be at most as much again as was corrected: of means whose lengths differ by a
    # factor of 20 in many dimensions a narrower interval, of the factor's own noise, covered 17 of 40 draws.
    rest = value * factor * abs(factor - 1)
    metric = around(value * factor, deviation, confidence, len(parts))
    if np.min(split.sizes) < FEWEST_EXTRAPOLATED:
        return Metric(metric.value)
    assert metric.low is not None and metric.high is not None
    return Metric(metric.value, max(metric.low - rest, 0.0), metric.high + rest)


def _along(geometry: ClassGeometry, split: Halves) -> Floats:
    """(axes,): variance within classes along every axis of the means, over that of the means."""
    unit = geometry.unit / split.scale
    centred = split.whole - split.whole.mean(axis=0)
    if len(centred) > centred.shape[1]:
        axes, between = _axes(split.whole)
        return to_numpy(geometry.within_along(np.ascontiguousarray(axes))) * unit**2 / between
    squares, vectors = np.linalg.eigh(centred @ centred.T)
    keep = squares > RESOLVED * squares[-1]
    along = geometry.within_along_means(geometry.array(np.ascontiguousarray(vectors[:, keep].T)))
    # Those axes are as long as the root of ``squares``.
    values: Floats = to_numpy(along) * unit**4 * len(centred) / squares[keep] ** 2
    return values


def hidden_axes(split: Halves) -> int:
    """Along how many axes of the class means the noise of the samples explains all that is seen of them: the
    means may span fewer dimensions, which decides what NC1 divides by.

    Were there noise alone along an axis, its squared length would on average be what the noise of each mean
    brings in: over all directions where classes are fewer than dimensions, else along the axis.
    """
    centred = split.whole - split.whole.mean(axis=0)
    fewer = len(centred) <= centred.shape[1]
    squares, vectors = np.linalg.eigh(centred @ centred.T if fewer else centred.T @ centred)
    keep = squares > RESOLVED * squares[-1]
    squares, vectors = squares[keep], vectors[:, keep]
    if fewer:
        noise = (split.variances / split.sizes) @ vectors**2
    else:
        projected = split.within @ vectors
        noise = np.sum(1 / split.sizes) * np.einsum("na,na->a", projected, projected)
    return int(np.sum(squares <= noise))


def _nc1(means: Floats, within: Floats, own: Floats | None = None, scale: float = 1.0) -> float:
    """Of ``means`` (classes, p) and the covariance within'within - own'own times ``scale``."""
    axes, between = _axes(means)
    squares = _squares(within, axes)
    if own is not None:
        squares = scale * (squares - _squares(own, axes))
    return float(np.sum(squares / between)) / len(means)


def _squares(rows: Floats, axes: Floats) -> Floats:
    projected = rows @ axes.T.astype(rows.dtype)
    values: Floats = np.einsum("na,na->a", projected, projected, dtype=np.float64)
    return values


def _nc1_of_halves(split: Halves, number: int, within: Floats) -> list[float]:
    """With the means of either half. ``within`` is about the means of the whole: it holds what the samples of
    a half have in common, so more than there is along what noise makes of that half's mean. Of two halves of
    N_1 and N_2 samples that is N_1 N_2/N^2 times the square of their difference; what is left is about the
    means of the halves, which say nothing of it."""
    sizes, counts = split.sizes, split.counts[number]
    share = np.prod(counts, axis=0) / sizes**2 * sizes / (sizes - 1) / len(sizes)
    own = np.sqrt(share)[:, None] * (split.means[number, 0] - split.means[number, 1])
    if np.min(sizes) < 3:
        return [_nc1(half, within) for half in split.means[number]]
    scale = float(np.mean((sizes - 1) / (sizes - 2)))
    return [_nc1(half, within, own.astype(within.dtype), scale) for half in split.means[number]]


def _axes(means: Floats) -> tuple[Floats, Floats]:
    """Orthonormal rows that span the centred means, and the variance of the means along them."""
    centred = means - means.mean(axis=0)
    fewer = len(centred) <= centred.shape[1]
    squares, vectors = np.linalg.eigh(centred @ centred.T if fewer else centred.T @ centred)
    keep = squares > RESOLVED * squares[-1]
    if not fewer:
        return vectors[:, keep].T, squares[keep] / len(means)
    return (vectors[:, keep].T @ centred) / np.sqrt(squares[keep])[:, None], squares[keep] / len(means)


def from_halves(parts: Annotated[Floats, "splits halves"]) -> float:
    """Standard deviation of the whole's statistic from those of complementary halves (splits, 2)."""
    return math.sqrt(float(np.mean((parts[:, 0] - parts[:, 1]) ** 2)) / 4)


def trace_quotient(split: Halves, confidence: float) -> Metric:
    """tr S_W / tr S_B, the variant that needs no inverse (Galanti et al. 2022 call it class-features variance
    over that of the means; "NC1 by traces" in public code). Exactly de-biased: the noise of the means, the
    mean of v_c/N_c, is taken out of tr S_B."""

    def of(means: Floats, counts: Floats) -> float:
        centred = means - means.mean(axis=0)
        share = (len(means) - 1) / len(means)
        between = float(np.mean(np.sum(centred**2, axis=1)))
        between -= share * float(np.mean(split.variances / counts))
        return float(np.mean(split.variances)) / between if between > 0 else math.inf

    value = of(split.whole, split.sizes)
    parts = np.array(
        [[of(split.means[s, h], split.counts[s, h]) for h in range(2)] for s in range(len(split.means))]
    )
    if not np.all(np.isfinite(parts)) or not math.isfinite(value):
        return Metric(value if math.isfinite(value) else float(np.finfo(float).max))
    # The halves share tr S_W, whose own noise joins theirs.
    return around(
        value, math.hypot(from_halves(parts), value * _noise_of_trace(split)), confidence, len(parts)
    )


def _noise_of_trace(split: Halves) -> float:
    """Standard deviation of tr S_W over its value, as of normal classes: sqrt(2 tr S_W^2 / freedom) / tr S_W.
    tr S_W^2 is the mean of |S_W z|^2 over vectors z of random signs."""
    signs = np.where(stream(0, "collapse", "signs").random((split.within.shape[1], SIGNS)) < 0.5, -1.0, 1.0)
    squares = float(np.sum((split.within.T @ (split.within @ signs)) ** 2)) / SIGNS
    total = float(np.sum(split.within**2))
    freedom = float(np.sum(split.sizes)) - len(split.sizes)
    return math.sqrt(2 * squares / freedom) / total if total > 0 else 0.0


# -- NC2 ---------------------------------------------------------------------------------------------------
def nc2(split: Halves, confidence: float) -> dict[str, Metric]:
    """Norms and angles of the centred means against a simplex, in ``theory.collapse.nc2``'s terms.

    The spread that sampling noise adds is left out by multiplying what two halves, whose noise is
    independent, say of the same class or pair: the mean product is the mean square without noise.
    """
    classes = len(split.whole)
    squares, gaps = simplex(split.whole, split.variances / split.sizes)
    lengths = np.sqrt(np.maximum(squares, 0.0))
    plain_norms = float(np.std(lengths) / max(float(np.mean(lengths)), 1e-300))
    off = ~np.eye(classes, dtype=bool)
    plain_angles = float(np.mean(np.abs(gaps[off])))
    scales = [max(float(np.var(squares)), 1e-300), max(float(np.mean(gaps[off] ** 2)), 1e-300)]
    per_class = [np.zeros(classes), np.zeros(classes)]
    for pair, counts in zip(split.means, split.counts, strict=True):
        (first, left), (second, right) = (
            simplex(half, split.variances / count, norms=squares)
            for half, count in zip(pair, counts, strict=True)
        )
        spread = (first - first.mean()) * (second - second.mean())
        per_class[0] += spread / len(split.means)
        per_class[1] += np.sum(np.where(off, left * right, 0.0), axis=1) / (classes - 1) / len(split.means)
    # A pair's noise stands in the means of two classes.
    return {
        "norms": freed_of_noise(plain_norms, per_class[0], scales[0], confidence),
        "angles": freed_of_noise(plain_angles, per_class[1], scales[1], confidence, widened=2.0),
    }


def freed_of_noise(
    plain: float,
    terms: Annotated[Floats, "classes"],
    square: float,
    confidence: float,
    *,
    widened: float = 1.0,
) -> Metric:
    """``plain`` times the root of (mean of ``terms`` / ``square``): terms (classes,) are products of what two
    halves say of a class, in which independent noise drops out, ``square`` the same with its noise.

    Classes vary at least as much as their samples: the interval over them is wide rather than narrow.
    """
    classes = len(terms)
    share = float(np.mean(terms)) / square
    half = quantile(confidence, classes - 1) * float(np.std(terms, ddof=1)) / math.sqrt(classes) / square
    half *= widened
    value, low, high = (plain * math.sqrt(max(x, 0.0)) for x in (share, share - half, share + half))
    return Metric(value, low, high)


def simplex(
    means: Annotated[Floats, "classes p"], noise: Annotated[Floats, "classes"], norms: Floats | None = None
) -> tuple[Annotated[Floats, "classes"], Annotated[Floats, "classes classes"]]:
    """Squared norms of the centred means without the noise's mean (classes,), and cos + 1/(classes - 1) of
    all pairs (classes, classes); the cosines are over ``norms`` (classes,), squared, where given."""
    classes = len(means)
    centred = means - means.mean(axis=0)
    gram = centred @ centred.T
    average = float(np.mean(noise)) / classes
    squares = np.diag(gram) - (1 - 2 / classes) * noise - average
    # Two centred means share the noise of the common centre.
    shared = average - (noise[:, None] + noise[None, :]) / classes
    # A class whose mean cannot be distinguished from the common one has no direction: noise must not make it
    # a long one.
    length = np.maximum(np.diag(gram), np.maximum(noise, float(np.mean(noise))))
    least = np.maximum(INDISTINGUISHABLE * length, 1e-300)
    scale = np.sqrt(np.maximum(squares if norms is None else norms, least))
    return squares, (gram - shared) / np.outer(scale, scale) + 1 / (classes - 1)


# -- NC3 and NC4 -------------------------------------------------------------------------------------------
def nc3(split: Halves, weights: Annotated[Floats, "classes p"], confidence: float) -> Metric:
    """|W/|W| - M/|M||_F^2, the noise of the means taken out of |M|."""

    def of(means: Floats, noise: Floats) -> float:
        centred = means - means.mean(axis=0)
        square = float(np.sum(centred**2)) - (1 - 1 / len(means)) * float(np.sum(noise))
        length = math.sqrt(max(square, 1e-300)) * float(np.linalg.norm(weights))
        return 2 - 2 * max(-1.0, min(1.0, float(np.sum(weights * centred)) / length))

    value = of(split.whole, split.variances / split.sizes)
    parts = np.array(
        [
            [of(split.means[s, h], split.variances / split.counts[s, h]) for h in range(2)]
            for s in range(len(split.means))
        ]
    )
    return around(value, from_halves(parts), confidence, len(parts))


@dataclass(frozen=True, eq=False)
class Classifier:
    """Linear: weights (classes, dimension) and bias (classes,), in the order of the classes."""

    weights: Floats
    bias: Floats


@dataclass(frozen=True, eq=False)
class SplitLabels:
    """The number of each sample's class, and the means of halves of the classes."""

    numbers: Integers
    split: Halves


def nc4(
    features: RowSource,
    labels: SplitLabels,
    classifier: Classifier,
    confidence: float,
    held_out: bool = False,
) -> Metric:
    """Share of samples on which the linear classifier and the nearest-class-mean rule disagree.

    ``held_out``: each sample is left out of its own class's mean, so that the rule has not seen it. The rule
    has its means from samples: the interval is for as many fresh ones of each class, which give a rule of
    their own. Those that are held out all meet the same errors of the means, and so are not independent: what
    these do to the share joins the interval. Of samples in their own means the two effects cancel.
    """
    numbers, split = labels.numbers, labels.split
    origin = np.asarray(features[:1], dtype=np.float64)[0]
    sizes = split.sizes
    wrong = total = 0
    for part, stored in blocks(features):
        rows = np.asarray(stored, dtype=np.float64)
        linear = np.argmax(rows @ classifier.weights.T + classifier.bias, axis=1)
        rows = (rows - origin) / split.scale
        own = numbers[part]
        scores = _scores(rows, split.whole)
        if held_out:
            gaps = rows - split.whole[own]
            left_out = (sizes / np.maximum(sizes - 1, 1))[own] ** 2 * np.sum(gaps**2, axis=1)
            scores[np.arange(len(rows)), own] = 0.5 * (np.sum(rows**2, axis=1) - left_out)
        wrong += int(np.sum(linear != np.argmax(scores, axis=1)))
        total += len(rows)
    share = max(wrong, 1) / total
    independent = share * (1 - share) / total
    noise = _noise_of_rule(features, split, classifier, origin) if held_out and independent > 0 else 0.0
    worth = independent / (independent + noise**2) if independent > 0 else 1.0
    low, high = Binomial(wrong * worth, total * worth).interval(confidence)
    return Metric(wrong / total, low, high)


def _scores(rows: Floats, means: Floats) -> Floats:
    values: Floats = rows @ means.T - 0.5 * np.sum(means**2, axis=1)
    return values


def _noise_of_rule(features: RowSource, split: Halves, classifier: Classifier, origin: Floats) -> float:
    """Standard deviation of NC4 on the same samples through the means, from those of halves."""
    samples = int(features.shape[0])
    some = np.linspace(0, samples - 1, min(samples, RULE_SAMPLES)).astype(int)
    rows = np.asarray(features[some], dtype=np.float64)
    linear = np.argmax(rows @ classifier.weights.T + classifier.bias, axis=1)
    rows = (rows - origin) / split.scale
    parts = [
        [np.mean(linear != np.argmax(_scores(rows, half), axis=1)) for half in pair] for pair in split.means
    ]
    return from_halves(np.array(parts))
