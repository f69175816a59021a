"""What a run trains on and is measured on: four groups of images, none of which leaks into another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulations.experiments.network.data.dataset import ImageClasses
from simulations.experiments.network.data.splits import Splits, check_no_leak, split
from simulations.experiments.network.training.recipe import Sizes
from simulations.runtime.randomness import stream
from theory.array import Array


@dataclass(frozen=True, eq=False)
class Images:
    """uint8 images (n, h, w) or (n, h, w, 3), and labels (n,) counted from 0 within the group's classes."""

    images: Array
    labels: Array


@dataclass(frozen=True, eq=False)
class Material:
    """Images by group (``source``, ``fresh``, ``validation``, ``new``) and the names of their classes."""

    groups: Mapping[str, Images]
    names: Mapping[str, tuple[str, ...]]
    splits: Splits


def prepare(data: ImageClasses, sizes: Sizes, seed: int) -> Material:
    """Split, check that nothing leaks, and put samples in order by class.

    Source classes come in random order and samples are shuffled within each class, so the first l classes
    and the first m samples of each are random subsets, nested in one another.
    Raises InputError when there are too few classes or samples.
    """
    splits = split(
        data,
        n_source=sizes.source,
        n_validation=sizes.validation,
        n_new=sizes.new,
        samples=sizes.samples,
        rng=stream(seed, "network", "split"),
    )
    check_no_leak(splits)
    parts = {
        "source": splits.training,
        "fresh": splits.new_samples,
        "validation": splits.validation,
        "new": splits.new_classes,
    }
    groups: dict[str, Images] = {}
    names: dict[str, tuple[str, ...]] = {}
    for name, part in parts.items():
        if len(part.labels) == 0:
            continue
        most = None if name == "source" else sizes.held
        groups[name] = _ordered(part, most, stream(seed, "network", "order", name))
        names[name] = part.class_names
    return Material(groups, names, splits)


def _ordered(part: ImageClasses, most: int | None, rng: np.random.Generator) -> Images:
    """Samples class by class, shuffled within each, ``most`` of them at most."""
    chosen = np.concatenate(
        [rng.permutation(np.flatnonzero(part.labels == c))[:most] for c in range(len(part.class_names))]
    )
    return Images(part.images[chosen], part.labels[chosen])
