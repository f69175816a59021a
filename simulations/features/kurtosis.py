"""Test of a granted kurtosis on the data, along directions chosen on other samples."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simulations.estimates import kl
from simulations.runtime.row_source import RowSource
from theory.array import Floats, Integers, to_numpy
from theory.geometry import ClassGeometry

CUTS = (2.0, 5.0, 10.0, 30.0, 100.0)
FEWEST = 20
MOST_ROWS = 4096


def peaked(
    geometry: ClassGeometry,
    features: RowSource,
    members: Sequence[Integers],
    kappa: float,
    false_alarm: float,
) -> str | None:
    """How a class contradicts E (h.x)^4 <= kappa lam^2, lam its largest variance; None where none does.

    The direction with the largest sample kurtosis among the lines to the other means and the leading one,
    chosen
    on one half; on the other min(y^4, c kappa lam^2), which lies in a known range and has a mean of at most
    kappa lam^2: Chernoff's bound holds whatever the law. The sample's largest eigenvalue, too large on
    average, stands for lam.
    """
    largest = to_numpy(geometry.with_sample_spectra().largest_eigenvalues) * geometry.unit**2
    means = to_numpy(geometry.means) * geometry.unit
    trials = len(members) * len(CUTS)
    for c, rows in enumerate(members):
        if len(rows) < FEWEST or largest[c] <= 0:
            continue
        chosen = rows[:: 1 + len(rows) // MOST_ROWS]
        samples = np.asarray(features[chosen], dtype=np.float64)
        samples = samples - samples.mean(axis=0)
        first, second = samples[0::2], samples[1::2]
        direction = _direction(first, np.delete(means - means[c], c, axis=0))
        fourth = (second @ direction) ** 4
        limit = kappa * float(largest[c]) ** 2
        for cut in CUTS:
            observed = float(np.mean(np.minimum(fourth, cut * limit))) / (cut * limit)
            surprise = len(second) * kl(observed, 1 / cut) if observed > 1 / cut else 0.0
            if surprise > math.log(trials / false_alarm):
                measured = float(np.mean(fourth)) / float(largest[c]) ** 2
                return (
                    f"along a direction of class {geometry.names[c]} the mean fourth power is "
                    f"{measured:.3g} times the square of the largest variance"
                )
    return None


def _direction(samples: Floats, lines: Floats) -> Floats:
    """The unit vector among ``lines``, the leading direction and the farthest samples of largest fourth
    moment."""
    _, _, axes = np.linalg.svd(samples, full_matrices=False)
    lengths = np.linalg.norm(samples, axis=1)
    far = samples[np.argsort(lengths)[-3:]]
    tried = np.concatenate([axes[:3], lines, far])
    norms = np.linalg.norm(tried, axis=1)
    tried = tried[norms > 0] / norms[norms > 0, None]
    values: Floats = tried[int(np.argmax(np.mean((samples @ tried.T) ** 4, axis=0)))]
    return values
