"""The few-shot chapter's section: the matrix, the populations, and one part a theorem."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simulations.jobs.verify.chapters.base import OUTCOMES, Findings, StatementCount, Task
from simulations.jobs.verify.chapters.few_shot import FewShot, JudgedCell, scored
from simulations.report.figures.bounds import bound_drawing, panels
from simulations.report.figures.picture import Picture
from simulations.report.page import SYMBOLS, render
from simulations.report.sections.base import Section, SectionWriter, StatementPage
from simulations.runtime.wording import slug
from theory.bound import Bound

WORST_FIRST = ("violated", "undecided", "holds", "scored", "vacuous", "not_applicable")


@dataclass(frozen=True)
class Square:
    """One square of the matrix: all settings of a population.

    text    : the median ratio, or the symbol of an outcome.
    vacuous : percentage of the settings in which the bound is vacuous.
    """

    outcome: str
    text: str
    tip: str
    vacuous: int = 0


@dataclass(frozen=True)
class MatrixRow:
    """One statement of the matrix; ``nowhere`` says why it applies to no population."""

    name: str
    squares: list[Square]
    nowhere: str = ""


@dataclass(frozen=True)
class VerdictRow:
    """One setting of one population on the page of a statement."""

    population: str
    shots: float
    ways: int
    error: float
    low: float
    high: float
    value: float | None
    ratio: float | None
    outcome: str


class FewShotSection(SectionWriter):
    """The matrix of verdicts, the populations, and one part a theorem."""

    chapter: ClassVar[str] = "few_shot"

    def drawings(self, findings: Findings) -> Sequence[Task]:
        """One figure a bound that has a value on some population."""
        return [
            Task(
                bound_drawing,
                (bound.name, bound.title, shown, bound.kind == "approximation"),
                f"plot of {bound.name}",
            )
            for index, bound in enumerate(_chapter(findings).bounds)
            if (shown := panels(index, findings.detail))
        ]

    def section(self, findings: Findings, pictures: Sequence[Picture]) -> Section:
        """The whole chapter."""
        chapter, cells = _chapter(findings), findings.detail
        html = render(
            "few_shot.html.j2",
            chapter=chapter,
            matrix=matrix(chapter, cells),
            populations=findings.data["populations"],
            methods=_methods(cells),
        )
        by_name = {picture.name: picture for picture in pictures}
        pages = tuple(
            StatementPage(bound, _page(index, bound, count, cells, by_name.get(slug(bound.name))))
            for index, (bound, count) in enumerate(zip(chapter.bounds, findings.statements, strict=True))
        )
        return Section(html, pages, tuple(pictures))


def _page(
    index: int, bound: Bound, count: StatementCount, cells: Sequence[JudgedCell], picture: Picture | None
) -> str:
    return render(
        "few_shot_statement.html.j2",
        name=bound.name,
        count=count,
        outcomes=OUTCOMES,
        picture=picture,
        score=scored(index, cells) if bound.kind == "approximation" else None,
        reasons=_reasons(index, cells),
        rows=[_row(cell, index) for cell in cells if cell.verdicts[index].outcome != "not_applicable"],
    )


def _row(cell: JudgedCell, index: int) -> VerdictRow:
    verdict, measured = cell.verdicts[index], cell.measured
    error = measured.evaluated.independent.get(verdict.bound, measured.error)
    return VerdictRow(
        measured.entry.name,
        measured.shots,
        measured.ways,
        error.value,
        error.low,
        error.high,
        verdict.value,
        verdict.ratio,
        verdict.outcome,
    )


def _chapter(findings: Findings) -> FewShot:
    assert isinstance(findings.chapter, FewShot)
    return findings.chapter


def matrix(chapter: FewShot, cells: Sequence[JudgedCell]) -> list[MatrixRow]:
    """Rows are bounds, columns populations; a square sums up all settings of one population."""
    grouped: dict[str, list[JudgedCell]] = {entry.name: [] for entry in chapter.entries}
    for cell in cells:
        grouped[cell.measured.entry.name].append(cell)
    rows = []
    for index, bound in enumerate(chapter.bounds):
        reasons = _reasons(index, cells)
        applies = any(cell.verdicts[index].outcome != "not_applicable" for cell in cells)
        squares = [_square(bound.name, name, index, group) for name, group in grouped.items()]
        rows.append(MatrixRow(bound.name, squares, "" if applies else "; ".join(reasons)))
    return rows


def _square(bound: str, population: str, index: int, group: Sequence[JudgedCell]) -> Square:
    outcomes = [cell.verdicts[index].outcome for cell in group]
    worst = next(outcome for outcome in WORST_FIRST if outcome in outcomes)
    counted = ", ".join(
        f"{outcomes.count(outcome)} {outcome.replace('_', ' ')}"
        for outcome in WORST_FIRST
        if outcome in outcomes
    )
    ratios = [
        cell.verdicts[index].ratio or 0.0
        for cell in group
        if cell.verdicts[index].outcome in ("holds", "scored") and cell.verdicts[index].ratio is not None
    ]
    tip = f"{bound} on {population}: {counted}"
    text = SYMBOLS[worst]
    if worst in ("holds", "scored") and ratios:
        median = statistics.median(ratios)
        text = short_ratio(median)
        over = "bound" if worst == "holds" else "prediction"
        tip += f"; error / {over} {median:.3g} (median)"
    vacuous = round(100 * outcomes.count("vacuous") / len(outcomes)) if worst == "holds" else 0
    return Square(worst, text, tip, vacuous)


def short_ratio(ratio: float) -> str:
    """A ratio in at most five characters: ``1``, ``.24``, ``3e-5``; ``~0`` below 1e-9."""
    if ratio >= 0.995:
        return f"{ratio:.3g}"
    if ratio >= 0.095:
        return f"{ratio:.2f}"[1:]
    if ratio >= 0.0095:
        return f"{ratio:.3f}"[1:]
    if ratio < 1e-9:
        return "0" if ratio == 0 else "~0"
    return f"{ratio:.0e}".replace("e-0", "e-")


def _reasons(index: int, cells: Sequence[JudgedCell]) -> list[str]:
    """Reasons why the bound did not apply, most frequent first, at most three."""
    reasons = [
        cell.verdicts[index].reason or ""
        for cell in cells
        if cell.verdicts[index].outcome == "not_applicable"
    ]
    return sorted(set(reasons), key=lambda reason: (-reasons.count(reason), reason))[:3]


def _methods(cells: Sequence[JudgedCell]) -> list[tuple[str, int, int, float]]:
    """(engine, estimates, episodes in all, seconds in all)."""
    totals: dict[str, list[float]] = {}
    for cell in cells:
        for estimate in (cell.measured.error, *cell.measured.evaluated.independent.values()):
            row = totals.setdefault(estimate.method, [0, 0, 0.0])
            row[0] += 1
            row[1] += estimate.effort.episodes or 0
            row[2] += estimate.effort.seconds
    return [(name, int(a), int(b), c) for name, (a, b, c) in sorted(totals.items())]
