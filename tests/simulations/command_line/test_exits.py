"""Exit status 1 means "violated" and nothing else; all other ends are explained in one line."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from simulations.cli import main
from simulations.cli.verbs import LazyVerbs
from simulations.runtime import exits
from simulations.runtime.errors import InputError
from simulations.runtime.workers import open_workers

COLLAPSE = [sys.executable, "-m", "simulations"]
FULL = Path("/dev/full")


def raising(wrong: BaseException) -> Callable[[], int]:
    def command() -> NoReturn:
        raise wrong

    return command


@pytest.mark.parametrize(
    ("command", "status", "line"),
    [
        (
            raising(ValueError("odd\nnumber")),
            70,
            "internal error: ValueError: odd number (test_exits",
        ),
        (raising(OverflowError("too large")), 70, "internal error: OverflowError: too large"),
        (raising(SystemExit(0)), 70, "internal error: the program was ended by sys.exit(0)"),
        (lambda: os._exit(0), 70, "internal error: the program was ended by os._exit(0)"),
        (raising(InputError("is odd; use even ones", file="f")), 2, "f: is odd; use even ones"),
        (raising(MemoryError()), 2, "not enough memory"),
        (raising(OSError(24, "Too many open files", "f")), 2, "too few files may be open at once; raise"),
        (raising(KeyboardInterrupt("go on")), 130, "interrupted; go on"),
        (raising(OSError(28, "No space left on device")), 70, "standard output cannot be written: No space"),
        (raising(BrokenPipeError()), 70, "internal error: BrokenPipeError"),
    ],
)
def test_each_end_has_its_status_and_one_line(
    command: Callable[[], int], status: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exits.guarded(command, lambda wrong: None) == status
    captured = capsys.readouterr()
    assert captured.err.startswith(f"collapse: {line}") and captured.err.count("\n") == 1
    assert captured.out == ""


def test_what_is_well_and_what_is_violated_pass_through(capsys: pytest.CaptureFixture[str]) -> None:
    assert exits.guarded(lambda: None, lambda wrong: None) == 0
    assert exits.guarded(lambda: 1, lambda wrong: None) == 1
    assert exits.guarded(raising(ValueError("a")), lambda wrong: f"use b, not {wrong}") == 2
    assert capsys.readouterr().err == "collapse: use b, not a\n"


def test_the_traceback_is_shown_on_request(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(exits.DEBUG, "1")
    assert exits.guarded(raising(ValueError("odd")), lambda wrong: None) == 70
    err = capsys.readouterr().err
    assert err.startswith("Traceback") and err.splitlines()[-1].startswith("collapse: internal error")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_the_command_as_ctrl_c_does(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    number, closed = getattr(signal, name), []

    def command() -> int:
        try:
            os.kill(os.getpid(), number)
            signal.pause()
        finally:
            closed.append(name)
        return 0

    before = signal.getsignal(number)
    signal.signal(number, signal.SIG_DFL)
    try:
        assert exits.guarded(command, lambda wrong: None) == 128 + number
        assert signal.getsignal(number) == signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN)  # as nohup leaves it
        assert exits.guarded(lambda: int(os.kill(os.getpid(), number) or 0), lambda wrong: None) == 0
    finally:
        signal.signal(number, before)
    assert closed == [name] and capsys.readouterr().err == "collapse: interrupted\n"


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("place", ["make_context", "invoke"])
def test_a_signal_at_any_moment_is_reported(
    place: str, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also while options are parsed, where Typer would make a silent status 130 of it."""
    number = getattr(signal, name)

    def killed(*args: object, **kwargs: object) -> None:
        os.kill(os.getpid(), number)
        signal.pause()

    monkeypatch.setattr(LazyVerbs, place, killed)
    before = signal.getsignal(number)
    signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)
    try:
        assert main(["bounds"]) == 128 + number
    finally:
        signal.signal(number, before)
    assert capsys.readouterr().err == "collapse: interrupted\n"


