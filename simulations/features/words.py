"""What the intervals of a measured error cover, in a sentence each; the one that users most likely want comes
first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simulations.estimates import Estimate
from simulations.features.measurement import Measurement
from simulations.features.tightest import Tightest, tightest
from simulations.verdicts.chance import above_chance
from simulations.verdicts.evaluate import Row
from theory import catalogue
from theory.bound import NotApplicable
from theory.bound.approximation import PairApproximation

NO_GUARANTEE = "so they guarantee nothing: `collapse certify` does"


def error_in_words(estimate: Estimate, digits: int = 4) -> str:
    """The value, and what it is below where few draws carry it."""
    if estimate.resolved:
        return estimate.formatted(digits)
    return f"about {estimate.value:.{digits}g}, only known to be {estimate.formatted(digits)}"


def intervals_in_words(estimate: Estimate) -> tuple[str, str, str]:
    """Sentences on the intervals for fresh samples of these classes, for new classes, and for the stored
    samples."""
    fresh, over = estimate.over_samples, estimate.over_classes
    samples = (
        f"For these classes on fresh samples: {_percent(fresh)} interval {fresh.low:.4g} to {fresh.high:.4g}."
        if isinstance(fresh, Estimate)
        else f"For fresh samples there is no interval: {'not computed' if fresh is None else fresh.reason}."
    )
    classes = (
        f"For new classes, if these are a random sample of the classes there are: {_percent(over)} interval "
        f"{over.low:.4g} to {over.high:.4g}."
        if isinstance(over, Estimate)
        else f"For new classes there is no interval: {'not computed' if over is None else over.reason}."
    )
    own = (
        f"For these classes and these very samples, over all episodes they allow: {_percent(estimate)} "
        f"interval {estimate.low:.4g} to {estimate.high:.4g}."
    )
    if estimate.exact:
        own = "For these classes and these very samples: exact, the same in every episode."
    return samples, classes, own


def _percent(estimate: Estimate) -> str:
    return f"{100 * estimate.confidence:.12g} %"


@dataclass(frozen=True)
class Headline:
    """One setting in short: error with its two intervals, what is predicted, the tightest bound.

    error, fresh, new, predicted : for a table, "-" where there is none.
    reservations : sentences on what the table leaves out: an error of few draws, no interval for new classes.
    bound : None where no bound is known to hold, or none was asked for. helps : whether it is below chance.
    """

    where: str
    error: str
    fresh: str
    new: str
    predicted: str
    bound: Tightest | None
    helps: bool
    reservations: tuple[str, ...]
    bound_wanted: bool

    def sentence(self) -> str:
        """One setting in one sentence."""
        parts = [f"{self.where} error {self.error} on these classes"]
        parts[0] += f" ({self.fresh} on fresh samples)" if self.fresh != "-" else ""
        parts += [f"{self.new} on new ones"] if self.new != "-" else []
        text = ", ".join(parts)
        text += f"; predicted {self.predicted}" if self.predicted != "-" else ""
        if self.bound is not None and self.helps:
            text += f"; bound from estimated moments: {self.bound}"
        elif self.bound_wanted:
            text += "; no bound helps"
        return ". ".join([text, *self.reservations]) + "."


def headline(row: Row, measurement: Measurement | None = None) -> Headline:
    """Predicted: by the approximation that takes all classes together, where one applies; those of pairs
    count an error once for every other class nearer than its own. The bound is that of ``tightest``; without
    ``measurement``, as while measuring, bounds are left out."""
    estimate, ways = row.estimate, row.setting.ways
    guesses = {
        bound.name: isinstance(bound, PairApproximation)
        for bound in catalogue.about("few_shot_error")
        if bound.kind == "approximation"
    }
    predicted = [v for v in row.verdicts if v.value is not None and v.bound in guesses]
    predicted.sort(key=lambda v: guesses[v.bound])
    best = None if measurement is None else tightest(row, measurement)
    fresh = estimate.over_samples
    return Headline(
        f"{ways}-way {row.setting.shots_text}-shot",
        f"{'' if estimate.resolved else 'about '}{estimate.value:.3g}",
        _span(fresh) if estimate.resolved or not isinstance(fresh, Estimate) else f"below {fresh.high:.3g}",
        _span(estimate.over_classes),
        f"{predicted[0].value:.3g}" if predicted else "-",
        best,
        best is not None and not above_chance(best.end, ways),
        tuple(_reservations(estimate)),
        measurement is not None,
    )


def _reservations(estimate: Estimate) -> Iterator[str]:
    if not estimate.resolved:
        few = "No error was seen" if estimate.value == 0 else "The error comes from few draws"
        below = f"{estimate.high:.3g} ({_percent(estimate)})"
        yield f"{few}: the episodes alone show only that it is below {below}"
    if isinstance(estimate.over_classes, NotApplicable):
        yield f"No interval for new classes: {estimate.over_classes.reason}"


def _span(estimate: object) -> str:
    return f"{estimate.low:.3g} to {estimate.high:.3g}" if isinstance(estimate, Estimate) else "-"
