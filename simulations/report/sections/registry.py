"""Sections of the report, by the chapter that they show. A new one is one file and one line: its import."""

# ruff: noqa: F401 - an import enters its section
from __future__ import annotations

from simulations.jobs.verify.chapters.base import Chapter
from simulations.report.sections.axes import AxesSection
from simulations.report.sections.base import SectionWriter, StatementTable
from simulations.report.sections.claims import NewClassesSection, NewSamplesSection, TransferSection
from simulations.report.sections.few_shot import FewShotSection
from simulations.report.sections.network import NetworkSection
from simulations.report.sections.own_settings import OwnSettingsSection
from simulations.report.sections.sharpness import SharpnessSection

WRITERS: tuple[SectionWriter, ...] = tuple(
    value()
    for value in list(globals().values())
    if isinstance(value, type)
    and issubclass(value, SectionWriter)
    and value not in (SectionWriter, StatementTable)
)


def writer(chapter: Chapter) -> SectionWriter:
    """The section writer of that chapter; a plain table of statements where it has none."""
    return next((entry for entry in WRITERS if entry.chapter == chapter.name), StatementTable())
