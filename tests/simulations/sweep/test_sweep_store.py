"""The store of a sweep with changed rows, foreign locks, links, damage and busy disks."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulations.cli import main
from simulations.jobs.sweep import export, store
from simulations.jobs.sweep.grid import Grid, load_grid
from simulations.jobs.sweep.run import SweepOutcome, run
from simulations.jobs.sweep.store import Store, StoredResult, StoreInUse, opened
from simulations.runtime.errors import InputError
from simulations.runtime.workers import Workers
from simulations.sweep import read

GRID = """
shots = [1, 5]
ways = [2, 3]
bounds = ["cdnv_sharp", "exact_moment"]
draws = 1e3
[[populations]]
name = "simplex"
family = "simplex_etf"
count = 3
dimension = 4
[populations.vary]
cdnv = [0.5, 0.05]
"""


@pytest.fixture
def grid(tmp_path: Path) -> Grid:
    (tmp_path / "grid.toml").write_text(GRID)
    return load_grid(tmp_path / "grid.toml")


def sweep(grid: Grid, place: Path) -> tuple[SweepOutcome, str]:
    workers = Workers(lambda: ThreadPoolExecutor(2), 2)
    try:
        with opened(place) as results:
            return run(grid, results, workers), export.to_csv(export.records(grid, results))
    finally:
        workers.drop()


@pytest.fixture
def filled(grid: Grid, tmp_path: Path) -> tuple[Path, str]:
    return tmp_path / "store", sweep(grid, tmp_path / "store")[1]


def change(place: Path, statement: str) -> int:
    """Rows that one SQL statement changes."""
    connection = sqlite3.connect(place)
    with connection:
        count = connection.execute(statement).rowcount
    connection.close()
    return count


DONE = "WHERE key IN (SELECT key FROM results WHERE kind = 'error' ORDER BY key LIMIT 2)"
ATTACKS = {
    "no JSON": f"UPDATE results SET payload = '{{broken' {DONE}",
    "another type": f"UPDATE results SET payload = '[1]' {DONE}",
    "nothing": f"UPDATE results SET payload = NULL {DONE}",
    "no text": f"UPDATE results SET payload = X'FFFE00' {DONE}",
    "other digits": f"UPDATE results SET payload = replace(payload, '\"value\": ', '\"value\": 9') {DONE}",
    "a status that it never had": f"UPDATE results SET status = 'failed', reason = 'no' {DONE}",
    "the result of another task": "UPDATE results SET payload = (SELECT payload FROM results AS o "
    f"WHERE o.kind = 'error' ORDER BY o.key DESC LIMIT 1) {DONE}",
    "no checksum": f"UPDATE results SET checksum = NULL {DONE}",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_changed_row_is_computed_anew(attack: str, grid: Grid, filled: tuple[Path, str]) -> None:
    place, table = filled
    assert change(place, ATTACKS[attack]) == 2
    # Whoever only reads is not served it either.
    rows = read(place.with_name("grid.toml"), place)
    lost = [row for row in rows if row["reason"] == "not computed yet"]
    assert lost and all(row["error"] is None or row["error"] <= 1 for row in rows)
    outcome, text = sweep(grid, place)
    assert (outcome.computed, outcome.damaged, outcome.failed) == (2, 2, 0) and text == table
    assert sweep(grid, place)[0] == SweepOutcome(grid.size, grid.size, 0, 0, 0)


def test_a_row_with_a_valid_checksum_is_still_checked_as_a_result(
    grid: Grid, filled: tuple[Path, str]
) -> None:
    place, table = filled
    task = next(task for task in grid.tasks() if task.kind == "error")
    with opened(place) as results:
        payload = results.payload(task.key)
        assert payload is not None
        payload["estimates"][0]["value"] = 9.12
        results.add([StoredResult(task.key, "error", task.body, payload, None)])
    outcome, text = sweep(grid, place)
    assert (outcome.computed, outcome.damaged) == (1, 1) and text == table


def test_the_command_reports_damaged_rows_in_one_line(
    filled: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    place, _ = filled
    change(place, ATTACKS["no JSON"])
    command = ["sweep", str(place.with_name("grid.toml")), "--store", str(place), "--jobs", "1", "--json"]
    assert main(command) == 0
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and "2 stored results" in captured.err and "damaged" in captured.err
    assert json.loads(captured.out)["tasks"]["computed"] == 2


# -- locks -----------------------------------------------------------------------------------------------
def refusal(place: Path) -> str:
    with pytest.raises(InputError) as wrong, opened(place):
        pass
    assert "\n" not in str(wrong.value)
    return str(wrong.value)


def test_a_store_that_another_program_locks_is_in_use_and_not_damaged(
    filled: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, _ = filled
    monkeypatch.setattr(store, "PATIENCE_SECONDS", 0.1)
    other = sqlite3.connect(place)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    line = refusal(place)
    assert "in use by another program" in line and "damaged" not in line and "remove" not in line
    other.rollback()
    other.close()
    with opened(place) as results:
        assert list(results.statuses())


def test_a_locked_store_is_waited_for_a_little(filled: tuple[Path, str]) -> None:
    place, _ = filled
    other = sqlite3.connect(place, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.5, other.rollback)
    release.start()
    with opened(place) as results:
        results.add([StoredResult("a" * 64, "error", {}, None, "a test")])
        assert results.reason("a" * 64) == "a test"
    release.join()
    other.close()


def test_a_link_to_a_store_is_that_store(filled: tuple[Path, str], tmp_path: Path) -> None:
    place, _ = filled
    link = tmp_path / "link"
    link.symlink_to(place)
    with opened(place):
        assert "in use by another sweep" in refusal(link)
    with opened(link):
        assert "in use by another sweep" in refusal(place)


def test_a_store_of_two_names_is_refused(filled: tuple[Path, str], tmp_path: Path) -> None:
    """Each name has its own journal and its own lock, so that two sweeps would not know of each other."""
    place, table = filled
    (tmp_path / "other").hardlink_to(place)
    for name in (place, tmp_path / "other"):
        assert "2 names (hard links)" in refusal(name)
    (tmp_path / "other").unlink()
    grid = load_grid(tmp_path / "grid.toml")
    outcome, again = sweep(grid, place)
    assert outcome.computed == 0 and again == table


def test_results_wait_in_memory_while_another_program_holds_the_file(
    grid: Grid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup, say, that starts in the middle of a sweep and takes longer than SQLite waits."""
    refusals: list[int] = []
    add = Store.add

    def busy(self: Store, finished: list[StoredResult]) -> None:
        if len(refusals) < 3:
            refusals.append(len(finished))
            raise StoreInUse("is in use by another program")
        add(self, finished)

    monkeypatch.setattr(Store, "add", busy)
    monkeypatch.setattr("simulations.jobs.sweep.run.COMMIT_ROWS", 1)
    outcome, text = sweep(grid, tmp_path / "store")
    assert outcome.computed == grid.size and len(refusals) == 3
    assert text == sweep(grid, tmp_path / "undisturbed")[1]


