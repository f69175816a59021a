"""Files are read in blocks everywhere: `measure` and `certify` need less memory than the features take."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations import certify, load_features, measure
from simulations.engines.pool import rows
from theory.geometry import traces

CLASSES, EACH, DIMENSION = 10, 1500, 512
pytestmark = pytest.mark.slow


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """59 MiB as float64, shuffled, so that rows of a class lie all over the file."""
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat(np.arange(CLASSES), EACH))
    means = 0.5 * rng.standard_normal((CLASSES, DIMENSION))
    np.save(tmp_path / "f.npy", means[labels] + rng.standard_normal((len(labels), DIMENSION)))
    np.save(tmp_path / "f_labels.npy", labels)
    return tmp_path / "f.npy"


def peak(task: Callable[[], Any]) -> float:
    """MiB."""
    tracemalloc.start()
    task()
    _, found = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return found / 2**20


@pytest.mark.parametrize(
    "task",
    [lambda file: measure(file, [1], [5]), lambda file: certify(file, shots=5, ways=5)],
    ids=["measure", "certify"],
)
def test_the_peak_is_a_part_of_the_file(
    task: Callable[[Any], Any], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is held of small files is, by right: here the limits are small instead of the file large.
    monkeypatch.setattr(rows, "HELD", 0)
    monkeypatch.setattr(traces, "HELD", 0)
    monkeypatch.setattr(traces, "STRIPES", 1 << 20)
    size = path.stat().st_size / 2**20
    assert peak(lambda: task(load_features(path))) < 0.75 * size
    # The control: the array itself, which is what a reader of whole files holds.
    assert peak(lambda: np.load(path)) > 0.95 * size
