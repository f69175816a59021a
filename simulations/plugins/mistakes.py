"""Mistakes in a user's file, each reported in one line with its number and a remedy."""

from __future__ import annotations

import inspect
import re
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from simulations.plugins.nearest import nearest_assumption, nearest_quantity
from simulations.runtime.errors import printable
from simulations.runtime.users_code import raised_by_suite
from theory.assumptions import Assumption
from theory.bound import Bound


def unprintable(bound: Bound) -> str | None:
    """A statement that no rule prints, or none evaluates where only reports would show it, in one line."""
    try:
        bound.latex()
        bound._repr_html_()
    except ValueError as wrong:
        return f"{bound.name}: {printable(str(wrong), 200)}; write its statement with functions that have one"
    return None


def mistake_in_words(wrong: BaseException, path: Path) -> str:
    """A mistake in the file, as one line with its number and a remedy."""
    if isinstance(wrong, SyntaxError) and wrong.filename == str(path):
        return f"line {wrong.lineno}: {wrong.msg}; correct it"
    lines = [
        frame.lineno for frame in traceback.extract_tb(wrong.__traceback__) if frame.filename == str(path)
    ]
    where = f"line {lines[-1]}: " if lines else ""
    if isinstance(wrong, ImportError) and wrong.name in _REMEDIES and "'" in str(wrong):
        missing = str(wrong).split("'")[1]
        what, remedy = _REMEDIES[wrong.name]
        return f"{where}`{missing}` is not {what}; {remedy(missing)}"
    if isinstance(wrong, NameError) and wrong.name:
        remedy = nearest_assumption if wrong.name[:1].isupper() and len(wrong.name) > 2 else nearest_quantity
        return f"{where}`{wrong.name}` is not defined; {remedy(wrong.name)}"
    text = printable(str(wrong), 300)
    if isinstance(wrong, ValueError) and "; " in text and raised_by_suite(wrong):
        return f"{where}{text}"  # the suite's own words, which hold the remedy
    return f"{where}{type(wrong).__name__}: {text}; correct it"


_REMEDIES: dict[str | None, tuple[str, Callable[[str], str]]] = {
    "theory.quantities": ("a quantity", nearest_quantity),
    "theory.assumptions": ("an assumption here", nearest_assumption),
    "theory.assumptions.sampling": ("an assumption here", nearest_assumption),
}


def unannotated(module: ModuleType) -> str | None:
    """An assumption's field without annotation, which a dataclass does not see; None where all have one."""
    for kind in vars(module).values():
        if not (
            inspect.isclass(kind) and issubclass(kind, Assumption) and kind.__module__ == module.__name__
        ):
            continue
        annotations = inspect.get_annotations(kind)
        for name, value in vars(kind).items():
            known = name.startswith("_") or name in vars(Assumption) or name in annotations
            if (
                not known
                and not callable(value)
                and not isinstance(value, staticmethod | classmethod | property)
            ):
                return (
                    f"{kind.__name__}.{name} has no annotation, so it is not a field; write "
                    f"{name}: {type(value).__name__} = {value!r}"
                )
        if annotations and "__dataclass_params__" not in kind.__dict__:
            return f"{kind.__name__} has fields but is not a dataclass; put @dataclass(frozen=True) above it"
    return None


def in_file(wrong: BaseException, path: Path) -> str | None:
    """One line about an exception raised by the user's own code, here or in a worker; None for other
    exceptions."""
    remote = str(wrong.__cause__) if wrong.__cause__ is not None else ""
    frames = [frame.filename for frame in traceback.extract_tb(wrong.__traceback__)]
    if str(path) not in frames and str(path) not in remote:
        return None
    line = re.findall(re.escape(f'File "{path}", line ') + r"(\d+)", remote)
    where = f"line {line[-1]}: " if line else ""
    return where + mistake_in_words(wrong, path)
