"""Images that a small network can learn, and a recorded run made without one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from simulations.experiments.network.data.dataset import ImageClasses
from simulations.experiments.network.record import trace


def blobs(
    classes: int = 24, groups: int = 12, per_class: int = 2, side: int = 16, seed: int = 0
) -> ImageClasses:
    """A smooth pattern a class, another a group, laid over it, and noise."""
    rng = np.random.default_rng(seed)

    def patterns(count: int) -> Any:
        noise = gaussian_filter(rng.normal(size=(count, side, side)), (0, 2, 2))
        return noise / noise.std()

    of_class, of_group = patterns(classes), patterns(groups)
    index = np.arange(classes * groups * per_class)
    labels, families = index // (groups * per_class), index // per_class % groups
    images = 128 + 40 * of_class[labels] + 20 * of_group[families]
    images = images + 12 * rng.normal(size=images.shape)
    return ImageClasses(
        np.clip(images, 0, 255).astype(np.uint8),
        labels,
        families,
        tuple(f"class {c}" for c in range(classes)),
        tuple(f"family {g}" for g in range(groups)),
        "blobs",
    )


def fake_trace(
    folder: Path, *, classes: int = 12, samples: int = 14, dimension: int = 16, seed: int = 0
) -> trace.Trace:
    """A record whose classes draw together from epoch 0 to 3, written to ``folder`` and read again."""
    rng = np.random.default_rng(seed)
    arrays: dict[str, Any] = {}
    for name in ("source", "fresh", "validation", "new"):
        labels = np.repeat(np.arange(classes), samples)
        means = rng.normal(size=(classes, dimension))
        arrays[f"{name}_labels"] = labels.astype(np.int16)
        for epoch, noise in ((0, 1.0), (3, 0.3)):
            rows = means[labels] + noise * rng.normal(size=(len(labels), dimension))
            arrays[f"{name}_{epoch}"] = rows.astype(np.float16)
    spread = {"mean": 0.1, "median": 0.1, "low": 0.05, "high": 0.2}
    row = {
        "epoch": 3,
        "train_error": 0.0,
        "cdnv": {"new": spread},
        "cdnv_all_classes": {"source": spread, "fresh": spread},
        "errors": [{"shots": n, "ways": 5, "value": 0.1} for n in (1, 5, 10)],
        "collapse": {"nc1": 0.1, "nc2": {"norms": 0.1, "angles": 0.1}, "nc3": 0.1, "nc4": 0.0},
    }
    record = {
        "data": {"source": "noise <b>", "sha256": "0" * 64},
        "recipe": {"model": "conv4", "dimension": dimension, "epochs": 3},
        "seed": 0,
        "versions": {"torch": "none"},
        "seconds": 0.0,
        "recorded_epochs": [0, 3],
        "groups": {
            name: {"classes": [f"{c}" for c in range(classes)], "samples": classes * samples}
            for name in ("source", "fresh", "validation", "new")
        },
        "controls": {"pixels": {"cdnv": spread, "errors": row["errors"]}},
        "history": [row],
    }
    trace.write(folder, record, arrays)
    return trace.load(folder)
