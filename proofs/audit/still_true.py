"""Stronger statements that are true all the same, looser hypotheses that suffice, and why."""

from __future__ import annotations

_HALVED = "the proof takes positive parts, which halves this term: half of the published one is enough"

STILL_TRUE: dict[tuple[str, str], str] = {
    ("directional_2025", "statement: Avg(sqrt(v_i)/d) to 9*Avg(sqrt(v_i)/d)/10"): _HALVED,
    ("directional_2025_sum", "statement: Avg(sqrt(v_i + v_j)/d) to 9*Avg(sqrt(v_i + v_j)/d)/10"): _HALVED,
    ("ordering_moments", "relation: exponent of 1/(B + 1) to 0"): "B <= B",
    ("ordering_moments", "relation: B to 9*B/10"): "B/(1 + cB) <= B for every c >= 0",
}
"""For one statement: (name, change) and the reason."""

WHEREVER: dict[str, str] = {
    "hypothesis ways: 2 to 1 in k >= 2": "with a single class both sides are zero",
    **{
        f"hypothesis delta: {change}": "with a failure probability of one or more nothing is claimed"
        for which in ("failure", "failure_s")
        for change in (f"{which} < 1 no longer strict", f"1 to 11/10 in {which} < 1")
    },
}
"""For any statement with that hypothesis."""


def reason(name: str, change: str) -> str | None:
    """Why the changed statement is true all the same, or None where no reason is recorded."""
    return STILL_TRUE.get((name, change), WHEREVER.get(change))
