"""From labels of any kind to class numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from theory.array import Array, Integers, NumPyArray, is_masked

KINDS = "iubUS"


def class_index(
    labels: Array, samples: int, classes: Sequence[object] | None
) -> tuple[list[str], list[Integers]]:
    """Names of the classes in sorted order (or in the order of ``classes``), and the row numbers of each.

    Raises ValueError when there is not one label a sample, a label is masked, or a class in ``classes``
    has no sample.
    """
    if is_masked(labels):
        raise ValueError("labels are masked; leave those samples out")
    if isinstance(labels, np.ndarray) and labels.dtype.kind in KINDS:
        plain: NumPyArray = labels
    else:
        plain = np.asarray(labels.tolist() if hasattr(labels, "tolist") else labels)
    if plain.ndim != 1 or len(plain) != samples:
        raise ValueError(f"{samples} samples but labels of shape {plain.shape}; give one label a sample")
    if plain.dtype.kind not in KINDS:
        raise ValueError(f"labels must be integers or strings, not {plain.dtype}")
    names, inverse = np.unique(plain, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    bounds = np.searchsorted(inverse[order], np.arange(len(names) + 1))
    members = {name: order[bounds[c] : bounds[c + 1]] for c, name in enumerate(names.tolist())}
    if classes is None:
        return [str(name) for name in members], list(members.values())
    for name in classes:
        if name not in members:
            raise ValueError(f"class {name} has no samples")
    return [str(name) for name in classes], [members[name] for name in classes]
