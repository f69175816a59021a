"""How the command ends: its exit status, its one line, and its behaviour under signals.

0 all well; 1 a bound was violated, a proof failed or a check did not hold, and nothing else; 2 wrong input;
70 an error of the program itself, or an output that cannot be written; 128 + the number of the signal that
stopped it (130 for Ctrl-C). Every line goes to stderr; COLLAPSE_DEBUG=1 adds the traceback.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import NoReturn

from simulations.runtime.errors import InputError, printable

WRONG_INPUT, INTERNAL = 2, 70
DEBUG = "COLLAPSE_DEBUG"
STOPPING = ("SIGTERM", "SIGHUP")
"""Signals that are handled as Ctrl-C is."""
STREAM_ERRORS = {
    getattr(errno, name, None) for name in ("ENOSPC", "EFBIG", "EDQUOT", "EIO", "EBADF", "EPIPE")
}
"""Errors without a file name are those of standard output: all other output names its file."""


class Interrupted(Exception):
    """Ctrl-C, SIGTERM or SIGHUP, as an ordinary exception: some libraries make a silent exit status of
    KeyboardInterrupt. ``str()`` says how to resume, where the verb supports it."""


class Stopped(KeyboardInterrupt):
    """A signal that asks the process to end; ``number`` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class EndedFromInside(BaseException):
    """A user's code called ``os._exit``, which would have ended the command with a status of its own."""


def guarded(command: Callable[[], int | None], explain: Callable[[Exception], str | None]) -> int:
    """Run ``command`` and return the exit status; never raises.

    explain : the line for a usage error of the option parser, None for any other exception.
    """
    with _open_streams(), _signals() as stopped, _no_sudden_end():
        status = _outcome(command, explain, stopped)
        return _flushed(status)


def _outcome(  # noqa: C901 - one clause for each way to end
    command: Callable[[], int | None], explain: Callable[[Exception], str | None], stopped: list[int]
) -> int:
    try:
        status = int(command() or 0)
        # A library may have turned the signal into an exit status of its own, without a message.
        return _interrupted("", stopped) if stopped else status
    except InputError as wrong:
        return complain(str(wrong))
    except (Interrupted, KeyboardInterrupt) as wrong:
        return _interrupted(str(wrong), stopped)
    except BrokenPipeError as wrong:
        return 0 if _reader_is_gone() else _internal(wrong)
    except BrokenExecutor:
        return complain(
            "a worker process was ended from outside, perhaps for lack of memory; use fewer --jobs"
        )
    except MemoryError as wrong:
        # CuPy's, of a GPU's memory, is one too.
        line = explain(wrong)
        return complain(
            line or "not enough memory for input of this size; use fewer samples, classes or dimensions"
        )
    except Exception as wrong:
        if isinstance(wrong, OSError) and wrong.errno in (errno.EMFILE, errno.ENFILE):
            return complain("too few files may be open at once; raise the limit, for example ulimit -n 256")
        line = explain(wrong)
        return _internal(wrong) if line is None else complain(line)
    except SystemExit as wrong:
        if stopped:
            return _interrupted("", stopped)
        # Click ends the program so where a pipe breaks.
        piped = isinstance(wrong.__context__, BrokenPipeError) and _reader_is_gone()
        return 0 if piped else _internal(wrong)
    except EndedFromInside as wrong:
        return _internal(wrong)


def _interrupted(advice: str, stopped: list[int]) -> int:
    number = stopped[-1] if stopped else signal.SIGINT
    return complain("interrupted" + (f"; {printable(advice)}" if advice else ""), 128 + number)


