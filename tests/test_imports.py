"""What is loaded by importing `theory` and by `collapse --help`, by module names in a fresh process."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import theory

ROOT = Path(theory.__file__).parents[1]
HEAVY = ("scipy.stats", "matplotlib", "torch", "cupy", "dask", "distributed")
NUMERICS = ("numpy", "scipy", "sympy", "jinja2")

GEOMETRY = """
import numpy as np
import theory
from theory import ClassGeometry, Setting, catalogue, cdnv
rng = np.random.default_rng(0)
labels = np.repeat([0, 1, 2], 20)
geometry = ClassGeometry.from_features(rng.standard_normal((60, 4)) + 3 * np.eye(4)[labels], labels)
cdnv(geometry)
for name in ("cdnv_sharp", "exact_moment", "min_distance", "union_moment", "directional_2025"):
    catalogue.get(name).evaluate(geometry, Setting(10, 2), [])
"""
HELP = "from simulations.cli import main\nassert main(['--help']) == 0\n"
VERB_HELP = "from simulations.cli import main\nassert main([{verb!r}, '--help']) == 0\n"


def loaded(code: str, suspects: tuple[str, ...]) -> list[str]:
    """Which of the modules ``suspects`` are loaded once ``code`` has run in a fresh process."""
    ending = (
        "import json, sys\n"
        f"found = [name for name in {suspects!r} if name in sys.modules]\n"
        "print('\\n' + json.dumps(found))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", f"{code}\n{ending}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return list(json.loads(ran.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    ("code", "suspects", "expected"),
    [
        ("import scipy.stats", HEAVY, ["scipy.stats"]),
        ("import matplotlib", HEAVY, ["matplotlib"]),
        ("import json.decoder, decimal", ("json.decoder", "decimal", "wave"), ["json.decoder", "decimal"]),
        (GEOMETRY, ("numpy", "sympy"), ["numpy", "sympy"]),
    ],
)
def test_the_check_sees_what_is_loaded(code: str, suspects: tuple[str, ...], expected: list[str]) -> None:
    assert loaded(code, suspects) == expected


@pytest.mark.parametrize(
    "code",
    [
        "import theory",
        "from theory import *",
        GEOMETRY,
        "from theory import catalogue\nlist(catalogue.names())",
    ],
    ids=["import", "star", "geometry", "catalogue"],
)
def test_theory_loads_nothing_heavy(code: str) -> None:
    assert loaded(code, HEAVY) == []


def test_import_theory_alone_loads_no_numerics() -> None:
    assert loaded("import theory", NUMERICS) == []


@pytest.mark.parametrize(
    "code",
    [
        HELP,
        *(
            VERB_HELP.format(verb=verb)
            for verb in ("verify", "bounds", "evaluate", "measure", "prove", "bench", "certify")
        ),
    ],
    ids=["collapse", "verify", "bounds", "evaluate", "measure", "prove", "bench", "certify"],
)
def test_help_loads_nothing_heavy_and_no_numerics(code: str) -> None:
    assert loaded(code, HEAVY + NUMERICS) == []


@pytest.mark.parametrize("arguments", [["--version"], ["--nosuch"], ["measure"], ["nosuchverb"]])
def test_usage_errors_load_no_numerics(arguments: list[str]) -> None:
    assert loaded(f"from simulations.cli import main\nmain({arguments!r})", HEAVY + NUMERICS) == []


def test_import_simulations_loads_no_numerics() -> None:
    assert loaded("import simulations", HEAVY + NUMERICS) == []
    assert loaded("import simulations\nassert callable(simulations.measure)", ("numpy",)) == ["numpy"]


def test_bounds_loads_no_simulation() -> None:
    """Showing the catalogue needs SymPy, and neither an engine nor a plot."""
    code = "from simulations.cli import main\nassert main(['bounds', 'exact_moment']) == 0"
    assert loaded(code, (*HEAVY, "simulations.populations", "simulations.engines")) == []


@pytest.mark.slow
def test_the_public_measure_is_the_function_whatever_was_imported_before() -> None:
    for first in ("", "import simulations.cli.measure\n", "import simulations.features.advice\n"):
        code = f"{first}import simulations\nfrom simulations import measure\n"
        code += "assert measure.__name__ == 'measure'\n"
        assert loaded(code + "assert simulations.measure is measure and callable(measure)", HEAVY) == []


def import_graph(floor: str) -> dict[str, set[str]]:
    """Who imports whom within one floor: imports inside functions and for types alone count as well."""
    names = {}
    for path in (ROOT / floor).rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    graph: dict[str, set[str]] = {}
    for name, path in names.items():
        graph[name] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                wanted = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                inside = [f"{node.module}.{alias.name}" for alias in node.names]
                wanted = [full if full in names else node.module for full in inside]
            else:
                continue
            graph[name] |= {module for module in wanted if module in names and module != name}
    return graph


@pytest.mark.parametrize("floor", ["theory", "proofs", "simulations"])
def test_no_import_goes_in_a_circle(floor: str) -> None:
    graph = import_graph(floor)
    # Raises CycleError and names the circle, where there is one.
    assert set(TopologicalSorter(graph).static_order()) == set(graph)


def test_a_circle_is_found() -> None:
    graph = import_graph("theory")
    graph["theory.setting"].add("theory.catalogue")
    with pytest.raises(CycleError, match=r"circle|cycle"):
        TopologicalSorter(graph).prepare()
