"""`collapse measure`: a user's own features."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulations.cli.cluster import workers_at
from simulations.cli.options import (
    AsJson,
    Confidence,
    Device,
    FiniteShots,
    Force,
    Map,
    MinSamples,
    Normalize,
    Scheduler,
    Seed,
    Ways,
)
from simulations.cli.shared import check_confidence, print_json, progress, shots_list, ways_list
from simulations.cli.user_files import With, join_user_files, quietly
from simulations.runtime.errors import InputError, printable
from simulations.runtime.files import check_output_folder

if TYPE_CHECKING:
    from simulations.features import FeatureFile


def run(
    path: Annotated[
        Path, typer.Argument(metavar="FEATURES.npz", help="features, labels[, split, weights, bias, classes]")
    ],
    shots: FiniteShots,
    ways: Ways = None,
    split: Annotated[str | None, typer.Option(help="Use the samples of this split only.")] = None,
    estimator: Annotated[str, typer.Option(help="debiased or plugin.")] = "debiased",
    normalize: Normalize = None,
    head: Map = None,
    fit_on: Annotated[str, typer.Option(help="Split whose samples --map is fitted on.")] = "source",
    assume: Annotated[
        list[str] | None, typer.Option(help="NAME or NAME=VALUE: grant an assumption; repeatable.")
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
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> int:
    """Collapse metrics, bounds and measured error of your own features.

    FEATURES.npz holds features (samples, dimension) and labels (samples,). Other forms: X.npy with
    X_labels.npy or labels.npy beside it, a directory of features*.npy and labels*.npy shards, .parquet (a
    list column or numeric columns, and a column label), .safetensors, .pt (a dict of tensors, weights only),
    HDF5, zarr. What is larger than 256 MiB stays in the file and is read by blocks. Pickles are never loaded.

    For each setting: the few-shot error measured by episodes (supports are never among the queries), with an
    interval for these classes on fresh samples and one for new classes of which these are a sample (from
    twice as many classes as ways on, where at least 7 classes, or all, have errors), what is predicted and
    the tightest bound. Bounds come from estimated moments and guarantee nothing at any confidence; only
    certify does. Then CDNV in its normalizations and directional CDNV with intervals over classes, and NC1
    to NC4 with intervals over samples. --verbose adds every bound with the interval that its estimated
    moments leave it, and how many shots would help.

    Moments are de-biased: plugging in sample means makes CDNV, NC1 and NC2 too small when samples are few.
    The largest eigenvalue of a class is estimated on split samples (too small on average), and intervals
    reach to the bound with the sample's own (too large). Bounds above (k-1)/k, the error of guessing at k
    ways, are marked as above chance. Approximations (snr_2022, gaussian_margin, ...) predict and guarantee
    nothing: their verdict is "scored".

    Optional arrays: split (strings; pick one with --split), weights and bias of a linear classifier (for NC3
    and NC4). Rows of weights follow the sorted labels, and text labels sort as text, "10" before "2": store
    whole numbers, or classes, the labels in the order of the rows. labels2 is a second labeling of the same
    samples: then the angles between the axes of the two are measured beside their bounds.

    --map fits a map on the samples of split source alone (--fit-on names another) and measures under it:
    whiten (by the covariance within source classes, shrunk as Ledoit and Wolf do), centre, l2, or several
    with commas. Bounds are those of the mapped features; what the map was fitted on is not measured.

    With --scheduler ADDRESS the workers of a Dask cluster read the file, each by the path that is given here:
    moments and episodes run there, sums come back, and every number is that of one machine.

    Exit status 1 when a bound is violated beyond the uncertainty of its moments.
    """
    join_user_files(with_files)
    from simulations.cli.measure_show import document, show
    from simulations.features import load_features
    from simulations.features.assume import parse
    from simulations.features.cluster import FileSource, remote_file
    from simulations.features.measurement import measure
    from simulations.features.words import headline
    from simulations.runtime.device import pick
    from simulations.runtime.randomness import ROOT_SEED

    check_confidence(confidence)
    if report is not None:
        check_output_folder(report, "--report", page="index.html", force=force)
    kind = pick(device).kind
    _check_estimator(estimator)
    wanted = [int(n) for n in shots_list(shots, infinite=False)]
    assumed = [parse(text) for text in assume or ()]
    elsewhere = None
    with ExitStack() as stack:
        if scheduler is None:
            whole = _under_maps(load_features(path), head, fit_on)
            elsewhere = None if outside is None else whole.restrict(outside).features
            file = whole.without(outside).restrict(split)
            if min_samples is not None:
                file = file.at_least(min_samples)
        else:
            given = {"--map": head, "--outside": outside, "--device": None if kind == "cpu" else kind}
            workers = stack.enter_context(workers_at(scheduler, given))
            file = remote_file(FileSource(str(path.absolute()), split, min_samples, normalize), workers)
        classes = file.count
        stack.enter_context(quietly(with_files))
        measurement = measure(
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

        write(measurement, report)
    if as_json:
        print_json(document(measurement, split))
    else:
        show(measurement, verbose=verbose)
    return int(any(v.outcome == "violated" for row in measurement.rows for v in row.verdicts))


def _check_estimator(name: str) -> None:
    from theory.geometry.samples import ESTIMATORS

    if name not in ESTIMATORS:
        raise InputError(
            f"'{printable(name, 40)}' is unknown; use {' or '.join(ESTIMATORS)}", field="--estimator"
        )


def _under_maps(file: FeatureFile, names: str | None, fit_on: str) -> FeatureFile:
    """The file under the maps of --map, fitted on the samples of split ``fit_on``; as it is without them."""
    from simulations.features import heads

    return file if names is None else heads.mapped(file, heads.parse(names), fit_on)
