"""What a user's statement holds where something else is wanted, in one line: a text for a number, a None."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from functools import lru_cache
from numbers import Real
from typing import Any, get_type_hints

from pydantic import ConfigDict, InstanceOf, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from simulations.runtime.errors import printable
from theory import catalogue
from theory.assumptions import REGISTRY, Assumption, Granted
from theory.bound import Bound
from theory.bound.answer import Provenance
from theory.bound.laws import ExistenceStatement

NAME = r"[\w-]{1,80}"
"""A name is one of a file, and a word on the command line."""
ELSEWHERE = {"statement", "assumptions", "nonnegative", "where", "condition"}
"""What ``statement_mistakes`` looks at, which knows what the author meant."""


def wrong_field(bound: Bound) -> str | None:
    """The first field of the statement, or of one of its assumptions, that is not of its declared type."""
    lines = [*_wrong(bound)]
    if not lines and not re.fullmatch(NAME, bound.name):
        lines = [f"`name` is {_shown(bound.name)}; write at most 80 letters, digits, - and _"]
    if not lines:
        lines = [f"`provenance`: {line}" for line in _wrong(bound.provenance)]
    if not lines:
        lines = [f"{type(each).__name__}: {line}" for each in _assumptions(bound) for line in _wrong(each)]
    if not lines:
        lines = [line for each in _assumptions(bound) for line in _wrong_methods(each)]
    if not lines and isinstance(bound, ExistenceStatement):
        try:
            catalogue.get(bound.of)
        except KeyError as unknown:
            lines = [f"`of`: {unknown.args[0]}"]
    return lines[0] if lines else None


def wrong_assumption(kind: type[Assumption]) -> str | None:
    """What is wrong with a class of assumptions, in one line."""
    holds = inspect.getattr_static(kind, "holds", None)
    if not isinstance(kind.sentence, str) or not kind.sentence:
        return f"`sentence` is {_shown(kind.sentence)}; say in one sentence what is assumed"
    if holds is not None and not isinstance(holds, staticmethod):
        return "`holds` is no static method; write @staticmethod above it"
    if not isinstance(kind.implies, tuple):
        return f'`implies` is {_shown(kind.implies)}; write a tuple of names, as ("Gaussian",)'
    for name in kind.implies:
        if name not in REGISTRY:
            return f"`implies` names {_shown(name)}, which is no assumption"
        try:
            REGISTRY[name]()
        except TypeError:
            return f"`implies` names {_shown(name)}, which needs values: it can't be implied"
    return None


def _assumptions(bound: Bound) -> Iterator[Assumption]:
    if isinstance(bound.assumptions, tuple):
        yield from (each for each in bound.assumptions if isinstance(each, Assumption))


def _wrong_methods(assumption: Assumption) -> Iterator[str]:
    """What is wrong with what an assumption answers before there is any population."""
    try:
        Granted((assumption,))
        values: object = assumption.symbol_values()
    except Exception as wrong:  # a user's own lines
        yield f"{type(assumption).__name__}: {type(wrong).__name__}: {printable(str(wrong), 200)}; correct it"
        return
    if not isinstance(values, dict) or not all(isinstance(each, Real) for each in values.values()):
        yield (
            f"{type(assumption).__name__}: `symbol_values` returns {_shown(values)}; return a "
            "dictionary from names of symbols to numbers"
        )


def _wrong(thing: Bound | Assumption | Provenance) -> Iterator[str]:
    kind: type = type(thing)
    types = _types(kind)
    for field in dataclasses.fields(kind):
        value = getattr(thing, field.name)
        adapter = types.get(field.name)
        if adapter is None or (isinstance(thing, Bound) and field.name in ELSEWHERE):
            continue
        try:
            read = adapter.validate_python(value)
        except ValidationError as error:
            problem = error.errors()[0]
            yield f"`{field.name}` is {_shown(value)}: {problem['msg'][0].lower()}{problem['msg'][1:]}"
            continue
        if isinstance(value, str) and not isinstance(read, str):
            yield f"`{field.name}` is the text {_shown(value)}; write it without quotes"
        if isinstance(value, bytes):
            yield f"`{field.name}` is {_shown(value)}; write a text"


def _shown(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 40 else f"{text[:37]}..."


@lru_cache(maxsize=256)
def _types(kind: type) -> dict[str, TypeAdapter[Any]]:
    """By field, for all whose declared type can be looked up and read."""
    try:
        hints = get_type_hints(kind)
    except NameError:  # names that a file imports for type checkers alone
        return {}
    adapters = {}
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        # A dataclass has settings of its own.
        config = None if dataclasses.is_dataclass(hint) else ConfigDict(arbitrary_types_allowed=True)
        try:
            adapters[field.name] = TypeAdapter(hint, config=config)
        except (PydanticUserError, TypeError):
            if isinstance(hint, type):
                adapters[field.name] = TypeAdapter(InstanceOf[hint])  # type: ignore[misc, valid-type]  # looked up
    return adapters
