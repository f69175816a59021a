"""Writing a run to a folder. Files appear whole or not at all; ``index.html`` comes last."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from simulations.jobs.bench.recorded import recorded
from simulations.jobs.verify.chapters.base import Chapter, Findings
from simulations.jobs.verify.run import Run, split
from simulations.report.figures.picture import Picture
from simulations.report.overview.cards import claim_cards
from simulations.report.overview.drawings import OVERVIEW, overview_drawings
from simulations.report.overview.statements import statement_groups
from simulations.report.page import HERE, render
from simulations.report.pages.bench import write as write_bench
from simulations.report.sections.base import Section, StatementPage
from simulations.report.sections.registry import writer
from simulations.runtime.files import write_bytes, write_text
from simulations.runtime.workers import Pool, Progress
from simulations.verdicts.verdict import FAMILY_WISE_ERROR
from theory.printing import definitions

Pictures = Mapping[str, tuple[Picture, ...]]
"""By the name of the chapter."""


def draw(run: Run, workers: Pool | None = None, progress: Progress | None = None) -> Pictures:
    """Every figure of the report, in the pool ``workers`` or, without one, in this process."""
    batches = [list(writer(findings.chapter).drawings(findings)) for findings in run.chapters]
    batches.append(overview_drawings(run))
    tasks = [task for batch in batches for task in batch]
    if workers is None:
        drawn = [task.function(*task.arguments) for task in tasks]
    else:
        drawn = workers.run(tasks, progress)
    names = [*(findings.chapter.name for findings in run.chapters), OVERVIEW]
    return {
        name: tuple(pictures) for name, pictures in zip(names, split(drawn, batches), strict=True) if pictures
    }


def write(run: Run, out_dir: str | Path, pictures: Pictures | None = None) -> Path:
    """Write ``index.html``, a page a chapter and a statement, ``results.json`` and ``plots/*.svg, *.png``.

    Returns the path of ``index.html``. ``pictures`` are those of ``draw``, made here by default. Raises
    InputError when the folder cannot be written.
    """
    out = Path(out_dir)
    pictures = draw(run) if pictures is None else pictures
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
            write_text(out / page.path, _statement(page, chapter))
        html = _page("chapter.html.j2", name=chapter.name, title=chapter.title, section=section)
        write_text(out / f"{chapter.name}.html", html)
    write_text(out / "index.html", _index(run, sections, pictures.get(OVERVIEW, ())))
    return out / "index.html"


def _page(template: str, **values: object) -> str:
    """The whole page as text: no script, nothing loaded from elsewhere."""
    style = (HERE / "templates" / "style.css").read_text(encoding="utf-8")
    return render(template, style=style, **values)


def _statement(page: StatementPage, chapter: Chapter) -> str:
    symbols = [(Markup(entry.mathml), entry.meaning) for entry in definitions(page.bound)]
    return _page("statement.html.j2", bound=page.bound, chapter=chapter, symbols_used=symbols, body=page.html)


def _index(run: Run, sections: Sequence[tuple[Findings, Section]], pictures: Sequence[Picture]) -> str:
    return _page(
        "page.html.j2",
        run=run,
        counts=run.counts(),
        claims=claim_cards(run),
        groups=statement_groups(run),
        overview_pictures=pictures,
        chapters=[
            {"page": f"{f.chapter.name}.html", "title": f.chapter.title, "statements": len(s.statements)}
            for f, s in sections
        ],
        family_wise_error=FAMILY_WISE_ERROR,
        bench=recorded() is not None,
        machine=f"{platform.system()} {platform.machine()}",
    )
