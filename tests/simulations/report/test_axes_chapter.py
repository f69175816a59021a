"""The report's chapter on two labelings: rows, counts, pages, and a false statement that it catches."""

from __future__ import annotations

import dataclasses

import pytest

from simulations.jobs.verify import chapters
from simulations.jobs.verify.chapters.axes import AxesOfLabelings, AxesRow, law_task
from simulations.populations.labelings import suite
from simulations.report.sections.registry import writer
from theory import catalogue


def rows(name: str, positions: tuple[int, ...]) -> list[AxesRow | None]:
    return [law_task(name, at) for at in positions]


def test_the_chapter_shows_every_statement() -> None:
    chapter = next(each for each in chapters.CHAPTERS if isinstance(each, AxesOfLabelings))
    results = [row for bound in chapter.bounds for row in rows(bound.name, (1, 6, 13, 15))]
    findings = chapter.gather(results, 0)
    assert chapter.tests(results) == 0 and not findings.violations
    assert [each.name for each in findings.statements] == [b.name for b in catalogue.about("axes")]
    assert findings.statements[0].worst_ratio == pytest.approx(1)
    pictures = [task.function(*task.arguments) for task in writer(chapter).drawings(findings)]
    section = writer(chapter).section(findings, pictures)
    assert "<svg" in section.html and "additive factors" in section.html
    assert [page.bound.name for page in section.statements] == [b.name for b in chapter.bounds]
    assert 'href="axes_orthogonality.html"' in section.statements[0].html


def test_tasks_are_every_law_and_one_hunt_a_statement() -> None:
    tasks = AxesOfLabelings().tasks(chapters.Request(1))
    assert len(tasks) == len(AxesOfLabelings().bounds) * (len(list(suite())) + 1)


def test_a_false_statement_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    true = catalogue.get("axes_orthogonality")
    false = dataclasses.replace(true, statement=true.statement * 0.9)
    monkeypatch.setattr(catalogue, "get", lambda name: false)
    findings = AxesOfLabelings().gather(rows("axes_orthogonality", (1, 2)), 0)
    assert len(findings.violations) == 2 and "additive factors" in findings.violations[0]
    assert findings.statements[0].counts["violated"] == 2
