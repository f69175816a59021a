"""What can be drawn: a population, a measurement or the records of a sweep, all as rows of one form."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulations.features.measurement import Measurement
from simulations.figures.style import Row
from simulations.populations import Population, load
from simulations.runtime.errors import InputError
from simulations.verdicts.evaluate import Row as Setting
from simulations.verdicts.evaluate import evaluate_population, require_distinct_means
from theory import catalogue

Source = Population | Measurement | str | Path | Sequence[dict[str, Any]]
SHOTS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
TIGHTEST = 5


def rows_of(
    source: Source,
    bounds: Sequence[str] | None,
    shots: Sequence[float],
    ways: int | None,
    seed: int,
) -> list[Row]:
    """A row for each setting and bound: population, shots, ways, error, error_low, error_high, bound, kind,
    value, ratio, verdict, and the axes of a sweep.

    source : a population or its TOML file, a measurement (``simulations.measure``), or the records of
        ``simulations.sweep.read``.
    Raises InputError on a bound that the catalogue does not have.
    """
    for name in bounds or ():
        if name not in catalogue.names():
            raise InputError(f"'{name}' is no statement; collapse bounds lists them", field="bounds")
    if isinstance(source, str | Path):
        source = load(Path(source))
    if isinstance(source, Measurement):
        rows = [row for setting in source.rows for row in _rows(setting, "features")]
    elif isinstance(source, Population):
        require_distinct_means(source)
        chosen = None if bounds is None else [catalogue.get(name) for name in bounds]
        settings = evaluate_population(
            source, list(shots), [ways or source.classes], bounds=chosen, seed=seed
        )
        rows = [row for setting in settings for row in _rows(setting, source.family)]
    else:
        rows = [{**record, "kind": _kind(record["bound"])} for record in source]
    wanted = [row for row in rows if ways is None or row["ways"] == ways]
    if bounds is not None:
        return [row for row in wanted if row["bound"] in bounds]
    names = _tightest(wanted)
    return [row for row in wanted if row["bound"] in names]


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
    """The upper bounds that are tightest on average, the bound of the 2022 paper, and every prediction."""
    logs: dict[str, list[float]] = {}
    for row in rows:
        if row["value"] is not None and row["value"] > 0 and row["kind"] == "upper":
            logs.setdefault(row["bound"], []).append(math.log(row["value"]))
    most = max((len(values) for values in logs.values()), default=0)
    whole = [name for name, values in logs.items() if len(values) == most]
    ranked = sorted(whole, key=lambda name: sum(logs[name]))[:TIGHTEST]
    predictions = {row["bound"] for row in rows if row["kind"] == "approximation"}
    return {*ranked, *({"cdnv_2022"} & set(whole)), *predictions}
