"""What guessing achieves: a bound on the error that lies above it says nothing of use."""

from __future__ import annotations

GUESSING = "guessing does better"


def chance(ways: int) -> float:
    """The error of a guess among ``ways`` classes."""
    return (ways - 1) / ways


def above_chance(value: float | None, ways: int) -> bool | None:
    """Whether an upper bound on the error is above chance; None for no value."""
    return None if value is None else value > chance(ways)


def from_above(name: str) -> bool:
    """Whether the catalogue's ``name`` bounds the error from above; so does every bound that it lacks."""
    from theory import catalogue

    return name not in catalogue.names() or catalogue.get(name).kind in ("upper", "equality")


def remark(value: float | None, ways: int) -> str:
    """A bound's standing in words; empty for one that says something."""
    if value is None or not above_chance(value, ways):
        return ""
    if value >= 1:
        return "vacuous: no error is above 1"
    return f"above chance ({chance(ways):.3g}): {GUESSING}"
