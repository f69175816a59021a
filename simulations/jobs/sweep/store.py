"""Finished tasks in one SQLite file. A result counts as done only once its transaction is on the disk, and is
used later only if its row is as it was written."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulations.jobs.sweep.set_aside import set_aside
from simulations.runtime.errors import InputError

APPLICATION = 0x436F6C6C  # "Coll"
SCHEMA = 2
"""1 had no checksums: its rows are not read."""
PATIENCE_SECONDS = 5.0
"""How long another program's lock is waited for."""
FULL, IO, READ_ONLY, CANNOT_OPEN = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
)
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class StoreInUse(InputError):
    """Another program has locked the file, and keeps it locked."""


class Damaged(sqlite3.DatabaseError):
    """SQLite's own check of the file failed."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


@dataclass(frozen=True)
class StoredResult:
    """A finished task: ``payload`` is None where it failed, and ``reason`` says why."""

    key: str
    kind: str
    body: dict[str, Any]
    payload: dict[str, Any] | None
    reason: str | None

    def row(self) -> tuple[str, str, str, str, str | None, str | None, bytes]:
        """As stored, with the checksum of the rest."""
        values = (
            self.key,
            self.kind,
            "failed" if self.payload is None else "done",
            json.dumps(self.body, sort_keys=True),
            None if self.payload is None else json.dumps(self.payload, sort_keys=True, allow_nan=False),
            self.reason,
        )
        return (*values, checksum(*values))


def checksum(*values: object) -> bytes:
    """SHA-256 of the values of a row, whatever SQLite has made of their types."""
    return hashlib.sha256(json.dumps([str(type(v)) + str(v) for v in values]).encode()).digest()


class Store:
    """Open with ``opened``. ``status`` of a task is "done" or "failed"; what is neither is to be run.

    Rows that differ from what was written count as missing; ``damaged`` counts those met so far, stored anew
    or not.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection, self.path = connection, path
        # Bytes that are not text belong to a damaged row, not to a failure of the whole file.
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        self._bad: set[str] = set()
        self.damaged = 0

    def statuses(self) -> Iterator[tuple[str, str]]:
        """(key, status) of every undamaged row."""
        with _in_one_line(self.path):
            for row in self._connection.execute(f"SELECT {COLUMNS} FROM results"):
                if self._sound(row):
                    yield row[0], row[2]

    def payload(self, key: str) -> dict[str, Any] | None:
        """The payload of a finished task; None where it is missing, failed or damaged."""
        row = self._row(key)
        return None if row is None or row[2] != "done" else dict(json.loads(row[4]))

    def reason(self, key: str) -> str | None:
        """Why a task failed; None where it did not."""
        row = self._row(key)
        return None if row is None or row[2] != "failed" else str(row[5])

    def discard(self, key: str) -> None:
        """Mark the row as damaged: its content is not a valid result."""
        self._reject(key)

    def add(self, finished: Iterable[StoredResult]) -> None:
        """All rows or none of them. Raises StoreInUse while another program holds the file, InputError when
        the disk is full or the file cannot be written; what was there before stays."""
        rows = [result.row() for result in finished]
        with _in_one_line(self.path), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        self._bad.difference_update(row[0] for row in rows)

    def _row(self, key: str) -> tuple[Any, ...] | None:
        with _in_one_line(self.path):
            row = self._connection.execute(f"SELECT {COLUMNS} FROM results WHERE key = ?", (key,)).fetchone()
        return row if row is not None and self._sound(row) else None

    def _sound(self, row: tuple[Any, ...]) -> bool:
        if row[0] in self._bad:
            return False
        *values, stored = row
        if stored == checksum(*values):
            return True
        self._reject(str(row[0]))
        return False

    def _reject(self, key: str) -> None:
        self.damaged += key not in self._bad
        self._bad.add(key)


COLUMNS = "key, kind, status, body, payload, reason, checksum"


@contextmanager
def opened(path: Path, *, write: bool = True) -> Iterator[Store]:
    """The store at ``path``: to write, made if missing, checked, and locked against a second sweep; to read,
    also while a sweep writes, and empty if missing.

    Raises InputError on a damaged file (which is set aside first where it was to be written), another
    program's file, a newer version, or one in use.
    """
    real = path.resolve()  # a link to a store is that store
    if not write:
        with _in_one_line(path):
            connection = _connected(real)
        try:
            yield Store(connection, path)
        finally:
            connection.close()
        return
    _check_links(path, real)
    with _in_one_line(path), _locked(path, real):
        connection = sqlite3.connect(real, timeout=PATIENCE_SECONDS)
        try:
            try:
                _prepare(connection, path)
            except sqlite3.DatabaseError as wrong:
                connection.close()
                if getattr(wrong, "sqlite_errorcode", 0) == sqlite3.SQLITE_CORRUPT:
                    raise set_aside(path, real, str(wrong)) from None
                raise
            yield Store(connection, path)
        finally:
            connection.close()


