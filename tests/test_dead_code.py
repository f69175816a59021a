"""Every definition is used somewhere, and an unused one is noticed."""

from __future__ import annotations

import fnmatch
from pathlib import Path

from vulture import Vulture

import theory
from simulations.jobs.verify.chapters import CHAPTERS
from simulations.report.sections.registry import WRITERS

ROOT = Path(theory.__file__).parents[1]
KINDS = ("function", "class", "method", "unreachable_code")
FOUND_BY_NAME = (
    *("_print_*", "_repr_*_", "_eval_*", "__*__"),  # hooks of Python and SymPy
    *(
        "pytest_*",
        "handle_*",
        "forward",
        "format_commands",
        "emptyPrinter",
        "on_broken_pipe",
    ),  # of pytest, html.parser, torch, Typer and Rich
    *("*Spec", "PointMasses"),  # registries, filled by being imported
    *("sample_*",),  # quantities of evidence, read by the name of their field
    *("_ways", "_plain_numbers"),  # validators of pydantic
    *(type(entry).__name__ for entry in (*CHAPTERS, *WRITERS)),  # registries again
)
"""Used by a framework that looks them up, or entered into a registry by being imported."""
PUBLIC = ("fix",)
"""For people who write proofs; used by the example in ``proofs/README.md``."""


def unused(folders: list[Path]) -> list[str]:
    """``file: kind name`` of everything defined in ``folders`` that nothing there mentions."""
    tool = Vulture(
        ignore_names=[*FOUND_BY_NAME, *PUBLIC], ignore_decorators=["@prints*", "@*validator*", "@*.register"]
    )
    tool.scavenge([str(folder) for folder in folders])
    return sorted(
        f"{Path(item.filename).name}: {item.typ} {item.name}"
        for item in tool.get_unused_code(min_confidence=60)
        if item.typ in KINDS and not fnmatch.fnmatch(str(item.filename), "*/tests/*")
    )


def test_nothing_is_dead() -> None:
    assert unused([ROOT / floor for floor in ("theory", "proofs", "simulations", "tests")]) == []


def test_dead_code_is_seen(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(
        "def used():\n    return 1\n\n\ndef forgotten():\n    return used()\n"
    )
    assert unused([tmp_path]) == ["module.py: function forgotten"]
