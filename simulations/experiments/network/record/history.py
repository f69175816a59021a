"""The CDNV of an epoch as every table shows it: on the terminal and on the page, by one title each.

Two sets of samples are measured while a network trains: all source samples, and the recorded ones whose
features are kept. Tables show the first where there is one; the pictures, drawn from what was kept, say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TITLES = {
    "source": "CDNV, source",
    "fresh": "CDNV, new samples",
    "validation": "CDNV, held out",
    "new": "CDNV, new classes",
}
MEASURED_ON = (
    "CDNV is the mean over pairs of classes, with its 95 % interval over classes: source and new samples on "
    "all source classes and samples, held out and new classes on the samples kept in the record"
)


def cdnv_columns(row: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The spread (mean, median, low, high) by group, for one epoch of a recorded history."""
    columns = {**row["cdnv"], **row["cdnv_all_classes"]}
    return {name: columns[name] for name in TITLES if name in columns}


def interval(spread: Mapping[str, Any]) -> str:
    """``0.21 to 21.7``; a dash where there were too few classes for one."""
    if spread["low"] is None or spread["high"] is None:
        return "–"
    return f"{spread['low']:.3g} to {spread['high']:.3g}"


def narrow_interval(spread: Mapping[str, Any]) -> str:
    """``.21–22``, where a terminal has no room for more."""
    return "–".join(
        f"{float(end):.2g}".removeprefix("0") for end in interval(spread).split(" to ") if end != "–"
    )
