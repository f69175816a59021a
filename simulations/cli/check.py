"""`collapse check my_bound.py`: every check of a user's own statements."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from simulations.cli.options import AsJson, Folder, Force, Jobs, Seed
from simulations.cli.shared import print_json
from simulations.runtime.errors import InputError, printable
from simulations.runtime.files import check_output_folder
from simulations.runtime.randomness import ROOT_SEED
from simulations.runtime.stdout import stdout_to_stderr
from simulations.runtime.workers import default_jobs, open_workers


def run(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="MY_BOUND.py", help="A Python file that defines bounds, populations or engines."
        ),
    ],
    out: Folder = Path("check"),
    quick: Annotated[bool, typer.Option("--quick", help="Stop at the first answer (about 20 s).")] = False,
    seconds: Annotated[
        float | None, typer.Option(help="Time of the attack on each bound; default 20.")
    ] = None,
    seed: Seed = None,
    jobs: Jobs = None,
    force: Force = False,
    as_json: AsJson = False,
) -> int:
    """Run every check of the suite on your own statements, populations and engines.

    First it looks for mistakes in the file, and reports each in one line with its remedy. A first answer
    comes after about 20 s: extremal laws whose error is known in closed form, at 1 to 1,000,000 shots and
    infinitely many, up to 64 ways and dimension 4096, on both sides of every place where the statement
    changes its regime (Piecewise, Min, Max, floor, sums of powers) and far beyond, and all populations with
    an exact error.
    --quick stops there. Then follow the sampled populations, invariance and soundness on drawn ones, the
    attack and, if the file has a function proof(bound), the proof.

    The page shows what was searched and what was not, what came nearest, how fast the bound falls beside
    proved ones, and where it is below, equal to or above every catalogue bound. High-probability bounds,
    bounds on CDNV, lower bounds, equalities, existence statements and approximations each have a check of
    their own.

    Populations, families (a Spec) and engines of the file are checked too: every catalogue bound is compared
    with the error of a new population, and a new engine with the suite's own. Installed packages join through
    the entry points collapse.bounds, collapse.populations and collapse.engines. collapse new writes a
    commented file to start from.

    Exit status 2 on a mistake in the file, 1 when something that was checked does not hold.
    """
    from simulations.cli.check_show import document, rerun, show, show_first, show_plugins
    from simulations.jobs.check.plugin_checks import check_plugins
    from simulations.jobs.check.run_checks import ATTACK_SECONDS, Listener, check, mistakes
    from simulations.plugins.load import load_extension
    from simulations.plugins.mistakes import in_file
    from simulations.report.pages.check import write
    from simulations.report.terminal import plain_progress, progress_bar

    if seconds is not None and not seconds > 0:
        raise InputError(f"{seconds:g} is not a valid time; use for example 20", field="--seconds")
    check_output_folder(out, "--out", page="index.html", force=force)
    start = time.perf_counter()
    # The file is a user's program: what it prints, here or in a worker, is not part of the output.
    with stdout_to_stderr() as answer:
        extension = load_extension(path)
        try:
            wrong = mistakes(extension)
        except InputError as mistake:
            raise mistake.within(path) from None
        for line in wrong:
            _say(f"{path}: {line}", 1000)
        if wrong:
            return 2
        seed = ROOT_SEED if seed is None else seed
        try:
            with (
                open_workers(default_jobs() if jobs is None else jobs) as workers,
                progress_bar() as progress,
            ):
                listener = Listener(
                    progress or plain_progress(),
                    first=lambda results: (
                        None if as_json or quick else show_first(results, time.perf_counter() - start, answer)
                    ),
                    phase=_say if progress is None else lambda text: None,
                )
                limit = ATTACK_SECONDS if seconds is None else seconds
                checked = check(extension, workers, seed=seed, seconds=limit, quick=quick, listener=listener)
                new = check_plugins(extension, workers, seed, progress or plain_progress())
        except InputError:
            raise
        except Exception as failed:
            message = in_file(failed, extension.path)
            if message is None:
                raise
            raise InputError(message, file=path) from None
        page = write(checked, path, out, new)
    if as_json:
        print_json(
            {
                "checks": [document(one) | {"counterexample": rerun(one, path, out)} for one in checked],
                "newcomers": [findings.to_json() for findings in new],
                "report": str(page),
            }
        )
    else:
        show_plugins(new)
        show(checked, path, page, time.perf_counter() - start)
    return int(any(one.violations for one in checked) or any(findings.violations for findings in new))


def _say(text: str, most: int = 400) -> None:
    """One line on stderr."""
    print(f"collapse: {printable(text, most)}", file=sys.stderr, flush=True)
