"""What an error task computes, from plain data to plain data. The key of its result hashes all that this
module imports: import nothing here that the numbers do not depend on."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

from simulations.engines import Budget, Question, estimate_ways
from simulations.estimates import Estimate, rules
from simulations.populations import from_spec


def error(body: dict[str, Any]) -> dict[str, Any]:
    """Estimates for every number of ways, with the data that their intervals are made from."""
    spec = json.dumps(body["population"], sort_keys=True, default=str)
    name = hashlib.sha256(spec.encode()).hexdigest()[:16]
    estimates = estimate_ways(
        from_spec(body["population"]),
        Question(shots_number(body["shots"]), tuple(body["ways"])),
        budget=Budget(seconds=20.0, draws=body["draws"], device=body.get("device", "cpu")),
        seed=body["seed"],
        path=("sweep", name, body["shots"], body["replicate"]),
    )
    return {"estimates": [_plain(estimate) for estimate in estimates]}


def shots_number(shots: int | str) -> float:
    """``"inf"`` is a number of shots too."""
    return math.inf if shots == "inf" else float(shots)


def _plain(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": estimate.value,
        "method": estimate.method,
        "rests_on": list(estimate.rests_on),
        "rule": rules.to_plain(estimate.rule),
        "per_class": list(estimate.per_class) if estimate.exact else None,
    }
