"""Sweeps: the same numbers after any interruption, nothing computed twice, no invalid result stored."""

from __future__ import annotations

import csv
import dataclasses
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import helpers_sweep
import pytest

from simulations.jobs.sweep import export
from simulations.jobs.sweep.executors import dask
from simulations.jobs.sweep.grid import Grid, load_grid
from simulations.jobs.sweep.plan import Trials, plan
from simulations.jobs.sweep.run import SweepOutcome, run
from simulations.jobs.sweep.store import Store, opened
from simulations.jobs.sweep.tasks import compute
from simulations.runtime.errors import InputError
from simulations.runtime.workers import Workers, open_workers

GRID = """
shots = [1, 5, 50]
ways = [2, 3]
bounds = ["cdnv_sharp", "exact_moment", "directional_2025"]
draws = 2e4
replicates = 2
[[populations]]
name = "simplex"
family = "simplex_etf"
count = 3
[populations.vary]
dimension = [4, 8]
cdnv = [1.0, 0.05]
[[populations]]
name = "coin"
family = "finite_support"
[[populations.classes]]
points = [[0.0], [1.0]]
weights = [0.5, 0.5]
[[populations.classes]]
points = [[3.0]]
weights = [1.0]
[[populations.classes]]
points = [[5.0], [7.0]]
weights = [0.25, 0.75]
"""
SMALL = GRID.replace("dimension = [4, 8]\ncdnv = [1.0, 0.05]", "cdnv = [1.0, 0.05]").replace(
    "count = 3", "count = 3\ndimension = 4"
)


@contextmanager
def threads(count: int = 2) -> Iterator[Workers]:
    yield Workers(lambda: ThreadPoolExecutor(count), count)


