"""Axes of two labelings of one file: how near to orthogonal they are, and the catalogue's bounds on that.

Every combination of a class of the one labeling with a class of the other counts alike, however many samples
it has: under those weights the labelings are independent and balanced, and the statements hold of the sample
itself. The sampling error is estimated by a delete-a-group jackknife.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.features.feature_file import FeatureFile
from simulations.features.rows import blocks
from simulations.runtime.row_source import RowSource
from simulations.verdicts.verdict import ratios
from theory import catalogue
from theory.array import Floats, Integers, to_numpy
from theory.bound import NotApplicable
from theory.bound.confidence import AxesBound
from theory.evidence import TwoLabelings
from theory.evidence.labelings import pairs
from theory.setting import Setting

GROUPS = 10
MOST_CLASSES = 200
"""Most classes of either labeling: memory grows with the cube of their number."""
MOST_SHOWN = 10


@dataclass(frozen=True)
class Interval:
    """A number with its jackknife interval; None where a combination has too few samples for one."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class AxesOfBound:
    """One statement over all pairs of axes: mean, largest |u_1.u_2| / bound, share of pairs below 1."""

    name: str
    mean: Interval
    largest_ratio: float
    says_something: float


@dataclass(frozen=True, eq=False)
class Axes:
    """What is measured of two labelings.

    cosines (pairs of the first, pairs of the second); ``first`` and ``second`` are the names of the classes;
    ``fewest`` samples of a combination. ``reason``: why nothing could be measured; there are no numbers then.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    fewest: int
    cosines: Floats
    cosine: Interval
    bounds: tuple[AxesOfBound, ...]
    values: dict[str, Floats]
    """By statement, of the shape of ``cosines``."""
    reason: str = ""

    def worst(self) -> list[tuple[str, str, float, dict[str, float]]]:
        """The pairs of axes with the largest cosines: their names, |u_1.u_2|, and every bound."""
        one, two = pairs(len(self.first)), pairs(len(self.second))
        rows = []
        for flat in np.argsort(-np.abs(self.cosines), axis=None)[:MOST_SHOWN]:
            a, b = np.unravel_index(flat, self.cosines.shape)
            names = (
                f"{self.first[one[0][a]]} – {self.first[one[1][a]]}",
                f"{self.second[two[0][b]]} – {self.second[two[1][b]]}",
            )
            values = {name: float(matrix[a, b]) for name, matrix in self.values.items()}
            rows.append((*names, abs(float(self.cosines[a, b])), values))
        return rows


def statements() -> list[AxesBound]:
    """The catalogue's upper bounds on the cosine of two axes."""
    return [b for b in catalogue.about("axes") if isinstance(b, AxesBound) and b.kind == "upper"]


def axes_of(file: FeatureFile, features: RowSource, confidence: float) -> Axes | None:
    """None for a file without a second labeling; ``features`` (samples, dimension) are what is measured."""
    if file.labels2 is None:
        return None
    first, second = file.members[0], tuple(str(name) for name in np.unique(file.labels2))
    numbers = file.numbers, np.unique(file.labels2, return_inverse=True)[1]
    counts = np.zeros((len(first), len(second)), dtype=int)
    np.add.at(counts, numbers, 1)
    reason = _refusal(counts, first, second)
    if reason:
        nothing = Interval(float("nan"))
        return Axes(first, second, int(counts.min()), np.zeros((0, 0)), nothing, (), {}, reason)
    groups = min(GROUPS, int(counts.min()))
    whole, *others = _evidence(features, numbers, counts.shape, groups if groups > 1 else 0)
    problem = whole.problem(Setting(1, 2))
    if problem:
        nothing = Interval(float("nan"))
        return Axes(first, second, int(counts.min()), np.zeros((0, 0)), nothing, (), {}, problem)
    values = {bound.name: _values(bound, whole) for bound in statements()}
    replicates = [_figures(each) for each in others]
    figures = {
        name: _jackknife(value, [each[name] for each in replicates], confidence)
        for name, value in _figures(whole).items()
    }
    cosines = np.abs(to_numpy(whole.cosines))
    bounds = tuple(
        AxesOfBound(name, figures[name], float(np.max(ratios(cosines, matrix))), float(np.mean(matrix < 1)))
        for name, matrix in values.items()
    )
    return Axes(first, second, int(counts.min()), to_numpy(whole.cosines), figures["cosine"], bounds, values)


def _refusal(counts: Integers, first: tuple[str, ...], second: tuple[str, ...]) -> str:
    if len(second) < 2:
        return "labels2 has one class: no axis"
    if max(counts.shape) > MOST_CLASSES:
        return f"more than {MOST_CLASSES} classes in one labeling"
    if counts.min() == 0:
        a, b = np.unravel_index(int(np.argmin(counts)), counts.shape)
        empty = int(np.sum(counts == 0))
        return (
            f"{empty} of {counts.size} combinations of classes have no sample ({first[a]} with {second[b]}), "
            "so the labelings cannot be made independent"
        )
    return ""


