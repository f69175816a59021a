"""Heads: shrinkage by its definition, fitted on source samples alone, refused where they were fitted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations import cli
from simulations.features import FeatureFile, load_features
from simulations.features.certification import certify
from simulations.features.heads import Centre, Whiten, held_out_half, mapped, parse
from simulations.features.heads.maps import ledoit_wolf
from simulations.features.measurement import measure
from simulations.runtime.errors import InputError

STRETCH = np.array([6.0, 4.0, 1.0, 1.0, 0.5, 0.5])


def labelled_file(classes: int = 16, samples: int = 14, seed: int = 0) -> FeatureFile:
    """Half the classes source, half new; the noise of all is long in directions where the means are not."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), samples)
    noise = rng.normal(size=(len(labels), 6)) * STRETCH
    features = (2.2 * rng.normal(size=(classes, 6)))[labels] + noise
    return FeatureFile.of(features, labels, split=np.where(labels < classes // 2, "source", "new"))


def test_shrinkage_is_that_of_its_definition() -> None:
    """Ledoit and Wolf's formula sample by sample, outer products and all."""
    rng = np.random.default_rng(3)
    for samples, size in ((5, 3), (4, 9), (40, 4)):
        x = rng.normal(size=(samples, size)) * np.arange(1, size + 1)
        S = sum(np.outer(row, row) for row in x) / samples
        level = np.trace(S) / size
        distance = np.sum((S - level * np.eye(size)) ** 2)
        noise = sum(np.sum((np.outer(row, row) - S) ** 2) for row in x) / samples**2
        share = min(noise, distance) / distance
        covariance, shrinkage = ledoit_wolf(x)
        assert shrinkage == pytest.approx(share, rel=1e-9)
        assert np.allclose(covariance, (1 - share) * S + share * level * np.eye(size))
    assert ledoit_wolf(np.eye(3))[1] == 1


def test_whitening_makes_the_source_covariance_round() -> None:
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(4), 4000)
    features = 10 * rng.normal(size=(4, 6))[labels] + rng.normal(size=(16_000, 6)) * STRETCH + 1e3
    head = Whiten().fit(features, labels)
    inside = np.concatenate([(m := head.transform(features[labels == c])) - m.mean(axis=0) for c in range(4)])
    assert np.allclose(np.cov(inside.T), np.eye(6), atol=0.02) and 0 < head.shrinkage < 0.01
    # Another unit gives the same features: nothing depends on the scale.
    small = Whiten().fit(features * 1e-9, labels)
    assert np.allclose(small.transform(features[:5] * 1e-9), head.transform(features[:5]), rtol=1e-6)


class Spy:
    """A user's own head: keeps what it was fitted on, and takes the first two coordinates."""

    def fit(self, features: Any, labels: Any) -> None:
        self.features, self.labels = features.copy(), labels.copy()

    def transform(self, features: Any) -> Any:
        return features[:, :2]


def test_a_user_s_head_is_fitted_on_source_samples_alone() -> None:
    file, spy = labelled_file(), Spy()
    with_heads = mapped(file, [Centre(), spy])
    source = file.split == "source"
    assert np.array_equal(spy.labels, file.labels[source])
    assert np.allclose(spy.features.mean(axis=0), 0, atol=1e-12)
    assert np.allclose(with_heads.features, (file.features - file.features[source].mean(axis=0))[:, :2])
    assert with_heads.head.names == ("centre", "Spy") and with_heads.head.samples == source.sum() == 112
    assert "fitted on split source alone (8 classes, 112 samples)" in with_heads.head.sentence()


def test_new_samples_do_not_move_the_map() -> None:
    """The control of the lineage: the map is the same whatever the new samples are."""
    file = labelled_file()
    shifted = FeatureFile.of(
        np.where((file.split == "new")[:, None], 100.0, file.features), file.labels, split=file.split
    )
    first, second = (mapped(each, parse("whiten")) for each in (file, shifted))
    source = file.split == "source"
    assert np.array_equal(first.features[source], second.features[source])
    changed = FeatureFile.of(
        np.where((file.split == "source")[:, None], file.features * STRETCH, file.features),
        file.labels,
        split=file.split,
    )
    assert not np.allclose(mapped(changed, parse("whiten")).features[~source], first.features[~source])


def test_samples_that_it_was_fitted_on_are_not_measured() -> None:
    with_heads = mapped(labelled_file(), parse("whiten"))
    for file in (with_heads, with_heads.restrict("source")):
        with pytest.raises(InputError, match="112 of these samples"):
            measure(file, [1], [2])
    plain = mapped(labelled_file(), parse("l2"))
    assert plain.head.split is None and measure(plain, [1], [2]).rows


def test_whitening_helps_where_noise_is_long_and_bounds_follow() -> None:
    """Bounds stay above the measured error of the mapped features, and the tightest falls with it."""
    file = labelled_file()
    before = measure(file.restrict("new"), [5], [2]).rows[0]
    after = measure(mapped(file, parse("whiten")).restrict("new"), [5], [2]).rows[0]
    assert after.estimate.value < before.estimate.value / 2
    least = []
    for row in (before, after):
        assert not [v for v in row.verdicts if v.outcome == "violated"]
        least.append(min(v.value for v in row.verdicts if v.value is not None and v.outcome != "scored"))
    assert least[1] < least[0]


def test_a_fitted_head_takes_half_of_the_source_classes_of_a_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = labelled_file(classes=24)
    halved = held_out_half(file, 7)
    assert {str(s): len(np.unique(file.labels[halved.split == s])) for s in ("map", "source", "new")} == {
        "map": 6, "source": 6, "new": 12,
    }  # fmt: skip
    path = tmp_path / "f.npz"
    np.savez(path, features=file.features, labels=file.labels, split=file.split)
    arguments = ["certify", str(path), "--shots", "2", "--ways", "2", "--json"]
    assert cli.main([*arguments, "--map", "whiten", "--seed", "7"]) == 0
    (certificate,) = json.loads(capsys.readouterr().out)["certificates"]
    assert certificate["source"]["classes"] == 6 and certificate["new"]["classes"] == 12
    assert certificate["map"]["maps"] == ["whiten"] and 0 < certificate["map"]["shrinkage"] < 1
    assert certificate["map"]["fitted_on"] == {"split": "map", "classes": 6, "samples": 84}
    again = certify(mapped(halved, parse("whiten"), "map"), shots=2, seed=7)
    assert [each.value for each in again.certificates] == [
        each["value"] for each in certificate["certificates"]
    ]
    # The control: fitted on the very classes that certify, it is refused, by whatever name.
    with pytest.raises(InputError, match="is not fixed"):
        certify(mapped(file, parse("whiten")), shots=2)
    assert cli.main([*arguments, "--map", "whiten", "--fit-on", "source"]) == 2
    assert "is not fixed" in capsys.readouterr().err
    assert cli.main([*arguments, "--map", "l2"]) == 0
    (whole,) = json.loads(capsys.readouterr().out)["certificates"]
    assert whole["source"]["classes"] == 12 and whole["map"]["fitted_on"] is None
    assert whole["certificates"][0]["value"] is not None  # the radius is 1


def test_the_command_says_what_was_fitted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = labelled_file()
    path = tmp_path / "f.npz"
    np.savez(path, features=file.features, labels=file.labels, split=file.split)
    arguments = ["measure", str(path), "--shots", "1", "--ways", "2", "--split", "new", "--map", "centre,l2"]
    assert cli.main([*arguments, "--report", str(tmp_path / "out"), "--json"]) == 0
    head = json.loads(capsys.readouterr().out)["map"]
    assert head == {
        "maps": ["centre", "l2"],
        "fitted_on": {"split": "source", "classes": 8, "samples": 112},
    }
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "fitted on split source alone (8 classes, 112 samples)" in page
    source = file.split == "source"
    centred = file.features - file.features[source].mean(axis=0)
    by_hand = (centred / np.linalg.norm(centred, axis=1)[:, None])[~source]
    assert np.allclose(mapped(load_features(path), parse("centre,l2")).restrict("new").features, by_hand)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--map", "pca"), "'pca' is not a map; use centre, l2, whiten"),
        (("--map", "whiten", "--fit-on", "train"), "split 'train', which the file lacks"),
        (("--map", "whiten"), "was fitted on 112 of these samples"),
    ],
)
def test_mistakes_are_one_line(
    options: tuple[str, ...], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = labelled_file()
    path = tmp_path / "f.npz"
    np.savez(path, features=file.features, labels=file.labels, split=file.split)
    assert cli.main(["measure", str(path), "--shots", "1", *options]) == 2
    line = capsys.readouterr().err
    assert says in line and line.count("\n") == 1 and "--map" in line


def test_heads_that_cannot_be_applied_are_reported() -> None:
    file = labelled_file()

    class Flat(Spy):
        def transform(self, features: Any) -> Any:
            return features[:, 0]

    class Broken(Spy):
        def transform(self, features: Any) -> Any:
            return features / 0.0

    with pytest.raises(InputError, match=r"Flat makes an array of shape \(112,\)"):
        mapped(file, [Flat()])
    with np.errstate(all="ignore"), pytest.raises(InputError, match="not finite"):
        mapped(file, [Broken()])
    same = FeatureFile.of(np.ones((8, 3)), np.repeat([0, 1], 4), split=np.repeat(["source", "new"], 4))
    with pytest.raises(InputError, match="two different samples"):
        mapped(same, parse("whiten"))
    few = labelled_file(classes=4)
    with pytest.raises(InputError, match="2 source classes"):
        held_out_half(few, 0)
    with pytest.raises(InputError, match="zero after the map"):
        mapped(FeatureFile.of(np.zeros((4, 2)), [0, 0, 1, 1]), parse("l2"))


def test_rows_in_a_file_are_mapped_when_they_are_read(tmp_path: Path) -> None:
    file = labelled_file()
    for name in ("features", "labels", "split"):
        np.save(tmp_path / f"{name}.npy", getattr(file, name))
    stored = mapped(load_features(tmp_path), parse("whiten"))
    assert not isinstance(stored.features, np.ndarray)
    whole = mapped(file, parse("whiten"))
    assert np.allclose(stored.features[np.array([3, 200, 7])], whole.features[[3, 200, 7]])
    assert np.allclose(stored.restrict("new").features[5:9], whole.restrict("new").features[5:9])
