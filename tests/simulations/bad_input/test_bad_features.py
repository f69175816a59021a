"""Features files with wrong arrays are refused with exit status 2 and one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers_bad_features import GOOD, SPLIT, archive, changed, good
from helpers_refusal import Refusal

from simulations import measure
from simulations.features import load_features

FEATURES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nan": (good(features=changed(GOOD["features"], (5, 2), np.nan)), ["features", "sample 5", "remove"]),
    "infinite": (good(features=changed(GOOD["features"], (7, 0), np.inf)), ["features", "sample 7"]),
    "minus_infinite": (good(features=changed(GOOD["features"], (0, 0), -np.inf)), ["features", "sample 0"]),
    "too_large": (good(features=GOOD["features"] * 1e200), ["features", "too large", "rescale"]),
    "beyond_double": (
        good(features=GOOD["features"].astype(np.longdouble) * np.longdouble("1e4000")),
        ["features"],
    ),
    "complex": (good(features=GOOD["features"] * 1j), ["features", "complex128", "number"]),
    "strings": (good(features=GOOD["features"].astype(str)), ["features", "number"]),
    "dates": (good(features=GOOD["features"].astype("datetime64[s]")), ["features", "number"]),
    "records": (good(features=np.zeros(24, dtype=[("a", "f8"), ("b", "f8")])), ["features"]),
    "one_dimensional": (good(features=GOOD["features"][:, 0]), ["features", "(24,)"]),
    "three_dimensional": (good(features=GOOD["features"][:, :, None]), ["features", "(24, 4, 1)"]),
    "no_samples": ({"features": np.zeros((0, 4)), "labels": np.zeros(0, int)}, ["features", "(0, 4)"]),
    "no_dimension": (good(features=np.zeros((24, 0))), ["features", "(24, 0)"]),
    "scalar": (good(features=np.float64(3)), ["features", "()"]),
    "no_features": ({"labels": GOOD["labels"]}, ["features", "missing"]),
    "no_labels": ({"features": GOOD["features"]}, ["labels", "missing"]),
    "no_arrays": ({}, ["features", "missing"]),
    "labels_short": (good(labels=GOOD["labels"][:-1]), ["labels", "(23,)", "24"]),
    "labels_long": (good(labels=np.r_[GOOD["labels"], 1]), ["labels", "(25,)", "24"]),
    "labels_matrix": (good(labels=GOOD["labels"][:, None]), ["labels", "(24, 1)"]),
    "labels_one_hot": (good(labels=np.eye(3, dtype=int)[GOOD["labels"]]), ["labels", "(24, 3)"]),
    "labels_fractions": (good(labels=GOOD["labels"] + 0.5), ["labels", "0.5", "integers or strings"]),
    "labels_nan": (good(labels=changed(GOOD["labels"].astype(float), 3, np.nan)), ["labels", "nan"]),
    "classes_short": (good(classes=np.array([0, 1])), ["classes", "lacks 2"]),
    "classes_twice": (good(classes=np.array([0, 1, 2, 2])), ["classes", "twice"]),
    "classes_matrix": (good(classes=np.eye(3, dtype=int)), ["classes", "(3, 3)"]),
    "labels_complex": (good(labels=GOOD["labels"] * 1j), ["labels", "complex128"]),
    "labels_dates": (good(labels=GOOD["labels"].astype("datetime64[s]")), ["labels", "datetime"]),
    "labels_objects": (good(labels=GOOD["labels"].astype(object)), ["labels", "pickle", "never"]),
    "features_objects": (good(features=GOOD["features"].astype(object)), ["features", "pickle", "never"]),
    "weights_objects": (good(weights=np.array([{}], dtype=object)), ["weights", "pickle", "never"]),
    "one_class": (good(labels=np.zeros(24, int)), ["labels", "1 class", "2"]),
    "one_sample_a_class": (good(labels=np.arange(24)), ["labels", "class 0", "one sample"]),
    "one_sample_in_one": (good(labels=changed(GOOD["labels"], 0, 9)), ["labels", "class 9", "one sample"]),
    "hostile_label": (
        good(labels=changed(GOOD["labels"].astype("U20"), 0, "\x1b]0;owned\x07")),
        ["labels", "\\x1b]0;owned\\x07", "one sample"],
    ),
    "bidi_label": (good(labels=changed(GOOD["labels"].astype("U9"), 0, "\u202eab")), ["\\u202eab"]),
    "line_break_label": (good(labels=changed(GOOD["labels"].astype("U9"), 0, "a\nb")), ["a\\nb"]),
    "split_numbers": (good(split=np.arange(24)), ["split", "string"]),
    "split_short": (good(split=SPLIT[:-1]), ["split", "string"]),
    "bias_alone": (good(bias=np.zeros(3)), ["bias", "weights"]),
    "bias_short": (good(weights=np.eye(3, 4), bias=np.zeros(2)), ["bias", "3"]),
    "bias_nan": (good(weights=np.eye(3, 4), bias=np.full(3, np.nan)), ["bias", "finite"]),
    "weights_dimension": (good(weights=np.eye(3)), ["weights", "(3, 3)", "4"]),
    "weights_nan": (good(weights=np.full((3, 4), np.nan)), ["weights", "NaN"]),
    "weights_complex": (good(weights=1j * np.eye(3, 4)), ["weights", "complex128"]),
}


@pytest.mark.parametrize("case", FEATURES)
def test_features_files(case: str, tmp_path: Path, refuse: Refusal) -> None:
    arrays, needles = FEATURES[case]
    path = tmp_path / f"{case}.npz"
    path.write_bytes(archive(**arrays))
    line = refuse("measure", path, "--shots", "1")
    for needle in [path.name, *needles]:
        assert needle in line, (needle, line)


def test_the_unchanged_features_template_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "f.npz").write_bytes(archive(**good(split=SPLIT, weights=np.eye(3, 4), bias=np.zeros(3))))
    assert len(measure(load_features(tmp_path / "f.npz"), [1]).rows) == 1
