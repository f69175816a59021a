"""Content hashes of code: a result is kept for as long as nothing that it depends on has changed."""

from __future__ import annotations

import hashlib
import importlib.util
from functools import lru_cache
from pathlib import Path

import sympy as sp

from theory.bound import Bound

ERROR_CODE = (
    "simulations.engines",
    "simulations.populations",
    "simulations.estimates",
    "simulations.runtime.randomness",
    "simulations.jobs.sweep.tasks",
    "theory.few_shot.gaussian_two_class",
    "theory.evaluation.concentration",
    "theory.evaluation.special",
)
BOUND_CODE = (
    "simulations.populations",
    "simulations.jobs.sweep.tasks",
    "theory.assumptions",
    "theory.bound",
    "theory.evaluation.concentration",
    "theory.evaluation.environment",
    "theory.evaluation.evaluate",
    "theory.expressions",
    "theory.geometry",
    "theory.bound.matrix",
    "theory.evaluation.optimise",
    "theory.evaluation.special",
)


@lru_cache
def code_version(modules: tuple[str, ...]) -> str:
    """SHA-256 over the source of these modules, and of all modules inside those that are packages."""
    digest = hashlib.sha256()
    for name in modules:
        found = importlib.util.find_spec(name)
        if found is None or found.origin is None:
            raise ModuleNotFoundError(f"no source of {name}")
        origin = Path(found.origin)
        files = sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]
        for file in files:
            digest.update(f"{name}/{file.name}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def statement_version(bound: Bound) -> str:
    """Changes with the statement, its condition, its hypotheses or its free parameter, and with nothing
    else in the catalogue."""
    parts = [
        sp.srepr(bound.closed_form),
        sp.srepr(bound.condition),
        repr(bound.assumptions),
        repr(bound.free),
        bound.kind,
        type(bound).__name__,
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
