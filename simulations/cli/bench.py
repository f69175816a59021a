"""`collapse bench`: speed, accuracy per second and memory, against plain baselines in the same run."""

from __future__ import annotations

import sys
from pathlib import Path

from simulations.cli.shared import print_json


def run(
    *, device: str, repetitions: int, as_json: bool, out: Path | None = None, record: bool = False
) -> int:
    """Always exit status 0: a figure is no check. ``out`` is a folder for a page; ``record`` keeps the
    figures with the package, as figures of a GPU always are."""
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
