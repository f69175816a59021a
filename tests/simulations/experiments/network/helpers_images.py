"""Small sets of images whose every property is known."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulations.experiments.network.data.dataset import ImageClasses


def noise_classes(classes: int, groups: int, per_class: int, seed: int = 0, side: int = 12) -> ImageClasses:
    """``each`` images of white noise for every class and group: no two are near-duplicates."""
    rng = np.random.default_rng(seed)
    count = classes * groups * per_class
    index = np.arange(count)
    return ImageClasses(
        rng.integers(0, 256, (count, side, side), dtype=np.uint8),
        index // (groups * per_class),
        index // per_class % groups,
        tuple(f"class {number}" for number in range(classes)),
        tuple(f"family {number}" for number in range(groups)),
        "noise",
    )


def noise_picture(rng: np.random.Generator, *shape: int) -> Any:
    """uint8 noise of the given shape."""
    return rng.integers(0, 256, shape, dtype=np.uint8)
