"""Workers get one thread of linear algebra each; the caller keeps its own."""

from __future__ import annotations

import os
from pathlib import Path

import helpers_sweep
import pytest

from simulations.cli import main
from simulations.jobs.verify.chapters import Task
from simulations.runtime import workers

START = Path("/proc/self/environ")


def test_a_worker_inherits_one_thread_and_the_caller_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    calls = [Task(os.getenv, (name,), name) for name in workers.THREADS]
    with workers.open_workers(1) as hands:
        assert hands.run(calls) == ["1"] * len(workers.THREADS)
        # Linux shows what a process was started with: later is too late, NumPy may be loaded by then.
        if START.exists():
            (born,) = hands.run([Task(Path.read_bytes, (START,), "environment at the start")])
            assert b"OMP_NUM_THREADS=1" in born.split(b"\0")
    assert os.environ["OMP_NUM_THREADS"] == "7" and "OPENBLAS_NUM_THREADS" not in os.environ


@pytest.mark.slow
def test_a_worker_that_is_lost_is_reported_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends without a word, as under the kernel's hand when memory runs out."""

    def command() -> int:
        with workers.open_workers(1) as hands:
            hands.run([Task(helpers_sweep.ends_its_worker, (9,), "gone")])
        return 0

    monkeypatch.setattr("simulations.cli.evaluate.run", command)
    assert main(["evaluate"]) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1 and "worker process" in printed and "--jobs" in printed
