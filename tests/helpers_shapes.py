"""Functions under jaxtyping and beartype, by the shapes in their annotations. Not tests themselves.

``Annotated[Array, "classes p"]`` costs nothing where it stands; here every function so annotated is wrapped,
and its calls are counted. In methods of a class that ``own`` knows, the names it lists are the object's own
numbers; a name that is a whole-number argument is that number, ``rows`` the length of a slice.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import re
import types
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from beartype import beartype
from jaxtyping import Shaped, jaxtyped

Calls = Counter[str]
Own = Mapping[type, Mapping[str, str]]
ONE = r"""Annotated\[(?:Array|Floats|Integers|Flags|NumPyArray), ['"]([^'"]+)['"]\]"""
SHAPE = re.compile(rf"{ONE}(?P<none> \| None)?")
SEVERAL = re.compile(rf"tuple\[{ONE}(?:, {ONE})*\](?P<none> \| None)?")


def shapes_of(function: Callable[..., Any]) -> dict[str, tuple[list[str], bool, bool]]:
    """By the name of the argument: its shapes, whether they are those of a tuple, and whether it may be
    None."""
    annotated = {}
    for name, text in inspect.get_annotations(function).items():
        whole = SHAPE.fullmatch(str(text)) or SEVERAL.fullmatch(str(text))
        if whole:
            annotated[name] = re.findall(ONE, str(text)), whole.re is SEVERAL, whole["none"] is not None
    return annotated


def token(text: str, parameters: dict[str, inspect.Parameter], own: Mapping[str, str]) -> str:
    """One size, as jaxtyping writes it."""
    names = re.findall(r"[a-z_]+", text)
    kinds = {name: str(parameters[name].annotation) for name in names if name in parameters}
    if names and all(kinds.get(name) == "int" for name in names):
        return f"{{{text}}}"
    if kinds.get(text) == "slice":
        return f"{{{text}.stop-{text}.start}}"
    if text in own:
        return f"{{self.{own[text]}}}"
    # Of no known size: equal wherever the name stands in one call.
    return re.sub(r"\W+", "_", text) if text != "..." else text


def checked(
    function: Callable[..., Any], owner: type | None, name: str, calls: Calls, own: Own
) -> Callable[..., Any]:
    """The function under jaxtyping, by its own shapes or by those of the method that it overrides."""
    bases = owner.__mro__ if owner is not None else ()
    inherited = [vars(base)[function.__name__] for base in bases if function.__name__ in vars(base)]
    plain = [getattr(each, "fget", None) or getattr(each, "func", each) for each in (function, *inherited)]
    source = next((each for each in plain if inspect.isfunction(each) and shapes_of(each)), None)
    if source is None:
        return function
    parameters = dict(inspect.signature(source).parameters)
    numbers = {key: value for kind, names in own.items() if kind in bases for key, value in names.items()}

    annotations: dict[str, Any] = {}
    for argument, (shapes, several, optional) in shapes_of(source).items():
        arrays = [
            Shaped[Any, " ".join(token(size, parameters, numbers) for size in shape.split())]
            for shape in shapes
        ]
        kind: Any = tuple[tuple(arrays)] if several else arrays[0]
        annotations[argument] = kind | None if optional else kind
    # Its code with other annotations: those of other arguments may name what is imported for types alone.
    copy = types.FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__kwdefaults__, copy.__annotations__ = function.__kwdefaults__, annotations
    looked_at = jaxtyped(typechecker=beartype)(copy)
    # What overrides an annotated method counts as that: shapes are said once for all of them.
    name = f"{source.__module__}.{source.__qualname__}" if source in plain[1:] else name
    calls.setdefault(name, 0)

    @functools.wraps(function)
    def counted(*arguments: Any, **options: Any) -> Any:
        calls[name] += 1
        return looked_at(*arguments, **options)

    return counted


def modules(*packages: str) -> Iterator[types.ModuleType]:
    """All modules of these packages."""
    for package in map(importlib.import_module, packages):
        yield package
        for entry in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(entry.name)


def look_on(monkeypatch: pytest.MonkeyPatch, packages: tuple[str, ...], own: Own) -> Calls:
    """All of the packages under jaxtyping; how often each annotated function was called."""
    calls: Calls = Counter()
    everything = list(modules(*packages))
    for module in everything:
        for name, value in list(vars(module).items()):
            if getattr(value, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(value):
                wrapped = checked(value, None, f"{module.__name__}.{name}", calls, own)
                if wrapped is not value:
                    _put_in_place(monkeypatch, everything, value, wrapped)
            elif inspect.isclass(value) and name[0] != "_" and not getattr(value, "_is_protocol", False):
                for member in list(vars(value)):
                    _wrap_member(monkeypatch, value, member, calls, own)
    return calls


def _put_in_place(
    monkeypatch: pytest.MonkeyPatch,
    everything: list[types.ModuleType],
    function: Callable[..., Any],
    wrapped: Callable[..., Any],
) -> None:
    """Wherever modules, and the registries in them, know the function."""
    for module in everything:
        for name, known in list(vars(module).items()):
            if known is function:
                monkeypatch.setattr(module, name, wrapped)
            elif isinstance(known, dict) and not name.startswith("__"):
                for key in [key for key, value in known.items() if value is function]:
                    monkeypatch.setitem(known, key, wrapped)


def _wrap_member(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, calls: Calls, own: Own) -> None:
    member = vars(owner)[name]
    full = f"{owner.__module__}.{owner.__qualname__}.{name}"
    function = getattr(member, "fget", None) or getattr(member, "func", member)
    if not inspect.isfunction(function):
        return
    wrapped: Any = checked(function, owner, full, calls, own)
    if wrapped is function:
        return
    if isinstance(member, property):
        wrapped = property(wrapped)
    elif isinstance(member, functools.cached_property):
        wrapped = functools.cached_property(wrapped)
        wrapped.__set_name__(owner, name)
    monkeypatch.setattr(owner, name, wrapped)


def unused(calls: Calls) -> list[str]:
    """Annotated functions that were never called: an annotation that nothing checks might be wrong."""
    return sorted(name for name, count in calls.items() if count == 0)
