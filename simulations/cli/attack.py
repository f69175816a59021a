"""`collapse attack`: hunt for the population on which a bound is violated, or nearest to it."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulations.cli.mutants import MutantSearch
from simulations.cli.options import AsJson, Jobs, Seed
from simulations.cli.shared import print_json
from simulations.cli.user_files import With, join_user_files
from simulations.runtime.errors import InputError
from simulations.runtime.files import check_output_folder, write_bytes
from simulations.runtime.randomness import ROOT_SEED
from simulations.runtime.wording import shots_in_words
from simulations.runtime.workers import default_jobs, open_workers

if TYPE_CHECKING:
    from simulations.attack.records import Hunt
    from simulations.attack.target import Target
    from theory.bound.confidence import AxesBound


def run(
    name: Annotated[
        str | None, typer.Argument(help="An upper bound on the few-shot error, or one about axes.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every such bound of the catalogue.")] = False,
    seconds: Annotated[
        float | None, typer.Option(help="Search each bound for about this long; default a fixed effort.")
    ] = None,
    searches: Annotated[
        int | None, typer.Option(min=0, help="Searches beyond the known laws; default 24.")
    ] = None,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Attack the bound with each constant changed by a tenth.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder of witnesses and pictures.")] = Path("attack"),
    seed: Seed = None,
    with_files: With = None,
    jobs: Jobs = None,
    as_json: AsJson = False,
) -> int:
    """Hunt for the population that violates a bound or comes nearest.

    Searches finite-support populations (2 and 3 classes, 2 to 6 atoms, dimension 1 to 4, 1 to 4 shots and
    infinitely many), where the error is exact, for the largest error / bound: laws known to be tight first,
    then differential evolution on lattices, where ties and degenerate geometry are common, then Nelder-Mead.
    Every best point of finite support is re-checked with the error in fractions and the statement at 60
    digits. Isotropic Gaussian pairs and spherical Gaussian and Student classes take part where an engine
    knows their error well enough; the low end of its interval then stands for the error.

    It writes a witness that collapse evaluate reads, one for each number of shots, and the path of the search
    as a picture. A ratio above 1 + 1e-9 is a refutation. Numbers depend on --seed alone, not on --jobs;
    --seconds is for each bound and stops between batches of searches. --mutants attacks the bound with each
    numeric constant of its statement changed by a tenth, and says which changes are noticed, where, and how
    soon. Try it on a false bound: collapse attack planted_shots_lowered.

    A statement about the axes of two labelings (collapse bounds axes_orthogonality) is attacked on laws of
    two labelings, in double precision and one process; --searches is then the number of climbs, and the
    witness a file of features with labels2 for collapse measure.

    Exit status 1 when a bound is refuted.
    """
    join_user_files(with_files)
    from simulations.attack.hunt import LATTICES, hunt
    from simulations.attack.target import Target, upper_bounds

    _check_options(name, everything=everything, seconds=seconds)
    if not mutants:
        check_output_folder(out, "--out")  # before the search, which may take minutes
    seed = ROOT_SEED if seed is None else seed
    if (axes := _about_axes(name)) is not None:
        from simulations.cli import axes_attack

        if mutants:
            raise InputError(
                "is about axes; mutants are made of bounds on the few-shot error", field=axes.name
            )
        return axes_attack.run(
            axes, seed=seed, starts=searches, seconds=seconds, out=out, as_json=as_json, report=_progress
        )
    targets = [Target(each) for each in (upper_bounds() if everything else [str(name)])]
    for target in targets:
        target.load()
    jobs = default_jobs() if jobs is None else jobs
    if mutants:
        limits = MutantSearch(seconds, searches, seed, jobs)
        return _mutants(targets, limits, as_json=as_json)
    limit = math.inf if seconds is None else seconds
    lattices = searches if searches is not None else LATTICES if seconds is None else 10**6
    hunts = []
    # In one process a pool would only add its start.
    with open_workers(jobs) if jobs > 1 else nullcontext() as workers:
        for target in targets:
            result = hunt(
                target,
                workers,
                seed=seed,
                lattices=lattices,
                seconds=limit,
                report=_progress,
            )
            hunts.append((result, _write(result, out)))
    if as_json:
        print_json({"attacks": [_json(each, path) for each, path in hunts]})
    else:
        _show(hunts)
    return int(any(each.refuted for each, _ in hunts))


def _check_options(name: str | None, *, everything: bool, seconds: float | None) -> None:
    """Raises InputError where they contradict each other or are out of range."""
    if name is None and not everything:
        raise InputError("is missing; give the name of one bound, or --all", field="NAME")
    if name is not None and everything:
        raise InputError("and --all were both given; drop one", field=name)
    if seconds is not None and not seconds > 0:
        raise InputError(f"{seconds:g} is not a valid time; use for example 60", field="--seconds")


def _about_axes(name: str | None) -> AxesBound | None:
    """The statement of that name, where it is about the axes of two labelings."""
    from theory import catalogue
    from theory.bound.confidence import AxesBound

    bound = catalogue.get(name) if name in catalogue.names() else None
    return bound if isinstance(bound, AxesBound) else None


def _mutants(targets: Sequence[Target], limits: MutantSearch, *, as_json: bool) -> int:
    from simulations.attack.target import upper_bounds
    from simulations.cli import mutants

    names = [target.name for target in targets]
    unknown = [name for name in names if name not in upper_bounds()]
    if unknown:
        raise InputError(f"{unknown[0]} is planted; mutants are made of catalogue bounds", field="NAME")
    return mutants.run(names, limits, as_json=as_json, report=_progress)


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()


def _write(hunt: Hunt, out: Path) -> Path | None:
    from simulations.attack.witness import write
    from simulations.report.figures.attack import path_drawing

    picture = path_drawing(hunt)
    write_bytes(out / f"{hunt.bound}.svg", picture.svg)
    if hunt.best is None:
        return None
    path = out / f"{hunt.bound}.toml"
    write(hunt, path)
    for shots in hunt.by_shots:
        write(hunt, out / f"{hunt.bound}-n{_shots(shots)}.toml", shots)
    return path


def _json(hunt: Hunt, path: Path | None) -> dict[str, Any]:
    result = hunt.best
    claim = result.claim if result is not None else None
    return {
        "name": hunt.bound,
        "refuted": hunt.refuted,
        "ratio": hunt.ratio,
        "error": claim.error if claim else None,
        "value": claim.bound if claim else None,
        "query": claim.query if claim else None,
        "shots": _shots(result.shots) if result else None,
        "exact": hunt.exact is not None,
        "unchecked": hunt.unchecked or None,
        "space": result.space if result else None,
        "by_shots": {str(_shots(n)): best.ratio for n, best in hunt.by_shots.items()},
        "witness": None if path is None else str(path),
        "effort": {
            "seconds": round(hunt.seconds, 3),
            "searches": hunt.searches,
            "evaluations": hunt.evaluations,
        },
        "seed": hunt.seed,
    }


def _shots(shots: float) -> int | str:
    return "inf" if math.isinf(shots) else int(shots)


def _show(hunts: Sequence[tuple[Any, Path | None]]) -> None:
    from rich.table import Table

    from simulations.cli.show import cell, console

    _progress("")
    screen = console()
    table = Table(box=None, pad_edge=False)
    for heading in ("bound", "error / bound", "shots", "checked", "evaluations", "seconds"):
        table.add_column(heading, no_wrap=True)
    for hunt, _ in hunts:
        best = hunt.best
        table.add_row(
            cell(hunt.bound),
            cell(f"{hunt.ratio:.9g}"),
            cell(_shots(best.shots) if best else "-"),
            cell("fractions" if hunt.exact is not None else "doubles"),
            cell(hunt.evaluations),
            cell(f"{hunt.seconds:.1f}"),
        )
    screen.print(table)
    for hunt, path in hunts:
        where = f"{hunt.best.space}; witness {path}" if hunt.best else "no population with an error"
        screen.print(cell(f"{hunt.bound}: {where}"), style="dim")
    for hunt, path in hunts:
        if hunt.refuted:
            claim = hunt.best.claim
            who = "the mean over classes" if claim.query is None else f"queries of class {claim.query}"
            screen.print(
                cell(
                    f"{hunt.bound} is refuted: error {claim.error!r} above bound {claim.bound!r} for {who} "
                    f"at {shots_in_words(hunt.best.shots)}; witness {path}"
                ),
                style="bold red",
            )
