"""Finished tasks in one SQLite file. A result counts as done only once its transaction is on the disk."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulations.runtime.errors import InputError

APPLICATION = 0x436F6C6C  # "Coll"
SCHEMA = 1


class Store:
    """Open with ``opened``. ``status`` of a task is "done" or "failed"; what is neither is to be run."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self.path = connection, path

    def done(self) -> dict[str, dict[str, Any]]:
        """Payloads of finished tasks by key."""
        rows = self._connection.execute("SELECT key, payload FROM results WHERE status = 'done'")
        return {key: json.loads(payload) for key, payload in rows}

    def failed(self) -> dict[str, str]:
        """Reasons of failed tasks by key."""
        rows = self._connection.execute("SELECT key, reason FROM results WHERE status = 'failed'")
        return dict(rows)

    def add(self, finished: Iterable[tuple[str, str, Any, dict[str, Any] | None, str | None]]) -> None:
        """Rows (key, kind, body, payload or None, reason or None), all or none of them. Raises InputError
        when the disk is full or the file cannot be written; what was there before stays."""
        rows = [
            (
                key,
                kind,
                "failed" if payload is None else "done",
                json.dumps(body, sort_keys=True),
                None if payload is None else json.dumps(payload, sort_keys=True, allow_nan=False),
                reason,
            )
            for key, kind, body, payload, reason in finished
        ]
        with _said(self.path), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?)", rows)


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    """The store at ``path``, made if missing, checked, and locked against a second sweep.

    Raises InputError on a damaged file, another program's file, a newer version, or one in use.
    """
    with _said(path), _locked(path):
        connection = sqlite3.connect(path, timeout=5.0)
        try:
            _prepare(connection, path)
            yield Store(connection, path)
        finally:
            connection.close()


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if tables and application != APPLICATION:
        raise InputError("is a database of another program; choose another file", file=path)
    if version > SCHEMA:
        raise InputError(
            f"was written by a newer version (store {version}, this program reads {SCHEMA}); update it",
            file=path,
        )
    problem = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if problem != "ok":
        raise sqlite3.DatabaseError(problem)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    if not tables:
        with connection:
            connection.execute(
                "CREATE TABLE results (key TEXT PRIMARY KEY, kind TEXT NOT NULL, status TEXT NOT NULL, "
                "body TEXT NOT NULL, payload TEXT, reason TEXT) WITHOUT ROWID"
            )
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """An advisory lock that the system drops when its holder dies, however it dies."""
    try:
        import fcntl
    except ImportError:  # Windows: SQLite's own locks still keep the file whole
        yield
        return
    with open(path.with_name(path.name + ".lock"), "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                "is in use by another sweep; wait for it or choose another --store", file=path
            ) from None
        yield


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Database and system errors as one line."""
    try:
        yield
    except sqlite3.Error as wrong:
        text = str(wrong)
        if "full" in text or "disk I/O" in text:
            problem = f"cannot be written: {text}; free some space and run the same command again"
        elif "readonly" in text or "unable to open" in text:
            problem = f"cannot be written: {text}; choose another --store"
        else:
            problem = f"is damaged ({text[:120]}); restore a copy or remove it to start anew"
        raise InputError(problem, file=path) from None
    except OSError as wrong:
        raise InputError(
            f"cannot be written: {wrong.strerror or wrong}; choose another --store", file=path
        ) from None