def _evidence(
    features: RowSource, numbers: tuple[Integers, Integers], shape: tuple[int, int], groups: int
) -> list[TwoLabelings]:
    """The evidence of all samples, then of those outside each group; two passes over the features."""
    cell = numbers[0] * shape[1] + numbers[1]
    order = np.argsort(cell, kind="stable")
    rank = np.empty(len(cell), dtype=int)
    rank[order] = np.arange(len(cell)) - np.searchsorted(cell[order], cell[order])
    group = rank % max(groups, 1)
    cells, size = shape[0] * shape[1], int(features.shape[1])
    sums, counts = np.zeros((max(groups, 1), cells, size)), np.zeros((max(groups, 1), cells))
    np.add.at(counts, (group, cell), 1.0)
    # Far from the origin squares lose digits: everything is read from the first sample.
    origin = np.asarray(features[:1], dtype=np.float64)
    for part, rows in blocks(features):
        np.add.at(sums, (group[part], cell[part]), np.asarray(rows, dtype=np.float64) - origin)
    kept = [np.ones(max(groups, 1), dtype=bool), *(np.arange(groups) != g for g in range(groups))]
    drafts = [_Draft(shape, sums[k].sum(axis=0), counts[k].sum(axis=0)) for k in kept]
    for part, rows in blocks(features):
        centred = np.asarray(rows, dtype=np.float64) - origin
        for draft, k in zip(drafts, kept, strict=True):
            own = k[group[part]]
            draft.add(centred[own], numbers[0][part][own], numbers[1][part][own])
    return [draft.evidence() for draft in drafts]


class _Draft:
    """The evidence of one choice of samples, while its second pass goes on."""

    def __init__(self, shape: tuple[int, int], sums: Floats, counts: Floats) -> None:
        self.shape, self.counts = shape, counts.reshape(shape)
        places = (sums / counts[:, None]).reshape(*shape, -1)
        places = places - places.mean(axis=(0, 1))
        self.means = places.mean(axis=1), places.mean(axis=0)
        self.centre = (sums / counts[:, None]).reshape(*shape, -1).mean(axis=(0, 1))
        self.spread = np.zeros((shape[0],) * 3), np.zeros((shape[1],) * 3)

    def add(self, rows: Floats, first: Integers, second: Integers) -> None:
        centred = rows - self.centre
        for side, own in enumerate((first, second)):
            along = (centred - self.means[side][own]) @ self.means[side].T
            weight = 1 / (self.counts[first, second] * self.shape[1 - side])
            for c in np.unique(own):
                projected = along[own == c]
                self.spread[side][c] += (weight[own == c, None] * projected).T @ projected

    def evidence(self) -> TwoLabelings:
        shares = np.full(self.shape, 1 / (self.shape[0] * self.shape[1]))
        (first, second), (first_spread, second_spread) = self.means, self.spread
        return TwoLabelings(shares, first, second, first_spread, second_spread)


def _values(bound: AxesBound, evidence: TwoLabelings) -> Floats:
    values = bound.values(evidence, Setting(1, 2))
    shape = evidence.cosines.shape
    return (
        np.full(shape, np.inf)
        if isinstance(values, NotApplicable)
        else np.broadcast_to(to_numpy(values), shape)
    )


def _figures(evidence: TwoLabelings) -> dict[str, float]:
    figures = {"cosine": float(np.mean(np.abs(to_numpy(evidence.cosines))))}
    return figures | {bound.name: float(np.mean(_values(bound, evidence))) for bound in statements()}


def _jackknife(value: float, replicates: list[float], confidence: float) -> Interval:
    """From the values without each group: t quantile, not below 0."""
    if not replicates or not np.all(np.isfinite(replicates)):
        return Interval(value)
    from scipy.stats import t

    count, spread = len(replicates), float(np.var(replicates))
    deviation = float(np.sqrt((count - 1) * spread))
    reach = float(t.ppf((1 + confidence) / 2, count - 1)) * deviation
    return Interval(value, max(0.0, value - reach), value + reach)


def in_words(axes: Axes) -> Iterator[str]:
    """One or two sentences for a terminal."""
    if axes.reason:
        yield f"No axes of the two labelings: {axes.reason}."
        return
    sharp = min(axes.bounds, key=lambda each: each.mean.value)
    yield (
        f"Axes of labels ({len(axes.first)} classes) and labels2 ({len(axes.second)}): |cosine| "
        f"{_span(axes.cosine)} on average; {sharp.name} guarantees {_span(sharp.mean)} on average, below 1 "
        f"at {sharp.says_something:.0%} of the pairs (largest cosine / bound {sharp.largest_ratio:.3g})."
    )


def _span(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return f"{interval.value:.3g}"
    return f"{interval.value:.3g} [{interval.low:.3g}, {interval.high:.3g}]"


def document(axes: Axes) -> dict[str, Any]:
    """Its JSON form."""
    if axes.reason:
        return {"classes": [len(axes.first), len(axes.second)], "reason": axes.reason}
    return {
        "classes": [len(axes.first), len(axes.second)],
        "fewest_samples_of_a_combination": axes.fewest,
        "weights": "every combination of classes alike",
        "interval": "delete-a-group jackknife over samples",
        "cosine": _plain(axes.cosine),
        "bounds": [
            {
                "name": each.name,
                "mean": _plain(each.mean),
                "largest_ratio": each.largest_ratio,
                "share_below_1": each.says_something,
            }
            for each in axes.bounds
        ],
        "largest": [
            {"first": a, "second": b, "cosine": cosine, "bounds": bounds}
            for a, b, cosine, bounds in axes.worst()
        ],
        "reason": None,
    }


def _plain(interval: Interval) -> dict[str, float | None]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}
