"""What a bound answers, and how sure we are of its statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Literal, TypeAlias


@dataclass(frozen=True)
class Provenance:
    """How sure we are: ``published``, ``published form``, ``derived`` or ``cited``, and where from."""

    status: Literal["published", "published form", "derived", "cited"]
    source: str


def derived(source: str) -> Provenance:
    """A statement derived here (or by you); ``source`` says how, in one phrase."""
    return Provenance("derived", source)


def published(source: str) -> Provenance:
    """A statement as printed in ``source``, which has been read."""
    return Provenance("published", source)


def published_form(source: str) -> Provenance:
    """A statement of the shape printed in ``source``, whose constants are not known from there."""
    return Provenance("published form", source)


def cited(source: str) -> Provenance:
    """A textbook fact; ``source`` names where it stands."""
    return Provenance("cited", source)


@dataclass(frozen=True)
class Value:
    """A bound's value. ``parameters`` holds the chosen free parameters, ``per_class`` class values."""

    value: float
    per_class: tuple[float, ...] | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)

    @property
    def vacuous(self) -> bool:
        """Whether the value is at least 1 or not a number, so that every error obeys it."""
        return not self.value < 1

    def _repr_html_(self) -> str:
        chosen = "".join(f", {name} = {value:.4g}" for name, value in self.parameters.items())
        return f"<b>{self.value:.6g}</b>{chosen}{' (vacuous)' if self.vacuous else ''}"


@dataclass(frozen=True)
class NotApplicable:
    """Outside its hypotheses a bound answers with the reason, never with a number."""

    reason: str

    def _repr_html_(self) -> str:
        return f"not applicable: {escape(self.reason)}"


BoundValue: TypeAlias = Value | NotApplicable
