"""A statement exists once: no second copy in SymPy, in plain arithmetic, or in LaTeX."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from theory import catalogue
from theory.quantities import TABLE

ROOT = Path(__file__).resolve().parents[2]
MOMENTS = {name for name, entry in TABLE.items() if entry.source == "geometry"} | {"lam", "v", "M4", "trS2"}
"""Names that a formula about a bound would be written in."""

STATED = (
    "theory/collapse.py",
    "theory/few_shot",
    "theory/new_samples",
    "theory/new_classes",
    "theory/transfer",
    "theory/axes",
)
"""Where statements live (`theory/collapse.py` defines CDNV). Proofs argue about moments on purpose."""


def formulas(tree: ast.AST) -> Iterator[tuple[int, set[str]]]:
    """Arithmetic expressions with three or more different moments in them: (line, names)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} & MOMENTS
            names |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)} & MOMENTS
            if len(names) >= 3:
                yield node.lineno, names


def outside() -> list[Path]:
    paths = []
    for floor in ("theory", "simulations"):
        for path in sorted((ROOT / floor).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(STATED):
                paths.append(path)
    return paths


def test_no_formula_outside_the_statements() -> None:
    copies = [
        f"{path.relative_to(ROOT)}:{line} {sorted(names)}"
        for path in outside()
        for line, names in formulas(ast.parse(path.read_text()))
    ]
    assert copies == []


def test_the_search_finds_a_planted_copy() -> None:
    planted = "def mine(lam_i, v_i, v_j, d, n):\n    return (4 * lam_i + (v_i + v_j) / n) / d**2\n"
    assert list(formulas(ast.parse(planted)))


def test_no_latex_of_a_formula_is_typed() -> None:
    for path in outside():
        if path.parent.name == "printing":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert "\\frac" not in node.value, f"{path}:{node.lineno}"


@pytest.mark.parametrize("attribute", ["name", "title"])
def test_names_and_titles_are_unique(attribute: str) -> None:
    values = [getattr(bound, attribute) for bound in catalogue.STATEMENTS]
    assert len(values) == len(set(values))


def test_no_two_entries_state_the_same_claim() -> None:
    """Same shape, same written-out statement, same assumptions: one of the two would be a copy."""
    claims = {}
    for bound in catalogue.STATEMENTS:
        names = tuple(sorted(map(repr, bound.assumptions)))
        key = (type(bound).__name__, bound.kind, str(bound.relation), str(bound.closed_form), names)
        assert key not in claims, f"{bound.name} repeats {claims.get(key)}"
        claims[key] = bound.name


def test_every_statement_follows_the_file_skeleton() -> None:
    for folder in STATED:
        for path in sorted((ROOT / folder).glob("*.py")):
            if path.name == "__init__.py":
                continue
            doc = ast.get_docstring(ast.parse(path.read_text())) or ""
            for heading in ("Assumes", "Claims", "Kind", "Source"):
                assert heading in doc, f"{path.relative_to(ROOT)} has no '{heading}'"
            assert len(path.read_text().splitlines()) <= 200, path
