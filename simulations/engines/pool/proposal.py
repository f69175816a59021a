"""Which samples to draw most often as queries: those that err with the largest probability under a normal law
of the centres.

Only the efficiency depends on that approximation: every sample keeps a share of the chances and queries are
weighted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from simulations.engines.pool.controls import Controls
from simulations.engines.pool.rows import Rows
from theory.array import Floats, Integers

UNIFORM = 0.2
"""Share of the chances that all samples have alike: no weight exceeds its inverse."""
ALIKE = 64
"""The whole number of a sample with the mean chance of its class: drawn by whole numbers, chances are exact,
and so coarse that the rounding of a product, which depends on the machine, does not change them."""


def uniform(table: Annotated[Integers, "classes most"]) -> Annotated[Integers, "classes most"]:
    """(classes, most): 1 for a sample, 0 for none."""
    return (table >= 0).astype(np.int64)


def proposal(
    rows: Rows, table: Annotated[Integers, "classes most"], shots: int, ways: Sequence[int]
) -> tuple[Integers, Integers, Controls | None]:
    """``table`` (classes, most) with each class's samples in order of their chance; whole numbers
    proportional to that (classes, most), 0 where there is no sample; for one shot, controls."""
    present = table >= 0
    sizes = np.sum(present, axis=1, keepdims=True)
    chances, controls = _chances(rows, table, shots, ways)
    total = np.sum(chances, axis=1, keepdims=True)
    share = np.where(total > 0, chances / np.where(total > 0, total, 1.0), 1 / sizes)
    mixed = UNIFORM + (1 - UNIFORM) * share * sizes
    numbers: Integers = np.where(present, np.rint(ALIKE * mixed), 0).astype(np.int64)
    # Samples go before the places that hold none.
    order = np.argsort(np.where(present, numbers, np.iinfo(np.int64).max), axis=1, kind="stable")
    table, numbers = (np.take_along_axis(each, order, axis=1) for each in (table, numbers))
    if controls is None:
        return table, numbers, None
    controls = np.take_along_axis(controls, order[:, :, None], axis=1)
    return table, numbers, Controls.of(controls, table >= 0)


def _chances(rows: Rows, table: Integers, shots: int, ways: Sequence[int]) -> tuple[Floats, Floats | None]:
    """(classes, most) float64 guessed errors of the samples, up to a factor, 0 where there is none; for one
    shot also what controls are made of, (classes, most, 2)."""
    own = [row[row >= 0] for row in table]
    means = np.stack([rows.quick(each).mean(axis=0, dtype=np.float64) for each in own])
    spread, alignment = _moments(rows, own, means)
    half = 0.5 * np.einsum("cp,cp->c", means, means)
    chances = np.zeros(table.shape)
    controls = np.zeros((*table.shape, 2)) if shots == 1 else None
    for c, own_rows in enumerate(own):
        points = rows.quick(own_rows).astype(np.float64)
        margins = points @ means.T
        margins -= half
        margins = margins[:, [c]] - margins
        gaps = points - means[c]
        far = np.einsum("qp,qp->q", gaps, gaps)[:, None]
        if controls is not None:
            controls[c, : len(own_rows), 0] = far[:, 0]
            controls[c, : len(own_rows), 1] = _as_other(margins, far, c, spread, alignment)
        # The sample itself is in its class's mean: without it, it lies farther off.
        size = len(own_rows)
        margins -= 0.5 * far * ((size / (size - 1)) ** 2 - 1)
        margins += (spread - spread[c]) / (2 * shots)
        noise = alignment * (2 * far + np.maximum(2 * margins, 0)) / shots
        noise += alignment * float(np.mean(spread)) / shots**2
        chances[c, : len(own_rows)] = _error(margins, noise, c, ways)
    return chances, controls


def _as_other(margins: Floats, far: Floats, c: int, spread: Floats, alignment: float) -> Floats:
    """(samples,): guessed mean chance that queries of other classes lie nearer to a sample of class c, as its
    support, than to their own."""
    square = far + 2 * margins  # to the other means
    noise = alignment * (square + 1.5 * spread)
    tail = _tail((square - spread) / 2, noise)
    tail[:, c] = 0.0
    values: Floats = tail.sum(axis=1)
    return values


def _moments(rows: Rows, own: list[Integers], means: Floats) -> tuple[Floats, float]:
    """Mean squared distance from the mean (classes,), and (mean squared product of two deviations) /
    (mean squared length), from up to 64 samples of each class."""
    spread, products, lengths = np.empty(len(own)), 0.0, 0.0
    for c, own_rows in enumerate(own):
        gaps = rows.quick(own_rows[:64]) - means[c]
        square = np.einsum("qp,qp->q", gaps, gaps)
        spread[c] = float(np.mean(square, dtype=np.float64))
        products += float(np.mean(np.einsum("qp,qp->q", gaps[:-1], gaps[1:]) ** 2, dtype=np.float64))
        lengths += spread[c]
    return spread, products / lengths if lengths > 0 else 0.0


def _error(margins: Floats, noise: Floats, c: int, ways: Sequence[int]) -> Floats:
    """(samples,) from half differences of squared distances (samples, classes) and their variances."""
    tail = _tail(margins, noise)
    tail[:, c] = 0.0
    mean = tail.sum(axis=1) / (tail.shape[1] - 1)
    errors = [-np.expm1((k - 1) * np.log1p(-np.minimum(mean, 1 - 1e-9))) for k in ways]
    values: Floats = np.sum([each / max(float(np.mean(each)), math.ulp(0.0)) for each in errors], axis=0)
    return values


def _tail(margins: Floats, noise: Floats) -> Floats:
    """Chance that a normal variable of these means and variances is negative, to a few per cent."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        t = np.nan_to_num(margins / np.sqrt(noise), nan=0.0, posinf=40.0, neginf=-40.0)
    tail = np.abs(t)
    tail = 0.5 * np.exp(-tail * (0.717 + 0.416 * tail))
    return np.where(t < 0, 1 - tail, tail)
