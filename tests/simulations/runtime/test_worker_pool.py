"""No worker outlives the process that started it, and no signal leaves it waiting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import helpers_worker_pool
import pytest

pytestmark = pytest.mark.slow
HELPER = Path(helpers_worker_pool.__file__)


def alive(number: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(numbers: list[int], seconds: float = 20.0) -> list[int]:
    """Those that are still there after a while (long: the machine may be busy)."""
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        numbers = [number for number in numbers if alive(number)]
        if not numbers:
            break
        time.sleep(0.05)
    return numbers


def listening() -> None:
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_DFL)


def started(folder: Path, busy: str) -> tuple[subprocess.Popen[str], list[int]]:
    """A main process and the numbers of everything that it has started: two workers, and Python's tracker."""
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, str(HELPER), str(folder), busy],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=listening,
    )
    begun = time.monotonic()
    while len(list(folder.iterdir())) < 2:
        assert process.poll() is None and time.monotonic() - begun < 60, process.communicate()
        time.sleep(0.05)
    children = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    own = [number for number in children if _parent(number) == process.pid]
    assert {int(path.name) for path in folder.iterdir()} <= set(own) and len(own) >= 3
    return process, own


def _parent(number: int) -> int:
    try:
        return int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@pytest.mark.parametrize("busy", ["busy", "idle"])
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGHUP", "SIGINT"])
def test_workers_end_with_the_main_process(name: str, busy: str, tmp_path: Path) -> None:
    process, children = started(tmp_path / "marks", busy)
    number = getattr(signal, name)
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=60)  # ends only when no process holds the pipes any more
    assert wait_until_gone(children) == []
    assert out == ""
    if name == "SIGKILL":
        assert process.returncode == -9
    else:
        assert process.returncode == 128 + number and err == "collapse: interrupted\n"


def test_ctrl_c_of_a_terminal_reaches_all_and_only_the_main_process_reports(tmp_path: Path) -> None:
    process, children = started(tmp_path / "marks", "busy")
    begun = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert err == "collapse: interrupted\n" and process.returncode == 130
    assert wait_until_gone(children) == []
    assert time.monotonic() - begun < 30  # 2 s on a quiet machine; a worker's task takes 60


def test_the_check_sees_workers_that_stay(tmp_path: Path) -> None:
    """Python's own pool, without the pipe to the parent: its workers outlive a main process that
    is killed."""
    code = (
        "import concurrent.futures, multiprocessing, sys\n"
        f"sys.path.insert(0, {str(HELPER.parent)!r})\nimport helpers_worker_pool\n"
        "if __name__ == '__main__':\n"
        "    context = multiprocessing.get_context('spawn')\n"
        "    with concurrent.futures.ProcessPoolExecutor(2, context) as pool:\n"
        f"        list(pool.map(helpers_worker_pool.here, [{str(tmp_path / 'marks')!r}] * 2, [False] * 2))\n"
    )
    script = tmp_path / "plain.py"
    script.write_text(code)
    (tmp_path / "marks").mkdir()
    process = subprocess.Popen([sys.executable, str(script)], start_new_session=True)
    begun = time.monotonic()
    while len(list((tmp_path / "marks").iterdir())) < 2 and time.monotonic() - begun < 60:
        time.sleep(0.05)
    workers = [int(path.name) for path in (tmp_path / "marks").iterdir()]
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=60)
    stayed = wait_until_gone(workers, 1.0)
    os.killpg(process.pid, signal.SIGKILL)
    assert len(stayed) == 2
