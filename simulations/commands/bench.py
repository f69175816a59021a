"""`collapse bench`: speed, accuracy per second and memory, against plain baselines in the same run."""

from __future__ import annotations

import sys
from pathlib import Path

from simulations.commands.shared import print_json


def run(*, device: str, repetitions: int, as_json: bool, out: Path | None = None) -> int:
    """Always exit status 0: a figure is no check. ``out`` is a folder for a page."""
    from simulations.bench.run import run as measure
    from simulations.bench.table import human

    def say(section: str) -> None:
        print(f"measuring {section} ...", file=sys.stderr)

    found = measure(device, repetitions=repetitions, progress=say if sys.stderr.isatty() else None)
    if out is not None:
        from simulations.report.bench import write

        write(found, out)
    if as_json:
        print_json(found)
    else:
        print(human(found))
    return 0
