"""`collapse bench`: speed, accuracy per second and memory, against plain baselines in the same run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from simulations.cli.options import AsJson
from simulations.cli.shared import print_json
from simulations.runtime.files import check_output_folder


def run(
    device: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "cpu",
    repetitions: Annotated[int, typer.Option(min=2, help="Repetitions behind each variance.")] = 64,
    out: Annotated[Path | None, typer.Option(help="Folder of a page with the figures.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Keep the figures with the package.")] = False,
    as_json: AsJson = False,
) -> int:
    """Speed, accuracy per second and memory, against plain baselines in the same run.

    Always exit status 0: a figure is no check. ``out`` is a folder for a page; ``record`` keeps the
    figures with the package, as figures of a GPU always are.
    """
    if out is not None:
        check_output_folder(out, "--out", page="index.html")
    from simulations.jobs.bench.run import run as measure
    from simulations.jobs.bench.table import human

    def say(section: str) -> None:
        print(f"measuring {section} ...", file=sys.stderr)

    found = measure(device, repetitions=repetitions, progress=say if sys.stderr.isatty() else None)
    if record or found["kind"] == "gpu":
        from simulations.jobs.bench.recorded import record as keep

        print(f"recorded in {keep(found)}", file=sys.stderr)
    if out is not None:
        from simulations.report.pages.bench import write

        write(found, out)
    if as_json:
        print_json(found)
    else:
        print(human(found))
    return 0
