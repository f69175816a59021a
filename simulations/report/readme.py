"""The generated parts of the README: ``python -m simulations.report.readme FILE.svg`` draws a picture,
``python -m simulations.report.readme`` prints its table of statements; both run chapters of the main job."""

from __future__ import annotations

import sys
from pathlib import Path

from simulations.jobs.verify.chapters.network import Network
from simulations.jobs.verify.run import Run, run
from simulations.report.figures.overview import overview_drawing
from simulations.report.overview.drawings import network_panel
from simulations.report.overview.statements import StatementRow, statement_groups
from simulations.runtime.files import write_bytes
from simulations.runtime.randomness import ROOT_SEED
from theory import catalogue

BEGIN, END = "<!-- statements: begin -->", "<!-- statements: end -->"
"""Marks of the table in the README."""


def readme_picture(path: str | Path, seed: int = ROOT_SEED) -> Path:
    """Draw the recorded network's error on new classes beside predictions and bounds, against shots.

    ``path`` ends in .svg or .png and says which is written. Takes about a minute. Raises ValueError on
    another ending.
    """
    path = Path(path)
    if path.suffix not in (".svg", ".png"):
        raise ValueError(f"the picture's file name must end in .svg or .png, not '{path.name}'")
    panel = network_panel(run(seed, jobs=1, chapters=(Network(),)))
    assert panel is not None
    picture = overview_drawing((panel,))
    write_bytes(path, picture.svg if path.suffix == ".svg" else picture.png)
    return path


def statement_table(verification: Run) -> str:
    """Every statement of a run in Markdown: upper bounds on the few-shot error by their tightness over the
    suite's populations at finite shots, then the names of all others by chapter."""
    upper, *others = statement_groups(verification)
    lines = [
        "| upper bound on the few-shot error | | proof | error / bound: median | largest |",
        "|---|---|---|---|---|",
        *(_line(row) for row in upper.rows),
        "",
    ]
    lines += [f"{group.title}: {', '.join(f'`{row.name}`' for row in group.rows)}.\n" for group in others]
    return "\n".join((BEGIN, *lines, END))


def _line(row: StatementRow) -> str:
    median, largest = ("not seen" if value is None else f"{value:.2g}" for value in (row.median, row.largest))
    return f"| `{row.name}` | {catalogue.get(row.name).title} | {row.proof} | {median} | {largest} |"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        readme_picture(sys.argv[1])
    else:
        print(statement_table(run()))