class Backwards(Executor):
    """Runs what it is given at once, in this thread, and hands results back last first."""

    def submit(self, work: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
        from concurrent.futures import Future

        future: Future[Any] = Future()
        future.set_result(work(*arguments, **named))
        return future


def sweep(grid: Grid, store: Path, hands: Any = None, **options: Any) -> tuple[SweepOutcome, str]:
    with opened(store) as opened_store, threads() if hands is None else hands as workers:
        outcome = run(grid, opened_store, workers, **options)
        return outcome, export.to_csv(export.records(grid, opened_store))


def finished(store: Store) -> list[str]:
    return [key for key, status in store.statuses() if status == "done"]


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Grid:
    path = tmp_path_factory.mktemp("grid") / "grid.toml"
    path.write_text(GRID)
    return load_grid(path)


@pytest.fixture(scope="module")
def table(grid: Grid, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The undisturbed sweep's export."""
    return sweep(grid, tmp_path_factory.mktemp("store") / "s")[1]


def test_the_rows_are_bounds_beside_errors(grid: Grid, table: str) -> None:
    rows = list(csv.DictReader(table.splitlines()))
    assert len(rows) == 5 * 3 * 2 * 2 * 3
    assert {row["verdict"] for row in rows} <= {"holds", "vacuous", "undecided", "not_applicable"}
    exact = [row for row in rows if row["population"] == "coin"]
    assert {row["method"] for row in exact} == {"enumeration"}
    assert all(row["error_low"] == row["error"] == row["error_high"] for row in exact)
    sampled = {(row["replicate"], row["error"]) for row in rows if row["method"] not in ("enumeration",)}
    assert {replicate for replicate, _ in sampled} == {"0", "1"}
    for row in rows:
        if row["verdict"] == "holds":
            assert float(row["error"]) <= float(row["value"]) * (1 + 1e-9)


@pytest.mark.parametrize(
    "hands",
    [
        "one",
        "five",
        "backwards",
        pytest.param("processes", marks=pytest.mark.slow),
        pytest.param("dask", marks=pytest.mark.slow),
    ],
)
def test_the_same_bytes_for_any_workers(hands: str, grid: Grid, table: str, tmp_path: Path) -> None:
    if hands == "dask":
        pytest.importorskip("distributed")
    chosen = {
        "one": lambda: threads(1),
        "five": lambda: threads(5),
        "backwards": lambda: _given(Workers(Backwards, 3)),
        "processes": lambda: open_workers(2),
        "dask": lambda: dask(None, 1),
    }[hands]()
    assert sweep(grid, tmp_path / "s", chosen)[1] == table


@contextmanager
def _given(workers: Workers) -> Iterator[Workers]:
    yield workers


def test_nothing_is_computed_twice(grid: Grid, table: str, tmp_path: Path) -> None:
    keys: list[str] = []

    def counting(kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
        keys.append(key)
        return compute(kind, key, body)

    part = dataclasses.replace(grid, points=grid.points[:2])
    assert sweep(part, tmp_path / "s", work=counting)[0].computed == 2 * 3 * (2 + 3)
    outcome, text = sweep(grid, tmp_path / "s", work=counting)
    assert (outcome.already, outcome.computed) == (30, 45) and text == table
    assert len(keys) == len(set(keys)) == grid.size
    assert sweep(grid, tmp_path / "s", work=counting)[0].computed == 0


def test_a_changed_statement_recomputes_only_its_own(grid: Grid) -> None:
    first, *rest = grid.bounds
    changed = dataclasses.replace(
        grid, bounds=(dataclasses.replace(first, statement=first.statement * 2), *rest)
    )
    old, new = ({task.key: task for task in each.tasks()} for each in (grid, changed))
    different = [new[key] for key in new if key not in old]
    assert {task.body["bound"] for task in different} == {first.name}
    assert len(different) == len(grid.points) * len(grid.spec.shots)


def test_the_plan_counts(grid: Grid, tmp_path: Path) -> None:
    with opened(tmp_path / "s") as opened_store:
        planned = plan(grid, opened_store, 2)
        assert (planned.tasks, planned.stored) == (grid.size, 0) == (75, 0)
        errors = [task for task in grid.tasks() if task.kind == "error"]
        assert len(errors) == 30 and sum(planned.engines.values()) == 30 * len(grid.spec.ways)
        coins = [task for task in errors if task.body["population"]["family"] == "finite_support"]
        assert planned.engines["enumeration"] == len(coins) * len(grid.spec.ways)
        with threads() as workers:
            run(grid, opened_store, workers)
        done = plan(grid, opened_store, 2)
        assert (done.stored, done.seconds, done.engines) == (75, 0.0, {})


def test_the_plan_times_a_task_of_each_kind(grid: Grid, tmp_path: Path) -> None:
    """With a clock that moves by what each task is said to take, the plan is exact."""
    now = [0.0]
    costs = {"error": 0.125, "bound": 0.03125}

    def work(kind: str, key: str, body: dict[str, Any]) -> None:
        now[0] += costs[kind]

    with opened(tmp_path / "s") as opened_store:
        whole = plan(grid, opened_store, 2, Trials(1e3, work, lambda: now[0]))
        errors = sum(task.kind == "error" for task in grid.tasks())
        assert whole.timed == whole.kinds > len(grid.bounds)
        assert whole.seconds == (errors * costs["error"] + (whole.tasks - errors) * costs["bound"]) / 2
        hasty = plan(grid, opened_store, 2, Trials(0.0, work, lambda: now[0]))
        assert hasty.timed == 0 and hasty.seconds > 0
        assert not finished(opened_store)

        def broken(kind: str, key: str, body: dict[str, Any]) -> None:
            raise ArithmeticError

        assert plan(grid, opened_store, 2, Trials(work=broken, clock=lambda: now[0])).timed == 0


# -- workers that die or return invalid results --------------------------------------------------------------
@pytest.fixture
def small(tmp_path: Path) -> Grid:
    (tmp_path / "small.toml").write_text(SMALL)
    return load_grid(tmp_path / "small.toml")


@pytest.mark.slow
def test_a_task_that_kills_its_worker_is_recorded_and_the_rest_is_done(small: Grid, tmp_path: Path) -> None:
    outcome, text = sweep(small, tmp_path / "s", open_workers(2), work=helpers_sweep.kills_its_worker)
    deadly = small.spec.replicates
    assert outcome.failed == deadly
    rows = list(csv.DictReader(text.splitlines()))
    for row in rows:
        if row["shots"] == "50" and row["population"] == "coin":
            assert row["reason"] == "its worker died 3 times" and not row["error"]
        else:
            assert row["error"] and row["verdict"]
    # Failed tasks are left alone until --retry; then the sweep is complete.
    assert sweep(small, tmp_path / "s")[0].computed == 0
    outcome, text = sweep(small, tmp_path / "s", retry=True)
    assert (outcome.computed, outcome.failed) == (deadly, 0)
    assert text == sweep(small, tmp_path / "undisturbed")[1]


@pytest.mark.slow
def test_a_worker_killed_once_costs_nothing(
    small: Grid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "marks").mkdir()
    monkeypatch.setenv("SWEEP_MARKS", str(tmp_path / "marks"))
    only = dataclasses.replace(
        small, points=small.points[-1:], spec=small.spec.model_copy(update={"replicates": 1})
    )
    outcome, text = sweep(only, tmp_path / "s", open_workers(1), work=helpers_sweep.kills_its_worker_once)
    assert outcome.failed == 0
    assert text == sweep(only, tmp_path / "undisturbed")[1]


@pytest.mark.slow
def test_dask_workers_that_are_killed(small: Grid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """kill -9 in the middle of a task: one that dies once is done again, one that always dies is given up."""
    pytest.importorskip("distributed")
    (tmp_path / "marks").mkdir()
    monkeypatch.setenv("SWEEP_MARKS", str(tmp_path / "marks"))
    spec = small.spec.model_copy(update={"replicates": 1})
    only = dataclasses.replace(small, points=small.points[-1:], spec=spec)
    outcome, text = sweep(only, tmp_path / "s", dask(None, 1), work=helpers_sweep.kills_in_two_ways)
    assert len(list((tmp_path / "marks").iterdir())) == 1
    assert outcome.failed == 1
    for row in csv.DictReader(text.splitlines()):
        if row["shots"] == "50":
            assert row["reason"] == "its worker died 3 times" and not row["error"]
        else:
            assert row["error"] and row["verdict"]


@pytest.mark.parametrize(
    ("work", "kind", "message"),
    [
        (helpers_sweep.returns_nan, "error", "returned nan for an error"),
        (helpers_sweep.answers_another_task, "bound", "a result for another task"),
        (helpers_sweep.leaves_a_row_out, "both", "of the wrong shape"),
        (helpers_sweep.raises, "both", "RuntimeError: out of luck"),
    ],
)
def test_an_invalid_result_of_a_worker_is_refused_and_recorded(
    work: Any, kind: str, message: str, small: Grid, tmp_path: Path
) -> None:
    outcome, text = sweep(small, tmp_path / "s", work=work)
    counts = {"error": 3 * 3 * 2, "bound": 3 * 3 * 3}
    assert outcome.failed == (sum(counts.values()) if kind == "both" else counts[kind])
    assert all(message in row["reason"] for row in csv.DictReader(text.splitlines()))
    assert "nan" not in text.replace("returned nan", "")


# -- the main process dies ----------------------------------------------------------------------------------
@pytest.mark.slow
def test_kill_nine_at_random_moments(tmp_path: Path, full: bool) -> None:
    """6 kills in CI, 40 under --full. What was reported as stored before a kill is there after it."""
    path, store = tmp_path / "grid.toml", tmp_path / "s"
    path.write_text(GRID.replace("replicates = 2", "replicates = 5"))
    grid = load_grid(path)
    rng, reported, kills, wanted = random.Random(7), 0, 0, 40 if full else 6
    while kills < wanted:
        process = subprocess.Popen(
            [sys.executable, "-c", REPORTING, str(path), str(store)],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        time.sleep(rng.uniform(0.3, 2.5))
        os.killpg(process.pid, signal.SIGKILL)
        text, _ = process.communicate()
        kills += 1
        reports = [int(line) for line in text.splitlines() if line.isdigit()]
        with opened(store) as opened_store:
            done = len(finished(opened_store))
        assert done >= max([reported, *reports])
        reported = done
        if done == grid.size:
            store.unlink()  # done before it could be killed: start anew
            reported = 0
    _, table = sweep(grid, store)
    assert table == sweep(grid, tmp_path / "undisturbed")[1]


REPORTING = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from simulations.jobs.sweep import run as module
from simulations.runtime.workers import Workers
from simulations.jobs.sweep.grid import load_grid
from simulations.jobs.sweep.store import opened

module.COMMIT_ROWS = 3
with opened(Path(sys.argv[2])) as held:
    module.run(load_grid(Path(sys.argv[1])), held, Workers(lambda: ThreadPoolExecutor(2), 2),
               lambda done, total, label: print(done, flush=True))
"""


def test_interrupted_says_how_to_go_on(small: Grid, tmp_path: Path) -> None:
    done = []

    def stopping(kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
        if len(done) == 10:
            raise KeyboardInterrupt
        done.append(key)
        return compute(kind, key, body)

    with opened(tmp_path / "s") as opened_store, pytest.raises(KeyboardInterrupt):
        run(small, opened_store, Workers(Backwards, 1), work=stopping)
    assert sweep(small, tmp_path / "s")[1] == sweep(small, tmp_path / "undisturbed")[1]


def stored(store: Path) -> int:
    """Results that a reader beside the running sweep finds."""
    try:
        connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
        count = int(connection.execute("SELECT count(*) FROM results").fetchone()[0])
        connection.close()
    except sqlite3.OperationalError:  # not there yet
        return 0
    return count


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_in_a_real_sweep(jobs: str, tmp_path: Path) -> None:
    """The terminal sends it to the command and its workers; only the command itself prints a message."""
    path, store = tmp_path / "grid.toml", tmp_path / "s"
    path.write_text(GRID.replace("replicates = 2", "replicates = 400"))
    command = [sys.executable, "-m", "simulations", "sweep", str(path), "--store", str(store), "--jobs", jobs]

    def listening() -> None:
        # A shell's background jobs, these tests perhaps, ignore the signal; so would their children.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=listening,
    ) as running:
        while stored(store) <= 3 and running.poll() is None:
            time.sleep(0.1)
        os.killpg(running.pid, signal.SIGINT)
        out, err = running.communicate(timeout=60)
    kept = stored(store)
    assert running.returncode == 130 and kept > 3
    assert err.splitlines()[-1].startswith("collapse: interrupted; finished tasks are kept in")
    assert "Traceback" not in err and "run the same command again" in err and not out


# -- the disk and the file ----------------------------------------------------------------------------------
@pytest.mark.slow
def test_a_full_disk_is_one_line_and_the_store_survives(tmp_path: Path) -> None:
    path, store = tmp_path / "grid.toml", tmp_path / "s"
    path.write_text(GRID.replace("replicates = 2", "replicates = 60"))

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    process = subprocess.run(
        [sys.executable, "-m", "simulations", "sweep", str(path), "--store", str(store), "--jobs", "1"],
        capture_output=True,
        text=True,
        preexec_fn=limited,
        timeout=120,
        check=False,
    )
    assert process.returncode == 2 and process.stderr.count("\n") == 1
    assert "cannot be written" in process.stderr and "s:" in process.stderr
    with opened(store) as opened_store:
        assert 0 < len(finished(opened_store)) < load_grid(path).size


@pytest.fixture
def filled(small: Grid, tmp_path: Path) -> Path:
    sweep(small, tmp_path / "filled")
    return tmp_path / "filled"


def refused(store: Path) -> str:
    with pytest.raises(InputError) as wrong, opened(store):
        pass
    assert "\n" not in str(wrong.value)
    return str(wrong.value)


def test_a_truncated_store_is_reported(filled: Path) -> None:
    content = filled.read_bytes()
    filled.write_bytes(content[: len(content) // 2])
    assert "is damaged" in refused(filled)


def test_flipped_bytes_are_reported(filled: Path) -> None:
    content = bytearray(filled.read_bytes())
    for k in range(4096 + 8, 4096 + 400):
        content[k] ^= 0xFF
    filled.write_bytes(bytes(content))
    assert "is damaged" in refused(filled)


def test_a_file_that_is_not_a_database_is_reported(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"shots = [1]\n" * 500)
    assert "is damaged" in refused(tmp_path / "s")


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "s")
    connection.execute("CREATE TABLE notes (text)")
    connection.commit()
    connection.close()
    before = (tmp_path / "s").read_bytes()
    assert "another program" in refused(tmp_path / "s")
    assert (tmp_path / "s").read_bytes() == before


def test_a_newer_store_is_reported(filled: Path) -> None:
    connection = sqlite3.connect(filled)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "newer version" in refused(filled)


def test_two_sweeps_on_one_store(filled: Path) -> None:
    with opened(filled):
        assert "in use by another sweep" in refused(filled)
    with opened(filled) as opened_store:
        assert finished(opened_store)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "choose another --store" in refused(tmp_path / "file" / "s")
    assert "choose another --store" in refused(tmp_path / "missing" / "s")
