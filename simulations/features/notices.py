"""Warnings about the features, in one line each, to be read before any number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from simulations.features.collapse_metrics import hidden_axes
from simulations.features.feature_file import FeatureFile
from simulations.features.halves import Halves
from simulations.features.rows import Chosen, apply, blocks
from simulations.runtime.errors import printable
from simulations.runtime.randomness import stream
from simulations.runtime.row_source import RowSource
from theory.array import Floats, Integers, to_numpy
from theory.geometry import ClassGeometry

FEW_SAMPLES = 20
MOST_NAMED = 5
MOST_ROWS, FEW_SUCCESSIVE = 1000, 200
"""Samples of a class in which near copies and resemblance are looked for; of a certificate, resemblance
alone."""
NEAR, FEWEST_NEAR, LEAST_DIMENSION = 0.02, 3, 6.0
"""Share of the root mean square distance of two samples below which they are nearly copies; where
classes spread in fewer directions samples come so near by chance."""
FEW_COLUMNS = 64
"""Number of columns in which samples are compared before they are compared in all."""
ALIKE, SURE = 0.1, 6.0
"""Correlation of successive samples that is reported, and by how many standard errors it must exceed 0."""


def of_samples(file: FeatureFile, features: RowSource, geometry: ClassGeometry, estimator: str) -> list[str]:
    """On few samples, pairs that cannot be distinguished, copies, and labels that are numerals;
    ``features`` as they are measured."""
    names, members = file.members
    sentences = list(file.notes)
    counts = [len(rows) for rows in members]
    fewest = min(counts)
    if estimator == "plugin" and fewest < 10 * FEW_SAMPLES:
        sentences.append(
            f"plug-in moments from as few as {fewest} samples a class are biased: CDNV and the bounds come "
            "out too small; use the debiased estimator"
        )
    elif fewest < FEW_SAMPLES:
        sentences.append(
            f"class {names[counts.index(fewest)]} has {fewest} samples: moments, and so bounds, are uncertain"
        )
    if geometry.unresolved_pairs:
        shown = ", ".join(f"{a}-{b}" for a, b in geometry.unresolved_pairs[:MOST_NAMED])
        more = ", ..." if len(geometry.unresolved_pairs) > MOST_NAMED else ""
        sentences.append(
            f"{len(geometry.unresolved_pairs)} pair(s) of classes have no positive de-biased distance "
            f"({shown}{more}); they are left out of CDNV, and count as 1 in bounds on pairs and as 1/2 in "
            "predictions"
        )
    collapsed = apply(coincident, features, members)
    extra = apply(copies, features) - sum(counts[c] - 1 for c in collapsed)
    sentences += _of_collapsed(collapsed, len(names), names, "samples")
    sentences += _of_copies(extra, len(file.labels))
    sentences += alike(file, features, geometry)
    sentences += numerals(file)
    return sentences


def numerals(file: FeatureFile) -> list[str]:
    """Text labels that are all numbers sort as text, and rows of weights follow them."""
    names = file.members[0]
    if file.classes is not None and file.weights is not None and len(file.classes) == len(file.weights):
        return []
    if file.labels.dtype.kind != "U" or not all(name.strip().lstrip("-").isdigit() for name in names):
        return []
    ordered = sorted(names, key=int)
    if list(names) == ordered:
        return []
    place = next(c for c, (a, b) in enumerate(zip(names, ordered, strict=True)) if a != b)
    rows = "; rows of weights are taken in that order" if file.weights is not None else ""
    return [
        f"labels are numerals stored as text, which sort as text ('{names[place]}' before "
        f"'{ordered[place]}'){rows}: store whole numbers, or the order of the classes as the array 'classes'"
    ]


def copies(features: RowSource) -> int:
    """How many samples are exact copies of others, by hashes of their bytes."""
    hashes = np.empty(features.shape[0], dtype=np.int64)
    for part, rows in blocks(features):
        whole = np.ascontiguousarray(rows)
        hashes[part] = [hash(row.tobytes()) for row in whole]
    return len(hashes) - len(np.unique(hashes))


def coincident(features: RowSource, members: Sequence[Integers]) -> list[int]:
    """Numbers of the classes of which all samples coincide."""
    classes = []
    for c, rows in enumerate(members):
        # Two samples tell nearly every class that is not.
        first = features[rows[:2]]
        if len(rows) > 1 and np.all(first == first[:1]) and np.all(features[rows] == first[:1]):
            classes.append(c)
    return classes


def _of_collapsed(collapsed: Sequence[int], classes: int, names: Sequence[str], what: str) -> list[str]:
    """``names`` of the classes; none are given where there are none."""
    if not collapsed:
        return []
    shown = [printable(names[c], 40) for c in collapsed[:MOST_NAMED]] if names else []
    more = ", ..." if len(collapsed) > len(shown) > 0 else ""
    which = f" ({', '.join(shown)}{more})" if shown else ""
    return [
        f"all {what} of {len(collapsed)} of {classes} classes{which} coincide: these classes are collapsed "
        "exactly, with variance 0. This is correct if different inputs have the same features; if one "
        "input is "
        "stored many times, errors and bounds are too small: the features cannot show which it is"
    ]


def _of_copies(extra: int, samples: int) -> list[str]:
    if extra <= 0:
        return []
    share = 100 * extra / samples
    return [
        f"{extra} of {samples} samples ({share:.2g} %) are exact copies of others: they make "
        "variances, CDNV and errors too small; drop them"
    ]


def dependent(features: RowSource, members: Sequence[Integers]) -> tuple[str, ...]:
    """Warnings that samples are not independent draws of their classes, which certificates assume: exact
    copies, and successive samples that resemble each other."""
    rows = np.sort(np.concatenate(members))
    collapsed = coincident(features, members)
    extra = copies(Chosen(features, rows)) - sum(len(members[c]) - 1 for c in collapsed)
    sentences = _of_collapsed(collapsed, len(members), (), "source samples")
    if extra > 0:
        sentences.append(
            f"{extra} of {len(rows)} source samples ({100 * extra / len(rows):.2g} %) are exact copies of "
            "others: they are not independent draws, and every number below is too low; drop them"
        )
    _, mean, error = resemblance(features, [own[:FEW_SUCCESSIVE] for own in members])
    if mean > max(ALIKE, SURE * error):
        sentences.append(
            f"successive source samples of a class resemble each other (correlation {mean:.2g}), as frames "
            "of a video do: they are not independent draws, and every number below is too low"
        )
    return tuple(sentences)


def alike(file: FeatureFile, features: RowSource, geometry: ClassGeometry) -> list[str]:
    """Samples that are nearly copies of others of their class, and classes whose successive samples resemble
    each other (frames of a video): neither are independent draws. ``features`` as the geometry is of."""
    variances = to_numpy(geometry.variances) * geometry.unit**2
    close, mean, error = apply(resemblance, features, file.members[1], variances)
    sentences = []
    if close >= FEWEST_NEAR and _dimension(geometry) >= LEAST_DIMENSION:
        sentences.append(
            f"{close} samples are nearly copies of others of their class (augmented, or twice): they "
            "make variances, CDNV and errors too small; keep one of each"
        )
    if mean > max(ALIKE, SURE * error):
        sentences.append(
            f"successive samples of a class resemble each other (correlation {mean:.2g}), as frames of a "
            "video do: they are not independent draws, so errors are too small, intervals too narrow"
        )
    return sentences


def resemblance(
    features: RowSource, members: Sequence[Integers], variances: Floats | None = None
) -> tuple[int, float, float]:
    """Near copies, and the correlation of successive samples with its standard error; ``variances``
    (classes,), by default those of the samples looked at.

    One pass over the features by classes. A near copy is found beside its like in order of a random
    projection; the mean product of successive deviations is 0 for independent draws, give or take its own
    standard error.
    """
    line = stream(0, "notices", "line").standard_normal(features.shape[1])
    close, products = 0, []
    for c, rows in enumerate(members):
        gaps = np.array(features[rows[:MOST_ROWS]], dtype=np.float64)
        gaps -= gaps.mean(axis=0)
        variance = (
            float(np.sum(gaps**2)) / max(1, len(gaps) - 1) if variances is None else float(variances[c])
        )
        if variance <= 0 or len(gaps) < 3:
            continue
        products.append(np.einsum("np,np->n", gaps[:-1], gaps[1:]) / variance)
        close += near(gaps, np.argsort(gaps @ line), NEAR**2 * 2 * variance)
    every = np.concatenate(products) if products else np.zeros(1)
    return close, float(every.mean()), float(every.std()) / math.sqrt(len(every))


def near(gaps: Annotated[Floats, "samples p"], order: Annotated[Integers, "samples"], most: float) -> int:
    """How many rows of ``gaps`` lie, at a squared distance of less than ``most``, beside the next one in
    ``order``, but not upon it."""

    def squares(first: Integers, second: Integers, columns: slice) -> Floats:
        steps = gaps[second, columns] - gaps[first, columns]
        values: Floats = np.einsum("np,np->n", steps, steps)
        return values

    # Those that are apart are so in a few columns already.
    likely = np.flatnonzero(squares(order[:-1], order[1:], slice(FEW_COLUMNS)) < most)
    gaps_squared = squares(order[likely], order[likely + 1], slice(None))
    return int(np.sum((gaps_squared > 0) & (gaps_squared < most)))


def _dimension(geometry: ClassGeometry) -> float:
    """In how many directions classes spread: (tr S)^2 / tr S^2, the mean over classes."""
    variances, squares = to_numpy(geometry.variances), to_numpy(geometry.squared_traces)
    known = squares > 0
    return float(np.mean(variances[known] ** 2 / squares[known])) if np.any(known) else 0.0


def of_means(split: Halves | None) -> list[str]:
    """The warning that NC1 is not determined, as the means may span fewer dimensions than they seem to."""
    hidden = 0 if split is None else hidden_axes(split)
    if not hidden:
        return []
    axes = "an axis" if hidden == 1 else f"{hidden} axes"
    return [
        f"along {axes} of the class means, what is seen of them is no more than the noise of the samples: "
        "the means may span fewer dimensions, so that NC1, which divides by the variance of the means along "
        "every axis, is not determined, nor is its interval; NC1 by traces needs no such division"
    ]


def of_classifier(file: FeatureFile) -> list[str]:
    """Why NC3 and NC4 are left out, where there is a classifier."""
    classifier = file.classifier()
    if isinstance(classifier, str) and file.weights is not None:
        return [
            f"{printable(classifier, 200)}, so NC3 and NC4 are left out; give 'classes' in the rows' order"
        ]
    return []
