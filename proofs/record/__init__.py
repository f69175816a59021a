"""Proofs that were checked once, written down for installations without the solvers.

``record.json`` holds, for each statement with a proof that holds, fingerprints of the statement and of its
argument, and one of all that is trusted (the folder ``kernel``, whole). An entry counts only while all three
are what they were: change a statement, a proof or a checker and the record is stale. ``python -m
proofs.record`` checks all proofs and writes it anew.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from proofs import library
from proofs.kernel import Checked, Outcome, Proof
from proofs.kernel.hypotheses import sorted_by_owner
from proofs.ledger import Ledger, ledger_of
from proofs.ledger.recorded import Recorded
from proofs.record import canonical
from theory.bound import Statement

HERE = Path(__file__).parent
PROOFS = HERE.parent
FILE = HERE / "record.json"


_FRONTS = (PROOFS / "__init__.py", PROOFS.parent / "theory" / "__init__.py")
"""Packages that only re-export names to users; the trusted folder uses nothing of them."""
TRUSTED = PROOFS / "kernel"
"""The trusted folder. It is hashed whole, with everything that it imports from this project."""


@cache
def checkers() -> str:
    """Fingerprint of the checkers: the trusted folder, and every module that it imports."""
    whole = hashlib.sha256()
    for file in trusted_files():
        whole.update(file.relative_to(PROOFS.parent).as_posix().encode())
        whole.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return whole.hexdigest()[:24]


def trusted_files() -> tuple[Path, ...]:
    """The files of the trusted folder and, all the way down, those of the project that they import."""
    pending = sorted(TRUSTED.rglob("*.py"))
    met: set[Path] = set()
    while pending:
        file = pending.pop()
        if file not in met:
            met.add(file)
            pending += _imported(file)
    return tuple(sorted(met))


def _imported(file: Path) -> list[Path]:
    """The files of the project that a file imports, those of the packages on the way among them."""
    files: list[Path | None] = []
    for statement in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(statement, ast.Import):
            names = [alias.name for alias in statement.names]
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            names = [statement.module, *(f"{statement.module}.{alias.name}" for alias in statement.names)]
        for name in names:
            parts = name.split(".")
            if parts[0] in ("theory", "proofs"):
                files += [_file_of(parts[:end]) for end in range(1, len(parts) + 1)]
    return [path for path in files if path is not None]


def _file_of(parts: list[str]) -> Path | None:
    path = PROOFS.parent.joinpath(*parts)
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in candidates if file.is_file() and file not in _FRONTS), None)


def look_up(bound: Statement) -> Recorded:
    """What the record says of this very statement, whose argument is written anew but not checked."""
    try:
        argument = library.write(bound)
    except (ValueError, TypeError):
        return Recorded("stale", "no argument can be written for this statement")
    if argument is None:
        return Recorded("none", "no proof is written yet")
    stored = _stored_record()
    entry = stored.get("confirmed", {}).get(bound.name)
    if entry is None:
        return Recorded("none", "its proof was never recorded")
    for what, now, then in (
        ("another statement", canonical.of_statement(bound), entry["statement"]),
        ("another argument", canonical.of_argument(argument), entry["argument"]),
        ("other checkers", checkers(), stored["checkers"]),
    ):
        if now != then:
            return Recorded("stale", f"the record was made with {what}")
    return Recorded("recorded", "", stored["version"], entry["statement"], _as_ledger(argument, bound))


def _as_ledger(argument: Proof, bound: Statement) -> Ledger:
    """The argument, each step as it was confirmed when the record was made."""
    confirmed = tuple((step, Outcome(True, "recorded")) for step in argument.steps)
    hypotheses = sorted_by_owner(argument, library.own_assumptions(bound))
    return library.with_formal_verdict(
        ledger_of(argument, Checked(steps=confirmed, hypotheses=hypotheses)), bound
    )


@cache
def _stored_record() -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record


def document(ledgers: Iterable[Ledger]) -> dict[str, Any]:
    """The record of these ledgers. Only what was confirmed enters it."""
    confirmed = {}
    for ledger in ledgers:
        argument = library.write(library.statement(ledger.name))
        if ledger.holds and argument is not None:
            statement = canonical.of_statement(library.statement(ledger.name))
            confirmed[ledger.name] = {"statement": statement, "argument": canonical.of_argument(argument)}
    return {"version": _version(), "checkers": checkers(), "confirmed": confirmed}


def _version() -> str:
    import tomllib
    from importlib import metadata

    project = PROOFS.parent / "pyproject.toml"
    if project.exists():
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
    return metadata.version("neural-collapse-transfer")


def main() -> int:
    """Check every proof and write the record; 1 if one fails."""
    ledgers = library.run()
    failed = [ledger.name for ledger in ledgers if ledger.verdict == "failed"]
    if not failed:
        FILE.write_text(json.dumps(document(ledgers), indent=1) + "\n", encoding="utf-8")
    return int(bool(failed))
