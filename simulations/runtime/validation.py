"""Errors of pydantic about a file, as one line in plain words: the only place where they are worded."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from simulations.runtime.errors import InputError, printable

LIMITS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
}
KINDS = {
    "float": "a number; write one like 0.5",
    "decimal": "a number; write one like 0.5",
    "int": "a whole number; write one like 3",
    "list": "a list; write one like [1, 2]",
    "string": 'a text; write one like "name"',
    "bool": "true or false; write one of the two",
}
"""Descriptions by the beginning of pydantic's name of an error."""


def first_problem(wrong: ValidationError, model: type[BaseModel]) -> InputError:
    """The first error of a document that should be a ``model``: field, problem, remedy."""
    problem = wrong.errors(include_url=False)[0]
    field = ""
    for part in problem["loc"]:
        field += f"[{part}]" if isinstance(part, int) else f".{part}" if field else str(part)
    return InputError(_message(problem, model), field=field or None)


def _message(  # noqa: C901 - one case for each kind of mistake
    problem: Mapping[str, Any], model: type[BaseModel]
) -> str:
    kind, given = problem["type"], problem.get("ctx", {})
    shown = printable(str(problem["input"]), 40)
    if kind in LIMITS:
        return f"is {shown}; use {LIMITS[kind].format(**given)}"
    if kind in ("too_short", "string_too_short"):
        length = len(problem["input"])
        return f"{f'holds {length}' if length else 'is empty'}; give at least {given['min_length']}"
    if kind in ("too_long", "string_too_long"):
        return f"is too long; give at most {given['max_length']}"
    if kind == "value_error":
        return str(given["error"])
    if kind == "extra_forbidden":
        return _unknown_key(problem["loc"], model)
    if kind == "missing":
        return "is missing; add it"
    if kind == "finite_number":
        return f"is {shown}; numbers must be finite"
    tables = kind.startswith("list") and next(_models(_annotation(problem["loc"], model)), None)
    if tables or kind.startswith(("model", "dict")):
        return f"'{shown}' is not a table; write it under [[{problem['loc'][0]}]]"
    for begin, words in KINDS.items():
        if kind.startswith(begin):
            return f"'{shown}' is not {words}"
    message = str(problem["msg"])
    return f"{message[:1].lower()}{message[1:]}; correct it"


def _unknown_key(place: tuple[int | str, ...], model: type[BaseModel]) -> str:
    """Names the key that was probably meant, among those known at that place."""
    known = list(_table_at(place[:-1], model).model_fields)
    near = difflib.get_close_matches(str(place[-1]), known, n=1, cutoff=0.7)
    if near:
        return f"is not a key known here; did you mean '{near[0]}'? Rename or remove it"
    return f"is not a key known here; remove it, or use one of {', '.join(known)}"


def _table_at(place: tuple[int | str, ...], model: type[BaseModel]) -> type[BaseModel]:
    for part in place:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        inner = next(_models(field.annotation), None) if field is not None else None
        model = inner or model
    return model


def _annotation(place: tuple[int | str, ...], model: type[BaseModel]) -> object:
    field = _table_at(place[:-1], model).model_fields.get(str(place[-1]))
    return None if field is None else field.annotation


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models(each)
