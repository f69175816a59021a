"""A task's result: computed in a worker of any executor, checked before it is stored, read back."""

from __future__ import annotations

import json
import math
from typing import Any

from simulations.engines.choose import join_plugins
from simulations.estimates import Effort, Estimate, rules
from simulations.jobs.sweep.bound_task import bound
from simulations.jobs.sweep.error_task import error


def compute(kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """The result of a task of ``kind`` "error" or "bound", with the key it answers."""
    payload = error(body) if kind == "error" else bound(body)
    return {"key": key, "kind": kind, "payload": payload}


def restored(plain: dict[str, Any], confidence: float) -> Estimate:
    """The estimate of a stored result, with its interval at ``confidence``.

    Raises InputError when its interval rule is not known in this process.
    """
    join_plugins()  # an engine of an installed package brings its own rule
    return Estimate.of(
        plain["value"],
        rules.from_plain(plain["rule"]),
        plain["method"],
        Effort(0.0),
        confidence=confidence,
        rests_on=tuple(plain["rests_on"]),
        per_class=tuple(plain.get("per_class") or ()),
    )


def refusal(task_key: str, kind: str, ways: int, result: object) -> str | None:
    """Why a worker's result is rejected: for another task, of the wrong shape, or not a number."""
    if not isinstance(result, dict) or result.get("key") != task_key or result.get("kind") != kind:
        return "the worker returned a result for another task"
    return payload_refusal(kind, ways, result.get("payload"))


def payload_refusal(kind: str, ways: int, payload: object) -> str | None:
    """The same for the payload alone, of a worker or of a stored row."""
    rows = payload.get("estimates" if kind == "error" else "answers") if isinstance(payload, dict) else None
    if not isinstance(rows, list) or len(rows) != ways:
        return "the worker returned a result of the wrong shape"
    for row in rows:
        value = row.get("value") if isinstance(row, dict) else math.nan
        if kind == "error" and not (isinstance(value, float | int) and 0 <= value <= 1):
            return f"the worker returned {value!r} for an error, which lies between 0 and 1"
        if kind == "bound" and isinstance(value, float) and not math.isfinite(value):
            return f"the worker returned {value!r} for a bound"
        if not all(_is_of_class(kind, each) for each in row.get("per_class") or ()):
            return f"the worker returned something other than numbers for the {kind} of each class"
    try:
        json.dumps(payload, allow_nan=False)
    except (TypeError, ValueError):
        return "the worker returned something other than plain finite numbers"
    return None


def _is_of_class(kind: str, value: object) -> bool:
    """Whether it may be the error of a class, or the value of a bound there."""
    if kind == "bound" and value == "inf":
        return True
    return isinstance(value, float | int) and (kind == "bound" or 0 <= value <= 1)
