"""Shares of the components of a proposal, a mixture, that leave an estimate the least mean square.

Levels of the components from saddle points may be off by a factor of a hundred where a rare error has several
ways to come about; the component that finds most of it is then left with few episodes, each of enormous
weight. A pilot in which every component has its share shows which of them find what.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from theory.array import Floats

LEAST = 1e-100
FLOOR, ROUNDS = 0.1, 100
"""Of all, that the components share alike whatever the pilot has seen of them, and steps of the fit."""


def fitted_shares(
    shares: Annotated[Floats, "components"],
    densities: Annotated[Floats, "episodes components"],
    rest: Annotated[Floats, "episodes"],
    values: Annotated[Floats, "episodes"],
) -> Annotated[Floats, "components"]:
    """Shares with the same sum as ``shares`` for which values of the pilot have the least mean square.

    ``densities`` and ``rest``, that of components whose shares stay, are over the density of the pilot's
    mixture. With ratio = densities @ shares + rest the mean square is that of values / sqrt(ratio), convex in
    the shares; each step multiplies them by the root of how much a larger share would take from it.
    """
    total = float(np.sum(shares))
    size = float(np.max(values, initial=0.0))
    if not 0 < size < np.inf:
        return shares
    squares = (values / size) ** 2
    for _ in range(ROUNDS):
        # An episode that only a component without any value finds has the ratio 0 in the end.
        ratio = np.maximum(densities @ shares + rest, LEAST)
        gains = (squares / ratio**2) @ densities
        shares = shares * np.sqrt(gains)
        shares = total * shares / np.sum(shares)
    return (1 - FLOOR) * shares + FLOOR * total / len(shares)