# -- damage ----------------------------------------------------------------------------------------------
def test_a_damaged_file_is_set_aside_and_not_removed(grid: Grid, filled: tuple[Path, str]) -> None:
    place, table = filled
    content = bytearray(place.read_bytes())
    for k in range(4096 + 8, 4096 + 400):
        content[k] ^= 0xFF
    place.write_bytes(bytes(content))
    line = refusal(place)
    assert "is damaged" in line and "set aside as store.damaged-1" in line and "remove" not in line
    assert place.with_name("store.damaged-1").read_bytes() == bytes(content) and not place.exists()
    outcome, text = sweep(grid, place)
    assert outcome.computed == grid.size and text == table


def test_a_file_that_is_no_database_stays_where_it_is(tmp_path: Path) -> None:
    place = tmp_path / "notes"
    place.write_bytes(b"shots = [1]\n" * 500)
    line = refusal(place)
    assert "not a store of a sweep" in line and "remove" not in line
    assert place.read_bytes() == b"shots = [1]\n" * 500


def test_a_store_of_the_first_form_is_kept_and_not_read(grid: Grid, tmp_path: Path) -> None:
    place = tmp_path / "old"
    connection = sqlite3.connect(place)
    connection.execute(
        "CREATE TABLE results (key TEXT PRIMARY KEY, kind TEXT NOT NULL, status TEXT NOT NULL, "
        "body TEXT NOT NULL, payload TEXT, reason TEXT) WITHOUT ROWID"
    )
    connection.execute("INSERT INTO results VALUES ('k', 'error', 'done', '{}', '{}', NULL)")
    connection.execute(f"PRAGMA application_id = {store.APPLICATION}")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    assert sweep(grid, place)[0].computed == grid.size
    connection = sqlite3.connect(place)
    assert connection.execute("SELECT count(*) FROM results_1").fetchone() == (1,)
    connection.close()


def test_reading_makes_no_file_and_needs_no_lock(
    grid: Grid, filled: tuple[Path, str], tmp_path: Path
) -> None:
    place, _ = filled
    with opened(place):
        assert len(read(place.with_name("grid.toml"), place)) == 16
    with pytest.raises(InputError, match="run the sweep first"):
        read(place.with_name("grid.toml"), tmp_path / "none")
    with opened(tmp_path / "none", write=False) as results:
        assert not list(results.statuses())
    assert not (tmp_path / "none").exists()


def test_only_the_store_is_left(filled: tuple[Path, str]) -> None:
    """Neither a sweep nor a reader leaves a journal or a lock beside it."""
    place, _ = filled

    def beside() -> list[str]:
        return sorted(each.name for each in place.parent.glob(f"{place.name}*"))

    assert beside() == [place.name]
    with opened(place, write=False) as results:
        assert list(results.statuses())
        with pytest.raises(InputError):
            results.add([StoredResult("a" * 64, "error", {}, None, "a test")])
    assert beside() == [place.name]
    with opened(place), opened(place, write=False) as results:
        assert list(results.statuses())
    assert beside() == [place.name]


def test_a_lock_whose_file_was_removed_in_between_is_taken_anew(
    filled: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first holder ends between our opening its file and our locking it, and a third comes."""
    fcntl = pytest.importorskip("fcntl")
    place, _ = filled
    name = place.with_name(place.name + ".lock")
    flock = fcntl.flock
    removed: list[Path] = []

    def late(descriptor: object, how: int) -> None:
        if not removed:
            name.unlink()
            removed.append(name)
        flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with opened(place):
        assert name.exists() and "in use by another sweep" in refusal(place)
    assert removed and not name.exists()


def test_a_clock_that_is_set_back_changes_nothing(
    grid: Grid, filled: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    moments = iter(range(10**9, 0, -1000))
    monkeypatch.setattr(time, "time", lambda: float(next(moments)))
    outcome, text = sweep(grid, tmp_path / "back")
    assert outcome.failed == 0 and text == filled[1]
