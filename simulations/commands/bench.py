"""`collapse bench`: speed, accuracy per second and memory, against plain baselines in the same run."""

from __future__ import annotations

import sys

from simulations.commands.shared import print_json


def run(*, device: str, repetitions: int, as_json: bool) -> int:
    """Always exit status 0: a figure is no check."""
    from simulations.bench.run import run as measure
    from simulations.bench.table import human

    def say(section: str) -> None:
        print(f"measuring {section} ...", file=sys.stderr)

    found = measure(device, repetitions=repetitions, progress=say if sys.stderr.isatty() else None)
    if as_json:
        print_json(found)
    else:
        print(human(found))
    return 0