def _connected(real: Path) -> sqlite3.Connection:
    """For reading: an empty store in memory where there is none, or one of an older form."""
    if real.exists():
        # SQLite removes its journal when the last connection closes, but not one that may only read.
        connection = sqlite3.connect(f"{real.as_uri()}?mode=rw", uri=True, timeout=PATIENCE_SECONDS)
        try:
            connection.execute("PRAGMA query_only = ON")
            version = _recognised(connection, real)
        except BaseException:
            connection.close()
            raise
        if version == SCHEMA:
            return connection
        connection.close()
    empty = sqlite3.connect(":memory:")
    _make(empty)
    return empty


def _recognised(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the file's form, 0 where it is empty."""
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if tables and application != APPLICATION:
        raise InputError("is a database of another program; choose another file", file=path)
    if version > SCHEMA:
        raise InputError(
            f"was written by a newer version (store {version}, this program reads {SCHEMA}); update it",
            file=path,
        )
    return version if tables else 0


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = _recognised(connection, path)
    problem = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if problem != "ok":
        raise Damaged(problem)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    if version == 1:
        # Results of an older program have keys of older code: none of them would be used.
        connection.execute("ALTER TABLE results RENAME TO results_1")
    if version < SCHEMA:
        _make(connection)


def _make(connection: sqlite3.Connection) -> None:
    with connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, kind TEXT NOT NULL, "
            "status TEXT NOT NULL, body TEXT NOT NULL, payload TEXT, reason TEXT, checksum BLOB) "
            "WITHOUT ROWID"
        )
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {SCHEMA}")


def _check_links(path: Path, real: Path) -> None:
    """A data base under two names has two journals beside it, and two locks: SQLite itself loses data so."""
    try:
        names = real.stat().st_nlink
    except OSError:  # not there yet
        return
    if names > 1:
        raise InputError(
            f"has {names} names (hard links) and can have one; copy it and give the copy as --store",
            file=path,
        )


@contextmanager
def _locked(path: Path, real: Path) -> Iterator[None]:
    """An advisory lock that the system releases when its holder ends, in whatever way.

    Its file is removed by the holder, before the lock is free; a process that then locks a file that the name
    no longer leads to tries again. So no two ever hold the lock.
    """
    try:
        import fcntl
    except ImportError:  # Windows: SQLite's own locks still keep the file whole
        yield
        return
    name = real.with_name(real.name + ".lock")
    while True:
        with open(name, "w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreInUse(
                    "is in use by another sweep; wait for it or choose another --store", file=path
                ) from None
            if not _leads_to(name, handle.fileno()):
                continue
            try:
                yield
            finally:
                with suppress(OSError):
                    if _leads_to(name, handle.fileno()):
                        name.unlink()
            return


def _leads_to(name: Path, descriptor: int) -> bool:
    """Whether the name still belongs to the open file."""
    try:
        return os.path.samestat(name.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextmanager
def _in_one_line(path: Path) -> Iterator[None]:
    """Database and system errors as one line. Nothing but a failed check of the file is called damage."""
    try:
        yield
    except sqlite3.Error as wrong:
        text, code = str(wrong)[:120], (getattr(wrong, "sqlite_errorcode", 0) or 0) & 0xFF
        if code in BUSY:
            raise StoreInUse(
                "is in use by another program; wait until it is free and run the same command again, or "
                "choose another --store",
                file=path,
            ) from None
        if code in (FULL, IO):
            problem = f"cannot be written: {text}; free some space and run the same command again"
        elif code in (READ_ONLY, CANNOT_OPEN):
            problem = f"cannot be written: {text}; choose another --store"
        elif code in DAMAGE:
            problem = (
                f"is not a store of a sweep, or is damaged ({text}); restore a copy or choose another --store"
            )
        else:
            problem = f"cannot be used: {text}; choose another --store"
        raise InputError(problem, file=path) from None
    except OSError as wrong:
        raise InputError(
            f"cannot be written: {wrong.strerror or wrong}; choose another --store", file=path
        ) from None


def wait_for(store: Store, rows: Iterable[StoredResult], seconds: float = 60.0) -> None:
    """``Store.add``, trying again for a while where another program holds the file."""
    kept, begun = list(rows), time.monotonic()
    while True:
        try:
            store.add(kept)
            return
        except StoreInUse:
            if time.monotonic() - begun > seconds:
                raise
