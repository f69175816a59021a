"""Rows of a finished sweep: every bound beside the measured error, with its verdict.

Made from the store in the order of the grid, so that they do not depend on workers, order or interruptions.
"""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import Any

from simulations.estimates import Estimate
from simulations.jobs.sweep.grid import Grid, load_grid
from simulations.jobs.sweep.points import SweepPoint
from simulations.jobs.sweep.store import Store, opened
from simulations.jobs.sweep.tasks import payload_refusal, restored
from simulations.runtime.errors import InputError
from simulations.verdicts.verdict import judge
from theory.bound import Bound, NotApplicable, Value

Record = dict[str, Any]
CONFIDENCE = 0.95


def records(grid: Grid, store: Store) -> list[Record]:
    """One record for each population, shots, ways, replicate and bound; what has failed or is not yet
    computed has None for its numbers and the cause in ``reason``."""
    axes = list(dict.fromkeys(axis for entry in grid.spec.populations for axis in entry.vary))
    tests = len(grid.points) * len(grid.spec.shots) * len(grid.spec.ways) * grid.spec.replicates
    rows: list[Record] = []
    for point, shots in grid.cells():
        keys = {bound.name: grid.bound_task(point, shots, bound).key for bound in grid.bounds}
        answers = {name: _stored(store, key, "bound", grid) for name, key in keys.items()}
        for replicate in range(grid.spec.replicates):
            error_key = grid.error_task(point, shots, replicate).key
            errors = _stored(store, error_key, "error", grid)
            for column, ways in enumerate(grid.spec.ways):
                estimate = None if errors is None else restored(errors["estimates"][column], CONFIDENCE)
                head = _head(point, axes, shots, ways, replicate) | _error(estimate)
                for bound in grid.bounds:
                    answer = answers[bound.name]
                    tail = _tail(
                        bound, None if answer is None else answer["answers"][column], estimate, tests
                    )
                    if tail is None:
                        why = store.reason(error_key) or store.reason(keys[bound.name])
                        tail = _nothing(bound, why or "not computed yet")
                    rows.append({**head, **tail})
    return rows


def _stored(store: Store, key: str, kind: str, grid: Grid) -> Record | None:
    """The payload of a finished task, checked as the result of a worker is."""
    payload = store.payload(key)
    if payload is not None and payload_refusal(kind, len(grid.spec.ways), payload) is None:
        return payload
    return None


def _head(point: SweepPoint, axes: list[str], shots: int | str, ways: int, replicate: int) -> Record:
    head: Record = {"population": point.name}
    head |= {axis: point.axes.get(axis) for axis in axes}
    return head | {"shots": math.inf if shots == "inf" else shots, "ways": ways, "replicate": replicate}


def _error(estimate: Estimate | None) -> Record:
    if estimate is None:
        return dict.fromkeys(("error", "error_low", "error_high", "method"))
    return {
        "error": estimate.value,
        "error_low": estimate.low,
        "error_high": estimate.high,
        "method": estimate.method,
    }


def _tail(bound: Bound, answer: Record | None, estimate: Estimate | None, tests: int) -> Record | None:
    if answer is None or estimate is None:
        return None
    if answer["value"] is None:
        value: Any = NotApplicable(answer["reason"])
    else:
        # float("inf") is infinite.
        classes = answer.get("per_class")
        value = Value(float(answer["value"]), None if classes is None else tuple(map(float, classes)))
    if bound.name in estimate.rests_on:
        shown = value.value if isinstance(value, Value) else None
        reason = "the error was computed by this very formula"
        return {"bound": bound.name, "value": shown, "verdict": None, "ratio": None, "reason": reason}
    verdict = judge(bound, value, estimate, tests=tests)
    why = verdict.reason
    if verdict.outcome == "violated":
        # A second engine for every such row would take as long as the sweep.
        alone = f"by one engine, {estimate.method}; `collapse evaluate` asks a second"
        why = alone if why is None else f"{why}; {alone}"
    return {
        "bound": bound.name,
        "value": verdict.value,
        "verdict": verdict.outcome,
        "ratio": verdict.ratio,
        "reason": why,
    }


def _nothing(bound: Bound, reason: str) -> Record:
    return {"bound": bound.name, "value": None, "verdict": None, "ratio": None, "reason": reason}


def read(grid: str | Path, store: str | Path) -> list[Record]:
    """Records of a sweep, ready for ``pandas.DataFrame`` or ``polars.DataFrame``, also while it runs.

    Raises InputError when there is no store, or the grid or the store cannot be read.
    """
    path = Path(store)
    if not path.exists():
        raise InputError("does not exist; run the sweep first", file=path)
    with opened(path, write=False) as results:
        return records(load_grid(Path(grid)), results)


def to_csv(rows: list[Record]) -> str:
    """Comma-separated text; numbers read back as the same doubles, None as nothing."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def to_parquet(rows: list[Record]) -> bytes:
    """Raises InputError when pyarrow is not installed."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise InputError(
            "pyarrow is not installed; python3 -m pip install 'neural-collapse-transfer[parquet]'",
            field="--parquet",
        ) from None
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content
