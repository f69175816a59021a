"""Runs one malformed input through the command's own entry point, and says what is wrong with its answer."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import pkgutil
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import simulations
from simulations import cli

LONGEST = 10.0
"""Seconds of computing after which an input counts as a hang; six times as many by the clock, since a busy
machine is no fault of the input."""


@dataclass(frozen=True)
class Case:
    """A command line and the files it finds in its folder, by name."""

    arguments: tuple[str, ...]
    files: dict[str, bytes] = field(default_factory=dict)


class Hang(BaseException):
    """No ``Exception``: nothing in the product may swallow it."""


def in_process(case: Case) -> str | None:
    """What is wrong with the answer to ``case``, or None. Runs in an empty folder of its own."""
    with folder(case) as place:
        out, err = io.StringIO(), io.StringIO()
        warned: list[warnings.WarningMessage] = []
        try:
            with (
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
                warnings.catch_warnings(record=True) as warned,
                _time_limit(),
            ):
                warnings.simplefilter("always")
                status = cli.main(list(case.arguments))
        except Hang:
            return f"no answer within {LONGEST:g} s"
        except BaseException as wrong:
            return "raises " + "".join(traceback.format_exception(wrong))[-1500:]
        if warned:
            return f"a warning on stderr: {warned[0].message} ({warned[0].filename}:{warned[0].lineno})"
        return judge(status, out.getvalue(), err.getvalue(), case, place)


def judge(status: int, out: str, err: str, case: Case, place: Path) -> str | None:
    """What is wrong with an answer: its status, its words, or the files it leaves."""
    if status not in (0, 1, 2):
        return f"exit status {status}: {err[-300:]}"
    if "Traceback" in out + err:
        return f"a traceback: {err[-600:]}"
    left = sorted({str(path.relative_to(place)) for path in place.rglob("*")} - set(case.files))
    if status == 2:
        lines = err.split("\n")
        if out or lines[-1] or len(lines) < 2:
            return f"a refusal that is no line on stderr alone: {out[:200]!r} {err[:300]!r}"
        # A file of bounds may hold several mistakes, one line each; all else stops at the first.
        if len(lines) > 2 and case.arguments[:1] != ("check",):
            return f"more than one line: {err[:600]!r}"
        for line in lines[:-1]:
            if not line.startswith("collapse: ") or not line.isprintable() or len(line) > 1100:
                return f"not a plain line: {line[:300]!r}"
        if left:
            return f"refused, yet left {left}"
    elif "--json" in case.arguments and "--help" not in case.arguments:
        try:
            json.loads(out)
        except ValueError:
            return f"--json printed no JSON: {out[:200]!r}"
    partial = [name for name in left if Path(name).name.startswith(".")]
    return f"left half-written files {partial}" if partial else None


@contextlib.contextmanager
def folder(case: Case) -> Iterator[Path]:
    """A new folder with the files of ``case``; it is the working directory meanwhile."""
    before, place = os.getcwd(), Path(tempfile.mkdtemp(prefix="fuzz"))
    for name, content in case.files.items():
        (place / name).write_bytes(content)
    os.chdir(place)
    try:
        yield place
    finally:
        os.chdir(before)
        shutil.rmtree(place)


@contextlib.contextmanager
def _time_limit() -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise Hang

    before = {each: signal.signal(each, stop) for each in (signal.SIGALRM, signal.SIGPROF)}
    signal.setitimer(signal.ITIMER_REAL, 6 * LONGEST)
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for each, handler in before.items():
            signal.signal(each, handler)


def as_process(case: Case, start: list[str]) -> str | None:
    """As ``in_process``, in a process of its own that ``start`` begins; the arguments follow it."""
    with folder(case) as place:
        try:
            process = subprocess.run(
                [*start, *case.arguments], capture_output=True, timeout=6 * LONGEST, check=False
            )
        except subprocess.TimeoutExpired:
            return "no answer within a minute, its start and a busy machine included"
        out, err = (text.decode("utf-8", "backslashreplace") for text in (process.stdout, process.stderr))
        return judge(process.returncode, out, err, case, place)


COLD = [sys.executable, "-m", "simulations"]


class Nursery:
    """Processes forked from one interpreter that has loaded the modules already: a second saved for each.

    Every answer is that of a process of its own: its exit status, and what it wrote to its descriptors.
    """

    def __enter__(self) -> Nursery:
        self._parent = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._parent.stdin.close()  # type: ignore[union-attr]
        self._parent.wait(30)

    def run(self, case: Case) -> str | None:
        with folder(case) as place, tempfile.TemporaryDirectory() as answers:
            request = {"arguments": case.arguments, "place": str(place), "said": answers}
            self._parent.stdin.write(json.dumps(request) + "\n")  # type: ignore[union-attr]
            self._parent.stdin.flush()  # type: ignore[union-attr]
            status = int(self._parent.stdout.readline())  # type: ignore[union-attr]
            out, err = (
                (Path(answers) / name).read_bytes().decode("utf-8", "backslashreplace")
                for name in ("out", "err")
            )
            return judge(status, out, err, case, place)


def _nursery() -> None:
    """Read requests, fork for each, answer with exit statuses (negative: the signal that ended it)."""
    for module in pkgutil.walk_packages(simulations.__path__, "simulations."):
        # What needs torch is left to the children, and the program itself would run.
        if ".network." not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            for name, descriptor in (("out", 1), ("err", 2)):
                file = os.open(Path(request["said"]) / name, os.O_WRONLY | os.O_CREAT)
                os.dup2(file, descriptor)
            os.chdir(request["place"])
            signal.alarm(int(6 * LONGEST))
            sys.exit(cli.main(request["arguments"]))
        _, ended = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(ended), flush=True)


if __name__ == "__main__":
    _nursery()
