"""Names for an array of any kind and for its namespace: NumPy, CuPy, torch, whatever follows the array API.

Static types cannot say "any of these arrays". Shapes stand in the annotations of public functions, as in
``Annotated[Array, "classes p"]``, which costs nothing; ``tests/theory/test_shapes.py`` checks them.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, cast

import numpy as np

Array: TypeAlias = Any
"""NumPy, CuPy, torch or any other array that follows the array API."""


class Namespace(Protocol):
    """What array code uses of a namespace; all of it stands in the array API's standard.

    A function that the standard doesn't have, or has under another name, is a type error. ``linalg`` is the
    standard's extension of that name.
    """

    __name__: str
    float32: Any
    float64: Any
    int32: Any
    int64: Any
    linalg: Any
    abs: Callable[..., Array]
    all: Callable[..., Array]
    any: Callable[..., Array]
    arange: Callable[..., Array]
    argmax: Callable[..., Array]
    argmin: Callable[..., Array]
    argsort: Callable[..., Array]
    asarray: Callable[..., Array]
    astype: Callable[..., Array]
    broadcast_arrays: Callable[..., Array]
    broadcast_to: Callable[..., Array]
    clip: Callable[..., Array]
    concat: Callable[..., Array]
    cumulative_sum: Callable[..., Array]
    exp: Callable[..., Array]
    eye: Callable[..., Array]
    flip: Callable[..., Array]
    floor: Callable[..., Array]
    full: Callable[..., Array]
    full_like: Callable[..., Array]
    isfinite: Callable[..., Array]
    isnan: Callable[..., Array]
    log: Callable[..., Array]
    log1p: Callable[..., Array]
    logical_and: Callable[..., Array]
    logical_or: Callable[..., Array]
    matmul: Callable[..., Array]
    matrix_transpose: Callable[..., Array]
    max: Callable[..., Array]
    maximum: Callable[..., Array]
    mean: Callable[..., Array]
    min: Callable[..., Array]
    minimum: Callable[..., Array]
    nonzero: Callable[..., Array]
    ones: Callable[..., Array]
    ones_like: Callable[..., Array]
    permute_dims: Callable[..., Array]
    reshape: Callable[..., Array]
    searchsorted: Callable[..., Array]
    sort: Callable[..., Array]
    sqrt: Callable[..., Array]
    stack: Callable[..., Array]
    std: Callable[..., Array]
    sum: Callable[..., Array]
    take: Callable[..., Array]
    take_along_axis: Callable[..., Array]
    trace: Callable[..., Array]
    triu: Callable[..., Array]
    var: Callable[..., Array]
    vecdot: Callable[..., Array]
    where: Callable[..., Array]
    zeros: Callable[..., Array]
    zeros_like: Callable[..., Array]


NUMPY = cast("Namespace", np)
"""NumPy, whose functions are objects of a class of their own to a type checker."""
