"""Mistakes with arrays are type errors: each one planted here is reported, and its mended twin is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEADER = """
import numpy as np

from simulations import FeatureFile
from simulations.engines.pool.rows import Rows
from simulations.populations.base import Population
from theory import ClassGeometry, collapse
from theory.array import Array, Floats, Integers, Namespace, array_namespace, floats, to_numpy


def scaled(values: Array, factor: float) -> Array:
    return values * factor


def total(values: Floats) -> float:
    return float(np.sum(values))


def use(
    geometry: ClassGeometry,
    xp: Namespace,
    values: Array,
    numbers: Floats,
    places: Integers,
    file: FeatureFile,
    rows: Rows,
    law: Population,
) -> None:
    rng = np.random.default_rng()
"""
MISTAKES = {
    "a method that only NumPy's arrays have": ("values.sum()", "xp.sum(values)", "attr-defined"),
    "an attribute that no array has": (
        "geometry.variances.shapes",
        "geometry.variances.shape",
        "attr-defined",
    ),
    "one that NumPy's arrays don't have": ("numbers.sizes", "numbers.size", "attr-defined"),
    "a string for an array": ('scaled("values", 2.0)', "scaled(values, 2.0)", "arg-type"),
    "a number for an array": ("scaled(1.0, 2.0)", "scaled(np.ones(1), 2.0)", "arg-type"),
    "an array for a number": ("scaled(values, values)", "scaled(values, float(values))", "arg-type"),
    "an array for a number, to a method": (
        "geometry.top_eigenvalue_sums(geometry.variances)",
        "geometry.top_eigenvalue_sums(2)",
        "arg-type",
    ),
    "a function that the standard has not": (
        "xp.concatenate([values])",
        "xp.concat([values])",
        "attr-defined",
    ),
    "one of a namespace that was asked for": (
        "array_namespace(values).absolute(values)",
        "array_namespace(values).abs(values)",
        "attr-defined",
    ),
    "an option that the standard has not": (
        "xp.sum(values, keepdim=True)",
        "xp.sum(values, keepdims=True)",
        "call-arg",
    ),
    "NumPy's function on any array": ("np.log(values)", "np.log(to_numpy(values))", "call-overload"),
    "any array where NumPy's is meant": ("total(values)", "total(to_numpy(values))", "arg-type"),
    "iteration, which the standard has not": (
        "[float(each) for each in values]",
        "[each for each in floats(values)]",
        "attr-defined",
    ),
    "a result of arithmetic is an array": (
        "(2.0 * values - 1.0).mean()",
        "xp.mean(2.0 * values - 1.0)",
        "attr-defined",
    ),
    "so is an entry": ("values[0].item()", "float(values[0])", "attr-defined"),
    "rows that may lie in a file, for an array": (
        "total(file.features)",
        "total(file.features[places])",
        "arg-type",
    ),
    "numbers for places": ("rows.stored(numbers)", "rows.stored(places)", "arg-type"),
    "draws, which may lie on a card, for NumPy's": (
        "total(law.noise(rng, 0, (3,)))",
        "total(to_numpy(law.noise(rng, 0, (3,))))",
        "arg-type",
    ),
    "the lineage of features without a map": (
        "file.head.sentence()",
        "file.head and file.head.sentence()",
        "union-attr",
    ),
    "a geometry for an array": (
        "collapse.nc3(geometry, geometry)",
        "collapse.nc3(geometry, values)",
        "arg-type",
    ),
}


def reports(lines: list[str], folder: Path) -> Iterator[tuple[int, str]]:
    """The line of ``lines`` and the code of every error that mypy reports with the project's settings."""
    api = pytest.importorskip("mypy.api")
    file = folder / "planted.py"
    file.write_text(HEADER + "".join(f"    {line}\n" for line in lines))
    first = HEADER.count("\n") + 1
    options = ("--config-file", str(ROOT / "pyproject.toml"), "--no-error-summary", "--hide-error-context")
    output, problem, _ = api.run([*options, "--cache-dir", str(ROOT / ".mypy_cache"), str(file)])
    assert not problem, problem
    for line in output.splitlines():
        place, kind, text = (each.strip() for each in line.rsplit("planted.py:", 1)[1].split(":", 2))
        if kind == "error":
            yield int(place) - first, text.rsplit("[", 1)[1].rstrip("]")


@pytest.mark.slow
def test_planted_mistakes_are_type_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    wrong = [mistake for mistake, _, _ in MISTAKES.values()]
    errors_by_line = dict(reports(wrong, tmp_path))
    assert {name: errors_by_line.get(line) for line, name in enumerate(MISTAKES)} == {
        name: code for name, (_, _, code) in MISTAKES.items()
    }
    # The control: what is right is no error.
    assert list(reports([right for _, right, _ in MISTAKES.values()], tmp_path)) == []
