"""Proofs that were checked once, written down for installations without the solvers.

``record.json`` holds, for each proved statement, fingerprints of the statement and of its argument, and one
of everything that checks (kernel, checkers, lemmas). An entry counts only while all three are what they
were: change a statement, a proof or a checker and the record is stale. ``python -m proofs.record`` checks
all proofs and writes it anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from proofs import library
from proofs.kernel import Outcome, Proof
from proofs.ledger import Ledger
from proofs.record import canonical

HERE = Path(__file__).parent
FILE = HERE / "record.json"
CHECKERS = (
    "kernel",
    "steps",
    "checkers",
    "smt",
    "cpu_limit",
    "translation",
    "terms",
    "atoms",
    "expectation",
    "interval",
)
"""The modules that are trusted, with the package of lemmas."""


@dataclass(frozen=True)
class Recorded:
    """``state`` says whether the record is of this very statement; ``reason`` why not."""

    state: Literal["recorded", "stale", "none"]
    reason: str = ""
    version: str = ""
    statement: str = ""
    ledger: Ledger | None = None


def checkers() -> str:
    """Fingerprint of the source of everything that checks."""
    files = [HERE / f"{name}.py" for name in CHECKERS] + sorted((HERE / "lemmas").glob("*.py"))
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return whole.hexdigest()[:24]


def look_up(bound: Any) -> Recorded:
    """What the record says of this very statement, whose argument is written anew but not checked."""
    try:
        argument = library.write(bound)
    except (ValueError, TypeError):
        return Recorded("stale", "no argument can be written for this statement")
    if argument is None:
        return Recorded("none", "no proof is written yet")
    held = _held()
    entry = held.get("proved", {}).get(bound.name)
    if entry is None:
        return Recorded("none", "its proof was never recorded")
    for what, now, then in (
        ("another statement", canonical.of_statement(bound), entry["statement"]),
        ("another argument", canonical.of_argument(argument), entry["argument"]),
        ("other checkers", checkers(), held["checkers"]),
    ):
        if now != then:
            return Recorded("stale", f"the record was made with {what}")
    return Recorded("recorded", "", held["version"], entry["statement"], _as_ledger(argument))


def _as_ledger(argument: Proof) -> Ledger:
    """The argument, each step as it was confirmed when the record was made."""
    confirmed = tuple((step, Outcome(True, "recorded")) for step in argument.steps)
    return Ledger(argument.name, "proved", argument.goal, argument.premises, confirmed)


@cache
def _held() -> dict[str, Any]:
    try:
        held: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return held


def document(ledgers: Iterable[Ledger]) -> dict[str, Any]:
    """The record of these ledgers. Only what was proved enters it."""
    proved = {}
    for ledger in ledgers:
        argument = library.write(library.statement(ledger.name))
        if ledger.verdict == "proved" and argument is not None:
            statement = canonical.of_statement(library.statement(ledger.name))
            proved[ledger.name] = {"statement": statement, "argument": canonical.of_argument(argument)}
    return {"version": _version(), "checkers": checkers(), "proved": proved}


def _version() -> str:
    import tomllib
    from importlib import metadata

    project = HERE.parent / "pyproject.toml"
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


if __name__ == "__main__":
    raise SystemExit(main())
