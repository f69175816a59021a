"""Writing a run to a folder. Files appear whole or not at all; ``index.html`` comes last."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path

from simulations.jobs.bench.recorded import recorded
from simulations.jobs.verify.run import Run, split
from simulations.report.figures.picture import Picture
from simulations.report.page import HERE, render
from simulations.report.pages.bench import write as write_bench
from simulations.report.sections.registry import writer
from simulations.runtime.files import write_bytes, write_text
from simulations.runtime.workers import Pool, Progress
from simulations.verdicts.verdict import FAMILY_WISE_ERROR

Pictures = Mapping[str, tuple[Picture, ...]]
"""By the name of the chapter."""


def draw(run: Run, workers: Pool | None = None, progress: Progress | None = None) -> Pictures:
    """Every figure of the report, in the pool ``workers`` or, without one, in this process."""
    batches = [list(writer(findings.chapter).drawings(findings)) for findings in run.chapters]
    tasks = [task for batch in batches for task in batch]
    if workers is None:
        drawn = [task.function(*task.arguments) for task in tasks]
    else:
        drawn = workers.run(tasks, progress)
    return {
        findings.chapter.name: tuple(pictures)
        for findings, pictures in zip(run.chapters, split(drawn, batches), strict=True)
    }


def write(run: Run, out_dir: str | Path, pictures: Pictures | None = None) -> Path:
    """Write ``index.html``, ``results.json`` and ``plots/*.svg, *.png``; returns the path of the page.

    ``pictures`` are those of ``draw``, made here by default. Raises InputError when the folder cannot be
    written.
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
    write_text(out / "index.html", page(run, pictures))
    return out / "index.html"


def page(run: Run, pictures: Pictures | None = None) -> str:
    """The whole page as text: no script, nothing loaded from elsewhere."""
    pictures = draw(run) if pictures is None else pictures
    sections = [
        (findings, writer(findings.chapter).section(findings, pictures[findings.chapter.name]))
        for findings in run.chapters
    ]
    return render(
        "page.html.j2",
        run=run,
        counts=run.counts(),
        sections=sections,
        family_wise_error=FAMILY_WISE_ERROR,
        bench=recorded() is not None,
        machine=f"{platform.system()} {platform.machine()}",
        style=(HERE / "templates" / "style.css").read_text(encoding="utf-8"),
    )
