"""`collapse network`: train the reference network anew, or run one of its studies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulations.cli.options import Seed
from simulations.runtime.errors import InputError
from simulations.runtime.files import check_output_folder
from simulations.runtime.randomness import ROOT_SEED

if TYPE_CHECKING:
    from simulations.experiments.network.data.dataset import ImageClasses
    from simulations.experiments.network.record.reference import Watch
    from simulations.experiments.network.training.recipe import Recipe
    from simulations.experiments.network.training.train import Progress

STUDIES = ("classes", "samples", "settings")


def run(
    quick: Annotated[
        bool, typer.Option("--quick", help="A small run, about a minute (the default).")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="The reference run: many minutes.")] = False,
    images: Annotated[
        Path | None, typer.Option(help="Your own images, one folder a class (DIR/class/*.png).")
    ] = None,
    model: Annotated[str, typer.Option(help="conv4, or wrn-28-4 (the paper's own; slow).")] = "conv4",
    study: Annotated[
        str | None, typer.Option(help="A study in place of a run: classes, samples or settings.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the checkpoint, the record and the report.")] = Path(
        "network"
    ),
    seed: Seed = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
) -> int:
    """Train the reference network anew and report on it (needs torch).

    A four-layer convolutional network on letters as the designers of 66 font families drew them (393 classes,
    74,366 images, in the package). New samples and new classes come from families that training never saw. It
    writes a checkpoint after every epoch (--resume goes on), features and metrics at epochs on a log scale,
    and the report. --quick takes about a minute, --full about ten. --images DIR takes your own images
    (DIR/class/*.png; DIR/class/group/*.png keeps groups apart), --model wrn-28-4 the paper's own network,
    --study classes|samples|settings repeats the sweeps.

    Exit status 1 when a bound is violated on the new classes.
    """
    if quick and full:
        raise InputError("and --quick exclude each other; give one", field="--full")
    from simulations.experiments.network.training.recipe import FULL, MODELS, QUICK
    from simulations.experiments.network.training.requirement import require_torch

    if study is not None and study not in STUDIES:
        raise InputError(f"'{study}' is not a study; use {', '.join(STUDIES)}", field="--study")
    if model not in MODELS:
        raise InputError(f"'{model}' is not a model; use {' or '.join(MODELS)}", field="--model")
    check_output_folder(out, "--out")
    check_output_folder(out / "report", "--out", page="index.html")
    require_torch()
    seed = ROOT_SEED if seed is None else seed
    data = _data(images)
    if study is not None:
        return _study(study, data, out, seed, resume)
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists() and not resume:
        raise InputError(
            "holds an earlier run; give --resume to go on with it, or choose another --out", file=checkpoint
        )
    _require_run(resume, checkpoint, out)
    recipe = replace(FULL if full else QUICK, model=model)
    try:
        return _reference(data, recipe, full, out, seed)
    except KeyboardInterrupt:
        kept = "--resume goes on after the last finished epoch" if checkpoint.exists() else ""
        raise KeyboardInterrupt(kept) from None


def _data(images: Path | None) -> ImageClasses:
    if images is None:
        from simulations.experiments.network.data.dataset import load_glyphs

        return load_glyphs()
    from simulations.experiments.network.data.folder import load_folder

    return load_folder(images)


def _reference(data: ImageClasses, recipe: Recipe, full: bool, out: Path, seed: int) -> int:
    from simulations.experiments.network.data.sizes import sizes_for
    from simulations.experiments.network.record.reference import TrainingPlan
    from simulations.experiments.network.record.reference import run as train
    from simulations.jobs.verify import run as verify
    from simulations.jobs.verify.chapters.network import Network
    from simulations.report.write import write

    plan = TrainingPlan(recipe, sizes_for(data, full), seed)
    with _bar(recipe.epochs) as report:
        state = train(data, plan, out, report=report)
    chapter = Network(folder=out)
    verification = verify.run(seed=seed, jobs=1, chapters=(chapter,))
    page = write(verification, out / "report")
    _show(state.history, page)
    return verification.exit_status


def _study(study: str, data: ImageClasses, out: Path, seed: int, resume: bool) -> int:
    from simulations.cli.show import console
    from simulations.experiments.network.record.study import SEEDS, run_study

    path = out / f"study-{study}.json"
    if path.exists() and not resume:
        raise InputError("holds an earlier study; give --resume to go on, or choose another --out", file=path)
    _require_run(resume, path, out)

    def report(done: int, total: int, name: str, at: Progress | None) -> None:
        if sys.stderr.isatty() and at is not None and at.step % 10 == 0:
            sys.stderr.write(
                f"\r\x1b[K{done + 1}/{total} {name}: step {at.step}/{at.steps}, loss {at.loss:.3f}"
            )
            sys.stderr.flush()

    run_study(study, data, out, seeds=range(seed, seed + SEEDS), report=report)
    console().print(f"recorded: {path}", markup=False)
    return 0


def _require_run(resume: bool, wanted: Path, out: Path) -> None:
    """Refuses a folder without a run: a mistyped one would otherwise start training from scratch, for minutes
    or hours."""
    if resume and not wanted.exists():
        raise InputError("holds no run to go on with; leave out --resume", file=out)


@contextmanager
def _bar(epochs: int) -> Iterator[Any]:
    """A bar with loss, error, CDNV and the time left, where stderr is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from simulations.cli.show import number

    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=12),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def report(watch: Watch) -> None:
            at, measures = watch.at, watch.seen
            description = f"epoch {at.epoch}/{epochs} loss {at.loss:.3f} error {at.error:.3f}"
            if measures is not None:
                description += f" new CDNV {number(measures['cdnv']['new']['mean'])}"
            bar.update(task, total=at.steps, completed=at.step, description=description)

        yield report


def _show(history: list[dict[str, Any]], page: Path) -> None:
    from rich.table import Table

    from simulations.cli.show import cell, console, number
    from simulations.experiments.network.record.history import (
        MEASURED_ON,
        TITLES,
        cdnv_columns,
        narrow_interval,
    )

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    errors = [f"{row['shots']}-shot\nerror" for row in history[-1]["errors"]]
    shown = list(cdnv_columns(history[-1]))
    titles = [TITLES[name].replace(", ", ",\n") for name in shown]
    for heading in ("epoch", "train\nerror", *titles, *errors):
        table.add_column(heading, justify="right")
    for row in history:
        spreads = cdnv_columns(row)
        values = [f"{row['train_error']:.3g}"]
        # The interval on a line of its own: four of them side by side do not fit a terminal.
        values += [f"{number(spreads[name]['mean'])}\n{narrow_interval(spreads[name])}" for name in shown]
        values += [f"{each['value']:.3g}" for each in row["errors"]]
        table.add_row(str(row["epoch"]), *values)
    screen = console()
    screen.print(table)
    screen.print(f"{MEASURED_ON}.", style="dim")
    screen.print(cell(f"report: {page}"))
