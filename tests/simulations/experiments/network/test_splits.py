"""Splits have no leak between their parts, and a planted leak of each kind is noticed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from helpers_images import noise_classes

from simulations.experiments.network.data.dataset import ImageClasses, load_glyphs
from simulations.experiments.network.data.splits import HELD_SHARE, Splits, check_no_leak, held_groups, split
from simulations.experiments.network.training.recipe import Sizes
from simulations.runtime.errors import InputError

DATA = noise_classes(classes=12, groups=9, per_class=2)


def halves(data: ImageClasses = DATA, seed: int = 0, **changes: Any) -> Splits:
    sizes = Sizes(**{"source": 6, "validation": 2, "new": 3, **changes})
    return split(data, sizes, rng=np.random.default_rng(seed))


def joined(part: ImageClasses, other: ImageClasses, **changes: Any) -> ImageClasses:
    """``part`` with the first image of ``other`` at its end."""
    last = {name: getattr(other, name)[:1] for name in ("images", "labels", "groups")} | changes
    return replace(part, **{name: np.concatenate([getattr(part, name), last[name]]) for name in last})


@pytest.mark.parametrize("seed", range(5))
def test_no_class_and_no_group_is_on_both_sides(seed: int) -> None:
    parts = halves(seed=seed)
    check_no_leak(parts)
    names = [parts.training.class_names, parts.validation.class_names, parts.new_classes.class_names]
    assert [len(each) for each in names] == [6, 2, 3]
    assert len(set().union(*names)) == 11
    training = set(parts.training.groups.tolist())
    for part in (parts.new_samples, parts.validation, parts.new_classes):
        assert training.isdisjoint(part.groups.tolist())
        assert len(np.unique(part.labels)) == len(part.class_names)


def test_every_image_keeps_its_class_and_group() -> None:
    known = {image.tobytes(): row for row, image in enumerate(DATA.images)}
    parts = halves()
    rows = set()
    for part in (parts.training, parts.new_samples, parts.validation, parts.new_classes):
        for image, label, group in zip(part.images, part.labels, part.groups, strict=True):
            row = known[image.tobytes()]
            assert part.class_names[label] == DATA.class_names[DATA.labels[row]]
            assert group == DATA.groups[row]
            assert row not in rows
            rows.add(row)


def test_a_class_on_both_sides_is_caught() -> None:
    parts = halves()
    names = (parts.training.class_names[0], *parts.new_classes.class_names[1:])
    leaky = replace(parts, new_classes=replace(parts.new_classes, class_names=names))
    with pytest.raises(ValueError, match=f"class '{names[0]}' is in new classes and in training"):
        check_no_leak(leaky)
    names = (parts.validation.class_names[0], *parts.new_classes.class_names[1:])
    leaky = replace(parts, new_classes=replace(parts.new_classes, class_names=names))
    with pytest.raises(ValueError, match="is in new classes and in validation"):
        check_no_leak(leaky)


@pytest.mark.parametrize("name", ["new_samples", "validation", "new_classes"])
def test_a_family_on_both_sides_is_caught(name: str) -> None:
    parts = halves()
    part = getattr(parts, name)
    leaky = replace(parts, **{name: joined(part, part, groups=parts.training.groups[:1])})
    with pytest.raises(ValueError, match=f"group 'family .' is in {name.replace('_', ' ')} and in training"):
        check_no_leak(leaky)


def test_new_samples_of_other_classes_are_caught() -> None:
    parts = halves()
    other = replace(parts.new_samples, class_names=parts.new_samples.class_names[::-1])
    with pytest.raises(ValueError, match="numbered otherwise"):
        check_no_leak(replace(parts, new_samples=other))


@pytest.mark.parametrize("name", ["new_samples", "validation", "new_classes"])
def test_an_image_nearly_repeated_on_the_other_side_is_caught(name: str) -> None:
    parts = halves()
    part, twin = getattr(parts, name), parts.training.images[:1].astype(int)
    nearly = np.clip(twin + 9, 0, 255).astype(np.uint8)
    leaky = replace(parts, **{name: joined(part, part, images=nearly)})
    with pytest.raises(ValueError, match="nearly repeats"):
        check_no_leak(leaky)


def test_near_duplicates_across_sides_are_dropped() -> None:
    images = DATA.images.copy()
    chosen = DATA.labels == 4
    images[chosen] = np.where(DATA.groups[chosen, None, None] % 2 == 0, images[chosen][:1], images[chosen])
    doubled = replace(DATA, images=images)
    parts = halves(doubled, source=9, validation=1, new=1, seed=4)
    assert "class 4" in parts.training.class_names
    assert parts.near_duplicates_dropped > 0
    check_no_leak(parts)
    assert halves().near_duplicates_dropped == 0


def test_counts_of_samples_and_of_classes_are_those_asked_for() -> None:
    parts = halves(samples=5)
    assert parts.training.counts().tolist() == [5] * 6
    less = halves(samples=5, source=3)
    assert less.training.class_names == parts.training.class_names[:3]
    assert less.new_classes.class_names == parts.new_classes.class_names


@pytest.mark.parametrize("sizes", [{"source": 8}, {"new": 11}, {"samples": 18}])
def test_too_few_classes_or_samples_are_refused_in_one_line(sizes: dict[str, int]) -> None:
    with pytest.raises(InputError, match="ask for fewer classes or samples") as caught:
        halves(**sizes)
    assert "\n" not in str(caught.value)


def test_images_that_are_their_own_group_are_held_out_evenly() -> None:
    data = noise_classes(classes=20, groups=1, per_class=10)
    alone = replace(data, groups=np.arange(200), group_names=tuple(map(str, range(200))))
    held_out = held_groups(alone, HELD_SHARE, np.random.default_rng(0))[alone.groups]
    assert set(np.bincount(alone.labels[held_out])) <= {3, 4}


def test_the_packaged_glyphs_split_without_a_leak_and_evenly() -> None:
    data = load_glyphs()
    parts = split(data, Sizes(40, 20, 60, 20), rng=np.random.default_rng(1))
    check_no_leak(parts)
    assert parts.near_duplicates_dropped == 0
    held_out = held_groups(data, HELD_SHARE, np.random.default_rng(1))[data.groups]
    share = np.bincount(data.labels[held_out], minlength=len(data.class_names)) / data.counts()
    assert share.min() > 0.15 and share.max() < 0.55
    assert parts.new_classes.counts().min() >= 20
