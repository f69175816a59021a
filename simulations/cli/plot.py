"""`collapse plot`: a figure for a paper or a talk, with its numbers beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulations.cli.options import Seed
from simulations.cli.shared import shots_list
from simulations.runtime.errors import InputError
from simulations.runtime.exits import complain

if TYPE_CHECKING:
    from simulations.figures.style import DataFigure

OPTIONS = ("bounds", "against", "ways", "at")
WHAT = ("error", "tightness", "phase", "training")


def run(
    source: Annotated[
        Path | None,
        typer.Argument(metavar="SOURCE.toml", help="A population, or the grid of a finished sweep."),
    ] = None,
    what: Annotated[str, typer.Option(help="error, tightness, phase (a sweep) or training.")] = "error",
    store: Annotated[Path | None, typer.Option(help="Results of the sweep; default GRID.sweep.")] = None,
    against: Annotated[str, typer.Option(help="The axis; for phase two, like cdnv,shots.")] = "shots",
    bounds: Annotated[
        str | None, typer.Option(help="Comma list of names; default the tightest anywhere.")
    ] = None,
    at: Annotated[str | None, typer.Option(help="Other axes of a sweep, like dimension=64.")] = None,
    shots: Annotated[str, typer.Option(help="Comma list of shots, for a population.")] = "1,2,5,10,20,50",
    ways: Annotated[int | None, typer.Option(min=2, help="Classes to tell apart; default all.")] = None,
    draws: Annotated[float, typer.Option(help="Random numbers for each error of a population.")] = 1e6,
    ratio: Annotated[bool, typer.Option("--ratio", help="error / bound in place of both.")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Label curves with their formulas.")] = False,
    caption: Annotated[bool, typer.Option("--caption", help="Give the figure a title.")] = False,
    width: Annotated[str, typer.Option(help="column, page or a number of inches.")] = "column",
    style: Annotated[str, typer.Option(help="paper, talk or page.")] = "paper",
    out: Annotated[Path, typer.Option(help="File; pdf, pgf, svg or png by its ending.")] = Path("figure.pdf"),
    seed: Seed = None,
) -> int:
    """A figure for a paper or a talk, with its numbers as CSV beside it.

    Exit status 0: drawing a figure checks nothing.
    """
    from simulations.figures import save
    from simulations.figures.style import form_of
    from simulations.runtime.files import check_output_file
    from simulations.runtime.randomness import ROOT_SEED

    if not 1e3 <= draws <= 1e12:
        raise InputError(f"{draws:g} is out of range; use 1000 to 1e12", field="--draws")
    if what not in WHAT:
        raise InputError(f"'{what}' is unknown; use {', '.join(WHAT)}", field="--what")
    form_of(out)
    inputs = [path for path in (source, store) if path is not None]
    for written in (out, out.with_suffix(".csv")):
        check_output_file(written, "--out", inputs)
    look: dict[str, Any] = {"width": _width(width), "style": _style(style)}
    if what == "training":
        figure = _training(source, look)
    elif what == "phase":
        figure = _phase(source, store, against, at)
    else:
        options: dict[str, Any] = {
            "bounds": None if bounds is None else [part.strip() for part in bounds.split(",")],
            "shots": shots_list(shots),
            "ways": ways,
            "seed": ROOT_SEED if seed is None else seed,
            "draws": draws,
            "progress": lambda phase: complain(phase, 0),
            **look,
        }
        if what == "error":
            options |= {"against": against, "ratio": ratio, "latex": latex, "caption": caption}
        figure = _curves(what, source, store, at, options)
    if figure.left_out:
        complain(f"left out, as others are tighter: {', '.join(figure.left_out)}; --bounds chooses", 0)
    complain(f"writing {out}", 0)
    for path in save(figure, out):
        print(path)
    return 0


def _training(source: Path | None, look: dict[str, Any]) -> DataFigure:
    """Of a recorded run: the one that ships with the package, or that of a folder."""
    from simulations import figures

    return figures.collapse_over_training(source, **look)


def _phase(source: Path | None, store: Path | None, against: str, at: str | None) -> DataFigure:
    """Which bound is sharpest where, over two axes of a sweep."""
    from simulations import figures
    from simulations.jobs.sweep.slices import parse_axis_values

    rows, is_sweep = _source(source, store)
    if not is_sweep:
        raise InputError("is a population; a phase diagram needs the grid of a sweep", field=str(source))
    axes = [part.strip() for part in against.split(",")]
    if len(axes) != 2:
        raise InputError(f"'{against}' is not two axes; write cdnv,shots", field="--against")
    return figures.phase(rows, *axes, at=parse_axis_values(at))


def _curves(
    what: str, source: Path | None, store: Path | None, at: str | None, options: dict[str, Any]
) -> DataFigure:
    """Errors and bounds along an axis, or how tight every bound is."""
    from simulations import figures
    from simulations.jobs.sweep.slices import parse_axis_values

    rows, _ = _source(source, store)
    try:
        if what == "tightness":
            return figures.tightness(rows, **options)
        return figures.bound_against_error(rows, at=parse_axis_values(at), **options)
    except InputError as wrong:
        if wrong.field not in OPTIONS:
            raise
        # The functions name their arguments; here these are options.
        raise InputError(wrong.problem, file=wrong.file, field=f"--{wrong.field}") from None


def _source(source: Path | None, store: Path | None) -> tuple[Any, bool]:
    """The records of a finished sweep, and True; or a population, and False."""
    from simulations.populations import load
    from simulations.runtime.toml_file import read_toml
    from simulations.sweep import read

    if source is None:
        raise InputError("is missing; give a population or the grid of a sweep", field="SOURCE.toml")
    if "populations" not in read_toml(source, "population or grid"):
        return load(source), False
    return read(source, source.with_suffix(".sweep") if store is None else store), True


def _width(text: str) -> str | float:
    if text in ("column", "page"):
        return text
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 1 <= number <= 40:
        raise InputError(f"'{text}' is not a width; use column, page or 1 to 40 inches", field="--width")
    return number


def _style(text: str) -> str:
    if text not in ("paper", "talk", "page"):
        raise InputError(f"'{text}' is unknown; use paper, talk or page", field="--style")
    return text
