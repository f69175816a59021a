"""`collapse verify`: the main job."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from simulations.cli.options import Device, Folder, Force, Jobs, Seed
from simulations.cli.user_files import With, join_user_files


def run(
    full: Annotated[bool, typer.Option("--full", help="Larger counts: tighter intervals, minutes.")] = False,
    out: Folder = Path("report"),
    seed: Seed = None,
    jobs: Jobs = None,
    with_files: With = None,
    device: Device = "cpu",
    force: Force = False,
) -> int:
    """The main job: every statement against every population, into a report.

    Exit status 1 when a claim is violated and its refutation is not listed in the catalogue.
    """
    join_user_files(with_files)
    from simulations.cli.show import console
    from simulations.jobs.verify import run as verify
    from simulations.report.terminal import progress_bar, summary
    from simulations.report.write import prepare, write
    from simulations.runtime.device import pick
    from simulations.runtime.files import check_output_folder
    from simulations.runtime.randomness import ROOT_SEED
    from simulations.runtime.workers import default_jobs, open_workers

    start = time.perf_counter()
    kind = pick(device).kind
    check_output_folder(out, "--out", page="index.html", force=force)
    jobs = default_jobs(kind) if jobs is None else jobs
    with open_workers(jobs) as workers, progress_bar() as progress:
        findings = verify.run(
            seed=ROOT_SEED if seed is None else seed,
            jobs=jobs,
            full=full,
            progress=progress,
            device=kind,
            workers=workers,
        )
        prepared = prepare(findings, workers, progress)
    page = write(findings, out, prepared)
    console().print(summary(findings, page))
    console().print(f"whole job: {time.perf_counter() - start:.0f} s", style="dim")
    return findings.exit_status
