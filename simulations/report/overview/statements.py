"""The compact table of all statements: claim, proof, verdicts, and how tight each is."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from simulations.jobs.verify.chapters.axes import AxesOfLabelings
from simulations.jobs.verify.chapters.base import Findings, StatementCount
from simulations.jobs.verify.chapters.claims import ClaimChapter, ClaimDetail
from simulations.jobs.verify.chapters.few_shot import FewShot, JudgedCell
from simulations.jobs.verify.chapters.own_settings import OwnSettings
from simulations.jobs.verify.run import Run
from simulations.report.explained import Explained
from simulations.report.page import formula
from simulations.report.sections.proof import proof_in_a_word
from simulations.runtime.wording import slug
from theory.bound import Bound
from theory.printing import in_short

BROADEST_CLAIM = 23.0
"""Ems that a cell of the table holds: ``.claim`` in the style sheet leaves room for them."""


Known = Mapping[str, Explained]
"""Explanations by the statement's name."""


@dataclass(frozen=True)
class StatementRow:
    """One statement. ``median`` and ``largest`` are of its group's measure; None where there is no value."""

    name: str
    page: str
    kind: str
    claim: Markup
    proof: str
    holds: int
    vacuous: int
    not_applicable: int
    bad: bool
    median: float | None
    largest: float | None
    sparkline: Markup | str


@dataclass(frozen=True)
class StatementGroup:
    """Rows that share what is measured of them; ``spark`` says what the small curve shows."""

    title: str
    measure: str
    spark: str
    rows: list[StatementRow]


def statement_groups(run: Run, explained: Known | None = None) -> list[StatementGroup]:
    """Upper bounds on the few-shot error by tightness, the other statements about it, and each claim.

    explained : by statement, where proofs were checked; without it their state is what is on record.
    """
    groups: list[StatementGroup] = []
    known = explained or {}
    for findings in run.chapters:
        if isinstance(findings.chapter, FewShot):
            groups += _few_shot(findings, findings.chapter, known)
        elif isinstance(findings.chapter, ClaimChapter):
            groups.append(_claim(findings, findings.chapter, known))
        elif isinstance(findings.chapter, AxesOfLabelings):
            groups.append(_axes(findings, findings.chapter, known))
        elif isinstance(findings.chapter, OwnSettings):
            groups.append(_own_settings(findings, findings.chapter, known))
    return [group for group in groups if group.rows]


def _few_shot(findings: Findings, chapter: FewShot, known: Known) -> list[StatementGroup]:
    rows = []
    for index, (bound, count) in enumerate(zip(chapter.bounds, findings.statements, strict=True)):
        by_shots = _ratios(index, findings.detail)
        ratios = [ratio for values in by_shots.values() for ratio in values]
        curve = {n: statistics.median(values) for n, values in by_shots.items()}
        row = _row(bound, count, _middle_and_largest(ratios), known, _sparkline(curve))
        rows.append((bound, row))
    upper = [row for bound, row in rows if bound.kind == "upper"]
    upper.sort(key=lambda row: -1.0 if row.median is None else -row.median)
    others = [row for bound, row in rows if bound.kind != "upper"]
    return [
        StatementGroup("Upper bounds on the few-shot error", "error / bound", "median against shots", upper),
        StatementGroup(
            "Other statements about the few-shot error", "error / value", "median against shots", others
        ),
    ]


def _ratios(index: int, cells: Sequence[JudgedCell]) -> dict[float, list[float]]:
    """error / bound by finite number of shots, where the bound is not vacuous and an error occurred."""
    ratios: dict[float, list[float]] = {}
    for cell in cells:
        verdict, shots = cell.verdicts[index], cell.measured.shots
        decided = verdict.outcome in ("holds", "violated", "undecided")
        if decided and math.isfinite(shots) and verdict.ratio is not None and verdict.ratio > 0:
            ratios.setdefault(shots, []).append(verdict.ratio)
    return dict(sorted(ratios.items()))


def _claim(findings: Findings, chapter: ClaimChapter, known: Known) -> StatementGroup:
    rows = []
    detail = findings.detail
    assert isinstance(detail, ClaimDetail)
    for bound, count in zip(chapter.bounds, findings.statements, strict=True):
        shares = [c.frequency / c.failure for c in detail.coverages if c.statement == bound.name]
        rows.append(_row(bound, count, _middle_and_largest(shares), known))
    return StatementGroup(chapter.title, "failures / allowed", "", rows)


def _axes(findings: Findings, chapter: AxesOfLabelings, known: Known) -> StatementGroup:
    rows = []
    for bound, count in zip(chapter.bounds, findings.statements, strict=True):
        ratios = [row.ratio for row in findings.detail if row.statement == bound.name]
        rows.append(_row(bound, count, _middle_and_largest(ratios), known))
    return StatementGroup(chapter.title, "cosine / bound", "", rows)


def _own_settings(findings: Findings, chapter: OwnSettings, known: Known) -> StatementGroup:
    rows = [
        _row(bound, count, (count.worst_ratio, count.worst_ratio), known)
        for bound, count in zip(chapter.bounds, findings.statements, strict=True)
    ]
    return StatementGroup("Statements on settings of their own", "found / claimed", "", rows)


def _row(
    bound: Bound,
    count: StatementCount,
    ratios: tuple[float | None, float | None],
    known: Known,
    sparkline: Markup | str = "",
) -> StatementRow:
    """``ratios``: the middle one and the largest."""
    explanation = known.get(bound.name)
    return StatementRow(
        name=bound.name,
        page=f"statements/{slug(bound.name)}.html",
        kind=bound.kind,
        claim=claim_for_table(bound),
        proof=proof_in_a_word(bound) if explanation is None else str(explanation.proof["word"]),
        holds=count.counts.get("holds", 0),
        vacuous=count.counts.get("vacuous", 0),
        not_applicable=count.counts.get("not_applicable", 0),
        bad=bool(count.counts.get("violated")),
        median=ratios[0],
        largest=ratios[1],
        sparkline=sparkline,
    )


def _middle_and_largest(ratios: Sequence[float]) -> tuple[float | None, float | None]:
    return (statistics.median(ratios), max(ratios)) if ratios else (None, None)


def claim_for_table(bound: Bound) -> Markup:
    """The claim where it fits a cell; else in short, as the formula is on the statement's own page."""
    return formula(in_short(bound.relation, bound.statement, BROADEST_CLAIM), block=False)


def _sparkline(curve: dict[float, float]) -> Markup | str:
    """Medians against shots, both logarithmic, from 1e-6 at the bottom to 1 at the top."""
    if len(curve) < 2:
        return ""
    shots = [math.log(n) for n in curve]
    span = max(shots) - min(shots)
    points = " ".join(
        f"{2 + 68 * (x - min(shots)) / span:.1f},{2 + 16 * min(-math.log10(max(y, 1e-6)), 6) / 6:.1f}"
        for x, y in zip(shots, curve.values(), strict=True)
    )
    points_in_words = ", ".join(f"{y:.2g} at {n:g}" for n, y in curve.items())
    return Markup(
        '<svg class="spark" role="img" viewBox="0 0 72 20" aria-label="error over bound by shots: {words}">'
        '<polyline points="{points}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>'
    ).format(words=points_in_words, points=points)
