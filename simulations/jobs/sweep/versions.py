"""Content hashes of code: a result is kept for as long as nothing that it depends on has changed.

What it depends on is read off the source: everything imported by the module that computes it, by the engines
and families that may take part, and by the parts of the bound.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import sympy as sp

from simulations.engines.base import Engine
from simulations.populations import files
from theory.bound import Bound
from theory.source_closure import FIRST_PARTY, digest

ERROR_CODE = "simulations.jobs.sweep.error_task"
BOUND_CODE = "simulations.jobs.sweep.bound_task"
CATALOGUE = "theory.catalogue"
"""Modules where a bound is looked up; the code that computes its value is hashed with the bound."""
PROSE = ("provenance", "title")
"""Fields of a bound that no number depends on."""


def error_version() -> str:
    """Changes with the code of any engine, family or interval rule, those of plug-ins included."""
    return _digest(ERROR_CODE, *_modules(_engines()), *_modules(_families()))


def bound_version(bound: Bound) -> str:
    """Changes with the code that evaluates bounds, and with the statement, its condition, its hypotheses or
    its free parameter; with nothing else in the catalogue."""
    parts = [sp.srepr(bound.closed_form)]
    parts += [f"{field}={_plain(value)}" for field, value in _fields(bound)]
    text = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return f"{_digest(BOUND_CODE, *_modules(_families()), *_modules(_pieces(bound)))} {text}"


@cache
def _digest(*roots: str) -> str:
    return digest(sorted(set(roots)), stop=(CATALOGUE,))


def _engines() -> Iterator[type]:
    choose: Any = importlib.import_module("simulations.engines.choose")  # the package has a function so named
    choose.join_plugins()
    engines: tuple[Engine, ...] = choose.ENGINES
    return (type(engine) for engine in engines)


def _families() -> Iterator[type]:
    files.join_plugins()
    return iter(files.FAMILIES.values())


def _pieces(bound: Bound) -> Iterator[type]:
    """Classes whose code a bound's value depends on: its own shape, its assumptions, its functions."""
    yield from type(bound).__mro__
    for assumption in bound.assumptions:
        yield from type(assumption).__mro__
    for expression in (bound.closed_form, bound.condition):
        for node in sp.preorder_traversal(expression):
            yield type(node)
            yield node.func if isinstance(node.func, type) else type(node.func)


def _modules(classes: Iterator[type]) -> list[str]:
    """Modules that define ``classes``, libraries left out."""
    foreign = ("builtins", "abc", "typing", "numpy", "scipy", "sympy", "pydantic")
    named = {each.__module__ for each in classes}
    return sorted(name for name in named if name.split(".")[0] not in foreign)


def _fields(bound: Bound) -> Iterator[tuple[str, Any]]:
    yield "shape", type(bound).__name__
    for field in dataclasses.fields(bound):
        if field.name not in PROSE:
            yield field.name, getattr(bound, field.name)


def _plain(value: object) -> str:
    if isinstance(value, sp.Basic):
        return str(sp.srepr(value))
    if isinstance(value, tuple | list):
        return "(" + ", ".join(_plain(entry) for entry in value) + ")"
    if callable(value):  # its repr holds an address
        return f"{value.__module__}.{getattr(value, '__qualname__', type(value).__qualname__)}"
    return repr(value)


__all__ = ["BOUND_CODE", "CATALOGUE", "ERROR_CODE", "FIRST_PARTY", "bound_version", "error_version"]
