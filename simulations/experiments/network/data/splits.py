"""Splits that leak nothing: by class, and by group of samples (family of fonts).

    training     source classes      x  training groups
    new samples  source classes      x  held-out groups
    validation   validation classes  x  held-out groups
    new classes  new classes         x  held-out groups

Hyper-parameters are chosen on validation classes; new classes are evaluated only once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulations.experiments.network.data.dataset import ImageClasses
from simulations.experiments.network.data.duplicates import pairs_across
from simulations.experiments.network.training.recipe import Sizes
from simulations.runtime.errors import InputError
from theory.array import Flags, Integers

HELD_SHARE = 0.35
"""Share of each class's samples that held-out groups are to have."""
LEAST = 2
"""Samples that a class needs on each side where it is used: one gives no variance."""
DRAWS, FEW_GROUPS = 16, 1000


@dataclass(frozen=True, eq=False)
class Splits:
    """The four parts. ``training`` and ``new_samples`` have the same class_names, numbered alike; the others
    their own from 0. Group numbers mean the same in all parts."""

    training: ImageClasses
    new_samples: ImageClasses
    validation: ImageClasses
    new_classes: ImageClasses
    near_duplicates_dropped: int = 0


def split(
    data: ImageClasses,
    sizes: Sizes,
    *,
    held_share: float = HELD_SHARE,
    rng: np.random.Generator,
) -> Splits:
    """Draw the classes and the groups: as many of each kind as ``sizes`` says, and ``sizes.samples`` training
    samples a source class (None: all there are).

    Classes that cannot have LEAST held-out samples, or as source ``samples`` (or LEAST) training samples, are
    not drawn for that part. Source classes are drawn last, so that validation and new classes stay the same
    for the same state of ``rng`` when the source classes and samples change. Held-out images that nearly
    repeat a training image are dropped. Raises InputError when the data has too few classes or samples.
    """
    n_source, n_validation, n_new, samples = sizes.source, sizes.validation, sizes.new, sizes.samples
    held_out = held_groups(data, held_share, rng)[data.groups]
    order = rng.permutation(len(data.class_names))
    training_counts = np.bincount(data.labels[~held_out], minlength=len(order))
    held_counts = np.bincount(data.labels[held_out], minlength=len(order))
    fit = order[held_counts[order] >= LEAST]
    away, rest = fit[: n_validation + n_new], fit[n_validation + n_new :]
    source = rest[training_counts[rest] >= max(samples or 0, LEAST)][:n_source]
    if len(away) < n_validation + n_new or len(source) < n_source:
        raise InputError(
            f"has {len(source)} source classes with {max(samples or 0, LEAST)} training samples besides "
            f"{len(away)} validation and new classes, not {n_source} besides {n_validation + n_new}; "
            "ask for fewer classes or samples, or add images",
            field=data.source,
        )
    training = _part(data.select(~held_out), source)
    parts = Splits(
        training if samples is None else training.select(_some(training, samples, rng)),
        _part(data.select(held_out), source),
        _part(data.select(held_out), away[:n_validation]),
        _part(data.select(held_out), away[n_validation:]),
    )
    return without_near_duplicates(parts)


def held_groups(data: ImageClasses, share: float, rng: np.random.Generator) -> Flags:
    """(groups,) bool: groups held out, so that near ``share`` of the samples of *each* class are.

    Groups come in random order, each going to the side that its classes are short of; of several orders the
    one with the most even result is taken. Labels alone decide, no image is looked at.
    """
    order = np.argsort(data.groups, kind="stable")
    names, starts = np.unique(data.groups[order], return_index=True)
    members = dict(zip(names.tolist(), np.split(data.labels[order], starts[1:]), strict=True))
    best, least_spread = np.zeros(len(data.group_names), bool), np.inf
    for _ in range(DRAWS if len(members) <= FEW_GROUPS else 1):
        held_out = np.zeros(len(data.group_names), bool)
        totals, out = np.zeros(len(data.class_names)), np.zeros(len(data.class_names))
        for group in rng.permutation(names).tolist():
            labels = members[group]
            np.add.at(totals, labels, 1)
            # Classes seen so far should have share * seen samples out.
            if np.sum(share * totals[labels] - out[labels]) >= 0.5 * len(labels):
                held_out[group] = True
                np.add.at(out, labels, 1)
        spread = float(np.abs(out / np.maximum(totals, 1) - share).max())
        if spread < least_spread:
            best, least_spread = held_out, spread
    return best


def _part(data: ImageClasses, classes: Integers) -> ImageClasses:
    number = np.full(len(data.class_names), -1)
    number[classes] = np.arange(len(classes))
    chosen = data.select(number[data.labels] >= 0)
    names = tuple(data.class_names[label] for label in classes)
    return replace(chosen, labels=number[chosen.labels], class_names=names)


def _some(data: ImageClasses, samples: int, rng: np.random.Generator) -> Flags:
    mixed = rng.permutation(len(data.labels))
    mixed = mixed[np.argsort(data.labels[mixed], kind="stable")]
    place = np.arange(len(mixed)) - np.searchsorted(data.labels[mixed], data.labels[mixed])
    return np.sort(mixed[place < samples])


def without_near_duplicates(splits: Splits) -> Splits:
    """Drops held-out images that are near-duplicates of a training image."""
    kept, dropped = {}, splits.near_duplicates_dropped
    for name in ("new_samples", "validation", "new_classes"):
        part = getattr(splits, name)
        repeats = np.unique(pairs_across(splits.training.images, part.images)[:, 1])
        kept[name] = part.select(np.setdiff1d(np.arange(len(part.labels)), repeats))
        dropped += len(repeats)
    return replace(splits, near_duplicates_dropped=dropped, **kept)


def check_no_leak(splits: Splits) -> None:
    """Raises ValueError when a class or group is on both sides, or a held-out image repeats a trained one."""
    training, others = splits.training, (splits.new_samples, splits.validation, splits.new_classes)
    if splits.new_samples.class_names != training.class_names:
        raise ValueError(
            "leak: new samples are of other classes than the training samples, or numbered otherwise"
        )
    sides = (("training", training), ("validation", others[1]), ("new classes", others[2]))
    for place, (name, part) in enumerate(sides):
        for other_name, other in sides[:place]:
            common = set(part.class_names) & set(other.class_names)
            if common:
                raise ValueError(f"leak: class {min(common)!r} is in {name} and in {other_name}")
    for name, part in zip(("new samples", "validation", "new classes"), others, strict=True):
        both = np.intersect1d(part.groups, training.groups)
        if len(both):
            raise ValueError(f"leak: group {part.group_names[both[0]]!r} is in {name} and in training")
        if len(pairs_across(training.images, part.images)):
            raise ValueError(f"leak: an image in {name} nearly repeats a training image")
