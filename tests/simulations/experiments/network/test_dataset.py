"""The packaged glyphs: the file has the expected checksum and the properties stated in its data card."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from helpers_images import noise_classes

from simulations.experiments.network.data.dataset import (
    GLYPHS,
    GLYPHS_SHA256,
    SIDE,
    STEP,
    ImageClasses,
    load_glyphs,
)
from simulations.experiments.network.data.duplicates import THRESHOLD, pairs_across, pairs_within
from simulations.experiments.network.glyphs import rules
from simulations.runtime.errors import InputError

WHEEL_NAME = "simulations/experiments/network/glyphs/glyphs.npz"


@pytest.fixture(scope="module")
def glyphs() -> ImageClasses:
    return load_glyphs()


def test_the_file_is_small_and_in_levels(glyphs: ImageClasses) -> None:
    assert GLYPHS.stat().st_size <= 6_000_000
    assert glyphs.images.dtype == np.uint8 and glyphs.images.shape[1:] == (SIDE, SIDE)
    assert not (glyphs.images % STEP).any()


def test_classes_have_samples_of_many_families(glyphs: ImageClasses) -> None:
    assert len(glyphs.class_names) >= 380
    assert glyphs.counts().min() >= 40 and glyphs.counts().max() <= rules.LARGEST
    families = np.zeros((len(glyphs.class_names), len(glyphs.group_names)), bool)
    families[glyphs.labels, glyphs.groups] = True
    assert families.sum(axis=1).min() >= 10
    scripts = {unicodedata.name(name).split()[0] for name in glyphs.class_names}
    assert scripts == {"LATIN", "GREEK", "CYRILLIC"}
    assert len({"A", "А", "Α"} & set(glyphs.class_names)) == 1


def test_no_picture_is_blank_or_nearly_repeated(glyphs: ImageClasses, full: bool) -> None:
    assert (glyphs.images.sum(axis=(1, 2)) > 255 * 6).all()
    some = glyphs.images if full else glyphs.images[glyphs.labels % 20 == 7]
    assert len(pairs_within(some)) == 0
    # The control: one picture once more, a little paler.
    again = (some[:1] // STEP * 0.95 * STEP).astype(np.uint8)
    assert pairs_across(again, some)[0].tolist() == [0, 0]


def test_a_file_with_another_checksum_is_refused_in_one_line(tmp_path: Path) -> None:
    content = bytearray(GLYPHS.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "glyphs.npz").write_bytes(content)
    for path, message in (
        (tmp_path / "glyphs.npz", "has SHA-256"),
        (tmp_path / "none.npz", "cannot be read"),
    ):
        with pytest.raises(InputError, match=message) as caught:
            load_glyphs(path)
        assert "install the package again" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("shape", [(12, 12), (40, 36), (9, 84, 3), (3, 3)])
def test_near_duplicates_are_those_of_the_definition(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(5)
    first = rng.integers(0, 256, (60, *shape), dtype=np.uint8)
    strength = rng.uniform(0, 60, 60).reshape(-1, *(1 for _ in shape))
    second = np.clip(first + strength * rng.standard_normal(first.shape), 0, 255).astype(np.uint8)
    flat = [images.reshape(60, -1) / 255 for images in (first, second)]
    distances = np.linalg.norm(flat[0][:, None] - flat[1], axis=2)
    norms = [np.linalg.norm(each - each.mean(axis=1, keepdims=True), axis=1) for each in flat]
    expected = np.argwhere(distances <= THRESHOLD * np.minimum(norms[0][:, None], norms[1]))
    assert 10 < len(expected) < 60
    assert np.array_equal(pairs_across(first, second), expected)
    both = np.concatenate([first, second])
    assert np.array_equal(pairs_within(both), expected + np.array([0, 60]))


def test_rules_drop_confusable_letters_and_ambiguous_pictures() -> None:
    data = noise_classes(classes=3, groups=40, per_class=1)
    images = data.images.copy()
    letters, faces = np.array([ord(name) for name in "AЖА"])[data.labels], data.groups
    images[letters == ord("А")] = images[letters == ord("A")]
    pairs = rules.within_faces(images, faces)
    assert "".join(map(chr, rules.distinct_letters(letters, faces, pairs))) == "AЖ"
    kept = letters != ord("А")
    images, letters = images[kept], letters[kept]
    images[50] = images[3]
    stay = rules.unambiguous_pictures(images, letters)
    assert np.flatnonzero(~stay).tolist() == [3, 50]
    images[7] = images[9]
    alone = rules.distinct_pictures(images, letters, np.random.default_rng(0))
    assert (~alone).sum() == 1 and alone[7] != alone[9]


def test_the_cap_takes_families_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "LARGEST", 6)
    monkeypatch.setattr(rules, "LEAST", 4)
    monkeypatch.setattr(rules, "LEAST_GROUPS", 3)
    letters = np.repeat([65, 66, 67], [12, 3, 12])
    groups = np.concatenate([[0] * 9 + [1, 2, 2], [0, 1, 2], [0] * 11 + [1]])
    kept = rules.capped(letters, groups, np.random.default_rng(0))
    assert np.unique(letters[kept]).tolist() == [65]
    assert np.bincount(groups[kept]).tolist() == [3, 1, 2]


def test_the_installed_package_has_the_file() -> None:
    try:
        files = importlib.metadata.files("neural-collapse-transfer") or []
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("the package is not installed here")
    if any(str(file).endswith(".pth") for file in files):
        pytest.skip("an editable install has no files of its own")
    record = {str(file): file for file in files}
    digest = record[WHEEL_NAME].hash
    assert digest is not None and digest.mode == "sha256"
    assert base64.urlsafe_b64decode(digest.value + "=").hex() == GLYPHS_SHA256
    assert "simulations/experiments/network/no_such_file.npz" not in record
    assert hashlib.sha256(GLYPHS.read_bytes()).hexdigest() == GLYPHS_SHA256
