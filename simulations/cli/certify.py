"""`collapse certify`: an upper bound on the error on new classes, from source classes alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulations.cli.cluster import workers_at
from simulations.cli.options import AsJson, FiniteShots, Map, MinSamples, Normalize, Scheduler, Seed
from simulations.cli.shared import check_confidence, print_json, progress, shots_list, ways_list
from simulations.runtime.errors import InputError

if TYPE_CHECKING:
    from simulations.features import FeatureFile


def run(
    path: Annotated[
        Path, typer.Argument(metavar="FEATURES.npz", help="features, labels[, split]: source or new")
    ],
    shots: FiniteShots,
    ways: Annotated[str, typer.Option(help="Comma list of ways.")] = "2",
    confidence: Annotated[float, typer.Option(help="Confidence of each certificate.")] = 0.95,
    radius: Annotated[
        float | None, typer.Option(help="Largest norm a feature can have, known beforehand.")
    ] = None,
    normalize: Normalize = None,
    head: Map = None,
    fit_on: Annotated[
        str | None,
        typer.Option(help="Split whose samples --map is fitted on; default half of the source classes."),
    ] = None,
    min_samples: MinSamples = None,
    seed: Seed = None,
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> int:
    """An upper bound on the error on new classes, from source classes alone.

    Source classes are classes that the feature map has NOT been trained on: a certificate from
    classes that it was trained on is void, since it comes out too low.

    Where FEATURES.npz has an array split, samples marked "source" are those that the certificates come from,
    and the error on the classes of samples marked "new" is measured too, beside them. Without it all classes
    are source classes. Every class belongs to one split; samples with other marks are left out.

    A map (--map) is learned from the classes that it is fitted on, so no certificate can come from those: it
    takes half of the source classes, drawn at random, unless --fit-on names another split for it.

    With --scheduler ADDRESS the workers of a Dask cluster read the file, each by the path that is given here,
    one setting a task.

    Exit status 0: a certificate states a bound and checks nothing.
    """
    from simulations.features import load_features
    from simulations.features.certification import certify
    from simulations.features.cluster import CertificateOptions, FileSource, certify_there, remote_file
    from simulations.runtime.randomness import ROOT_SEED

    check_confidence(confidence)
    wanted = [int(n) for n in shots_list(shots, infinite=False)]
    progress("reading the features")
    root = ROOT_SEED if seed is None else seed
    if scheduler is not None:
        with workers_at(scheduler, {"--map": head}) as workers:
            source = FileSource(str(path.absolute()), None, min_samples, normalize)
            settings = [(n, k) for n in wanted for k in ways_list(ways, remote_file(source, workers).count)]
            options = CertificateOptions(confidence, radius, root)
            certificates = certify_there(source, workers, settings, options)
    else:
        file = load_features(path)
        if head is not None:
            file, radius = _under(file, head, fit_on, radius, root)
        if min_samples is not None:
            file = file.at_least(min_samples)
        certificates = [
            certify(
                file,
                shots=n,
                ways=k,
                confidence=confidence,
                radius=radius,
                normalize=normalize,
                seed=root,
            )
            for n in wanted
            for k in ways_list(ways, file.count)
        ]
    if as_json:
        print_json({"certificates": [each.to_json() for each in certificates]})
    else:
        from simulations.cli.show import cell, console

        screen = console()
        for certificate in certificates:
            for line in certificate.lines():
                screen.print(cell(line), style="bold red" if line.startswith("WARNING") else "")
            screen.print()
    return 0


def _under(
    file: FeatureFile, names: str, fit_on: str | None, radius: float | None, seed: int
) -> tuple[Any, float | None]:
    """The file under the maps, and the radius: 1 where the last of them is l2 and none is given."""
    from simulations.features.heads import held_out_half, mapped, parse
    from simulations.features.heads.apply import MAP_SPLIT
    from simulations.features.heads.maps import UnitNorm

    heads = parse(names)
    if fit_on is None and any(getattr(head, "fits", True) for head in heads):
        file, fit_on = held_out_half(file, seed), MAP_SPLIT
    elif fit_on == "source":
        raise InputError(
            "holds the samples that the certificates come from; a map that was fitted on them is not "
            "fixed. Name another split, or leave it out: half of the source classes then go to the map",
            field="--fit-on",
        )
    if radius is None and isinstance(heads[-1], UnitNorm):
        radius = 1.0
    return mapped(file, heads, fit_on or "source"), radius
