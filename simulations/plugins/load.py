"""A user's Python file: what it defines, and its mistakes told in one line."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from simulations.engines.base import Engine
from simulations.plugins.nearest import nearest_quantity
from simulations.populations import FAMILIES
from simulations.populations.base import Population, Spec
from simulations.runtime.errors import InputError, printable
from theory.assumptions import Assumption
from theory.bound import Bound
from theory.quantities import TABLE


@dataclass(frozen=True)
class Extension:
    """What a file defines, by name: bounds, assumptions, ready-made populations, engines, and perhaps
    ``proof``."""

    path: Path
    bounds: dict[str, Bound] = field(default_factory=dict)
    assumptions: dict[str, type[Assumption]] = field(default_factory=dict)
    populations: dict[str, Population] = field(default_factory=dict)
    engines: dict[str, Engine] = field(default_factory=dict)
    proof: Callable[[Bound], Any] | None = None

    def bound(self, name: str) -> Bound:
        if name not in self.bounds:
            raise InputError(f"defines no bound called '{name}'", file=self.path)
        return self.bounds[name]


_loaded: dict[Path, Extension] = {}


def load_extension(path: str | Path) -> Extension:
    """Run the file once a process and collect what it defines.

    Families (a Spec) and engines join the suite's own. Raises InputError (file, line, remedy).
    """
    resolved = Path(path).resolve()
    if resolved not in _loaded:
        _loaded[resolved] = _collect(resolved, _run(resolved))
    return _loaded[resolved]


def _run(path: Path) -> ModuleType:
    if not path.is_file():
        raise InputError("is no file; give the path of a Python file", file=path)
    before = set(TABLE)
    name = f"collapse_extension_{abs(hash(path))}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError("is not a Python file; name it something.py", file=path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with warnings.catch_warnings():
            # What the compiler only suspects of the author's lines would stand beside the one line of ours.
            warnings.simplefilter("ignore", SyntaxWarning)
            spec.loader.exec_module(module)
    except BaseException as wrong:
        if isinstance(wrong, KeyboardInterrupt | MemoryError):
            raise
        for new in set(TABLE) - before:
            del TABLE[new]
        del sys.modules[name]
        raise InputError(_told(wrong, path), file=path) from None
    return module


def _told(wrong: BaseException, path: Path) -> str:
    """A mistake in the file, as one line with its number and a remedy."""
    if isinstance(wrong, SyntaxError) and wrong.filename == str(path):
        return f"line {wrong.lineno}: {wrong.msg}; correct it"
    lines = [
        frame.lineno for frame in traceback.extract_tb(wrong.__traceback__) if frame.filename == str(path)
    ]
    where = f"line {lines[-1]}: " if lines else ""
    if isinstance(wrong, ImportError) and wrong.name == "theory.quantities":
        missing = str(wrong).split("'")[1]
        return f"{where}`{missing}` is not a quantity; {nearest_quantity(missing)}"
    if isinstance(wrong, NameError) and wrong.name:
        return f"{where}`{wrong.name}` is not defined; {nearest_quantity(wrong.name)}"
    return f"{where}{type(wrong).__name__}: {printable(str(wrong), 200)}; correct it"


def _collect(path: Path, module: ModuleType) -> Extension:
    from simulations.engines.choose import add_engine

    found = Extension(path, proof=getattr(module, "proof", None))
    for name, value in vars(module).items():
        own = getattr(value, "__module__", None) == module.__name__
        if isinstance(value, Bound) and not _imported(value):
            found.bounds[value.name] = value
        elif isinstance(value, Population):
            found.populations[name] = value
        elif isinstance(value, Engine):
            add_engine(value)
            found.engines[value.name] = value
        elif inspect.isclass(value) and own:
            if issubclass(value, Assumption):
                found.assumptions[value.__name__] = value
            elif issubclass(value, Spec) and "family" in value.model_fields:
                FAMILIES[get_args(value.model_fields["family"].annotation)[0]] = value
    if not (found.bounds or found.populations or found.engines):
        raise InputError(
            "defines no Bound, Population or Engine; see 'Your own bound' in the README", file=path
        )
    return found


def _imported(bound: Bound) -> bool:
    from theory import catalogue

    return any(bound is known for known in catalogue.STATEMENTS)