def complain(line: str, status: int = WRONG_INPUT) -> int:
    """One line on stderr, if that is open."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"collapse: {printable(line, 1000)}\n")
        sys.stderr.flush()
    return status


def _internal(wrong: BaseException) -> int:
    if isinstance(wrong, OSError) and wrong.errno in STREAM_ERRORS and wrong.filename is None:
        _silence(sys.stdout)  # what is left in its buffer would raise the same error again
        return _unwritable(wrong)
    if os.environ.get(DEBUG):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            traceback.print_exception(wrong, file=sys.stderr)
    frames = traceback.extract_tb(wrong.__traceback__)
    where = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    text = " ".join(str(wrong).split())
    advice = "" if os.environ.get(DEBUG) else f"; {DEBUG}=1 shows where"
    problem = f"{type(wrong).__name__}{f': {text}' if text else ''}"
    if isinstance(wrong, SystemExit):
        problem = f"the program was ended by sys.exit({wrong.code!r})"
    elif isinstance(wrong, EndedFromInside):
        problem = str(wrong)
    return complain(f"internal error: {printable(problem, 300)}{where}{advice}", INTERNAL)


# -- streams ---------------------------------------------------------------------------------------------
@contextlib.contextmanager
def _open_streams() -> Iterator[None]:
    """A process started without stdin, stdout or stderr would give their numbers to the next files opened,
    and what is printed would go into a data base: put the null device there."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open until the process ends
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open until the process ends
    for stream in (sys.stdout, sys.stderr):
        # What a terminal's encoding lacks (an ellipsis, a path's odd byte) is escaped: no reason to fail.
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="backslashreplace")
    for name in ("COLUMNS", "LINES"):
        if os.environ.get(name, "").strip("0") == "":  # no size: Rich would print nothing at all
            os.environ.pop(name, None)
    yield


def _flushed(status: int) -> int:
    """The status once all output is written. Where it cannot be, errors of later flushes are suppressed
    too."""
    try:
        sys.stdout.flush()
    except BrokenPipeError as wrong:
        status = 0 if _reader_is_gone() else _unwritable(wrong)
        _silence(sys.stdout)
    except (OSError, ValueError) as wrong:
        status = _unwritable(wrong)
        _silence(sys.stdout)
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        _silence(sys.stderr)
    return status


def _unwritable(wrong: Exception) -> int:
    why = getattr(wrong, "strerror", None) or str(wrong)
    return complain(f"standard output cannot be written: {why}; send it elsewhere", INTERNAL)


def _silence(stream: object) -> None:
    """Discard what is still in the buffer."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        number = stream.fileno()  # type: ignore[attr-defined]  # whatever stands for a stream
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, number)
        os.close(null)


def _reader_is_gone() -> bool:
    """Whether standard output is a pipe whose reader is gone (`| head`): nothing is wrong then, and nothing
    more can be said. Any other broken pipe is an error."""
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError, AttributeError):
        return False
    if not hasattr(select, "poll"):  # Windows
        return True
    poll = select.poll()
    poll.register(number, select.POLLOUT)
    gone = any(event & select.POLLERR for _, event in poll.poll(0))
    if gone:
        _silence(sys.stdout)
    return gone


# -- signals ---------------------------------------------------------------------------------------------
@contextlib.contextmanager
def _signals() -> Iterator[list[int]]:
    """SIGTERM and SIGHUP raise what Ctrl-C does, unless they were ignored (nohup). Yields those received."""
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def stop(number: int, frame: object) -> NoReturn:
        received.append(number)
        raise Stopped(number)

    before = {}
    for name in STOPPING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            before[number] = signal.signal(number, stop)
    try:
        with _nowhere_swallowed():
            yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _nowhere_swallowed() -> Iterator[None]:
    """A signal that comes while Python calls a ``__del__`` or a weak reference's callback raises there, where
    exceptions are printed and dropped: it is sent again a moment later, and nothing is printed."""
    report, again = sys.unraisablehook, []

    def hook(dropped: sys.UnraisableHookArgs) -> None:
        if not issubclass(dropped.exc_type, KeyboardInterrupt):
            report(dropped)
            return
        number = getattr(dropped.exc_value, "number", signal.SIGINT)
        again.append(threading.Timer(0.02, os.kill, (os.getpid(), number)))
        again[-1].daemon = True
        again[-1].start()

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = report
        for timer in again:
            timer.cancel()


@contextlib.contextmanager
def _no_sudden_end() -> Iterator[None]:
    """``os._exit`` in a user's file would end the command with status 0: in this process it raises. Processes
    forked from it end as they always do."""
    real, own = os._exit, os.getpid()

    def refuse(status: int) -> NoReturn:
        if os.getpid() != own:
            real(status)
        raise EndedFromInside(f"the program was ended by os._exit({status!r})")

    os._exit = refuse
    try:
        yield
    finally:
        os._exit = real
