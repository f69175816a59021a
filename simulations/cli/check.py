"""`collapse check my_bound.py`: the whole battery for somebody's own bounds."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from simulations.cli.options import AsJson, Folder, Jobs, Seed
from simulations.cli.shared import print_json
from simulations.runtime.randomness import ROOT_SEED
from simulations.runtime.stdout import stdout_to_stderr
from simulations.runtime.workers import default_jobs, pool


def run(
    path: Annotated[Path, typer.Argument(metavar="MY_BOUND.py", help="A Python file that defines bounds.")],
    out: Folder = Path("check"),
    seconds: Annotated[
        float | None, typer.Option(help="Time of the attack on each bound; default 20.")
    ] = None,
    seed: Seed = None,
    jobs: Jobs = None,
    as_json: AsJson = False,
) -> int:
    """The whole battery for somebody's own bound file.

    Exit status 2 on an author's mistake, 1 when something that was checked does not hold.
    """
    from simulations.jobs.check.plugin_checks import check_newcomers
    from simulations.jobs.check.run_checks import ATTACK_SECONDS, check, mistakes
    from simulations.plugins.load import load_extension
    from simulations.report.pages.check import write
    from simulations.report.terminal import progress_bar
    from simulations.runtime.errors import InputError, printable

    if seconds is not None and not seconds > 0:
        raise InputError(f"{seconds:g} is no time; use for example 20", field="--seconds")
    start = time.perf_counter()
    # The file is somebody's program: what it prints, here or in a worker, is no part of the answer.
    with stdout_to_stderr():
        extension = load_extension(path)
        wrong = mistakes(extension)
        for line in wrong:
            print(f"collapse: {path}: {printable(line, 1000)}", file=sys.stderr)
        if wrong:
            return 2
        seed = ROOT_SEED if seed is None else seed
        with pool(default_jobs() if jobs is None else jobs) as workers, progress_bar() as progress:
            new = check_newcomers(extension, workers, seed, progress)
            found = check(
                extension,
                workers,
                seed=seed,
                seconds=ATTACK_SECONDS if seconds is None else seconds,
                progress=progress,
            )
        page = write(found, path, out, new)
    if as_json:
        newcomers = [each.to_json() for each in new]
        checks = [document(each) for each in found]
        print_json({"checks": checks, "newcomers": newcomers, "report": str(page)})
    else:
        _show_new(new)
        _show(found, page, time.perf_counter() - start)
    return int(any(each.violations for each in found) or any(each.violations for each in new))


def document(each: Any) -> dict[str, Any]:
    """The stable JSON form of one checked bound."""
    return {
        "name": each.bound.name,
        "statement": str(each.bound.relation),
        "assumptions": [assumption.name for assumption in each.bound.assumptions],
        "verdicts": each.counts(),
        "violations": list(each.violations),
        "properties": {
            "tried": each.properties.tried,
            "applied": each.properties.applied,
            "largest_ratio": each.properties.largest,
        },
        "attack": {
            "ratio": each.attack.ratio,
            "refuted": each.attack.refuted,
            "exact": each.attack.exact is not None,
            "evaluations": each.attack.evaluations,
        },
        "sharpest": {
            "compared": len(each.sharpest),
            "at": [
                {
                    "population": cell.population,
                    "shots": cell.row.setting.shots,
                    "ways": cell.row.setting.ways,
                    "value": own,
                    "next": name,
                    "next_value": value,
                }
                for cell, own, name, value in each.wins
            ],
        },
        "proof": None if each.proof is None else each.proof.verdict,
    }


def _show_new(new: list[Any]) -> None:
    from simulations.cli.show import cell, console

    screen = console()
    for each in new:
        against = "values of catalogue bounds" if each.kind == "population" else "estimates of other engines"
        screen.print(cell(f"{each.kind} {each.name}: compared with {each.compared} {against}"))
        for line in each.violations:
            screen.print(cell(line), style="bold red")


def _show(found: list[Any], page: Path, seconds: float) -> None:
    from simulations.cli.show import cell, console

    screen = console()
    for each in found:
        told = document(each)
        verdicts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in told["verdicts"].items())
        screen.print(cell(f"{each.bound.name}: {verdicts}"))
        tried = told["properties"]
        screen.print(
            cell(
                f"  properties: {tried['applied']} of {tried['tried']} drawn populations apply, largest "
                f"error / bound {tried['largest_ratio']:.4g}"
            )
        )
        hunt = each.attack
        screen.print(
            cell(f"  attack: largest error / bound {hunt.ratio:.6g} ({hunt.evaluations} evaluations)")
        )
        screen.print(cell(f"  {each.standing}"))
        screen.print(cell(f"  proof: {told['proof'] or 'none in the file'}"))
        for line in told["violations"]:
            screen.print(cell(line), style="bold red")
    screen.print(cell(f"report: {page} ({seconds:.0f} s)"), style="dim")
