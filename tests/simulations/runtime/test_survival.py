"""Whole commands under harsh operation: killed at random moments, two at once, their scheduler gone."""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from helpers_survival import SHORT, of_session, started, statuses, written
from test_worker_pool import wait_until_gone

from simulations.cli import main
from simulations.jobs.sweep import executors
from simulations.jobs.sweep.grid import load_grid
from simulations.jobs.sweep.run import run as compute
from simulations.jobs.sweep.store import Store, StoredResult, opened
from simulations.runtime.errors import InputError

pytestmark = pytest.mark.slow
GRID = """
shots = [1, 5, 50]
ways = [2, 3]
bounds = ["cdnv_sharp", "exact_moment", "directional_2025"]
draws = 2e4
replicates = {replicates}
[[populations]]
name = "simplex"
family = "simplex_etf"
count = 3
[populations.vary]
dimension = [4, 8]
cdnv = [1.0, 0.05]
"""


def test_a_sweep_that_is_killed_and_run_again(tmp_path: Path, full: bool) -> None:
    """Nothing is lost, no process and no temporary file stays, and the bytes are the same. One kill by
    each signal; ten under --full."""
    grid = tmp_path / "grid.toml"
    grid.write_text(GRID.format(replicates=10))
    (tmp_path / "whole").mkdir()
    command = ["sweep", grid, "--jobs", 2]
    begun = time.monotonic()
    undisturbed = started(*command, "--store", tmp_path / "whole/s", "--csv", tmp_path / "whole/t.csv")
    assert undisturbed.wait(timeout=300) == 0
    took = time.monotonic() - begun
    rng = random.Random(1)
    signals = itertools.product(["SIGTERM", "SIGHUP", "SIGKILL"], range(10 if full else 1))
    for name, number in signals:
        place = tmp_path / f"{name}{number}"
        place.mkdir()
        outputs = ["--store", place / "s", "--csv", place / "t.csv"]
        killed = started(*command, *outputs)
        time.sleep(rng.uniform(0.1, took))
        killed.send_signal(getattr(signal, name))
        _, err = killed.communicate(timeout=120)
        assert killed.returncode in statuses(name)
        assert "Traceback" not in err
        assert wait_until_gone(of_session(killed.pid)) == []
        again = started(*command, *outputs)
        _, err = again.communicate(timeout=300)
        assert again.returncode == 0 and err == ""
        assert (place / "t.csv").read_bytes() == (tmp_path / "whole/t.csv").read_bytes()
        assert {each.name for each in place.iterdir()} == {"s", "t.csv"}


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_scheduler_that_is_killed_in_the_middle(interrupted: bool, tmp_path: Path) -> None:
    """The command ends with one line and no other, or with that of Ctrl-C where it comes while the command
    waits for the scheduler."""
    pytest.importorskip("distributed")
    grid, store = tmp_path / "grid.toml", tmp_path / "s"
    grid.write_text(GRID.format(replicates=200))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen(
        [*dask, "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"], **quiet
    )
    worker = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"],
        **quiet,
    )
    try:
        time.sleep(8)
        command = started("sweep", grid, "--store", store, "--scheduler", address)
        begun = time.monotonic()
        while not store.exists() and command.poll() is None and time.monotonic() - begun < 60:
            time.sleep(0.2)
        time.sleep(5)
        scheduler.kill()
        if interrupted:
            time.sleep(3)
            command.send_signal(signal.SIGINT)
        _, err = command.communicate(timeout=120)
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()
    assert command.returncode == (130 if interrupted else 2), err
    (line,) = err.splitlines()
    assert "run the same command again" in line
    assert ("interrupted" if interrupted else "the scheduler at") in line


