"""`collapse verify`: the main job."""

from __future__ import annotations

import time
from pathlib import Path

from simulations.jobs.verify import run as verify
from simulations.report.terminal import progress_bar, summary
from simulations.report.write import write
from simulations.runtime.device import pick
from simulations.runtime.randomness import ROOT_SEED


def run(*, full: bool, out: Path, seed: int | None, jobs: int | None, device: str = "cpu") -> int:
    """Exit status 1 when a claim is violated and its refutation is not listed in the catalogue."""
    from simulations.cli.show import console

    start = time.perf_counter()
    kind = pick(device).kind
    with progress_bar() as progress:
        found = verify.run(
            seed=ROOT_SEED if seed is None else seed, jobs=jobs, full=full, progress=progress, device=kind
        )
    page = write(found, out)
    console().print(summary(found, page))
    console().print(f"whole job: {time.perf_counter() - start:.0f} s", style="dim")
    return found.exit_status
