"""Outputs are checked before work begins and never take the place of an input; unfinished files go away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from simulations.cli import main
from simulations.cli.show import console
from simulations.runtime import files
from simulations.runtime.errors import InputError

POPULATION = 'family = "simplex_etf"\ncount = 3\ndimension = 4\ncdnv = 0.5\n'
SETTINGS = 'shots = [1]\nways = [2]\nbounds = ["cdnv_sharp"]\ndraws = 1e3\n'
GRID = f'{SETTINGS}[[populations]]\nname = "a"\n{POPULATION}'


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    (tmp_path / "grid.toml").write_text(GRID)
    return tmp_path / "grid.toml"


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([*map(str, arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    return captured.err


@pytest.mark.parametrize("option", ["--csv", "--parquet", "--store"])
def test_the_grid_file_is_refused_as_an_output(
    option: str, grid: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link = grid.with_name("link.toml")
    link.symlink_to(grid)
    hard = grid.with_name("hard.toml")
    os.link(grid, hard)
    for path in (grid, link, hard, grid.parent / "." / "grid.toml"):
        assert f"choose another {option}" in refused(capsys, "sweep", grid, option, path)
    assert grid.read_text() == GRID and sorted(each.name for each in grid.parent.iterdir()) == [
        "grid.toml",
        "hard.toml",
        "link.toml",
    ]


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", ".lock"])
def test_the_store_file_is_refused_as_an_output(
    ending: str, grid: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = grid.with_name("results")
    line = refused(capsys, "sweep", grid, "--store", store, "--csv", f"{store}{ending}")
    assert "choose another --csv" in line and not store.exists()


def test_two_outputs_are_two_files(grid: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = grid.with_name("table")
    assert "choose another --parquet" in refused(capsys, "sweep", grid, "--csv", table, "--parquet", table)


@pytest.mark.parametrize(
    "command",
    [
        ["verify", "--out", "{file}"],
        ["verify", "--out", "{file}/below"],
        ["network", "--out", "{file}"],
        ["sweep", "{file}", "--csv", "{folder}"],
        ["measure", "features.npz", "--shots", "1", "--report", "{file}"],
        ["check", "mine.py", "--out", "{file}"],
        ["bench", "--out", "{file}"],
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_work(
    command: list[str], grid: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def working(*arguments: object, **options: object) -> None:
        raise AssertionError("work has begun")

    monkeypatch.setattr("simulations.jobs.verify.run.run", working)
    arguments = [part.format(file=grid, folder=grid.parent) for part in command]
    line = refused(capsys, *arguments)
    assert "choose another --" in line or "takes the path of a file" in line


@pytest.mark.parametrize("verb", ["measure", "verify", "check", "bench"])
def test_a_page_of_another_program_is_not_replaced(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index.html").write_text("<html>my homepage</html>")
    option = "--report" if verb == "measure" else "--out"
    positional = {"measure": ["f.npz", "--shots", "1"], "check": ["mine.py"]}.get(verb, [])
    line = refused(capsys, verb, *positional, option, tmp_path)
    assert "index.html" in line and "not written by collapse" in line and "--force" in line
    assert (tmp_path / "index.html").read_text() == "<html>my homepage</html>"


@pytest.mark.slow
def test_measure_replaces_its_own_page_and_by_force_any(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 8)
    np.savez(tmp_path / "f.npz", features=rng.normal(size=(16, 3)) + 9 * labels[:, None], labels=labels)
    report = tmp_path / "report"
    command = ["measure", str(tmp_path / "f.npz"), "--shots", "1", "--report", str(report), "--json"]
    assert main(command) == 0
    assert files.MARK in (report / "index.html").read_bytes()
    assert main(command) == 0
    (report / "index.html").write_text("mine")
    assert main(command) == 2 and (report / "index.html").read_text() == "mine"
    assert main([*command, "--force"]) == 0 and files.MARK in (report / "index.html").read_bytes()


@pytest.mark.parametrize("kind", ["pipe", "device"])
@pytest.mark.parametrize(
    "command",
    [["evaluate", "{}", "--shots", "1"], ["measure", "{}", "--shots", "1"], ["sweep", "{}"], ["check", "{}"]],
)
def test_special_files_are_refused_at_once(
    kind: str, command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reading a pipe that no process writes to, or /dev/zero, would never end."""
    path = Path("/dev/zero")
    if kind == "pipe":
        path = tmp_path / "pipe"
        os.mkfifo(path)
    line = refused(capsys, *(part.format(path) for part in command))
    assert str(path) in line and "is not a file" in line


def test_what_a_killed_writer_left_goes_with_the_next_write(tmp_path: Path) -> None:
    killed = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom simulations.runtime import files\n"
        "files.os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)\n"
        "files.write_text(Path(sys.argv[1]), 'half')\n"
    )
    target = tmp_path / "page.html"
    ran = subprocess.run([sys.executable, "-c", killed, str(target)], check=False)
    assert ran.returncode == -9 and len(list(tmp_path.iterdir())) == 1 and not target.exists()
    alive = tmp_path / f".page.html.{files._host()}-{os.getpid()}-x.part"
    alive.write_text("of a process that runs")
    files.write_text(target, "whole")
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([alive.name, "page.html"])


def test_ctrl_c_in_the_middle_of_a_write_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*paths: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write_text(tmp_path / "page.html", "text")
    assert not list(tmp_path.iterdir())


def test_no_escape_byte_reaches_the_terminal(capsys: pytest.CaptureFixture[str], grid: Path) -> None:
    console().print("store \x1b[2J\x1b]0;title\x07 \u202e\nnext", markup=False)
    assert capsys.readouterr().out == "store \\x1b[2J\\x1b]0;title\\x07 \\u202e\nnext\n"
    store = grid.with_name("a\x1b[31mb")
    assert main(["sweep", str(grid), "--store", str(store), "--jobs", "1"]) == 0
    captured = capsys.readouterr()
    assert "\x1b" not in captured.out + captured.err and "a\\x1b[31mb" in captured.out.replace("\n", "")


def test_a_folder_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files.os, "access", lambda *arguments: False)  # root may write anywhere
    with pytest.raises(InputError, match="no permission; choose another --csv"):
        files.check_output_file(tmp_path / "t.csv", "--csv")


def test_a_figure_is_refused_before_any_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grid = tmp_path / "p.csv"  # the numbers beside the figure would take the place of the input
    grid.write_text('family = "simplex_etf"\ncount = 3\ndimension = 4\ncdnv = 0.1\n')
    for out in ("f.doc", "none/f.svg", "p.svg"):
        assert main(["plot", str(grid), "--out", str(tmp_path / out)]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert grid.read_text().startswith("family")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_a_folder_that_takes_no_file_is_refused_at_once() -> None:
    with pytest.raises(InputError, match="cannot be written"):
        files.check_output_folder(Path("/proc/x"), "--out")
