"""Writing a run to a folder. Files appear whole or not at all; ``index.html`` comes last."""

from __future__ import annotations

import json
import platform
from pathlib import Path

from simulations.jobs.bench.recorded import recorded
from simulations.jobs.verify.run import Run
from simulations.report.page import HERE, render
from simulations.report.pages.bench import write as write_bench
from simulations.runtime.files import write_bytes, write_text
from simulations.verdicts.verdict import FAMILY_WISE_ERROR


def write(run: Run, out_dir: str | Path) -> Path:
    """Write ``index.html``, ``results.json`` and ``plots/*.svg, *.png``; returns the path of the page.

    Raises InputError when the folder cannot be written.
    """
    out = Path(out_dir)
    for name, pictures in run.pictures.items():
        for picture in pictures:
            write_bytes(out / "plots" / f"{name}-{picture.name}.svg", picture.svg)
            write_bytes(out / "plots" / f"{name}-{picture.name}.png", picture.png)
    recording = recorded()
    if recording is not None:
        write_bench(recording, out, "bench.html")
    write_text(out / "results.json", json.dumps(run.to_json(), indent=1, allow_nan=False) + "\n")
    write_text(out / "index.html", page(run))
    return out / "index.html"


def page(run: Run) -> str:
    """The whole page as text: no script, nothing loaded from elsewhere."""
    sections = [
        (findings, findings.chapter.section(findings, run.pictures[findings.chapter.name]))
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
