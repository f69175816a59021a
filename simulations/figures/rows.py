"""What can be drawn: a population, a measurement or the records of a sweep, all as rows of one form."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulations.engines import Budget
from simulations.engines.base import Context
from simulations.features.measurement import Measurement
from simulations.figures.style import Row
from simulations.jobs.sweep.slices import is_value, require_value
from simulations.populations import Population, load
from simulations.report.figures.sweep import UNDERFLOW
from simulations.runtime.errors import InputError
from simulations.verdicts.evaluate import Row as Setting
from simulations.verdicts.evaluate import evaluate_population, require_distinct_means
from theory import catalogue

Source = Population | Measurement | str | Path | Sequence[dict[str, Any]]
SHOTS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
TIGHTEST = 5
DRAWS = 1e6
"""Random numbers for an error, far fewer than for a verdict: the fourth digit cannot be seen in a figure."""
EXACT_SECONDS = 2.0
"""Seconds that an exact error may take."""
NUMBERS = (
    "error",
    "error_low",
    "error_high",
    "method",
    "bound",
    "value",
    "verdict",
    "ratio",
    "reason",
    "kind",
)
"""Columns that are no axes."""


@dataclass(frozen=True)
class ErrorsWanted:
    """A population to draw: its errors at ``shots``, for ``ways`` classes (None: all).

    draws : random numbers for the error at one number of shots.
    """

    shots: Sequence[float]
    ways: int | None
    seed: int
    draws: float = DRAWS


def rows_of(
    source: Source,
    bounds: Sequence[str] | None,
    wanted_errors: ErrorsWanted,
    *,
    at: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] | None = None,
) -> tuple[list[Row], tuple[str, ...]]:
    """A row for each setting and bound: population, shots, ways, error, error_low, error_high, bound, kind,
    value, ratio, verdict, and the axes of a sweep. Beside them the bounds that have values there and were
    left out, where ``bounds`` is None.

    source : a population or its TOML file, a measurement (``simulations.measure``), or the records of
        ``simulations.sweep.read``.
    at     : values of some axes; numbers are compared as numbers.
    progress : is called with what takes time, in words.
    Raises InputError on a bound that the catalogue does not have, and on a value that an axis does not have.
    """
    for name in bounds or ():
        if name not in catalogue.names():
            raise InputError(f"'{name}' is not a statement; `collapse bounds` lists them all", field="bounds")
    if isinstance(source, str | Path):
        source = load(Path(source))
    if isinstance(source, Measurement):
        rows = [row for setting in source.rows for row in _rows(setting, "features")]
    elif isinstance(source, Population):
        require_distinct_means(source)
        ways = wanted_errors.ways or source.classes
        if ways > source.classes:
            raise InputError(
                f"{ways} ways, but there are {source.classes} classes; use at most {source.classes}",
                field="ways",
            )
        chosen = None if bounds is None else [catalogue.get(name) for name in bounds]
        if progress is not None:
            progress(f"estimating the error at {len(wanted_errors.shots)} numbers of shots")
        settings = evaluate_population(
            source,
            list(wanted_errors.shots),
            [ways],
            bounds=chosen,
            context=Context(Budget(seconds=EXACT_SECONDS, draws=wanted_errors.draws), wanted_errors.seed),
        )
        rows = [row for setting in settings for row in _rows(setting, source.family)]
    else:
        rows = [{**record, "kind": _kind(record["bound"])} for record in source]
    wanted = rows if wanted_errors.ways is None else _at(rows, "ways", str(wanted_errors.ways), "ways")
    for name, value in (at or {}).items():
        wanted = _at(wanted, name, str(value), "at")
    names = _tightest(wanted) if bounds is None else set(bounds)
    kept = [row for row in wanted if row["bound"] in names]
    known = dict.fromkeys(row["bound"] for row in wanted if row["value"] is not None)
    return kept, () if bounds is not None else tuple(name for name in known if name not in names)


def _at(rows: Sequence[Row], name: str, wanted: str, field: str) -> list[Row]:
    """The rows at one value of an axis. Raises InputError where there is none."""
    if not rows:
        return []
    if name not in axes(rows):
        raise InputError(f"'{name}' is not an axis here; use one of {', '.join(axes(rows))}", field=field)
    require_value(name, [row[name] for row in rows if row[name] is not None], wanted, field)
    return [row for row in rows if is_value(row[name], wanted)]


def axes(rows: Sequence[Row]) -> list[str]:
    """The columns that say where a row is."""
    return [name for name in rows[0] if name not in NUMBERS]


def _rows(setting: Setting, name: str) -> list[Row]:
    estimate = setting.estimate
    return [
        {
            "population": name,
            "shots": setting.setting.shots,
            "ways": setting.setting.ways,
            "error": estimate.value,
            "error_low": estimate.low,
            "error_high": estimate.high,
            "bound": verdict.bound,
            "kind": _kind(verdict.bound),
            "value": verdict.value,
            "ratio": verdict.ratio,
            "verdict": verdict.outcome,
        }
        for verdict in setting.verdicts
    ]


def _kind(name: str) -> str:
    return str(catalogue.get(name).kind) if name in catalogue.names() else "upper"


def _tightest(rows: Sequence[Row]) -> set[str]:
    """Upper bounds that are smallest of all, and below 1, at some place; those that are tightest on average;
    the bound of the 2022 paper; and every prediction."""
    logs: dict[str, list[float]] = {}
    best: dict[tuple[str, ...], tuple[float, str]] = {}
    for row in rows:
        value = row["value"]
        if value is None or row["kind"] != "upper":
            continue
        logs.setdefault(row["bound"], []).append(math.log(max(value, UNDERFLOW)))
        place = tuple(str(row[name]) for name in axes(rows))
        if value < best.get(place, (1.0, ""))[0]:
            best[place] = (value, row["bound"])
    most = max((len(values) for values in logs.values()), default=0)
    whole = [name for name, values in logs.items() if len(values) == most]
    ranked = sorted(whole, key=lambda name: sum(logs[name]))[:TIGHTEST]
    predictions = {row["bound"] for row in rows if row["kind"] == "approximation"}
    somewhere = {name for _, name in best.values()}
    return {*somewhere, *ranked, *({"cdnv_2022"} & set(logs)), *predictions}
