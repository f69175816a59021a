"""`certify`: values on a collapsed simplex, coverage of the truth, and bad input in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from simulations.features import FeatureFile
from simulations.features.certification import certify
from simulations.populations.simplex_etf import SimplexETF


def simplex_file(cdnv: float = 0.01, classes: int = 84, source: int = 64, samples: int = 12) -> FeatureFile:
    population = SimplexETF(classes, classes, cdnv=cdnv)
    rng = np.random.default_rng(4)
    features = np.concatenate(
        [population.means[c] + population.noise(rng, c, (samples,)) for c in range(classes)]
    )
    labels = np.repeat(np.arange(classes), samples)
    split = np.where(labels < source, "source", "new")
    return FeatureFile(Path("features.npz"), features, labels, split)


def test_certificates_of_a_collapsed_simplex_are_informative() -> None:
    answer = certify(simplex_file(), shots=5)
    values = {each.name: each.value for each in answer.certificates}
    assert values["transfer_end_to_end"] is None and values["pair_certificate"] < 0.2
    # No error is seen: what is left is 1 - delta^(1/K), K = 32 disjoint pairs.
    assert values["episode_certificate"] == pytest.approx(1 - 0.05 ** (1 / 32), abs=1e-9)
    assert answer.measured is not None and answer.measured.error < values["episode_certificate"]
    wide, narrow = answer.measured.over_classes, answer.measured.over_episodes
    assert wide[1] - wide[0] > narrow[1] - narrow[0]


def test_document_is_json_and_says_what_it_rests_on() -> None:
    document = certify(simplex_file(), shots=5, normalize="l2").to_json()
    text = json.dumps(document, allow_nan=False)
    assert "not trained on these source classes" in text and "drawn independently" in text
    by_name = {each["name"]: each for each in document["certificates"]}
    assert by_name["transfer_end_to_end"]["vacuous"] is True
    assert any("vacuous" in sentence for sentence in document["advice"])


def test_lines_are_plain_words() -> None:
    lines = certify(simplex_file(), shots=5).lines()
    assert any("interval over classes" in line for line in lines)
    assert any("never the first" in line for line in lines)


def test_scale_and_offset_do_not_matter() -> None:
    plain = simplex_file(cdnv=0.3)
    first = certify(plain, shots=1)
    for scale, offset in ((8.0, 4096.0), (2.0**-60, 0.0), (2.0**80, 0.0)):
        transformed = FeatureFile(plain.path, plain.features * scale + offset, plain.labels, plain.split)
        for a, b in zip(first.certificates[1:], certify(transformed, shots=1).certificates[1:], strict=True):
            assert a.value == pytest.approx(b.value, rel=1e-9)


def test_certificates_cover_the_truth() -> None:
    """Classes of few kinds: two of one kind are confused half of the time, others never."""
    rng = np.random.default_rng(9)
    kinds, classes, samples, failures = 4, 12, 8, 0
    for replicate in range(40):
        kind = rng.integers(0, kinds, classes)
        features = 100.0 * np.eye(kinds)[np.repeat(kind, samples)]
        features += rng.standard_normal(features.shape)
        file = FeatureFile(Path("f.npz"), features, np.repeat(np.arange(classes), samples))
        answer = certify(file, shots=2, seed=replicate)
        failures += min(each.value for each in answer.certificates[1:] if each.value is not None) < 0.125
    assert failures <= 6  # P(Bin(40, .1) > 6) < .1 even if both bounds failed at their full delta


def test_samples_that_are_no_independent_draws_are_warned_of() -> None:
    """Copies, and frames of a video: certificates rest on independent samples."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(8), 24)
    features = rng.standard_normal((8, 16))[labels] + rng.standard_normal((len(labels), 16))
    assert certify(FeatureFile.of(features, labels), shots=2).warnings == ()
    twice = FeatureFile.of(np.concatenate([features, features[:50]]), np.concatenate([labels, labels[:50]]))
    (copied,) = certify(twice, shots=2).warnings
    assert "50 of 242 source samples (21 %) are exact copies" in copied
    assert certify(twice, shots=2).lines()[0].startswith("WARNING: 50 of 242")
    frames = features + 0.0
    for row in range(1, len(labels)):
        if labels[row] == labels[row - 1]:
            frames[row] = features[labels == labels[row]].mean(axis=0)
            frames[row] += 0.9 * (frames[row - 1] - frames[row]) + 0.4 * rng.standard_normal(16)
    (alike,) = certify(FeatureFile.of(frames, labels), shots=2).warnings
    assert "successive source samples of a class resemble each other" in alike
    (collapsed,) = certify(FeatureFile.of(np.eye(8)[labels], labels), shots=2).warnings
    assert collapsed.startswith("all source samples of 8 of 8 classes coincide")
    # Those kept apart are no source samples.
    split = np.where(np.arange(len(twice.labels)) < len(labels), "source", "other")
    assert certify(FeatureFile.of(twice.features, twice.labels, split=split), shots=2).warnings == ()
