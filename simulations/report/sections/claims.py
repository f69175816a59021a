"""The sections of the three claims: statements, coverage table, rates and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from simulations.jobs.verify.chapters.base import Findings, Task
from simulations.jobs.verify.chapters.claims import ClaimChapter, ClaimDetail
from simulations.report.figures import claims as figures
from simulations.report.figures.picture import Picture
from simulations.report.page import render
from simulations.report.sections.base import Section, SectionWriter, StatementPage
from theory.bound import Bound


class ClaimSection(SectionWriter):
    """One claim of the paper."""

    def drawings(self, findings: Findings) -> Sequence[Task]:
        """Coverage, the transfer experiment and, where there are any, rates."""
        chapter, detail = _claim(findings), _detail(findings)
        tasks = [
            Task(figures.coverage_drawing, (chapter.name, detail.coverages), f"{chapter.name}: coverage"),
            Task(
                figures.transfer_drawing,
                (chapter.name, chapter.axis, detail.points),
                f"{chapter.name}: transfer",
            ),
        ]
        if detail.rates:
            tasks.append(Task(figures.rates_drawing, (chapter.name, detail.rates), f"{chapter.name}: rates"))
        return tasks

    def section(self, findings: Findings, pictures: Sequence[Picture]) -> Section:
        """The whole chapter."""
        chapter, detail = _claim(findings), _detail(findings)
        html = render(
            "claims.html.j2",
            chapter=chapter,
            coverages=detail.coverages,
            rates=detail.rates,
            pictures=pictures,
        )
        return Section(html, tuple(_page(bound, detail) for bound in chapter.bounds), tuple(pictures))


def _page(bound: Bound, detail: ClaimDetail) -> StatementPage:
    own = [coverage for coverage in detail.coverages if coverage.statement == bound.name]
    return StatementPage(bound, render("claim_statement.html.j2", coverages=own))


class NewSamplesSection(ClaimSection):
    """Claim 1."""

    chapter: ClassVar[str] = "new_samples"


class NewClassesSection(ClaimSection):
    """Claim 2, with the picture of why CDNV itself has no upper bound."""

    chapter: ClassVar[str] = "new_classes"

    def drawings(self, findings: Findings) -> Sequence[Task]:
        """The claim's figures, and how the largest CDNV grows with the number of classes."""
        impossible = Task(figures.impossibility_drawing, (self.chapter,), "CDNV has no bound")
        return [*super().drawings(findings), impossible]


class TransferSection(ClaimSection):
    """Claims 2 and 3 together: from source data to the error on new classes."""

    chapter: ClassVar[str] = "transfer"


def _claim(findings: Findings) -> ClaimChapter:
    assert isinstance(findings.chapter, ClaimChapter)
    return findings.chapter


def _detail(findings: Findings) -> ClaimDetail:
    assert isinstance(findings.detail, ClaimDetail)
    return findings.detail
