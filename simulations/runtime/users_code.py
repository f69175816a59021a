"""Things whose class is a user's own, and what their methods raise: one line with file, thing and remedy."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import TracebackType

from simulations.runtime.errors import InputError, printable

FLOORS = ("theory", "proofs", "simulations")


def file_of(thing: object) -> str | None:
    """The file that a thing's class is written in; None for the classes of this suite."""
    return _file_of(thing if isinstance(thing, type) else type(thing))


@lru_cache(maxsize=1024)
def _file_of(kind: type) -> str | None:
    if is_suite(kind.__module__):
        return None
    try:
        return inspect.getfile(kind)
    except (OSError, TypeError):  # written at a prompt
        return kind.__module__


def is_suite(module: str) -> bool:
    """Whether a module of that name is part of this suite."""
    return module.partition(".")[0] in FLOORS


def raised_by_suite(wrong: BaseException) -> bool:
    """Whether a line of the suite itself raised it, in answer to what a user's code gave."""
    frame: TracebackType | None = wrong.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return frame is not None and is_suite(str(frame.tb_frame.f_globals.get("__name__", "")))


def of_user(thing: object, where: str, problem: str) -> InputError:
    """The one line about a user's thing: ``where`` is its method or attribute."""
    kind = thing if isinstance(thing, type) else type(thing)
    return InputError(problem, file=file_of(kind), field=f"{kind.__name__}.{where}")


@contextmanager
def in_users_code(thing: object, where: str, allowed: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Around a call of a method of ``thing``: what it raises, where its class is a user's own, becomes an
    InputError that names it. Those ``allowed`` pass."""
    try:
        yield
    except (Exception, SystemExit) as wrong:  # sys.exit() in a user's method would end the command
        file = file_of(thing)
        if file is None or isinstance(wrong, (MemoryError, *allowed)):
            raise
        if isinstance(wrong, InputError):
            raise wrong.within(file) from None
        lines = [f.lineno for f in traceback.extract_tb(wrong.__traceback__) if f.filename == file]
        line = f"line {lines[-1]}: " if lines else ""
        text = printable(" ".join(str(wrong).split()), 200)
        raise of_user(thing, where, f"{line}{type(wrong).__name__}: {text}; correct it") from wrong


def shown(value: object) -> str:
    """A value as a mistake names it, on one short line."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # a user's own __repr__
        text = f"a {type(value).__name__}"
    return text if len(text) <= 40 else f"{text[:37]}..."