def test_two_main_jobs_into_one_folder_at_once(tmp_path: Path) -> None:
    """Both write the same pages: whoever is last, every file is whole."""
    command = ["verify", "--jobs", 1, "--out"]
    runs = [started(*command, tmp_path / "both", program=SHORT) for _ in "ab"]
    for run in runs:
        assert run.communicate(timeout=400)[1] == "" and run.returncode == 0
    alone = started(*command, tmp_path / "alone", program=SHORT)
    assert alone.communicate(timeout=400)[1] == "" and alone.returncode == 0
    assert written(tmp_path / "both") == written(tmp_path / "alone")


@pytest.mark.parametrize("disk", ["slow", "full"])
def test_a_store_on_a_slow_or_full_disk_while_dask_workers_report(
    disk: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slow: everything is stored all the same. Full (SQLite's own limit of pages): one line, and a store that
    goes on where it stopped."""
    pytest.importorskip("distributed")
    file, place = tmp_path / "grid.toml", tmp_path / "s"
    file.write_text(GRID.format(replicates=20))
    grid = load_grid(file)
    add, commits = Store.add, []

    def unwilling(self: Store, finished: list[StoredResult]) -> None:
        commits.append(len(finished))
        if disk == "slow":
            time.sleep(1.0)
        elif len(commits) == 2:
            pages = self._connection.execute("PRAGMA page_count").fetchone()[0]
            self._connection.execute(f"PRAGMA max_page_count = {pages}")
        add(self, finished)

    monkeypatch.setattr(Store, "add", unwilling)
    monkeypatch.setattr("simulations.jobs.sweep.run.COMMIT_ROWS", 10)
    with executors.dask(None, 1) as hands:
        if disk == "slow":
            with opened(place) as store:
                assert compute(grid, store, hands).computed == grid.size
        else:
            with pytest.raises(InputError, match="free some space"), opened(place) as store:
                compute(grid, store, hands)
        monkeypatch.undo()
        with opened(place) as store:
            kept = len(list(store.statuses()))
            outcome = compute(grid, store, hands)
            assert outcome.already == kept and outcome.computed + kept == grid.size and outcome.failed == 0
    assert len(commits) > 1 and (kept == grid.size) == (disk == "slow")


def test_two_runs_into_one_folder_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every file that is there is whole, of one of the two."""
    import numpy as np

    labels = np.repeat(np.arange(4), 10)
    features = np.random.default_rng(0).normal(size=(40, 4)) + 5 * np.eye(4)[labels]
    np.savez(tmp_path / "f.npz", features=features, labels=labels)
    runs = [started("measure", tmp_path / "f.npz", "--shots", 1, "--report", tmp_path / "r") for _ in "ab"]
    for run in runs:
        assert run.communicate(timeout=200)[1] == "" and run.returncode == 0
    both = {path.name: path.read_bytes() for path in (tmp_path / "r").rglob("*") if path.is_file()}
    command = ["measure", str(tmp_path / "f.npz"), "--shots", "1", "--report", str(tmp_path / "alone")]
    assert main(command) == 0
    alone = {path.name: path.read_bytes() for path in (tmp_path / "alone").rglob("*") if path.is_file()}
    assert both == alone


def test_the_smallest_folder_of_images_is_trained_on_and_measured(tmp_path: Path) -> None:
    """6 classes of 6 images of noise: some figures are undefined, and written as null."""
    pytest.importorskip("torch")
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    for label in range(6):
        (tmp_path / f"images/{label}").mkdir(parents=True)
        for number in range(6):
            image = Image.fromarray(rng.integers(0, 256, (16, 16), dtype=np.uint8))
            image.save(tmp_path / f"images/{label}/{number}.png")
    run = started("network", "--images", tmp_path / "images", "--out", tmp_path / "out", program=SHORT)
    _, err = run.communicate(timeout=400)
    assert run.returncode == 0 and "Traceback" not in err, err
    text = (tmp_path / "out/trace.json").read_text()
    assert "NaN" not in text
    last = json.loads(text)["history"][-1]
    assert any(spread["mean"] is None for spread in last["cdnv"].values())
    assert os.path.getsize(tmp_path / "out/report/index.html") > 1000
