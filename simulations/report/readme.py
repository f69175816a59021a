"""The README's picture, made by the tool: ``python -m simulations.report.readme FILE.svg``."""

from __future__ import annotations

import sys
from pathlib import Path

from simulations.engines import Budget
from simulations.jobs.verify.chapters.few_shot import measure
from simulations.populations.suite import Entry
from simulations.report.figures.bounds import Panel, Point, readme_drawing
from simulations.runtime.files import write_bytes
from simulations.runtime.randomness import ROOT_SEED
from theory import catalogue
from theory.bound import Value

SHOWN = (
    "cdnv_2022",
    "directional_2026",
    "cdnv_optimal",
    "exact_moment",
    "fourth_moment",
    "union_moment",
)
EFFORT = Budget(draws=6e7)
REPRESENTATIVE = Entry(
    "ten Student classes (df = 6) at the vertices of a simplex",
    "heavy tails, moderate collapse",
    {
        "family": "student",
        "classes": [
            {"mean": [3.0 if axis == c else 0.0 for axis in range(16)], "std": 0.35, "df": 6.0}
            for c in range(10)
        ],
    },
    shots=(1, 2, 5, 10, 20, 50, 100),
    ways=(5,),
)


def readme_picture(path: str | Path, seed: int = ROOT_SEED) -> Path:
    """Draw six bounds and the measured error of one representative population against shots.

    ``path`` ends in .svg or .png and says which is written. Takes about ten seconds.
    """
    path = Path(path)
    if path.suffix not in (".svg", ".png"):
        raise ValueError(f"the picture's file name must end in .svg or .png, not '{path.name}'")
    bounds = tuple(catalogue.get(name) for name in SHOWN)
    measured = [
        each
        for shots in REPRESENTATIVE.shots
        for each in measure(REPRESENTATIVE, shots, bounds, seed, EFFORT)
    ]
    points = tuple(
        Point(each.shots, each.error.value, each.error.low, each.error.high, None) for each in measured
    )
    values = [
        (
            bound.name,
            [a.value if isinstance(a := each.evaluated.answers[index], Value) else None for each in measured],
        )
        for index, bound in enumerate(bounds)
    ]
    picture = readme_drawing(Panel(REPRESENTATIVE.name, 5, points, 0.0), values)
    write_bytes(path, picture.svg if path.suffix == ".svg" else picture.png)
    return path


if __name__ == "__main__":
    readme_picture(sys.argv[1])
