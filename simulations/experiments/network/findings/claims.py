"""Which of the paper's claims held in which settings, read off the recorded runs by stated rules.

A change between the middle and the end of training is judged by its interval over classes: both times are
of the same classes, so classes are drawn again together. What is compared is the mean over classes of the
median CDNV of a class with the others (of a class's error): a few pairs would dominate the mean over pairs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.runtime.randomness import stream

RESAMPLES = 2000
CLAIMS = {
    "source": "CDNV on source samples falls from the middle of training to its end",
    "fresh": "so does CDNV on new samples of the source classes",
    "new": "so does CDNV on new classes",
    "error_5": "so does the 5-shot error on new classes",
    "order": "at the end, CDNV on source samples < new samples < new classes",
    "bounds": "no bound of the catalogue lies below the measured error on new classes",
    "zero": "the training error reached 0",
}


@dataclass(frozen=True)
class ClaimFinding:
    """One claim in one setting. ``outcome`` is ``holds``, ``fails`` or ``undecided``; ``reason`` says why."""

    claim: str
    setting: str
    outcome: str
    reason: str

    def to_json(self) -> dict[str, str]:
        """Under the names of the document's schema, in which the reason is what is ``told``."""
        return {"claim": self.claim, "setting": self.setting, "outcome": self.outcome, "told": self.reason}


def change(before: Sequence[float], after: Sequence[float], seed: int) -> tuple[float, float, float]:
    """Ratio of the means after / before, by class, with its 95 % interval over classes by bootstrap."""
    first, last = (np.asarray(values, dtype=float) for values in (before, after))
    ratio = float(last.mean() / first.mean()) if first.mean() > 0 else math.nan
    count = len(first)
    weights = stream(seed, "network", "change").multinomial(count, np.full(count, 1 / count), RESAMPLES)
    below = weights @ first
    if not np.all(below > 0):
        return ratio, 0.0, math.inf
    low, high = np.quantile((weights @ last) / below, [0.025, 0.975])
    return ratio, float(low), float(high)


def findings(record: Mapping[str, Any]) -> tuple[ClaimFinding, ...]:
    """Every claim in every setting of a recorded study ``settings``."""
    all_findings = []
    for run in record["runs"]:
        rows = run["rows"]
        last = rows[-1]
        middle = min(rows, key=lambda row: (abs(row["step"] - last["step"] / 2), row["step"]))
        for claim in CLAIMS:
            outcome, sentence = _judge(claim, rows, middle, last, run)
            all_findings.append(ClaimFinding(claim, run["setting"], outcome, sentence))
    return tuple(all_findings)


def _judge(
    claim: str,
    rows: Sequence[Any],
    middle: Mapping[str, Any],
    last: Mapping[str, Any],
    run: Mapping[str, Any],
) -> tuple[str, str]:
    if claim in ("source", "fresh", "new", "error_5"):
        name = f"{claim}_by_class"
        ratio, low, high = change(middle[name], last[name], run["seed"])
        outcome = "holds" if high < 1 else "fails" if low > 1 else "undecided"
        return outcome, f"{middle[claim]:.3g} to {last[claim]:.3g}, times {ratio:.2f} [{low:.2f}, {high:.2f}]"
    if claim == "order":
        source, fresh, new = (last[name] for name in ("source", "fresh", "new"))
        return ("holds" if source < fresh < new else "fails"), f"{source:.3g}, {fresh:.3g}, {new:.3g}"
    if claim == "zero":
        return ("holds" if last["train_error"] == 0 else "fails"), f"{last['train_error']:.2g}"
    below = [
        f"{name} at {row['shots']} shots"
        for row in run["bounds"]
        for name, value in row["values"].items()
        if value is not None and value < row["error_low"]
    ]
    checked = sum(value is not None for row in run["bounds"] for value in row["values"].values())
    return ("fails", ", ".join(below)) if below else ("holds", f"{checked} values")
