"""The `collapse` command: thin, one function a verb. Numerics are imported when a verb runs.

Exit status: 0 all well; 1 a bound was violated, a proof failed or a check did not hold; 2 wrong input
(one line on stderr, no traceback); the rest as ``simulations.runtime.exits`` says.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from simulations.runtime import exits
from simulations.runtime.errors import InputError, printable
from simulations.runtime.exits import Interrupted


class Verbs(TyperGroup):
    """Ctrl-C is told by ``main``: newer versions of Typer make a silent exit status of it."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as wrong:
            raise Interrupted(str(wrong)) from None


app = typer.Typer(
    cls=Verbs,
    name="collapse",
    help="Verify, measure and extend the theory of neural collapse in transfer learning.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

# Typer brings its own copy of Click from 0.16 on; either way this is the base of its usage errors.
_USAGE_ERROR: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Root seed of all randomness.")]
Shots = Annotated[str, typer.Option(help="Comma list of shots (support draws a class), or inf.")]
FiniteShots = Annotated[
    str, typer.Option(help="Comma list of shots (support draws a class), for example 1,5.")
]
Ways = Annotated[str | None, typer.Option(help="Comma list of ways (classes to tell apart); default all.")]
Device = Annotated[str, typer.Option(help="Where the sampling runs: auto, cpu or gpu.")]
Confidence = Annotated[float, typer.Option(help="Confidence of the intervals shown.")]


def _version(wanted: bool) -> None:
    if wanted:
        from simulations.runtime.version import version

        typer.echo(f"collapse {version()}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def verify(
    full: Annotated[bool, typer.Option("--full", help="Larger counts: tighter intervals, minutes.")] = False,
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("report"),
    seed: Seed = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; default one a core.")] = None,
    device: Device = "cpu",
) -> None:
    """The main job: every statement against every population, into a report."""
    from simulations.cli.verify import run

    raise typer.Exit(run(full=full, out=out, seed=seed, jobs=jobs, device=device))


@app.command()
def bounds(
    name: Annotated[str | None, typer.Argument(help="One statement; all by default.")] = None,
    json: Json = False,
) -> None:
    """The catalogue: statement, assumptions, kind, provenance, proof state."""
    from simulations.cli.bounds import run

    raise typer.Exit(run(name, as_json=json))


@app.command()
def evaluate(
    population: Annotated[Path, typer.Argument(metavar="POPULATION.toml", help="A population file.")],
    shots: Shots,
    ways: Ways = None,
    seed: Seed = None,
    confidence: Confidence = 0.95,
    device: Device = "cpu",
    json: Json = False,
) -> None:
    """Bounds against truth for one population."""
    from simulations.cli.evaluate import run

    raise typer.Exit(
        run(population, shots, ways, seed=seed, confidence=confidence, as_json=json, device=device)
    )


@app.command()
def measure(
    features: Annotated[
        Path, typer.Argument(metavar="FEATURES.npz", help="features, labels[, split, weights, bias]")
    ],
    shots: FiniteShots,
    ways: Ways = None,
    split: Annotated[str | None, typer.Option(help="Use the samples of this split only.")] = None,
    estimator: Annotated[str, typer.Option(help="debiased or plugin.")] = "debiased",
    normalize: Annotated[str | None, typer.Option(help="l2 scales every feature to length 1.")] = None,
    assume: Annotated[
        list[str] | None, typer.Option(help="NAME or NAME=VALUE: vouch for an assumption; repeatable.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Folder for a report page.")] = None,
    seed: Seed = None,
    confidence: Confidence = 0.95,
    device: Device = "cpu",
    json: Json = False,
) -> None:
    """Collapse metrics, bounds and measured error of your own features."""
    from simulations.cli.measure import run

    raise typer.Exit(
        run(
            features,
            shots,
            ways,
            split=split,
            estimator=estimator,
            normalize=normalize,
            assume=assume or [],
            report=report,
            seed=seed,
            confidence=confidence,
            as_json=json,
            device=device,
        )
    )


@app.command()
def certify(
    features: Annotated[
        Path, typer.Argument(metavar="FEATURES.npz", help="features, labels[, split]: source or new")
    ],
    shots: FiniteShots,
    ways: Annotated[str, typer.Option(help="Comma list of ways.")] = "2",
    confidence: Annotated[float, typer.Option(help="Confidence of each certificate.")] = 0.95,
    radius: Annotated[
        float | None, typer.Option(help="Largest norm a feature can have, known beforehand.")
    ] = None,
    normalize: Annotated[str | None, typer.Option(help="l2 scales every feature to length 1.")] = None,
    seed: Seed = None,
    json: Json = False,
) -> None:
    """An upper bound on the error on new classes, from source classes alone.

    Where FEATURES.npz has an array split, samples marked "source" are those that the certificates come from,
    and the error on the classes of samples marked "new" is measured too, beside them. Without it all classes
    are source classes. Every class belongs to one split; samples with other marks are left out.
    """
    from simulations.cli.certify import run

    raise typer.Exit(
        run(
            features,
            shots,
            ways,
            confidence=confidence,
            radius=radius,
            normalize=normalize,
            seed=seed,
            as_json=json,
        )
    )


@app.command()
def prove(
    name: Annotated[str | None, typer.Argument(help="One statement; all by default.")] = None,
    json: Json = False,
) -> None:
    """Run the proofs, print the ledger."""
    from simulations.cli.prove import run

    raise typer.Exit(run(name, as_json=json))


@app.command()
def attack(
    name: Annotated[str | None, typer.Argument(help="An upper bound on the few-shot error.")] = None,
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
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; default one a core.")] = None,
    json: Json = False,
) -> None:
    """Hunt for the population that violates a bound or comes nearest."""
    from simulations.cli.attack import run

    raise typer.Exit(
        run(
            name,
            everything=everything,
            mutants=mutants,
            seconds=seconds,
            searches=searches,
            out=out,
            seed=seed,
            jobs=jobs,
            as_json=json,
        )
    )


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="MY_BOUND.py", help="A Python file that defines bounds.")],
    out: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("check"),
    seconds: Annotated[
        float | None, typer.Option(help="Time of the attack on each bound; default 20.")
    ] = None,
    seed: Seed = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; default one a core.")] = None,
    json: Json = False,
) -> None:
    """The whole battery for somebody's own bound file."""
    from simulations.cli.check import run

    raise typer.Exit(run(file, out=out, seconds=seconds, seed=seed, jobs=jobs, as_json=json))


