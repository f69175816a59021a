"""The few-shot chapter's section: the matrix, the populations, and one part a theorem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from simulations.jobs.verify.chapters.base import OUTCOMES, Findings, StatementCount, Task
from simulations.jobs.verify.chapters.few_shot import Cell, FewShot
from simulations.report.figures.bounds import bound_drawing, panels
from simulations.report.figures.picture import Picture
from simulations.report.page import render
from simulations.report.sections.base import Section, SectionWriter
from simulations.runtime.wording import slug
from theory.bound import Bound
from theory.printing import definitions

WORST_FIRST = ("violated", "undecided", "holds", "vacuous", "not_applicable")


@dataclass(frozen=True)
class Square:
    """One square of the matrix: the outcome that matters most, and the counts behind it."""

    outcome: str
    tip: str


@dataclass(frozen=True)
class Theorem:
    bound: Bound
    count: StatementCount
    picture: Picture | None
    definitions: list[tuple[Markup, str]]
    reasons: list[str]

    @property
    def anchor(self) -> str:
        return f"few-shot-{slug(self.bound.name)}"


class FewShotSection(SectionWriter):
    """The matrix of verdicts, the populations, and one part a theorem."""

    chapter: ClassVar[str] = "few_shot"

    def drawings(self, findings: Findings) -> Sequence[Task]:
        """One figure a bound that has a value on some population."""
        return [
            Task(bound_drawing, (bound.name, bound.title, shown), f"plot of {bound.name}")
            for index, bound in enumerate(_chapter(findings).bounds)
            if (shown := panels(index, findings.detail))
        ]

    def section(self, findings: Findings, pictures: Sequence[Picture]) -> Section:
        """The whole chapter."""
        chapter, cells = _chapter(findings), findings.detail
        by_name = {picture.name: picture for picture in pictures}
        theorems = [
            Theorem(
                bound,
                count,
                by_name.get(slug(bound.name)),
                [(Markup(entry.mathml), entry.meaning) for entry in definitions(bound)],
                _reasons(index, cells),
            )
            for index, (bound, count) in enumerate(zip(chapter.bounds, findings.statements, strict=True))
        ]
        html = render(
            "few_shot.html.j2",
            chapter=chapter,
            findings=findings,
            theorems=theorems,
            matrix=matrix(chapter, cells),
            populations=findings.data["populations"],
            methods=_methods(cells),
            outcomes=OUTCOMES,
        )
        return Section(html, tuple((entry.anchor, entry.bound.title) for entry in theorems), tuple(pictures))


def _chapter(findings: Findings) -> FewShot:
    assert isinstance(findings.chapter, FewShot)
    return findings.chapter


def matrix(chapter: FewShot, cells: Sequence[Cell]) -> list[list[Square]]:
    """Rows are bounds, columns populations; a square sums up all settings of one population."""
    grouped: dict[str, list[Cell]] = {entry.name: [] for entry in chapter.entries}
    for cell in cells:
        grouped[cell.measured.entry.name].append(cell)
    return [
        [_square(bound.name, name, index, group) for name, group in grouped.items()]
        for index, bound in enumerate(chapter.bounds)
    ]


def _square(bound: str, population: str, index: int, group: Sequence[Cell]) -> Square:
    outcomes = [cell.verdicts[index].outcome for cell in group]
    worst = next(outcome for outcome in WORST_FIRST if outcome in outcomes)
    counted = ", ".join(
        f"{outcomes.count(each)} {each.replace('_', ' ')}" for each in WORST_FIRST if each in outcomes
    )
    return Square(worst, f"{bound} on {population}: {counted}")


def _reasons(index: int, cells: Sequence[Cell]) -> list[str]:
    """Why the bound did not apply, most frequent first, at most three."""
    reasons = [
        cell.verdicts[index].reason or ""
        for cell in cells
        if cell.verdicts[index].outcome == "not_applicable"
    ]
    return sorted(set(reasons), key=lambda reason: (-reasons.count(reason), reason))[:3]


def _methods(cells: Sequence[Cell]) -> list[tuple[str, int, int, float]]:
    """(engine, estimates, episodes in all, seconds in all)."""
    found: dict[str, list[float]] = {}
    for cell in cells:
        for each in (cell.measured.error, *cell.measured.evaluated.independent.values()):
            row = found.setdefault(each.method, [0, 0, 0.0])
            row[0] += 1
            row[1] += each.effort.episodes or 0
            row[2] += each.effort.seconds
    return [(name, int(a), int(b), c) for name, (a, b, c) in sorted(found.items())]
