"""Parsing of option values and the JSON envelope, shared by the verbs."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

from simulations.runtime.errors import InputError, printable
from simulations.runtime.version import version

MOST_SHOTS = 10**9


def shots_list(text: str, *, infinite: bool = True) -> list[float]:
    """``"1,5,inf"`` as numbers. Raises InputError naming the option."""
    shots: list[float] = []
    for part in text.split(","):
        if part.strip() == "inf" and infinite:
            shots.append(math.inf)
            continue
        if part.strip() == "inf":
            raise InputError(
                "inf needs a population: samples are finitely many; write whole numbers like 1,5, each below "
                "the number of samples of a class",
                field="--shots",
            )
        shots.append(_whole(part, "--shots", least=1))
    return shots


def ways_list(text: str | None, classes: int) -> list[int]:
    """Comma list of ways; all classes by default. Raises InputError when more than there are classes."""
    if text is None:
        return [classes]
    ways = [_whole(part, "--ways", least=2) for part in text.split(",")]
    for k in ways:
        if k > classes:
            raise InputError(
                f"{k} ways, but there are {classes} classes; use at most {classes}", field="--ways"
            )
    return ways


def _whole(part: str, option: str, least: int) -> int:
    text = part.strip()
    shown = printable(text, 40)
    try:
        number = int(text, 10) if len(text) < 12 else MOST_SHOTS + 1
    except ValueError:
        raise InputError(
            f"'{shown}' is not a whole number; write a comma list like {least},5", field=option
        ) from None
    if number < least:
        raise InputError(f"{shown} is too few; use at least {least}", field=option)
    if number > MOST_SHOTS:
        raise InputError(f"{shown} is too many; use at most {MOST_SHOTS}", field=option)
    return number


def check_confidence(confidence: float) -> float:
    """``confidence`` if it lies strictly between 0 and 1 in double precision. Raises InputError."""
    # 1 - 1e-17 is 1 in double precision, and no failure probability.
    if not 0 < 1 - confidence < 1:
        raise InputError(
            f"{confidence:.12g} is not between 0 and 1 in double precision; use 0.95", field="--confidence"
        )
    return confidence


def print_json(document: dict[str, Any]) -> None:
    """One JSON document on stdout, with schema and version; numbers beyond double range are null."""
    print(json.dumps(_plain({"schema": 1, "version": version(), **document}), indent=1, allow_nan=False))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def progress(line: str) -> None:
    """What is being done, on stderr and only to a terminal."""
    if sys.stderr.isatty():
        print(f"{printable(line, 300)}", file=sys.stderr, flush=True)
