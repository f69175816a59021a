"""Checks of the arrays of a features file: shapes and types from the headers, values in a stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from simulations.features.archive import Member
from simulations.runtime.errors import InputError
from theory.array import Floats, NumPyArray

LARGEST_NUMBER = 1e150
"""Squares of larger numbers, and of numbers that are all below its inverse, leave double precision."""
WITHOUT_SIGN = np.uint16(0x7FFF)
"""The bits of a 16-bit number but that of its sign."""
MOST_LISTED = 100_000
"""Wrong samples that are remembered to be counted."""
NUMBERS, LABELS, TEXT = "fiub", "iubfUS", "US"
LARGEST_WHOLE = 2.0**53
"""Whole numbers up to it are floats."""


def shapes(members: Mapping[str, Member]) -> None:
    """Raises InputError on a shape or a type that no features file has."""
    features, labels = members["features"], members["labels"]
    if len(features.shape) != 2 or 0 in features.shape:
        _refuse(features, f"has shape {features.shape}; it must be (samples, dimension)")
    _of_numbers(features)
    samples, dimension = features.shape
    if len(labels.shape) != 1 or labels.shape[0] != samples:
        _refuse(labels, f"has shape {labels.shape} for {samples} samples; give one label a sample")
    for array in (labels, members.get("labels2")):
        if array is not None and array.shape != labels.shape:
            _refuse(array, f"has shape {array.shape} for {samples} samples; give one label a sample")
        if array is not None and array.dtype.kind not in LABELS:
            _refuse(array, f"has type {array.dtype}; labels are integers or strings")
    if (classes := members.get("classes")) is not None and (
        len(classes.shape) != 1 or classes.dtype.kind not in LABELS
    ):
        _refuse(classes, f"has shape {classes.shape}; give the class names in order, one a row of weights")
    if (split := members.get("split")) is not None and (
        split.shape != labels.shape or split.dtype.kind not in TEXT
    ):
        _refuse(
            split,
            f"has shape {split.shape} and type {split.dtype} for {samples} samples; give one string a sample",
        )
    _classifier(members.get("weights"), members.get("bias"), dimension)


def _classifier(weights: Member | None, bias: Member | None, dimension: int) -> None:
    if weights is None:
        if bias is not None:
            _refuse(bias, "is given without weights; add weights or drop it")
        return
    _of_numbers(weights)
    if len(weights.shape) != 2 or weights.shape[1] != dimension:
        _refuse(weights, f"has shape {weights.shape}; it must be (classes, {dimension})")
    if bias is not None and (bias.shape != weights.shape[:1] or bias.dtype.kind not in NUMBERS):
        _refuse(
            bias,
            f"has shape {bias.shape} and type {bias.dtype}; give {weights.shape[0]} numbers, one a class",
        )


def _of_numbers(member: Member) -> None:
    if member.dtype.kind not in NUMBERS:
        _refuse(member, f"has type {member.dtype}; it must hold numbers")


def numbers(member: Member, chunks: Iterable[Floats]) -> None:
    """Raises InputError on NaN, infinity, and features whose squares leave double precision.

    ``chunks`` are one-dimensional, in the order in which the file holds them.
    """
    begin, largest, wrong = 0, 0.0, set[int]()
    for chunk in chunks:
        if chunk.dtype.kind == "b":
            begin += len(chunk)
            largest = max(largest, float(np.max(chunk)))
            continue
        if member.dtype.itemsize > 8 or chunk.dtype.kind != "f":
            with np.errstate(over="ignore"):
                chunk = chunk.astype(np.float64)
        # The largest absolute value is NaN or infinite where any number is: one pass for both.
        top = _largest(chunk)
        if not np.isfinite(top):
            places = begin + np.flatnonzero(~np.isfinite(chunk))
            samples = np.unique(np.unravel_index(places, member.shape, order=member.order)[0])
            wrong.update(samples[: MOST_LISTED + 1 - len(wrong)].tolist())
        largest = max(largest, top)
        begin += len(chunk)
    if wrong and member.name != "features":
        _refuse(member, "holds NaN or infinity but must be finite; drop it or train again")
    if len(wrong) > MOST_LISTED:
        _refuse(
            member,
            f"more than {MOST_LISTED} samples hold NaN or infinity (one is sample {min(wrong)}); remove them",
        )
    if wrong:
        _refuse(
            member,
            f"{len(wrong)} samples hold NaN or infinity (the first is sample {min(wrong)}); remove them",
        )
    if member.name == "features" and (largest > LARGEST_NUMBER or 0 < largest < 1 / LARGEST_NUMBER):
        size = "large" if largest > 1 else "small"
        _refuse(member, f"numbers as {size} as {largest:.3g} are too {size} for their squares; rescale them")


def _largest(values: Floats) -> float:
    """The largest absolute value: NaN where there is one, else infinite where one is."""
    if values.dtype.itemsize != 2:
        return max(float(np.max(values)), -float(np.min(values)))
    # The bits of two numbers without sign are in the order of the numbers, NaN last; NumPy compares whole
    # numbers of 16 bits fifty times as fast as floating-point ones.
    bits = values.view(values.dtype.str.replace("f", "u")) & WITHOUT_SIGN
    return float(np.max(bits).astype(np.uint16).view(np.float16))


def text(values: NumPyArray, field: str) -> NumPyArray:
    """Strings as text; whole numbers as they are, whole floats as whole numbers.

    Raises InputError on fractions and on characters that Unicode does not have.
    """
    if values.dtype.kind == "f":
        whole = np.isfinite(values) & (values == np.floor(values)) & (np.abs(values) <= LARGEST_WHOLE)
        if not np.all(whole):
            first = float(values[int(np.argmin(whole))])
            raise InputError(
                f"holds {first:g}, of type {values.dtype}; labels are integers or strings", field=field
            )
        return values.astype(np.int64)
    if values.dtype.kind == "S":
        return np.char.decode(values, "utf-8", "backslashreplace")
    if values.dtype.kind == "U" and values.dtype.itemsize:
        codes = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("=")).view(np.uint32)
        if codes.size and int(codes.max()) > 0x10FFFF:
            raise InputError("holds characters that do not exist; save it again", field=field)
    return values


def _refuse(member: Member, problem: str) -> None:
    raise InputError(problem, field=member.name)