@app.command()
def sweep(
    grid: Annotated[Path, typer.Argument(metavar="GRID.toml", help="Populations, shots, ways and bounds.")],
    store: Annotated[Path | None, typer.Option(help="Results; default GRID.sweep beside the grid.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; default one a core.")] = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a Dask scheduler.")] = None,
    cluster: Annotated[str | None, typer.Option(help="local: Dask workers on this machine.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Say what it would cost and stop.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Try failed tasks again.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write all rows as CSV.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="Write all rows as Parquet (needs pyarrow).")] = None,
    axes: Annotated[
        str | None, typer.Option(help="Draw: one axis for curves, two (x,y) for a phase diagram.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="What --axes draws of the other axes, like dimension=64,ways=5.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the picture; default sweep.")] = None,
    device: Device = "cpu",
    json: Json = False,
) -> None:
    """A grid of populations, settings and bounds; stop and resume at will."""
    from simulations.cli.sweep import run

    raise typer.Exit(
        run(
            grid,
            store=store,
            jobs=jobs,
            scheduler=scheduler,
            cluster=cluster,
            plan=plan,
            retry=retry,
            csv=csv,
            parquet=parquet,
            axes=axes,
            at=at,
            out=out,
            as_json=json,
            device=device,
        )
    )


@app.command()
def network(
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
) -> None:
    """Train the reference network anew and report on it (needs torch)."""
    from simulations.cli.network import run

    if quick and full:
        raise InputError("and --quick exclude each other; give one", field="--full")
    raise typer.Exit(
        run(full=full, images=images, model=model, study=study, out=out, seed=seed, resume=resume)
    )


@app.command()
def bench(
    device: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "cpu",
    repetitions: Annotated[int, typer.Option(min=2, help="Repetitions behind each variance.")] = 64,
    out: Annotated[Path | None, typer.Option(help="Folder of a page with the figures.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Keep the figures with the package.")] = False,
    json: Json = False,
) -> None:
    """Speed, accuracy per second and memory, against plain baselines in the same run."""
    from simulations.cli.bench import run

    raise typer.Exit(run(device=device, repetitions=repetitions, as_json=json, out=out, record=record))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; the console script exits with it."""

    def command() -> int:
        try:
            return int(app(args=None if arguments is None else list(arguments), standalone_mode=False) or 0)
        finally:
            _name_broken_plugins()

    return exits.guarded(command, _usage)


def _name_broken_plugins() -> None:
    # Nothing is loaded for their sake: only a verb that has met them has anything to tell.
    plugins = sys.modules.get("theory.plugins")
    for line in getattr(plugins, "PROBLEMS", ()):
        exits.complain(line)


def _usage(wrong: Exception) -> str | None:
    """The line for what Typer itself complains about."""
    if isinstance(wrong, typer.Abort):
        return "interrupted"
    if not isinstance(wrong, _USAGE_ERROR):
        return None
    text = printable(wrong.format_message().replace("\n", " "))
    command = getattr(getattr(wrong, "ctx", None), "command_path", None)
    return f"{text.rstrip('.')}; see {command or 'collapse'} --help"


if __name__ == "__main__":
    sys.exit(main())
