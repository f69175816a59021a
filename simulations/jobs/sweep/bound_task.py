"""What a bound task computes, from plain data to plain data. The key of its result hashes all that this
module imports but the catalogue, where the bound is looked up: the bound itself is part of the key."""

from __future__ import annotations

import math
from typing import Any

from simulations.populations import from_spec
from theory import catalogue
from theory.bound import Value
from theory.setting import Setting


def bound(body: dict[str, Any]) -> dict[str, Any]:
    """The answer of one bound for every number of ways: a value, "inf", or the reason why there is none."""
    population = from_spec(body["population"])
    geometry, granted = population.geometry(), population.granted()
    statement = catalogue.get(body["bound"])
    shots = math.inf if body["shots"] == "inf" else float(body["shots"])
    answers: list[dict[str, Any]] = []
    for ways in body["ways"]:
        answer = statement.evaluate(geometry, Setting(shots, ways), granted)
        if not isinstance(answer, Value):
            answers.append({"value": None, "reason": answer.reason})
        else:
            classes = None if answer.per_class is None else [_plain(value) for value in answer.per_class]
            answers.append({"value": _plain(answer.value), "reason": None, "per_class": classes})
    return {"answers": answers}


def _plain(value: float) -> float | str:
    return "inf" if math.isinf(value) else value