@pytest.mark.parametrize("end", [lambda: 130, lambda: sys.exit(130)])
def test_a_library_that_swallows_a_signal(end: Callable[[], int], capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> int:
        try:
            os.kill(os.getpid(), signal.SIGHUP)
            signal.pause()
        except KeyboardInterrupt:
            return end()
        return 0

    before = signal.getsignal(signal.SIGHUP)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        assert exits.guarded(command, lambda wrong: None) == 129
    finally:
        signal.signal(signal.SIGHUP, before)
    assert capsys.readouterr().err == "collapse: interrupted\n"


def test_os_exit_of_a_forked_child_does_not_end_the_command() -> None:
    def command() -> int:
        child = os.fork()
        if child == 0:
            os._exit(7)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    real = os._exit
    assert exits.guarded(command, lambda wrong: None) == 7
    assert os._exit is real


def test_a_users_file_that_ends_the_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.py"
    file.write_text("import os\nos._exit(0)\n")
    assert main(["check", str(file), "--out", str(tmp_path / "out")]) == 2
    err = capsys.readouterr().err
    assert "mine.py" in err and "line 2" in err and "os._exit(0)" in err and err.count("\n") == 1


def test_a_current_folder_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for verb in (["verify"], ["check", str(tmp_path / "mine.py")], ["bounds"]):
        assert main(verb) == 2
        assert capsys.readouterr().err == (
            "collapse: the current folder is gone; change to one that exists\n"
        )
    assert main(["--version"]) == 0


@pytest.mark.parametrize("jobs", ["0", "1" + 29 * "0"])
def test_no_machine_has_so_many_workers(
    jobs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--jobs", jobs, "--out", str(tmp_path / "out")]) == 2
    assert "--jobs" in capsys.readouterr().err
    with pytest.raises(InputError, match="--jobs"), open_workers(int(jobs)):
        pass


# -- streams, in processes of their own ----------------------------------------------------------------------
def shell(line: str) -> tuple[int, str]:
    """Exit status and stderr of the first command of a shell line."""
    ran = subprocess.run(
        ["bash", "-c", f"{' '.join(COLLAPSE)} {line}; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return ran.returncode, ran.stderr


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
@pytest.mark.parametrize("verb", ["--version", "--help"])
def test_a_full_device_is_reported_and_is_not_a_violation(verb: str) -> None:
    status, err = shell(f"{verb} > /dev/full")
    assert status == 70 and err.count("\n") == 1 and "standard output cannot be written" in err


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_error() -> None:
    """By then the pipe has broken: the listing is longer than any buffer."""
    for option in ("", "--json"):
        status, err = shell(f"bounds {option} | head -1")
        assert (status, err) == (0, "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_closed_streams(closed: str, tmp_path: Path) -> None:
    assert shell(f"--version {closed}")[0] == 0
    assert shell(f"nosuchverb {closed}")[0] == 2


def test_what_an_encoding_lacks_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(content, encoding="ascii", errors="strict"))
    assert exits.guarded(lambda: print("caf\u00e9 \u2026 \udcff"), lambda wrong: None) == 0
    assert content.getvalue() == b"caf\\xe9 \\u2026 \\udcff\n"


@pytest.mark.parametrize("size", ["0", "00", ""])
def test_a_terminal_without_a_size(
    size: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing would be printed in 0 columns."""
    monkeypatch.setenv("COLUMNS", size)
    assert main(["bounds", "cdnv_sharp"]) == 0
    assert "cdnv_sharp" in capsys.readouterr().out


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
def test_a_broken_stderr_changes_no_status() -> None:
    assert shell("nosuchverb 2> /dev/full")[0] == 2
    assert shell("--version 2> /dev/full")[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_that_comes_while_an_object_is_deleted_is_not_lost(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python prints and drops what is raised there: the command went on, with a traceback on the terminal."""

    class Deleted:
        def __del__(self) -> None:
            os.kill(os.getpid(), number)
            for _ in range(1000):  # the handler runs between two of these
                pass

    went_on = []

    def command() -> int:
        Deleted()
        time.sleep(60)
        went_on.append(True)
        return 0

    before = signal.getsignal(number)
    signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    try:
        assert exits.guarded(command, lambda wrong: None) == 128 + number
    finally:
        signal.signal(number, before)
    assert went_on == []
    assert capsys.readouterr().err == "collapse: interrupted\n"
