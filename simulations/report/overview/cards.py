"""The three claims of the paper in plain words, each with its verdict and one number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulations.jobs.verify.chapters.base import Findings
from simulations.jobs.verify.chapters.network import EpochRow, NetworkDetail
from simulations.jobs.verify.run import Run
from simulations.runtime.wording import shots_in_words


@dataclass(frozen=True)
class ClaimCard:
    """One claim. ``number`` is the main figure; ``outcome`` one of the verdicts' words."""

    title: str
    sentence: str
    page: str
    outcome: str
    verdict: str
    number: str
    number_means: str


def claim_cards(run: Run) -> list[ClaimCard]:
    """One card a claim; those whose chapters are not in the run are left out."""
    by_name = {findings.chapter.name: findings for findings in run.chapters}
    network = by_name.get("network")
    detail = network.detail if network is not None and isinstance(network.detail, NetworkDetail) else None
    cards = [
        _collapse(by_name.get("new_samples"), detail, "fresh"),
        _collapse(by_name.get("new_classes"), detail, "new"),
        _error([by_name[name] for name in ("few_shot", "transfer") if name in by_name], detail),
    ]
    return [card for card in cards if card is not None]


WORDS = {
    "fresh": (
        "Collapse carries over to new samples",
        "Features of a class that gather round their mean on training samples do so on new samples of the "
        "same class, up to a radius that shrinks with the number of samples.",
        "on new samples",
    ),
    "new": (
        "Collapse carries over to new classes",
        "Classes never trained on, drawn from the same population of classes, are collapsed as well, up to a "
        "term that shrinks with the number of training classes.",
        "on new classes",
    ),
}


def _collapse(findings: Findings | None, detail: NetworkDetail | None, group: str) -> ClaimCard | None:
    if findings is None:
        return None
    title, sentence, where = WORDS[group]
    number, means = "–", "no network was measured in this run"
    if detail is not None:
        last = detail.epochs[-1].cdnv
        number = f"{last['source'].mean:.2g} → {last[group].mean:.2g}"
        means = f"CDNV of the recorded network, on training samples and {where}"
    outcome, verdict = _verdict([findings])
    return ClaimCard(title, sentence, f"{findings.chapter.name}.html", outcome, verdict, number, means)


def _error(chapters: Sequence[Findings], detail: NetworkDetail | None) -> ClaimCard | None:
    if not chapters:
        return None
    number, means = "–", "no network was measured in this run"
    if detail is not None:
        final = last_setting(detail.epoch_rows)
        tightest = tightest_bound(final)
        number = "–" if tightest is None else f"{tightest[1]:.3g} times"
        setting = f"{final.row.setting.ways} ways, {shots_in_words(final.row.setting.shots)}"
        name = "every bound is vacuous" if tightest is None else f"the tightest bound ({tightest[0]})"
        means = f"{name} over the error on new classes of the recorded network, {setting}"
    outcome, verdict = _verdict(chapters)
    return ClaimCard(
        "So a few examples are enough",
        "The nearest-class-mean rule, fitted on a few examples of each new class, errs rarely: its error is "
        "bounded by how far features have collapsed.",
        f"{chapters[0].chapter.name}.html",
        outcome,
        verdict,
        number,
        means,
    )


def last_setting(epoch_rows: Sequence[EpochRow]) -> EpochRow:
    """The last epoch at five shots, or at the nearest number of shots to it, with the most ways."""
    last = max(entry.epoch for entry in epoch_rows)
    final = [entry for entry in epoch_rows if entry.epoch == last]
    return min(final, key=lambda entry: (abs(entry.row.setting.shots - 5), -entry.row.setting.ways))


def tightest_bound(entry: EpochRow) -> tuple[str, float] | None:
    """Name and bound / error of the upper bound nearest the error; None where all are vacuous."""
    error = entry.row.estimate.value
    values = [
        (verdict.value, verdict.bound)
        for verdict in entry.row.verdicts
        if verdict.value is not None and verdict.outcome in ("holds", "undecided", "violated")
    ]
    if not values or error <= 0:
        return None
    value, name = min(values)
    return name, value / error


def _verdict(chapters: Sequence[Findings]) -> tuple[str, str]:
    counts: dict[str, int] = {}
    for findings in chapters:
        for statement in findings.statements:
            for outcome, count in statement.counts.items():
                counts[outcome] = counts.get(outcome, 0) + count
    statements = sum(len(findings.statements) for findings in chapters)
    summary = f"{statements} statements, {counts.get('holds', 0)} checks hold"
    if counts.get("violated"):
        return "violated", f"{summary}, {counts['violated']} are violated"
    undecided = f", {counts['undecided']} undecided" if counts.get("undecided") else ""
    return "holds", f"{summary}{undecided}, none violated"
