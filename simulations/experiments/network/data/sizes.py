"""How many classes of each kind a run takes from the data at hand."""

from __future__ import annotations

import numpy as np

from simulations.experiments.network.data.dataset import ImageClasses
from simulations.experiments.network.training.recipe import Sizes
from simulations.runtime.errors import InputError

FEWEST = 6
"""Fewest classes: two of each kind."""


def sizes_for(data: ImageClasses, full: bool) -> Sizes:
    """60 new and 60 validation classes where there are enough, else a fifth of the classes each.

    Raises InputError on fewer than 6 classes.
    """
    total = int(np.count_nonzero(data.counts()))
    if total < FEWEST:
        raise InputError(
            f"{data.source} has {total} classes; training, validation and new classes need at least {FEWEST}"
        )
    apart = min(60, max(2, total // 5))
    source = total - 2 * apart
    wanted = 48 if full else 30
    # Held-out groups take about a third of a class.
    enough = int(data.counts().min()) >= 2 * wanted
    return Sizes(source if full else min(source, 80), apart, apart, wanted if enough else None)
