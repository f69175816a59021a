"""What intervals of a measured error cover, in a sentence each; the one that is most likely meant first."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulations.estimates import Estimate
from simulations.features.judged import Intervals
from simulations.verdicts.chance import above_chance, from_above
from simulations.verdicts.evaluate import Row
from theory import catalogue
from theory.bound.approximation import PairApproximation


def intervals_in_words(estimate: Estimate) -> tuple[str, str, str]:
    """Of fresh samples of these classes, of new classes, and of the stored samples alone."""
    percent = f"{100 * estimate.confidence:g} %"
    fresh, over = estimate.over_samples, estimate.over_classes
    samples = (
        f"For these classes on fresh samples: {percent} interval {fresh.low:.4g} to {fresh.high:.4g}."
        if isinstance(fresh, Estimate)
        else f"For fresh samples there is no interval: {'not computed' if fresh is None else fresh.reason}."
    )
    classes = (
        f"For new classes, if these are a random sample of the classes there are: {percent} interval "
        f"{over.low:.4g} to {over.high:.4g}."
        if isinstance(over, Estimate)
        else f"For new classes there is no interval: {'not computed' if over is None else over.reason}."
    )
    own = (
        f"For these classes and these very samples, over all episodes they allow: {percent} interval "
        f"{estimate.low:.4g} to {estimate.high:.4g}."
    )
    if estimate.exact:
        own = "For these classes and these very samples: exact, whatever the episode."
    return samples, classes, own


@dataclass(frozen=True)
class Headline:
    """One setting in short: error with its two intervals, what is predicted, what is guaranteed."""

    where: str
    error: str
    fresh: str
    new: str
    predicted: str
    guaranteed: str

    def sentence(self) -> str:
        parts = [f"{self.where} error {self.error} on these classes"]
        parts[0] += f" ({self.fresh} on fresh samples)" if self.fresh != "-" else ""
        parts.append(f"{self.new} on new ones" if self.new != "-" else "unknown on new ones")
        text = ", ".join(parts)
        text += f"; predicted {self.predicted}" if self.predicted != "-" else ""
        known = f"guaranteed below {self.guaranteed}" if self.guaranteed != "-" else "no bound helps"
        return f"{text}; {known}."


def headline(row: Row, intervals: Intervals | None = None) -> Headline:
    """Predicted: by the approximation that takes all classes together, where one applies; those of pairs
    count an error once for every rival. Guaranteed: the bound from above whose interval over samples ends
    lowest, and that end: what moments of few samples give is no guarantee. Without ``intervals`` there is
    none."""
    estimate, ways = row.estimate, row.setting.ways
    guesses = {
        bound.name: isinstance(bound, PairApproximation)
        for bound in catalogue.about("few_shot_error")
        if bound.kind == "approximation"
    }
    predicted = [v for v in row.verdicts if v.value is not None and v.bound in guesses]
    predicted.sort(key=lambda v: guesses[v.bound])
    ends = []
    for v in row.verdicts:
        high = (intervals or {}).get((row.setting.shots, ways, v.bound), (0.0, math.inf))[1]
        if v.value is not None and v.outcome == "holds" and from_above(v.bound):
            ends.append((max(high, v.value), v.bound))
    best, name = min(ends, default=(math.inf, ""))
    return Headline(
        f"{ways}-way {row.setting.shots_text}-shot",
        estimate.shown(3),
        _span(estimate.over_samples),
        _span(estimate.over_classes),
        f"{predicted[0].value:.3g}" if predicted else "-",
        "-" if above_chance(best, ways) else f"{best:.3g} ({name})",
    )


def _span(found: object) -> str:
    return f"{found.low:.3g} to {found.high:.3g}" if isinstance(found, Estimate) else "-"
