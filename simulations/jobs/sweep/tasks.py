"""What one task computes, from plain data to plain data: it runs in a worker of any executor."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

from simulations.engines import Budget, Question, estimate_ways
from simulations.estimates import Effort, Estimate, from_plain, to_plain
from simulations.populations import from_spec
from theory import catalogue
from theory.bound import Value
from theory.setting import Setting


def compute(kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """The result of a task, with the key it answers. ``kind`` is "error" or "bound"."""
    payload = _error(body) if kind == "error" else _bound(body)
    return {"key": key, "kind": kind, "payload": payload}


def _shots(body: dict[str, Any]) -> float:
    return math.inf if body["shots"] == "inf" else float(body["shots"])


def _error(body: dict[str, Any]) -> dict[str, Any]:
    spec = json.dumps(body["population"], sort_keys=True, default=str)
    name = hashlib.sha256(spec.encode()).hexdigest()[:16]
    estimates = estimate_ways(
        from_spec(body["population"]),
        Question(_shots(body), tuple(body["ways"])),
        budget=Budget(seconds=20.0, draws=body["draws"], device=body.get("device", "cpu")),
        seed=body["seed"],
        path=("sweep", name, body["shots"], body["replicate"]),
    )
    return {"estimates": [_plain(each) for each in estimates]}


def _plain(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": estimate.value,
        "method": estimate.method,
        "rests_on": list(estimate.rests_on),
        "rule": to_plain(estimate.rule),
    }


def restored(plain: dict[str, Any], confidence: float) -> Estimate:
    """The estimate of a stored result, with its interval at ``confidence``."""
    return Estimate.of(
        plain["value"],
        from_plain(plain["rule"]),
        plain["method"],
        Effort(0.0),
        confidence=confidence,
        rests_on=tuple(plain["rests_on"]),
    )


def _bound(body: dict[str, Any]) -> dict[str, Any]:
    population = from_spec(body["population"])
    geometry, granted = population.geometry(), population.granted()
    bound = catalogue.get(body["bound"])
    answers: list[dict[str, Any]] = []
    for ways in body["ways"]:
        answer = bound.evaluate(geometry, Setting(_shots(body), ways), granted)
        if not isinstance(answer, Value):
            answers.append({"value": None, "reason": answer.reason})
        elif math.isinf(answer.value):
            answers.append({"value": "inf", "reason": None})
        else:
            answers.append({"value": answer.value, "reason": None})
    return {"answers": answers}


def refusal(task_key: str, kind: str, ways: int, result: Any) -> str | None:
    """Why a worker's result is not to be believed: for another task, of the wrong shape, or not a number."""
    if not isinstance(result, dict) or result.get("key") != task_key or result.get("kind") != kind:
        return "the worker returned a result for another task"
    payload = result.get("payload")
    rows = payload.get("estimates" if kind == "error" else "answers") if isinstance(payload, dict) else None
    if not isinstance(rows, list) or len(rows) != ways:
        return "the worker returned a result of the wrong shape"
    for row in rows:
        value = row.get("value") if isinstance(row, dict) else math.nan
        if kind == "error" and not (isinstance(value, float | int) and 0 <= value <= 1):
            return f"the worker returned {value!r} for an error, which lies between 0 and 1"
        if kind == "bound" and isinstance(value, float) and not math.isfinite(value):
            return f"the worker returned {value!r} for a bound"
    try:
        json.dumps(payload, allow_nan=False)
    except (TypeError, ValueError):
        return "the worker returned something other than plain finite numbers"
    return None
