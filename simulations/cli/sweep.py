"""`collapse sweep`: a grid of populations, settings and bounds, resumable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulations.cli.options import AsJson, Device, Jobs
from simulations.cli.user_files import With, join_user_files, quietly
from simulations.runtime import workers
from simulations.runtime.errors import InputError
from simulations.runtime.exits import INTERNAL, complain
from simulations.runtime.files import check_output_file, check_output_folder

if TYPE_CHECKING:
    from simulations.jobs.sweep.export import Record
    from simulations.jobs.sweep.plan import SweepPlan
    from simulations.jobs.sweep.run import SweepOutcome
    from simulations.jobs.sweep.slices import Slice


def run(
    path: Annotated[Path, typer.Argument(metavar="GRID.toml", help="Populations, shots, ways and bounds.")],
    store: Annotated[Path | None, typer.Option(help="Results; default GRID.sweep beside the grid.")] = None,
    jobs: Jobs = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a Dask scheduler.")] = None,
    cluster: Annotated[str | None, typer.Option(help="local: Dask workers on this machine.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Estimate the cost and stop.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Try failed tasks again.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write all rows as CSV.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="Write all rows as Parquet (needs pyarrow).")] = None,
    axes: Annotated[
        str | None, typer.Option(help="Draw: one axis for curves, two (x,y) for a phase diagram.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="Values of the other axes in the picture, like dimension=64,ways=5.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the picture; default sweep.")] = None,
    with_files: With = None,
    device: Device = "cpu",
    as_json: AsJson = False,
) -> int:
    """A grid of populations, settings and bounds; stop and resume at will.

    GRID.toml, for example:

    \b
    shots = [1, 5, 50, inf]
    ways = [2, 5]
    bounds = ["cdnv_sharp", "exact_moment"]    # every upper bound by default
    [[populations]]
    name = "simplex"
    family = "simplex_etf"
    count = 5
    [populations.vary]                         # any keys of the family
    dimension = [16, 64]
    cdnv = [1.0, 0.1, 0.01]

    Every finished task is stored in GRID.sweep (SQLite) and never computed twice: stop it, kill it, run it
    again. A changed statement or engine recomputes what depends on it. --plan estimates the cost; --csv
    and --parquet write the rows, --axes cdnv,shots draws which bound is sharpest where (one axis: curves),
    --at dimension=64 at which values of the other axes. Tasks run on a process pool or, with --scheduler
    ADDRESS or --cluster local, on Dask; the rows are the same bytes for any of them.
    simulations.sweep.read(GRID, STORE) returns records for pandas or polars.

    Exit status 1 when a bound is violated, 70 when a task failed.
    """
    workers.start()  # before NumPy is loaded
    join_user_files(with_files)
    from simulations.jobs.sweep import export, slices
    from simulations.jobs.sweep.grid import load_grid
    from simulations.jobs.sweep.plan import plan as sweep_plan
    from simulations.jobs.sweep.run import run as computed
    from simulations.jobs.sweep.store import opened
    from simulations.report.terminal import progress_bar
    from simulations.runtime.device import pick

    wanted = _axes(axes)
    if at is not None and wanted is None:
        raise InputError("chooses what --axes draws; give --axes as well", field="--at")
    chosen = slices.parse_axis_values(at)
    place = path.with_suffix(".sweep") if store is None else store
    _check_outputs(path, place, csv, parquet, out if wanted is not None else None)
    with quietly(with_files):
        grid = replace(load_grid(path), device=pick(device).kind)
    count = workers.default_jobs(grid.device) if jobs is None else jobs
    workers.check_jobs(count)
    if plan:
        with opened(place, write=False) as stored, quietly(with_files):
            tasks = sweep_plan(grid, stored, count)
        return _say_plan(tasks, as_json)
    with opened(place) as opened_store, quietly(with_files):
        with _workers(scheduler, cluster, count) as hands, progress_bar() as progress:
            try:
                outcome = computed(grid, opened_store, hands, progress, retry=retry)
            except KeyboardInterrupt:
                raise InterruptedSweep(place) from None
        if outcome.damaged:
            complain(f"{outcome.damaged} stored results of {place} were damaged and have been computed anew")
        rows = export.records(grid, opened_store)
    _write(rows, csv, parquet)
    picture = None if wanted is None else _draw(rows, wanted, chosen, Path("sweep") if out is None else out)
    counts = Counter(row["verdict"] or "none" for row in rows)
    _tell(outcome, rows, counts, place, as_json)
    if picture is not None and not as_json:
        _say_picture(*picture)
    if counts.get("violated"):
        return 1
    if outcome.failed:
        return complain(f"{outcome.failed} tasks failed, see the reasons; --retry tries them again", INTERNAL)
    return 0


def _check_outputs(grid: Path, store: Path, csv: Path | None, parquet: Path | None, out: Path | None) -> None:
    """Before hours of work, not after."""
    kept = [grid, *(store.with_name(store.name + ending) for ending in ("", "-wal", "-shm", ".lock"))]
    check_output_file(store, "--store", [grid])
    if csv is not None:
        check_output_file(csv, "--csv", kept)
    if parquet is not None:
        check_output_file(parquet, "--parquet", kept if csv is None else [*kept, csv])
    if out is not None:
        check_output_folder(out, "--out")


def _tell(
    outcome: SweepOutcome, rows: list[Record], counts: Mapping[str, int], place: Path, as_json: bool
) -> None:
    """A summary of what was computed and of the verdicts, on the screen or as one JSON document."""
    if as_json:
        from simulations.cli.shared import print_json

        tasks = {"total": outcome.total, "stored_before": outcome.already, "computed": outcome.computed}
        print_json({"tasks": {**tasks, "failed": outcome.failed}, "verdicts": counts, "records": rows})
    else:
        from simulations.cli.show import console

        screen = console()
        screen.print(
            f"{outcome.total} tasks: {outcome.already} were stored, {outcome.computed} computed, "
            f"{outcome.failed} failed; store {place}",
            markup=False,
        )
        words = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in sorted(counts.items()))
        screen.print(f"{len(rows)} rows: {words}", markup=False)
        for reason in sorted({row["reason"] for row in rows if row["verdict"] is None and row["reason"]}):
            screen.print(reason, style="dim", markup=False)


class InterruptedSweep(KeyboardInterrupt):
    """Ctrl-C in a sweep; ``str()`` says how to go on."""

    def __init__(self, store: Path) -> None:
        super().__init__(f"finished tasks are kept in {store}; run the same command again to go on")


def _axes(text: str | None) -> list[str] | None:
    if text is None:
        return None
    names = [part.strip() for part in text.split(",")]
    if not 1 <= len(names) <= 2 or not all(names) or len(set(names)) < len(names):
        raise InputError("give one axis, or two different ones like shots,dimension", field="--axes")
    return names


def _workers(scheduler: str | None, cluster: str | None, count: int) -> AbstractContextManager[Any]:
    from simulations.jobs.sweep import executors

    if scheduler is not None and cluster is not None:
        raise InputError("and --cluster exclude each other; give one", field="--scheduler")
    if cluster not in (None, "local"):
        raise InputError(f"'{cluster}' is not a kind of cluster; use local", field="--cluster")
    if scheduler is not None or cluster is not None:
        return executors.dask(scheduler, count)
    return workers.open_workers(count)


def _say_plan(plan: SweepPlan, as_json: bool) -> int:
    if as_json:
        from simulations.cli.shared import print_json

        print_json(
            {
                "tasks": plan.tasks,
                "stored": plan.stored,
                "seconds": plan.seconds,
                "memory_mib": plan.memory_mib,
                "engines": plan.engines,
                "timed": plan.timed,
                "kinds": plan.kinds,
            }
        )
        return 0
    from simulations.cli.show import console

    engines = ", ".join(f"{count} by {name}" for name, count in sorted(plan.engines.items()))
    if engines:
        engines += " (the engine tried first; where its self-check fails, the next one takes over)"
    rough = plan.kinds - plan.timed
    basis = f" ({plan.timed} of its tasks timed{f', {rough} kinds by rough constants' if rough else ''})"
    console().print(
        f"{plan.tasks} tasks, {plan.stored} of them stored; errors to estimate: {engines or 'none'}\n"
        f"about {plan.seconds:.0f} s{basis} and {plan.memory_mib:.0f} MiB",
        markup=False,
    )
    return 0


def _write(rows: list[Record], csv: Path | None, parquet: Path | None) -> None:
    from simulations.jobs.sweep import export
    from simulations.runtime.files import write_bytes, write_text

    if csv is not None:
        write_text(csv, export.to_csv(rows))
    if parquet is not None:
        write_bytes(parquet, export.to_parquet(rows))


def _draw(rows: list[Record], axes: list[str], at: dict[str, str], folder: Path) -> tuple[Path, Slice]:
    """The path of the picture (a PNG lies beside it), and the slice of the grid that it shows."""
    import io

    from simulations.jobs.sweep.slices import slice_of
    from simulations.report.figures import sweep as pictures
    from simulations.runtime.files import write_bytes

    part = slice_of(rows, axes, at)
    figure = pictures.curves(part, axes[0]) if len(axes) == 1 else pictures.phase_diagram(part, *axes)
    path = folder / f"{'-'.join(axes)}.svg"
    for kind in ("svg", "png"):
        content = io.BytesIO()
        metadata = {"Date": None} if kind == "svg" else None
        figure.savefig(content, format=kind, dpi=150, metadata=metadata)
        write_bytes(path.with_suffix(f".{kind}"), content.getvalue())
    return path, part


def _say_picture(path: Path, part: Slice) -> None:
    from simulations.cli.show import console

    message = f"picture {path} (and .png)"
    if part.words:
        message += f", at {part.words}"
    if part.another is not None:
        message += f"; draw another with --at {part.another}"
    console().print(message, markup=False)
