"""A task's key changes with every line of code that its result depends on: the static closure of imports is
compared with what a run loads, and each of those files is changed in a scratch copy."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import theory
from simulations.jobs.sweep import versions
from theory import catalogue
from theory.bound import derived
from theory.source_closure import modules

ROOT = Path(theory.__file__).parents[1]
POPULATIONS: list[dict[str, Any]] = [
    {"family": "simplex_etf", "count": 3, "dimension": 4, "cdnv": 0.5},
    {"family": "random_means", "count": 3, "dimension": 3, "seed": 1, "std": 0.5, "decay": 0.5},
    {
        "family": "finite_support",
        "classes": [
            {"points": [[0.0], [1.0]], "weights": [0.5, 0.5]},
            {"points": [[3.0]], "weights": [1.0]},
            {"points": [[7.0]], "weights": [1.0]},
        ],
    },
    {
        "family": "student",
        "classes": [{"mean": [0.0, float(c)], "std": 0.5, "df": 5.0} for c in range(3)],
    },
    {
        "family": "laplace",
        "classes": [{"mean": [0.0, float(c)], "std_per_axis": [0.5, 1.0]} for c in range(3)],
    },
    {
        "family": "mixture",
        "classes": [{"parts": [{"weight": 1.0, "mean": [0.0, float(c)], "std": 0.5}]} for c in range(3)],
    },
]
BOUNDS = ["cdnv_sharp", "exact_moment", "union_moment", "min_distance", "directional_2025", "subgaussian"]
ERRORS = """
import json, sys
from simulations.jobs.sweep.error_task import error
for population in json.loads({populations!r}):
    for shots in (1, 3, "inf"):
        error(dict(population=population, shots=shots, ways=[2, 3], draws=1e3, seed=1, replicate=0))
"""
BOUND_VALUES = """
import json, sys
from simulations.jobs.sweep.bound_task import bound
for population in json.loads({populations!r}):
    for name in {bounds!r}:
        bound(dict(population=population, shots=20, ways=[2, 3], bound=name))
"""
LOADED = "\nprint(json.dumps([n for n in sys.modules if n.split('.')[0] in ('theory', 'simulations')]))"


def fresh(code: str, root: Path = ROOT) -> Any:
    """The JSON that ``code`` prints last, in a process of its own on the source in ``root``."""
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    populations = json.dumps(POPULATIONS)
    return {
        "error": set(fresh(ERRORS.format(populations=populations) + LOADED)),
        "bound": set(fresh(BOUND_VALUES.format(populations=populations, bounds=BOUNDS) + LOADED)),
    }


@pytest.mark.slow
def test_whatever_an_error_loads_is_in_its_closure(loaded: dict[str, set[str]]) -> None:
    static = set(modules([versions.ERROR_CODE], stop=[versions.CATALOGUE]))
    assert loaded["error"] <= static
    assert {"simulations.runtime.arrays", "simulations.engines.direct", "theory.quantities"} <= loaded[
        "error"
    ]


@pytest.mark.slow
def test_whatever_a_bound_loads_is_in_its_closure_or_in_the_catalogue(loaded: dict[str, set[str]]) -> None:
    static = set(modules([versions.BOUND_CODE], stop=[versions.CATALOGUE]))
    entered = set(modules([versions.CATALOGUE])) - set(modules(["theory.bound"]))
    beyond = loaded["bound"] - static
    assert beyond <= entered and versions.CATALOGUE in beyond
    assert "theory.quantities" in static and "theory.quantities" in loaded["bound"]


KEYS = """
import json
from pathlib import Path
from simulations.jobs.sweep import versions
from theory import catalogue

def keys():
    versions._digest.cache_clear()
    return [versions.error_version(), versions.bound_version(catalogue.get("exact_moment"))]

before, found = keys(), {}
for kind, name in json.loads(%r):
    path = Path(name)
    text = path.read_bytes()
    path.write_bytes(text + b"\\n# one more line\\n")
    found[name] = [new != old for new, old in zip(keys(), before)]
    path.write_bytes(text)
assert keys() == before
print(json.dumps(found))
"""


@pytest.mark.slow
def test_one_line_in_each_file_that_a_run_loads_changes_the_key(
    loaded: dict[str, set[str]], tmp_path: Path
) -> None:
    for package in ("theory", "simulations"):
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=shutil.ignore_patterns("__pycache__", "*.npz", "*.svg", "*.png"),
        )
    places = {
        name: path.relative_to(ROOT) for name, path in modules([*loaded["error"], *loaded["bound"]]).items()
    }
    static = set(modules([versions.BOUND_CODE], stop=[versions.CATALOGUE]))
    changes = [("error", str(places[name])) for name in loaded["error"]]
    changes += [("bound", str(places[name])) for name in loaded["bound"] & static]
    changes.append(("neither", "simulations/report/page.py"))
    changed = fresh(KEYS % json.dumps(changes), tmp_path)
    unchanged = [
        (kind, name) for kind, name in changes if kind != "neither" and not changed[name][kind == "bound"]
    ]
    assert not unchanged and len(changed) > 60
    assert changed["simulations/report/page.py"] == [False, False]
    # The two that a list kept by hand had missed.
    assert changed["theory/quantities.py"][1] and changed["simulations/runtime/arrays.py"][0]


def test_two_statements_have_two_versions_and_prose_has_none() -> None:
    bound = catalogue.get("exact_moment")
    version = versions.bound_version(bound)
    assert (
        versions.bound_version(dataclasses.replace(bound, title="Other", provenance=derived("x"))) == version
    )
    assert versions.bound_version(dataclasses.replace(bound, statement=bound.statement * 2)) != version
    assert versions.bound_version(dataclasses.replace(bound, assumptions=())) != version
    assert versions.bound_version(catalogue.get("fourth_moment")) != version
