"""Whether what common axes leave off the diagonals of covariances could be seen in a margin."""

from __future__ import annotations

import numpy as np

from theory.array import Floats

ROUNDING = 1e-15
"""Of the largest variance, to which variances along computed axes are known."""


def seen(rests: tuple[Floats, Floats], spectra: tuple[Floats, Floats], gap: Floats, noise: float) -> float:
    """About the relative error of the probability that comes from what is neglected of the margin's variance.

    Of the query class and of another: ``rests`` (p, p) off the diagonals and ``spectra`` (p,), in the common
    axes, as the difference ``gap`` (p,) of the means. ``noise`` is one over the shots. Beside the largest
    variance a rest may be nothing and yet all that short axes have.
    """
    size = float(np.sqrt(gap @ gap))
    slips = [
        size * float(np.sqrt(np.sum((rest @ gap) ** 2))) + ROUNDING * float(np.max(values)) * size**2
        for rest, values in zip(rests, spectra, strict=True)
    ]
    query, other = spectra
    variance = float((query + noise * other) @ gap**2 + noise * (query @ (query + other)))
    neglected = slips[0] + noise * (slips[0] + slips[1])
    if not variance > 0:
        return float(neglected > 0)
    # A probability e^-E moves E times as much as the variance.
    return neglected / variance * max(1.0, size**4 / (8 * variance))
