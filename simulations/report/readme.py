"""The README's picture, made by the tool: ``python -m simulations.report.readme FILE.svg``."""

from __future__ import annotations

import sys
from pathlib import Path

from simulations.jobs.verify.chapters.network import Network
from simulations.jobs.verify.run import run
from simulations.report.figures.overview import overview_drawing
from simulations.report.overview.drawings import network_panel
from simulations.runtime.files import write_bytes
from simulations.runtime.randomness import ROOT_SEED


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


if __name__ == "__main__":
    readme_picture(sys.argv[1])
