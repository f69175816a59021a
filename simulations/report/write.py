"""Writing a run to a folder. Files appear whole or not at all; ``index.html`` comes last."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simulations.jobs.bench.recorded import recorded
from simulations.jobs.verify.chapters.base import Chapter, Findings, Task
from simulations.jobs.verify.run import Run, longest_first, split, timed
from simulations.report.explained import Explained, explain
from simulations.report.figures.picture import Picture
from simulations.report.overview.cards import claim_cards
from simulations.report.overview.drawings import OVERVIEW, overview_drawings
from simulations.report.overview.statements import statement_groups
from simulations.report.page import HERE, render
from simulations.report.pages.bench import write as write_bench
from simulations.report.sections.base import Section, StatementPage
from simulations.report.sections.registry import writer
from simulations.runtime.files import write_bytes, write_text
from simulations.runtime.workers import Progress, Workers
from simulations.verdicts.verdict import FAMILY_WISE_ERROR

Pictures = Mapping[str, tuple[Picture, ...]]
"""Pictures by the name of their chapter."""


PROOF_WEIGHT = 2.0
"""A proof may take seconds, and those that do should not be the last to start."""


@dataclass(frozen=True)
class PreparedReport:
    """What a report is made of beside the run.

    explained : by statement.
    busiest   : (what, seconds of its tasks added up over the workers), as in ``Run``.
    """

    pictures: Pictures
    explained: Mapping[str, Explained]
    busiest: tuple[tuple[str, float], ...] = ()


def prepare(run: Run, workers: Workers | None = None, progress: Progress | None = None) -> PreparedReport:
    """Check the proofs and draw every figure of the report, in the pool ``workers`` or, without one, in this
    process."""
    bounds = [bound for findings in run.chapters for bound in getattr(findings.chapter, "bounds", ())]
    proofs = [Task(explain, (bound,), f"proof of {bound.name}", PROOF_WEIGHT) for bound in bounds]
    batches = [proofs, *_drawings(run)]
    calls = [timed(task) for batch in batches for task in batch]
    if workers is None:
        done = [call.function(*call.arguments) for call in calls]
    else:
        done = workers.run(calls, progress)
    of_proofs, *of_figures = split(done, batches)
    spent = {"proofs": of_proofs, "figures": [each for batch in of_figures for each in batch]}
    return PreparedReport(
        pictures=_by_chapter(run, [[picture for _, picture in batch] for batch in of_figures]),
        explained={
            bound.name: explanation for bound, (_, explanation) in zip(bounds, of_proofs, strict=True)
        },
        busiest=tuple((what, sum(seconds for seconds, _ in batch)) for what, batch in spent.items()),
    )


def draw(run: Run) -> Pictures:
    """Every figure of the report, drawn in this process."""
    return _by_chapter(run, [[task.function(*task.arguments) for task in batch] for batch in _drawings(run)])


def _drawings(run: Run) -> list[list[Task]]:
    """The drawings of each chapter in turn, then those of the first page."""
    batches = [list(writer(findings.chapter).drawings(findings)) for findings in run.chapters]
    return [*batches, list(overview_drawings(run))]


def _by_chapter(run: Run, batches: Sequence[Sequence[Picture]]) -> Pictures:
    names = [*(findings.chapter.name for findings in run.chapters), OVERVIEW]
    return {name: tuple(pictures) for name, pictures in zip(names, batches, strict=True) if pictures}


def write(run: Run, out_dir: str | Path, prepared: PreparedReport | None = None) -> Path:
    """Write ``index.html``, a page a chapter and a statement, ``results.json`` and ``plots/*.svg, *.png``.

    Returns the path of ``index.html``. ``prepared`` is the answer of ``prepare``, got here by default. Raises
    InputError when the folder cannot be written.
    """
    out = Path(out_dir)
    prepared = prepare(run) if prepared is None else prepared
    pictures, explained = prepared.pictures, prepared.explained
    run = replace(run, busiest=longest_first([*run.busiest, *prepared.busiest]))
    for name, chapter_pictures in pictures.items():
        for picture in chapter_pictures:
            write_bytes(out / "plots" / f"{name}-{picture.name}.svg", picture.svg)
            write_bytes(out / "plots" / f"{name}-{picture.name}.png", picture.png)
    recording = recorded()
    if recording is not None:
        write_bench(recording, out, "bench.html")
    write_text(out / "results.json", json.dumps(run.to_json(), indent=1, allow_nan=False) + "\n")
    sections = [
        (findings, writer(findings.chapter).section(findings, pictures.get(findings.chapter.name, ())))
        for findings in run.chapters
    ]
    for findings, section in sections:
        chapter = findings.chapter
        for page in section.statements:
            explanation = explained.get(page.bound.name)
            write_text(
                out / page.path,
                _statement(page, chapter, explain(page.bound) if explanation is None else explanation),
            )
        html = _page("chapter.html.j2", name=chapter.name, title=chapter.title, section=section)
        write_text(out / f"{chapter.name}.html", html)
    write_text(out / "index.html", _index(run, sections, prepared))
    return out / "index.html"


def _page(template: str, **values: object) -> str:
    """The whole page as text: no script, nothing loaded from elsewhere."""
    style = (HERE / "templates" / "style.css").read_text(encoding="utf-8")
    return render(template, style=style, **values)


def _statement(page: StatementPage, chapter: Chapter, explanation: Explained) -> str:
    return _page(
        "statement.html.j2",
        bound=page.bound,
        chapter=chapter,
        symbols=explanation.symbols,
        proof=explanation.proof,
        body=page.html,
    )


def _index(run: Run, sections: Sequence[tuple[Findings, Section]], prepared: PreparedReport) -> str:
    return _page(
        "page.html.j2",
        run=run,
        counts=run.counts(),
        claims=claim_cards(run),
        groups=statement_groups(run, prepared.explained),
        overview_pictures=prepared.pictures.get(OVERVIEW, ()),
        chapters=[
            {"page": f"{f.chapter.name}.html", "title": f.chapter.title, "statements": len(s.statements)}
            for f, s in sections
        ],
        family_wise_error=FAMILY_WISE_ERROR,
        bench=recorded() is not None,
        machine=f"{platform.system()} {platform.machine()}",
    )
