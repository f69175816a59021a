"""Interval rules by name. A rule enters by being defined: as a subclass of ``IntervalRule``, a dataclass of
plain fields. Stored estimates name their rule, so that an interval at any confidence can be made later."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Any

from simulations.runtime.errors import InputError, printable

RULES: dict[str, type[IntervalRule]] = {}
"""By class name, filled by definition."""


class IntervalRule(ABC):
    """How an interval at any confidence is made from what was recorded.

    Subclasses are dataclasses whose fields are numbers, strings, lists of them, or other rules. Defining one
    raises TypeError where a rule of another module has the same name.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        other = RULES.get(cls.__name__)
        if other is not None and other.__module__ != cls.__module__:
            raise TypeError(
                f"two interval rules are called {cls.__name__} ({other.__module__}, {cls.__module__}); "
                "rename one"
            )
        RULES[cls.__name__] = cls

    @abstractmethod
    def interval(self, confidence: float) -> tuple[float, float]:
        """(low, high) that holds at ``confidence`` in (0, 1)."""


def to_plain(rule: IntervalRule) -> dict[str, Any]:
    """Name and fields, as plain data. Raises TypeError for a rule that is no dataclass or not registered."""
    name = type(rule).__name__
    if not dataclasses.is_dataclass(rule) or isinstance(rule, type):
        raise TypeError(f"the interval rule {name} is not a dataclass, so that it cannot be stored")
    if RULES.get(name) is not type(rule):
        raise TypeError(f"the interval rule {name} does not derive from simulations.estimates.IntervalRule")
    fields = {field.name: getattr(rule, field.name) for field in dataclasses.fields(rule)}
    return {
        "name": name,
        "fields": {
            field: to_plain(value) if isinstance(value, IntervalRule) else value
            for field, value in fields.items()
        },
    }


def from_plain(plain: dict[str, Any]) -> IntervalRule:
    """The rule of ``to_plain``. Raises InputError when none of that name is defined in this process, or when
    the fields are not its own."""
    name, fields = str(plain["name"]), plain["fields"]
    if name not in RULES:
        raise InputError(
            f"the interval rule '{printable(name, 60)}' is not known here; load the file or install the "
            "package that defines it"
        )
    try:
        made = {
            field: from_plain(value) if isinstance(value, dict) else value for field, value in fields.items()
        }
        return RULES[name](**made)
    except TypeError:
        raise InputError(
            f"the interval rule '{printable(name, 60)}' has other fields than those stored; compute it anew"
        ) from None
