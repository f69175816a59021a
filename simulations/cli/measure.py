"""`collapse measure`: somebody's own features."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simulations.cli.options import (
    AsJson,
    Confidence,
    Device,
    FiniteShots,
    Force,
    MinSamples,
    Normalize,
    Seed,
    Ways,
)
from simulations.cli.shared import check_confidence, print_json, progress, shots_list, ways_list
from simulations.cli.user_files import With, join_user_files, quietly
from simulations.runtime.errors import InputError, printable
from simulations.runtime.files import check_output_folder


def run(
    path: Annotated[
        Path, typer.Argument(metavar="FEATURES.npz", help="features, labels[, split, weights, bias, classes]")
    ],
    shots: FiniteShots,
    ways: Ways = None,
    split: Annotated[str | None, typer.Option(help="Use the samples of this split only.")] = None,
    estimator: Annotated[str, typer.Option(help="debiased or plugin.")] = "debiased",
    normalize: Normalize = None,
    assume: Annotated[
        list[str] | None, typer.Option(help="NAME or NAME=VALUE: vouch for an assumption; repeatable.")
    ] = None,
    min_samples: MinSamples = None,
    outside: Annotated[
        str | None, typer.Option(help="Split of samples that belong to none of the classes, for NC5.")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Every bound, interval and class, and what would help.")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="Folder for a report page.")] = None,
    force: Force = False,
    seed: Seed = None,
    confidence: Confidence = 0.95,
    with_files: With = None,
    device: Device = "cpu",
    as_json: AsJson = False,
) -> int:
    """Collapse metrics, bounds and measured error of your own features.

    Rows of weights follow the sorted labels (text sorts as text, "10" before "2"), or the array classes.

    Exit status 1 when a bound is violated beyond the uncertainty of its moments.
    """
    join_user_files(with_files)
    from simulations.cli.measure_show import document, show
    from simulations.features import load_features
    from simulations.features.assume import parse
    from simulations.features.measurement import measure
    from simulations.features.words import headline
    from simulations.runtime.device import pick
    from simulations.runtime.randomness import ROOT_SEED
    from theory.geometry.samples import ESTIMATORS

    check_confidence(confidence)
    if report is not None:
        check_output_folder(report, "--report", page="index.html", force=force)
    kind = pick(device).kind
    if estimator not in ESTIMATORS:
        raise InputError(
            f"'{printable(estimator, 40)}' is unknown; use {' or '.join(ESTIMATORS)}", field="--estimator"
        )
    wanted = [int(n) for n in shots_list(shots, infinite=False)]
    assumed = [parse(text) for text in assume or ()]
    whole = load_features(path)
    elsewhere = None if outside is None else whole.restrict(outside).features
    file = whole.without(outside).restrict(split)
    if min_samples is not None:
        file = file.at_least(min_samples)
    classes = len(set(file.labels.tolist()))
    with quietly(with_files):
        found = measure(
            file,
            wanted,
            ways_list(ways, classes) if classes > 1 else None,
            estimator=estimator,
            normalize=normalize,
            assumed=assumed,
            outside=elsewhere,
            seed=ROOT_SEED if seed is None else seed,
            confidence=confidence,
            device=kind,
            progress=progress,
            tell=lambda row: progress(headline(row).sentence()),
        )
    if report is not None:
        from simulations.report.pages.measurement import write

        write(found, report)
    if as_json:
        print_json(document(found, split))
    else:
        show(found, verbose=verbose)
    return int(any(v.outcome == "violated" for row in found.rows for v in row.verdicts))
