"""Writing files so that nothing half-written is ever seen: temporary name, fsync, rename."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path

from simulations.runtime.errors import InputError

MARK = b'<meta name="generator" content="collapse">'
"""A mark in every page that is written here: a page without it was written by another program."""


def write_bytes(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content`` at once, or leave it as it was. Raises InputError.

    Unfinished files of processes that were killed meanwhile are removed.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        begin = f".{path.name[:40]}.{_host()}-"
        _remove_unfinished(path.parent, begin)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{begin}{os.getpid()}-", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException as wrong:  # Ctrl-C leaves nothing behind either
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        if not isinstance(wrong, OSError):
            raise
        raise InputError(
            f"cannot be written: {wrong.strerror or wrong}; choose another place", file=path
        ) from None


def _host() -> str:
    """An identifier of this machine: the number of a process has no meaning on another."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:6]


def _remove_unfinished(folder: Path, begin: str) -> None:
    """Temporary files of processes of this machine that no longer run."""
    for entry in os.scandir(folder):
        if not (entry.name.startswith(begin) and entry.name.endswith(".part")):
            continue
        writer = entry.name.removeprefix(begin).split("-")[0]
        if writer.isdigit() and not _runs(int(writer)):
            with contextlib.suppress(OSError):
                os.unlink(entry.path)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def write_text(path: Path, content: str) -> None:
    """As ``write_bytes``, UTF-8."""
    write_bytes(path, content.encode("utf-8"))


def require_regular(path: Path, remedy: str) -> None:
    """Raises InputError at once where ``path`` is a device, a pipe or a socket: reading it may never end.

    A path that does not exist is left to the code that opens it.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise InputError(f"is not a file but a device, a pipe or a socket; {remedy}", file=path)


def require_folder(path: Path, option: str) -> None:
    """Raises InputError where ``path`` lies in a folder that is not there: a mistyped path makes none."""
    if not path.parent.is_dir():
        raise InputError(
            f"cannot be written: there is no folder {path.parent}; make it, or choose another {option}",
            file=path,
        )


def check_output_file(path: Path, option: str, inputs: Iterable[Path] = ()) -> None:
    """Before hours of work, not after. Raises InputError where a file cannot be written at ``path``, or where
    it would take the place of one of ``inputs``."""
    require_folder(path, option)
    for other in inputs:
        if _same(path, other):
            raise InputError(f"is read or kept by this very command; choose another {option}", file=path)
    if path.is_dir():
        raise InputError(f"is a folder; {option} takes the path of a file", file=path)
    if path.exists() and not path.is_file():
        raise InputError(
            f"is not a file but a device, a pipe or a socket; choose another {option}", file=path
        )
    _check_writable(path.parent, path, option)


def check_output_folder(path: Path, option: str, *, page: str | None = None, force: bool = False) -> None:
    """The same for a folder, made when something is written to it.

    page : a file in it that is only replaced where it was written here (it bears ``MARK``), or by ``force``.
    """
    above = path
    while not above.exists() and above.parent != above:
        above = above.parent
    if not above.is_dir():
        raise InputError(f"is not a folder; choose another {option}", file=above)
    _check_writable(above, path, option)
    target = None if page is None else path / page
    if target is not None and target.exists() and not force and not _is_own_page(target):
        raise InputError(
            f"was not written by collapse; choose another {option}, or replace it with --force", file=target
        )


def _check_writable(folder: Path, path: Path, option: str) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"cannot be written: no permission; choose another {option}", file=path)
    try:
        # Permission is not enough: /proc grants it and takes no file. This one is gone at once.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as wrong:
        raise InputError(f"cannot be written: {wrong.strerror}; choose another {option}", file=path) from None


def _is_own_page(page: Path) -> bool:
    try:
        with page.open("rb") as file:
            return MARK in file.read(1 << 16)
    except OSError:
        return False


def _same(first: Path, second: Path) -> bool:
    """Whether two paths are one file, whatever links lead to it."""
    try:
        return first.resolve() == second.resolve() or os.path.samefile(first, second)
    except OSError:
        return False
