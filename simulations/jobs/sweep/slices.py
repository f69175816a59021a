"""The part of a sweep that fits one picture: every axis that is not drawn stays at one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulations.jobs.sweep.export import Record
from simulations.runtime.errors import InputError, printable

NO_AXES = ("error", "error_low", "error_high", "method", "bound", "value", "verdict", "ratio", "reason")


@dataclass(frozen=True)
class Slice:
    """``fixed`` holds the value of every axis that is not drawn; ``count`` slices make up the whole grid, and
    ``another`` is the --at that draws a different one (None where there is none)."""

    rows: tuple[Record, ...]
    fixed: Mapping[str, Any]
    count: int
    another: str | None

    @property
    def words(self) -> str:
        """``dimension 16, ways 2: 1 of 4 slices``; empty where the picture is the whole grid."""
        where = ", ".join(f"{name} {text(value)}" for name, value in self.fixed.items())
        return f"{where}: 1 of {self.count} slices" if self.count > 1 else where


def text(value: object) -> str:
    """A value of an axis as it is written in messages and pictures."""
    return f"{value:g}" if isinstance(value, float) else printable(str(value), 20)


def is_value(value: object, wanted: str) -> bool:
    """Whether ``wanted``, as a user writes it, is that value of an axis: numbers are compared as numbers."""
    if wanted in (str(value), text(value)):
        return True
    if isinstance(value, bool):
        return wanted.lower() == str(value).lower()
    try:
        return isinstance(value, int | float) and float(wanted) == value
    except ValueError:
        return False


def require_value(name: str, values: Sequence[Any], wanted: str, field: str) -> None:
    """Raises InputError, with the values that there are, where ``wanted`` is none of them."""
    if not any(is_value(value, wanted) for value in values):
        ordered = sorted(values) if all(isinstance(value, int | float) for value in values) else values
        distinct = ", ".join(dict.fromkeys(text(value) for value in ordered))
        raise InputError(
            f"{name} is never {printable(wanted, 40)} there; {name} has the values {distinct}", field=field
        )


def axes_of(rows: Sequence[Record]) -> list[str]:
    """Columns that take more than one value and can be an axis."""
    names = [name for name in rows[0] if name not in (*NO_AXES, "population", "replicate")]
    return [name for name in names if len({row[name] for row in rows if row[name] is not None}) > 1]


def parse_axis_values(at: str | None) -> dict[str, str]:
    """``dimension=64,ways=5`` as a mapping. Raises InputError."""
    chosen: dict[str, str] = {}
    for part in [] if at is None else at.split(","):
        name, equals, value = (each.strip() for each in part.partition("="))
        if not (name and equals and value) or name in chosen:
            raise InputError(
                f"'{printable(part, 40)}' is not a choice; write it like dimension=64,ways=5", field="--at"
            )
        chosen[name] = value
    return chosen


def slice_of(rows: Sequence[Record], axes: Sequence[str], at: Mapping[str, Any]) -> Slice:
    """Rows at the values ``at`` of axes that are not drawn; the first ones of the grid where it says nothing.

    Raises InputError on an axis that does not vary, and on a value that the grid does not have.
    """
    possible = axes_of(rows)
    for axis in axes:
        if axis not in possible:
            raise InputError(
                f"'{printable(axis, 40)}' does not vary in this grid; use {', '.join(possible) or 'no axes'}",
                field="--axes",
            )
    complete = [row for row in rows if all(row[axis] is not None for axis in axes)]
    others = [name for name in ("population", *possible) if name not in axes]
    every = list(dict.fromkeys(tuple(row[name] for name in others) for row in complete))
    kept = complete
    for name, value in at.items():
        if name not in others:
            raise InputError(
                f"'{printable(name, 40)}' is drawn or does not vary; use {', '.join(others)}", field="--at"
            )
        require_value(name, [row[name] for row in kept], str(value), "--at")
        kept = [row for row in kept if is_value(row[name], str(value))]
    first = kept[0]
    kept = [row for row in kept if all(row[name] == first[name] for name in (*others, "replicate"))]
    fixed = {name: first[name] for name in others}
    return Slice(tuple(kept), fixed, len(every), _another(others, every, fixed))


def _another(others: Sequence[str], every: Sequence[tuple[Any, ...]], fixed: Mapping[str, Any]) -> str | None:
    here = tuple(fixed.values())
    there = next((each for each in every if each != here), None)
    if there is None:
        return None
    changed = zip(others, there, here, strict=True)
    return ",".join(f"{name}={text(new)}" for name, new, old in changed if new != old)
