"""`collapse bench`: speed, accuracy per second and memory, against plain baselines in the same run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from simulations.cli.options import AsJson
from simulations.cli.shared import print_json
from simulations.runtime.errors import InputError
from simulations.runtime.files import check_output_folder


def run(
    device: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "cpu",
    full: Annotated[
        bool, typer.Option("--full", help="64 repetitions behind each variance: about ten minutes.")
    ] = False,
    repetitions: Annotated[
        int | None,
        typer.Option(min=2, help="Repetitions behind each variance; default 6, two minutes."),
    ] = None,
    section: Annotated[
        list[str] | None, typer.Option(help="Measure this section alone; repeatable. Default all.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of a page with the figures.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Keep the figures with the package.")] = False,
    as_json: AsJson = False,
) -> int:
    """Speed, accuracy per second and memory, against plain baselines in the same run.

    Every section is printed and, with --out, written when it is known: stopping the run loses none of them.
    Exit status 0 always: a benchmark checks nothing. --record keeps the figures with the package, as figures
    of a GPU always are; on a CPU only those of --full. With --section they join what is kept of the others,
    marked as measured separately.
    """
    from simulations.jobs.bench.effort import FULL
    from simulations.jobs.bench.recorded import joined
    from simulations.jobs.bench.recorded import record as keep
    from simulations.jobs.bench.run import Listener
    from simulations.jobs.bench.run import run as measure
    from simulations.jobs.bench.table import human_section
    from simulations.report.pages.bench import write

    repetitions = _repetitions(full, repetitions)
    if record and repetitions < FULL and device == "cpu":
        raise InputError("keeps figures for others; add --full", field="--record")
    if out is not None:
        check_output_folder(out, "--out", page="index.html")
    shown: set[str] = set()

    def store(document: dict[str, Any]) -> None:
        for name, section in document["sections"].items():
            if name not in shown and not as_json:
                print(human_section(name, section), flush=True)
            shown.add(name)
        if out is not None:
            write(document, out)

    document = measure(
        device,
        sections=section,
        repetitions=repetitions,
        listener=Listener(
            progress=lambda section: _tell(f"measuring {section} ..."),
            row=lambda label, _: _tell(f"  {label}"),
            store=store,
        ),
    )
    if record or document["kind"] == "gpu":
        kept = keep(document if section is None else joined(document))
        print(f"recorded in {kept}", file=sys.stderr)
    if as_json:
        print_json(document)
    else:
        print(f"{document['seconds']:.0f} s on {document['device']}, {repetitions} repetitions")
    return 0


def _repetitions(full: bool, given: int | None) -> int:
    from simulations.jobs.bench.effort import DEFAULT, FULL

    if full and given is not None:
        raise InputError("and --full exclude each other; give one", field="--repetitions")
    return FULL if full else DEFAULT if given is None else given


def _tell(text: str) -> None:
    """On stderr, where that is a terminal."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr)
