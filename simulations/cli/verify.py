"""`collapse verify`: the main job."""

from __future__ import annotations

import time
from pathlib import Path

from simulations.jobs.verify import run as verify
from simulations.report.terminal import progress_bar, summary
from simulations.report.write import draw, write
from simulations.runtime.device import pick
from simulations.runtime.randomness import ROOT_SEED
from simulations.runtime.workers import default_jobs, pool


def run(*, full: bool, out: Path, seed: int | None, jobs: int | None, device: str = "cpu") -> int:
    """Exit status 1 when a claim is violated and its refutation is not listed in the catalogue."""
    from simulations.cli.show import console

    start = time.perf_counter()
    kind = pick(device).kind
    jobs = default_jobs() if jobs is None else jobs
    with pool(jobs) as workers, progress_bar() as progress:
        run_found = verify.run(
            seed=ROOT_SEED if seed is None else seed,
            jobs=jobs,
            full=full,
            progress=progress,
            device=kind,
            workers=workers,
        )
        pictures = draw(run_found, workers, progress)
    page = write(run_found, out, pictures)
    console().print(summary(run_found, page))
    console().print(f"whole job: {time.perf_counter() - start:.0f} s", style="dim")
    return run_found.exit_status
