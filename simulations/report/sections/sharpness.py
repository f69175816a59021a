"""The section on sharpness: the largest error / bound found for every upper bound, from its witnesses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from simulations.jobs.verify.chapters.base import Findings, Task
from simulations.report.figures.picture import Picture
from simulations.report.figures.sharpness import sharpness_drawing
from simulations.report.page import render
from simulations.report.sections.base import Section, SectionWriter


class SharpnessSection(SectionWriter):
    """One figure and one table."""

    chapter: ClassVar[str] = "sharpness"

    def drawings(self, findings: Findings) -> Sequence[Task]:
        """The figure of all witnesses, where there is one."""
        best, everything, _ = findings.detail
        return [Task(sharpness_drawing, (best, everything), "sharpness")] if best else []

    def section(self, findings: Findings, pictures: Sequence[Picture]) -> Section:
        """The best witness of each bound, and which bounds have none."""
        best, everything, missing = findings.detail
        html = render(
            "sharpness.html.j2",
            chapter=findings.chapter,
            best=best,
            count=len(everything),
            missing=missing,
            pictures=pictures,
        )
        return Section(html, pictures=tuple(pictures))
