"""A file's features under heads that were fitted on one of its splits, and the record of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simulations.features.feature_file import FeatureFile
from simulations.features.head_lineage import HeadLineage
from simulations.features.heads.maps import HEADS, Head
from simulations.features.rows import Mapped
from simulations.runtime.errors import InputError, printable
from simulations.runtime.randomness import stream
from simulations.runtime.row_source import RowSource
from theory.array import Floats

MAP_SPLIT = "map"
"""The mark of samples that a head was fitted on, where it took half of the source classes."""


def mapped(file: FeatureFile, heads: Sequence[Head], fit_on: str = "source") -> FeatureFile:
    """The whole file under ``heads``, applied in order, each fitted on the samples of split ``fit_on`` as the
    ones before it leave them. The classifier belongs to the features as they were, and is left out.

    Raises InputError without such a split (unless nothing is fitted), and on a map that makes no numbers.
    """
    fitting = [head for head in heads if getattr(head, "fits", True)]
    rows = np.zeros(len(file.labels), dtype=bool)
    if fitting:
        if file.split is None or not np.any(file.split == fit_on):
            raise InputError(
                f"is fitted on split '{printable(fit_on, 40)}', which the file lacks; mark its samples so, "
                "or use l2, which fits nothing",
                file=file.path,
                field="--map",
            )
        rows = file.split == fit_on
    source = file.features
    labels = file.labels[rows]
    # Fitted on what the earlier maps leave of the source samples: those alone are held in memory.
    own: Floats = np.asarray(source[np.flatnonzero(rows)], dtype=np.float64)
    for head in heads:
        if rows.any():
            head.fit(own, labels)
            own = _transform_checked(head, own, file)
    features = _everything(source, heads, file)
    lineage = HeadLineage(
        tuple(_name(head) for head in heads),
        fit_on if fitting else None,
        len(np.unique(labels)),
        int(np.sum(rows)),
        {name: value for head in heads for name, value in getattr(head, "fitted_parameters", dict)().items()},
        rows,
    )
    notes = file.notes
    if file.weights is not None:
        notes = (*notes, "the classifier belongs to the features before the map: no NC3 and NC4")
    return replace(file, stored=features, weights=None, bias=None, notes=notes, head=lineage)


def _everything(source: RowSource, heads: Sequence[Head], file: FeatureFile) -> RowSource:
    def transform(rows: Floats) -> Floats:
        values: Floats = np.asarray(rows, dtype=np.float64)
        for head in heads:
            values = _transform_checked(head, values, file)
        return values

    if isinstance(source, np.ndarray):
        rows: RowSource = transform(source)
        return rows
    return Mapped(source, transform, transform(source[:1]).shape[1])


def _transform_checked(head: Head, rows: Floats, file: FeatureFile) -> Floats:
    values = np.asarray(head.transform(rows), dtype=np.float64)
    if values.ndim != 2 or len(values) != len(rows):
        raise InputError(
            f"{_name(head)} makes an array of shape {values.shape} of {len(rows)} samples; it must be "
            "(samples, dimension)",
            file=file.path,
            field="--map",
        )
    if not np.all(np.isfinite(values)):
        raise InputError(f"{_name(head)} makes numbers that are not finite", file=file.path, field="--map")
    return values


def _name(head: Head) -> str:
    known = {kind: name for name, kind in HEADS.items()}
    return known.get(type(head), type(head).__name__)


def held_out_half(file: FeatureFile, seed: int) -> FeatureFile:
    """Half of the source classes, drawn at random, marked ``map``: a head may be fitted on them, the others
    are left for certificates. Raises InputError with fewer than four source classes."""
    split = np.full(len(file.labels), "source") if file.split is None else file.split
    if np.any(split == MAP_SPLIT):
        raise InputError(
            f"has a split '{MAP_SPLIT}' already; use --fit-on {MAP_SPLIT}", file=file.path, field="split"
        )
    names = np.unique(file.labels[split == "source"])
    if len(names) < 4:
        raise InputError(
            f"has {len(names)} source classes, half of which go to the map; give at least 4, or use l2, "
            "which fits nothing",
            file=file.path,
            field="--map",
        )
    chosen = stream(seed, "classes of the head").permutation(names)[: len(names) // 2]
    marked = np.where((split == "source") & np.isin(file.labels, chosen), MAP_SPLIT, split)
    return replace(file, split=marked)
