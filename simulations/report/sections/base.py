"""What a section of the report is: the figures and the HTML made of one chapter's findings.

A new section is one file here and one line in ``registry.py``. A chapter without a section of its own is
shown as the table of its statements.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from simulations.jobs.verify.chapters.base import OUTCOMES, Findings, Task
from simulations.report.figures.picture import Picture
from simulations.report.page import render
from simulations.runtime.wording import slug
from theory.bound import Bound


@dataclass(frozen=True)
class StatementPage:
    """The page of one statement: what comes after its formula, assumptions and proof, as safe HTML."""

    bound: Bound
    html: str

    @property
    def path(self) -> str:
        """Path of the page, relative to the folder of the report."""
        return f"statements/{slug(self.bound.name)}.html"


@dataclass(frozen=True)
class Section:
    """A chapter's page: HTML that is safe to insert, and the pages of its statements."""

    html: str
    statements: tuple[StatementPage, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @property
    def contents(self) -> tuple[tuple[str, str], ...]:
        """(address, text) of the statements' pages."""
        return tuple((page.path, page.bound.title or page.bound.name) for page in self.statements)


class SectionWriter(ABC):
    """Draws and writes the findings of the chapter called ``chapter``."""

    chapter: ClassVar[str]

    @abstractmethod
    def drawings(self, findings: Findings) -> Sequence[Task]:
        """Calls that each return a ``Picture``; made in the pool of workers."""

    @abstractmethod
    def section(self, findings: Findings, pictures: Sequence[Picture]) -> Section:
        """The chapter's part of the page, with the pictures of ``drawings`` in their order."""


class StatementTable(SectionWriter):
    """For a chapter that brings no section: how each of its statements fared."""

    chapter: ClassVar[str] = ""

    def drawings(self, findings: Findings) -> Sequence[Task]:
        """None."""
        return []

    def section(self, findings: Findings, pictures: Sequence[Picture]) -> Section:
        """One table: a row a statement, a column an outcome."""
        html = render("statements.html.j2", findings=findings, outcomes=OUTCOMES)
        return Section(str(Markup(html)))
