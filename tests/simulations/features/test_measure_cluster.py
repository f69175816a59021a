"""`measure` and `certify` on a Dask cluster: workers read the shards, and every number is one machine's."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations import certify, load_features, measure
from simulations.cli import main
from simulations.cli.measure_show import document
from simulations.features.cluster import FileSource, RemoteRows, certify_there, moments, remote_file
from simulations.features.feature_file import FeatureFile
from simulations.jobs.sweep import executors
from simulations.runtime.workers import Workers

ROUNDING = 1e-12
"""Of NC1 alone, which sums over classes: they are added in another order."""


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three shards, shuffled, of 9 classes that differ in size, with a classifier."""
    folder, rng = tmp_path_factory.mktemp("shards"), np.random.default_rng(0)
    labels = rng.permutation(np.repeat(np.arange(9), [20, 24, 21, 30, 20, 20, 25, 20, 20]))
    features = rng.standard_normal((9, 24))[labels] + rng.standard_normal((len(labels), 24))
    for k, rows in enumerate(np.array_split(np.arange(len(labels)), 3)):
        np.save(folder / f"features{k}.npy", features[rows].astype(np.float32))
        np.save(folder / f"labels{k}.npy", labels[rows])
    np.save(folder / "weights.npy", rng.standard_normal((9, 24)))
    return folder


class Here:
    """Stands in for a pool of two: tasks run in this process, one by one."""

    count = 2

    def run(self, calls: Any) -> list[Any]:
        return [call.function(*call.arguments) for call in calls]


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    pytest.importorskip("distributed")
    with executors.dask(None, 2) as workers:
        yield workers


def measured(file: FeatureFile, **options: Any) -> Any:
    numbers = document(measure(file, [1], [3], **options), None)
    numbers["features"].pop("path", None)
    return _plain(numbers)


def _plain(value: Any) -> Any:
    """Without how long it took."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name != "seconds"}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def differences(one: Any, other: Any, where: str = "") -> dict[str, float]:
    """Relative, of all numbers that differ; infinite of whatever else does."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        parts = [differences(one[name], other[name], f"{where}/{name}") for name in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        parts = [differences(a, b, f"{where}/{k}") for k, (a, b) in enumerate(zip(one, other, strict=True))]
    elif one == other:
        return {}
    elif isinstance(one, float) and isinstance(other, float):
        return {where: abs(one - other) / max(abs(one), abs(other))}
    else:
        return {where: float("inf")}
    return {name: size for part in parts for name, size in part.items()}


def same_as_here(file: FeatureFile, alone: FeatureFile, **options: Any) -> dict[str, float]:
    return differences(measured(file, **options), measured(alone, **options))


def test_parts_add_up_to_the_numbers_of_one_machine(shards: Path) -> None:
    """Without a cluster, for every day."""
    file = remote_file(FileSource(str(shards)), Here())  # type: ignore[arg-type]
    gaps = same_as_here(file, load_features(shards))
    assert all("nc1" in name and size < ROUNDING for name, size in gaps.items()), gaps


@pytest.mark.slow
def test_a_part_that_is_lost_is_seen(shards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: one class less in the sums of a pass."""
    whole = moments.ClassBlocks

    def without_the_last(features: Any, members: Any, classes: range) -> Any:
        return whole(features, members, classes[:-1] if len(classes) > 1 else classes)

    alone = measured(load_features(shards))
    file = remote_file(FileSource(str(shards)), Here())  # type: ignore[arg-type]
    run = Here.run

    def lossy(self: Here, calls: Any) -> list[Any]:
        later = [call for call in calls if call.function is moments.part_of]
        with monkeypatch.context() as patched:
            if later:
                patched.setattr(moments, "ClassBlocks", without_the_last)
            return run(self, calls)

    monkeypatch.setattr(Here, "run", lossy)
    gaps = differences(measured(file), alone)
    assert any("bounds" in name and size > 1e-6 for name, size in gaps.items())


@pytest.mark.slow
@pytest.mark.parametrize("normalize", [None, "l2"])
def test_two_processes_find_the_numbers_of_one_machine(
    shards: Path, workers: Workers, normalize: str | None
) -> None:
    file = remote_file(FileSource(str(shards), normalize=normalize), workers)
    assert isinstance(file.features, RemoteRows)
    gaps = same_as_here(file, load_features(shards), normalize=normalize)
    assert all("nc1" in name and size < ROUNDING for name, size in gaps.items()), gaps
    source = FileSource(str(shards), normalize=normalize)
    there = certify_there(source, workers, [(1, 2), (3, 4)])
    alone = [
        certify(load_features(shards), shots=n, ways=k, normalize=normalize) for n, k in ((1, 2), (3, 4))
    ]
    assert [each.to_json() for each in there] == [each.to_json() for each in alone]


@pytest.mark.slow
def test_a_worker_that_is_lost_changes_no_number(shards: Path, workers: Workers) -> None:
    alone = measured(load_features(shards))
    file = remote_file(FileSource(str(shards)), workers)
    (victim, *_) = workers.run([executors_pid()])
    timer = threading.Timer(0.5, os.kill, (victim, signal.SIGKILL))
    timer.start()
    gaps = differences(measured(file), alone)
    timer.join()
    assert all("nc1" in name and size < ROUNDING for name, size in gaps.items()), gaps
    with pytest.raises(ProcessLookupError):  # it did die
        os.kill(victim, 0)


def executors_pid() -> Any:
    from simulations.features.cluster.source import RemoteCall

    return RemoteCall(os.getpid, ())


@pytest.mark.slow
def test_commands_on_a_cluster(shards: Path, capsys: pytest.CaptureFixture[str]) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None
    ) as cluster:
        address = ["--scheduler", cluster.scheduler_address]
        for command in (
            ["measure", str(shards), "--shots", "1", "--ways", "3", "--json"],
            ["certify", str(shards), "--shots", "1,3", "--ways", "3", "--json"],
        ):
            printed = []
            for more in ([], address):
                assert main([*command, *more]) == 0
                printed.append(_plain(json.loads(capsys.readouterr().out)))
            gaps = differences(*printed)
            assert all("nc1" in name and size < ROUNDING for name, size in gaps.items()), gaps
        assert main(["measure", str(shards / "none"), "--shots", "1", *address]) == 2
        assert "none" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["measure", "certify"])
def test_a_scheduler_that_does_not_answer_is_one_line(
    verb: str, shards: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("distributed")
    assert main([verb, str(shards), "--shots", "1", "--scheduler", "nonsense"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--scheduler: no scheduler answers at nonsense" in line


def test_without_dask_it_is_one_line(
    shards: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    assert main(["measure", str(shards), "--shots", "1", "--scheduler", "tcp://localhost:1"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "neural-collapse-transfer[cluster]" in line


def test_options_that_need_the_features_here(shards: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", str(shards), "--shots", "1", "--map", "l2", "--scheduler", "x"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--map" in line and "--scheduler" in line
