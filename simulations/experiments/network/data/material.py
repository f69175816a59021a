"""What a run trains on and is measured on: four groups of images, none of which leaks into another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulations.experiments.network.data.dataset import ImageClasses
from simulations.experiments.network.data.splits import Splits, check_no_leak, split
from simulations.experiments.network.training.recipe import Sizes
from simulations.runtime.errors import InputError
from simulations.runtime.randomness import stream
from theory.array import NumPyArray


@dataclass(frozen=True, eq=False)
class Images:
    """uint8 images (n, h, w) or (n, h, w, 3), and labels (n,) counted from 0 within the group's classes."""

    images: NumPyArray
    labels: NumPyArray


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
    splits = split(data, sizes, rng=stream(seed, "network", "split"))
    parts = {
        "source": splits.training,
        "fresh": splits.new_samples,
        "validation": splits.validation,
        "new": splits.new_classes,
    }
    _check_measurable(parts)
    check_no_leak(splits)
    groups: dict[str, Images] = {}
    names: dict[str, tuple[str, ...]] = {}
    for name, part in parts.items():
        if len(part.labels) == 0:
            continue
        most = None if name == "source" else sizes.held
        groups[name] = _ordered(part, most, stream(seed, "network", "order", name))
        names[name] = part.class_names
    return Material(groups, names, splits)


FEWEST_CLASSES, FEWEST_SAMPLES = 2, 2
"""Fewest classes and samples of every group that is measured: an error needs two ways, a variance two
samples."""


def _check_measurable(parts: Mapping[str, ImageClasses]) -> None:
    """Raises InputError, before any training, where a group could not be measured after it."""
    words = {"source": "training", "fresh": "new samples", "validation": "held-out", "new": "new"}
    for name, part in parts.items():
        if len(part.labels) == 0 and name != "new":
            continue
        counts = np.bincount(part.labels, minlength=len(part.class_names))
        if len(counts) < FEWEST_CLASSES or counts.min() < FEWEST_SAMPLES:
            worst = part.class_names[int(np.argmin(counts))] if len(counts) else "none"
            raise InputError(
                f"leaves {len(counts)} classes for the group '{words[name]}', the smallest ('{worst}') with "
                f"{int(counts.min()) if len(counts) else 0} images once near-duplicates of training images "
                f"are dropped; at least {FEWEST_CLASSES} classes of {FEWEST_SAMPLES} are needed: add images "
                "that differ",
                field=part.source,
            )


def _ordered(part: ImageClasses, most: int | None, rng: np.random.Generator) -> Images:
    """Samples class by class, shuffled within each, ``most`` of them at most."""
    chosen = np.concatenate(
        [rng.permutation(np.flatnonzero(part.labels == c))[:most] for c in range(len(part.class_names))]
    )
    return Images(part.images[chosen], part.labels[chosen])
