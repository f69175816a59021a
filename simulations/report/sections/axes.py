"""The section on two labelings: one figure, one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from simulations.jobs.verify.chapters.axes import AxesOfLabelings, AxesRow
from simulations.jobs.verify.chapters.base import Findings, Task
from simulations.report.figures.axes import axes_drawing
from simulations.report.figures.picture import Picture
from simulations.report.page import render
from simulations.report.sections.base import Section, SectionWriter, StatementPage
from theory.bound import Bound


class AxesSection(SectionWriter):
    """Every law at its worst pair of axes."""

    chapter: ClassVar[str] = "axes"

    def drawings(self, findings: Findings) -> Sequence[Task]:
        """The figure of all laws, where a statement applies to any."""
        return [Task(axes_drawing, (findings.detail,), "axes")] if findings.detail else []

    def section(self, findings: Findings, pictures: Sequence[Picture]) -> Section:
        """The figure and the laws in a table, with a page for each statement."""
        assert isinstance(findings.chapter, AxesOfLabelings)
        rows: Sequence[AxesRow] = findings.detail
        html = render(
            "axes.html.j2", chapter=findings.chapter, rows=rows, pictures=pictures, place="statements/"
        )
        pages = tuple(_page(bound, rows) for bound in findings.chapter.bounds)
        return Section(html, pages, tuple(pictures))


def _page(bound: Bound, rows: Sequence[AxesRow]) -> StatementPage:
    own = [row for row in rows if row.statement == bound.name]
    return StatementPage(bound, render("axes_table.html.j2", rows=own, place=""))
