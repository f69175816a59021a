"""What the owner of the features ought to know before any number: warnings, in one line each."""

from __future__ import annotations

from collections import Counter

import numpy as np

from simulations.features.feature_file import FeatureFile
from simulations.features.rows import blocks
from simulations.runtime.errors import printable
from theory.geometry import ClassGeometry

FEW_SAMPLES = 20
MOST_NAMED = 5


def of_samples(file: FeatureFile, geometry: ClassGeometry, estimator: str) -> list[str]:
    """On few samples, pairs that are not told apart, copies, and labels that are numerals."""
    names, members = file.members
    found = list(file.notes)
    counts = [len(rows) for rows in members]
    fewest = min(counts)
    if estimator == "plugin" and fewest < 10 * FEW_SAMPLES:
        found.append(
            f"plug-in moments from as few as {fewest} samples a class are biased: CDNV and the bounds come "
            "out too small; use the debiased estimator"
        )
    elif fewest < FEW_SAMPLES:
        found.append(
            f"class {names[counts.index(fewest)]} has {fewest} samples: moments, and so bounds, are uncertain"
        )
    if geometry.unresolved_pairs:
        shown = ", ".join(f"{a}-{b}" for a, b in geometry.unresolved_pairs[:MOST_NAMED])
        more = ", ..." if len(geometry.unresolved_pairs) > MOST_NAMED else ""
        found.append(
            f"{len(geometry.unresolved_pairs)} pair(s) of classes have no positive de-biased distance "
            f"({shown}{more}); they are left out of CDNV and count as 1 in pair bounds"
        )
    found += copies(file)
    found += numerals(file)
    return found


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


def copies(file: FeatureFile) -> list[str]:
    """Samples that are exact copies of others, by hashes of their bytes; they make variances too small."""
    seen: Counter[int] = Counter()
    for _, rows in blocks(file.features):
        whole = np.ascontiguousarray(rows)
        seen.update(hash(row.tobytes()) for row in whole)
    extra = sum(count - 1 for count in seen.values() if count > 1)
    if not extra:
        return []
    share = 100 * extra / len(file.labels)
    return [
        f"{extra} of {len(file.labels)} samples ({share:.2g} %) are exact copies of others: they make "
        "variances, CDNV and errors too small; drop them"
    ]


def of_classifier(file: FeatureFile) -> list[str]:
    """Why NC3 and NC4 are left out, where there is a classifier."""
    found = file.classifier()
    if isinstance(found, str) and file.weights is not None:
        return [f"{printable(found, 200)}, so NC3 and NC4 are left out; give 'classes' in the rows' order"]
    return []
