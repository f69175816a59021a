"""Features of any size are read by blocks, and from a copy in class order where large classes lie
scattered."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations import certify, load_features, measure
from simulations.features import class_order

CLASSES, DIMENSION = 60, 256
SMALL, LARGE = 200, 800
"""Samples of a class in two files that differ in nothing else."""
PEAK = """
import re, sys
import numpy as np
from simulations import certify, load_features, measure
from simulations.engines.pool import rows
from theory.geometry import traces

# What is held of small files is, by right: here the limits are small instead of the files large.
rows.MOST_KEPT = traces.MOST_KEPT = 0
task, path = sys.argv[1:]
if task == "measure":
    measure(load_features(path), [1], [5])
elif task == "certify":
    certify(load_features(path), shots=5, ways=5)
else:
    np.load(path).sum()
# Of this program alone: what getrusage tells begins with the peak of whoever started it.
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


def write(folder: Path, per_class: int) -> Path:
    """Float64, shuffled, so that the samples of a class lie all over the file."""
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat(np.arange(CLASSES), per_class))
    means = 0.5 * rng.standard_normal((CLASSES, DIMENSION))
    path = folder / f"f{per_class}.npy"
    np.save(path, means[labels] + rng.standard_normal((len(labels), DIMENSION)))
    np.save(folder / f"f{per_class}_labels.npy", labels)
    return path


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("large")
    return write(folder, SMALL), write(folder, LARGE)


def share_held(task: str, paths: tuple[Path, Path]) -> float:
    """Of the bytes that the larger file has more, how many the peak memory of a process of its own has."""
    command = [sys.executable, "-c", PEAK, task]
    peaks = [float(subprocess.check_output([*command, str(path)], text=True)) * 1024 for path in paths]
    return (peaks[1] - peaks[0]) / (paths[1].stat().st_size - paths[0].stat().st_size)


linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")


@linux
@pytest.mark.slow
@pytest.mark.parametrize("task", ["measure", "certify"])
def test_memory_does_not_grow_with_the_file(task: str, paths: tuple[Path, Path]) -> None:
    assert share_held(task, paths) < 0.5, share_held(task, paths)


@linux
@pytest.mark.slow
def test_a_reader_of_whole_files_is_noticed(paths: tuple[Path, Path]) -> None:
    """The control."""
    assert share_held("load", paths) > 0.9


# -- the copy in class order ---------------------------------------------------------------------------------
def results_of(path: Path) -> tuple[str, list[Any], list[Any]]:
    file = load_features(path)
    measured, certified = measure(file, [1], [5]), certify(file, shots=2, ways=3)
    values = [[row.estimate.value, *(verdict.value for verdict in row.verdicts)] for row in measured.rows]
    return type(file.by_class.features).__name__, values, [each.value for each in certified.certificates]


@pytest.fixture
def scattered(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    labels = rng.permutation(np.repeat(np.arange(6), 20))
    np.save(tmp_path / "s.npy", rng.standard_normal((6, 12))[labels] + rng.standard_normal((120, 12)))
    np.save(tmp_path / "s_labels.npy", labels)
    return tmp_path / "s.npy"


def test_a_copy_in_class_order_changes_no_number(scattered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = results_of(scattered)
    before = sorted(scattered.parent.iterdir())
    monkeypatch.setattr(class_order, "LARGE", 0)
    monkeypatch.setattr(class_order, "CHUNK", 1 << 11)
    copied = results_of(scattered)
    assert (plain[0], copied[0]) == ("StoredRows", "ClassOrdered")
    assert copied[1:] == plain[1:]
    assert sorted(scattered.parent.iterdir()) == before  # no name is left behind
    # The control: places that are wrong are seen in the numbers.
    read = class_order.ClassOrdered.__getitem__
    monkeypatch.setattr(class_order.ClassOrdered, "__getitem__", lambda self, rows: read(self, rows)[::-1])
    assert results_of(scattered)[1:] != plain[1:]


def test_without_space_or_permission_rows_are_read_in_place(
    scattered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(class_order, "LARGE", 0)

    def refused(*_: Any, **__: Any) -> Any:
        raise PermissionError("read-only")

    with monkeypatch.context() as patched:
        patched.setattr(class_order.tempfile, "TemporaryFile", refused)
        assert results_of(scattered)[0] == "StoredRows"
    monkeypatch.setattr(class_order, "SPARE", 1e18)
    assert results_of(scattered)[0] == "StoredRows"


def test_classes_that_lie_together_are_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(class_order, "LARGE", 0)
    monkeypatch.setattr(class_order, "NEAR", 100)
    np.save(tmp_path / "s.npy", np.random.default_rng(1).standard_normal((120, 12)))
    np.save(tmp_path / "s_labels.npy", np.repeat(np.arange(6), 20))
    file = load_features(tmp_path / "s.npy")
    assert file.by_class is file
