"""A change in any file of the trusted folder, or in what it imports, makes the record stale."""

from __future__ import annotations

import ast
import shutil
from functools import cache
from pathlib import Path

import pytest

from proofs import library, record

ORIGINAL = record.PROOFS.parent
TRUSTED = [file.relative_to(ORIGINAL).as_posix() for file in record.trusted_files()]


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the trusted files, which the record is made to read instead."""
    for name in TRUSTED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ORIGINAL / name, tmp_path / name)
    monkeypatch.setattr(record, "PROOFS", tmp_path / "proofs")
    monkeypatch.setattr(record, "TRUSTED", tmp_path / "proofs" / "kernel")
    monkeypatch.setattr(record, "checkers", record.checkers.__wrapped__)  # it keeps its first answer
    return tmp_path


def test_a_copy_has_the_same_fingerprint(copied: Path) -> None:
    assert record.checkers() == record._stored_record()["checkers"]


def test_a_change_in_any_trusted_file_changes_the_fingerprint(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "_imported", cache(record._imported))  # a remark imports nothing
    before = record.checkers()
    for name in TRUSTED:
        file = copied / name
        own = file.read_bytes()
        file.write_bytes(own + b"# a remark\n")
        assert record.checkers() != before, name
        file.write_bytes(own)
    assert record.checkers() == before


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("proofs/kernel/model.py", "((_u, _u), (_u, _u)): M4_i", "((_u, _u), (_u, _u)): M4_i / 2"),
        ("theory/quantities.py", '"""', '"""Other words. '),
    ],
)
def test_nothing_is_shown_as_recorded_after_a_change(copied: Path, name: str, old: str, new: str) -> None:
    statements = [library.statement(each) for each in ("cdnv_sharp", "exact_moment", "vote_certificate")]
    assert all(record.look_up(statement).state == "recorded" for statement in statements)
    text = (copied / name).read_text(encoding="utf-8")
    assert old in text
    (copied / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    recorded = [record.look_up(statement) for statement in statements]
    assert all(
        (each.state, each.reason) == ("stale", "the record was made with other checkers") for each in recorded
    )


def test_every_file_of_the_trusted_folder_is_looked_at() -> None:
    inside = {
        file.relative_to(ORIGINAL).as_posix() for file in record.TRUSTED.rglob("*") if file.suffix == ".py"
    }
    assert inside <= set(TRUSTED)
    assert {"theory/quantities.py", "theory/expressions.py"} <= set(TRUSTED)
    assert not [name for name in TRUSTED if name.startswith("proofs/") and name not in inside]


def test_the_trusted_files_name_what_they_import_in_full() -> None:
    """A relative or a computed import would go unseen."""
    for name in TRUSTED:
        for part in ast.walk(ast.parse((ORIGINAL / name).read_text(encoding="utf-8"))):
            assert not (isinstance(part, ast.ImportFrom) and part.level), name
            called = part.func if isinstance(part, ast.Call) else None
            assert "import" not in str(getattr(called, "attr", getattr(called, "id", ""))), name
