"""A read-only file system: one line on stderr, nothing lost, nothing left behind."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers_grid import GOOD

from simulations.cli import main
from simulations.jobs.sweep.store import opened

CLONE_NEWNS, MS_RDONLY, MS_REMOUNT, MS_BIND, MS_PRIVATE = 0x20000, 1, 32, 4096, (1 << 18) | 16384
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1


def read_only(place: Path) -> str:
    """Make ``place`` read-only for this process and its children: by a mount of its own where that is
    allowed, else by its permissions, which the root user must then be bound to. Says which."""
    libc = ctypes.CDLL(None, use_errno=True)
    name = os.fsencode(place)
    if (
        libc.unshare(CLONE_NEWNS) == 0
        and libc.mount(None, b"/", None, MS_PRIVATE, None) == 0
        and libc.mount(name, name, None, MS_BIND, None) == 0
        and libc.mount(None, name, None, MS_REMOUNT | MS_BIND | MS_RDONLY, None) == 0
    ):
        return "mount"
    os.chmod(place, 0o555)
    if os.geteuid() == 0:
        # Takes hold when the program is started, which is next.
        libc.prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)
    return "permissions"


def collapse(place: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "simulations", *map(str, arguments)],
        capture_output=True,
        text=True,
        preexec_fn=lambda: read_only(place) and None,
        timeout=240,
        check=False,
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "g.toml").write_text(GOOD)
    return tmp_path / "here"


def test_the_folder_is_indeed_read_only(place: Path) -> None:
    """A plain program fails to write there, and here it is still possible."""
    program = f"open({str(place / 'x')!r}, 'w')"
    process = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        preexec_fn=lambda: read_only(place) and None,
    )
    assert process.returncode == 1 and ("Read-only" in process.stderr or "Permission" in process.stderr)
    os.chmod(place, 0o755)
    (place / "x").write_text("")


def refused(process: subprocess.CompletedProcess[str], message: str) -> None:
    assert process.returncode == 2, process.stderr
    assert process.stdout == "" and process.stderr.count("\n") == 1
    assert (
        "cannot be written" in process.stderr
        and message in process.stderr
        and "Traceback" not in process.stderr
    )


@pytest.mark.slow
def test_a_new_store_in_a_read_only_folder_is_refused(place: Path) -> None:
    refused(collapse(place, "sweep", place / "g.toml", "--jobs", 1), "choose another --store")
    assert os.listdir(place) == ["g.toml"]


@pytest.mark.slow
def test_an_existing_store_in_a_read_only_folder_can_be_read(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", str(place / "g.toml"), "--jobs", "1"]) == 0
    capsys.readouterr()
    before = (place / "g.sweep").read_bytes()
    refused(collapse(place, "sweep", place / "g.toml", "--jobs", 1), "choose another --store")
    os.chmod(place, 0o755)
    assert (place / "g.sweep").read_bytes() == before
    with opened(place / "g.sweep") as stored:
        assert [status for _, status in stored.statuses()].count("done") == 4


@pytest.mark.slow
def test_a_table_there_is_refused_before_any_work(place: Path, tmp_path: Path) -> None:
    options = ["--store", tmp_path / "s", "--csv", place / "t.csv", "--jobs", 1]
    refused(collapse(place, "sweep", place / "g.toml", *options), "t.csv")
    assert os.listdir(place) == ["g.toml"]
    if (tmp_path / "s").exists():
        with opened(tmp_path / "s") as stored:
            assert list(stored.statuses()) == []
