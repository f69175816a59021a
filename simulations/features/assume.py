"""How a user grants an assumption about a data set: NAME or NAME=VALUE on the command line."""

from __future__ import annotations

import dataclasses
import difflib
import math

from simulations.runtime.errors import InputError, printable
from theory.assumptions import REGISTRY, Assumption

NOT_VOUCHED = ("DistinctMeans", "MinimumShots", "TwoClasses", "FollowsLaw", "GivenCentres", "SubGaussianAxes")
"""Assumptions that cannot be granted by name: read off the data or the setting, or useless without more than
one number."""


def vouchable() -> tuple[str, ...]:
    """Assumptions on the classes that must be granted: not those read off the data, and not those that
    statements on new samples and new classes look up in their own evidence."""
    return tuple(
        sorted(
            name
            for name, kind in REGISTRY.items()
            if kind.refusal is Assumption.refusal and name not in NOT_VOUCHED
        )
    )


def parse(text: str) -> Assumption:
    """``SubGaussian=0.3`` or ``SphericallySymmetric`` as an assumption object.

    Raises InputError on an unknown name, a value that is not a number, or a value that is missing.
    """
    name, _, value = text.partition("=")
    if name not in vouchable():
        near = difflib.get_close_matches(name, vouchable(), n=1)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(vouchable())}"
        raise InputError(
            f"'{printable(name, 60)}' is not an assumption that can be granted; {hint}", field="--assume"
        )
    kind = REGISTRY[name]
    fields = dataclasses.fields(kind)
    if not fields:
        if value:
            raise InputError(f"{name} takes no value; write --assume {name}", field="--assume")
        return kind()
    if not value:
        raise InputError(
            f"{name} needs a value: {kind.sentence}; write --assume {name}=NUMBER", field="--assume"
        )
    try:
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"{number} is not finite")
        return kind(number)  # type: ignore[call-arg]  # one with a value takes it
    except ValueError as wrong:
        raise InputError(
            f"{printable(f'{name}={value}', 80)}: {wrong}; write --assume {name}=NUMBER", field="--assume"
        ) from None
