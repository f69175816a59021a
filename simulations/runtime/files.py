"""Writing files so that nothing half-written is ever seen: temporary name, fsync, rename."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from simulations.runtime.errors import InputError


def write_bytes(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content`` at once, or leave it as it was. Raises InputError."""
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as wrong:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise InputError(
            f"cannot be written: {wrong.strerror or wrong}; choose another place", file=path
        ) from None


def write_text(path: Path, content: str) -> None:
    """As ``write_bytes``, UTF-8."""
    write_bytes(path, content.encode("utf-8"))


def require_folder(path: Path, option: str) -> None:
    """Raises InputError where ``path`` lies in a folder that is not there: a mistyped path makes none."""
    if not path.parent.is_dir():
        raise InputError(
            f"cannot be written: there is no folder {path.parent}; make it, or choose another {option}",
            file=path,
        )
