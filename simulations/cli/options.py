"""Options that several verbs share, each defined once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Root seed of all randomness.")]
Shots = Annotated[
    str, typer.Option(help="Comma list of shots (support draws of each class): numbers, or inf.")
]
FiniteShots = Annotated[
    str, typer.Option(help="Comma list of shots (support draws of each class), for example 1,5.")
]
Ways = Annotated[str | None, typer.Option(help="Comma list of ways (classes to tell apart); default all.")]
Device = Annotated[str, typer.Option(help="Where the sampling runs: auto, cpu or gpu.")]
Confidence = Annotated[float, typer.Option(help="Confidence of the intervals shown.")]
Jobs = Annotated[int | None, typer.Option(min=1, help="Worker processes; default one a core.")]
MinSamples = Annotated[int | None, typer.Option(min=1, help="Leave out classes of fewer samples, by name.")]
Normalize = Annotated[str | None, typer.Option(help="l2 scales every feature to length 1.")]
Map = Annotated[
    str | None,
    typer.Option("--map", help="whiten, centre, l2 or a comma list: a map fitted on source samples alone."),
]
Scheduler = Annotated[
    str | None,
    typer.Option(help="Address of a Dask scheduler: its workers read the file, by the same path."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace an index.html that collapse did not write.")]
Folder = Annotated[Path, typer.Option(help="Folder of the report.")]
