"""The examples in the docstrings of public modules run as they are printed."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import theory

ROOT = Path(theory.__file__).parents[1]


def examples() -> list[str]:
    """Modules of the three packages whose source holds an example."""
    modules = []
    for floor in ("theory", "proofs", "simulations"):
        for path in sorted((ROOT / floor).rglob("*.py")):
            if ">>> " in path.read_text(encoding="utf-8"):
                parts = path.relative_to(ROOT).with_suffix("").parts
                modules.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return modules


@pytest.mark.parametrize("name", examples())
def test_the_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert outcome.attempted > 0 and outcome.failed == 0


def test_the_public_figures_have_one() -> None:
    assert "simulations.figures" in examples()
