"""The section of statements on settings of their own: a law's ratios against its noise, counted queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from simulations.jobs.verify.chapters.base import Findings, Task
from simulations.jobs.verify.chapters.own_settings import OwnSettings, OwnSettingsDetail
from simulations.report.figures.picture import Picture
from simulations.report.page import render
from simulations.report.sections.base import Section, SectionWriter, StatementPage


class OwnSettingsSection(SectionWriter):
    """Two tables; each also stands on the page of its statement."""

    chapter: ClassVar[str] = "own_settings"

    def drawings(self, findings: Findings) -> Sequence[Task]:
        """None: the numbers agree to more digits than a figure shows."""
        return []

    def section(self, findings: Findings, pictures: Sequence[Picture]) -> Section:
        """A table for each statement."""
        detail, chapter = findings.detail, findings.chapter
        assert isinstance(detail, OwnSettingsDetail) and isinstance(chapter, OwnSettings)
        parts = {
            bound.name: render(
                "own_settings.html.j2",
                bound=bound,
                limits=detail.limits.get(bound.name),
                centres=detail.centres,
            )
            for bound in chapter.bounds
        }
        pages = tuple(StatementPage(bound, parts[bound.name]) for bound in chapter.bounds)
        return Section("".join(parts.values()), pages)
