"""What Rocq has checked, by fingerprint of the generated statement, the proof and the library under it.

The record shipped with a version lists what was compiled when it was made; the record of the build folder
lists what was compiled on this machine. Either holds only while statement, proof and library are the very
same texts.
"""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from pathlib import Path

from proofs.formal.files import FOLDER, Theorem, closure, theorems
from proofs.formal.generate import statement_files

RECORD = FOLDER / "record.json"


def build_folder() -> Path:
    """Where compiled files are kept: a folder of this installation's own in the user's cache, so that two
    checkouts do not undo each other's work."""
    cache_home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    own = hashlib.sha256(str(FOLDER.resolve()).encode()).hexdigest()[:12]
    return Path(cache_home) / "collapse" / "formal" / own


def local_record() -> Path:
    """What was compiled on this machine."""
    return build_folder() / "checked.json"


@cache
def _generated() -> dict[str, str]:
    return statement_files()


def text_of(file: str) -> str:
    """A file's text; a statement file's is generated anew, whatever lies in the folder."""
    return _generated().get(file) or (FOLDER / file).read_text(encoding="utf-8")


@cache
def fingerprint(theorem: Theorem) -> str:
    """SHA-256 of all that the theorem rests on: its statement as the catalogue has it now, its proof, and
    every file that they require."""
    digest = hashlib.sha256()
    for file in closure(theorem.proof):
        text = text_of(file)
        digest.update(f"{file}\n{len(text)}\n{text}".encode())
    return digest.hexdigest()


def read(path: Path) -> dict[str, str]:
    """Fingerprints by theorem name; empty where there is no readable record."""
    try:
        recorded = json.loads(path.read_text(encoding="utf-8"))["theorems"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return dict(recorded) if isinstance(recorded, dict) else {}


def write(path: Path, rocq: str, names: list[str], keep: dict[str, str] | None = None) -> None:
    """Record that these theorems were checked just now, beside those to ``keep``."""
    known = theorems()
    recorded = dict(keep or {}) | {name: fingerprint(known[name]) for name in names}
    document = {"rocq": rocq, "theorems": dict(sorted(recorded.items()))}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
