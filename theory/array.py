"""Types for an array of any kind and for its namespace: NumPy, CuPy, torch, whatever follows the array API.

Shapes stand in the annotations of public functions, as in ``Annotated[Array, "classes p"]``, which costs
nothing; ``tests/theory/test_shapes.py`` checks them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, TypeGuard, cast

import array_api_compat
import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.floating[Any]]
"""NumPy's, where nothing but NumPy is meant; float64 unless said otherwise."""
Integers: TypeAlias = NDArray[np.integer[Any]]
Flags: TypeAlias = NDArray[np.bool_]
NumPyArray: TypeAlias = NDArray[Any]
"""NumPy's, of numbers of any kind, or of labels."""

DType: TypeAlias = Any
"""The standard says nothing of these but that they are equal or not."""
Device: TypeAlias = Any
Key: TypeAlias = Any
"""What stands between the brackets: numbers, slices, None, an ellipsis, arrays, tuples of those."""
Other: TypeAlias = Any
"""The other side of an operator. NumPy says of each kind of number apart which others it takes, and knows
no other library's arrays, so that a narrower type would leave NumPy's own arrays out."""


class Array(Protocol):
    """An array of any library: what the array API's standard says that all of them have, and nothing else.

    NumPy's arrays are ``Array``; what only they have (``x.sum()``, ``x.copy()``, iteration) is a type error
    here, and so is to hand an ``Array`` to a function of NumPy: the namespace's own, or ``to_numpy``, is
    meant. Results of operators are again ``Array``.
    """

    @property
    def dtype(self) -> DType:
        """What kind of numbers it holds."""

    @property
    def device(self) -> Device:
        """Where it lies."""

    @property
    def ndim(self) -> int:
        """How many axes it has."""

    @property
    def shape(self) -> tuple[int, ...]:
        """How long it is along each axis."""

    @property
    def size(self) -> int:
        """How many entries it has."""

    @property
    def T(self) -> Array:
        """The transpose of a matrix."""

    def __getitem__(self, key: Key, /) -> Array: ...
    def __setitem__(self, key: Key, value: Other, /) -> None: ...
    def __bool__(self) -> bool: ...
    def __float__(self) -> float: ...
    def __int__(self) -> int: ...
    def __index__(self) -> int: ...

    def __neg__(self) -> Array: ...
    def __abs__(self) -> Array: ...
    def __invert__(self) -> Array: ...

    def __add__(self, other: Other, /) -> Array: ...
    def __radd__(self, other: Other, /) -> Array: ...
    def __sub__(self, other: Other, /) -> Array: ...
    def __rsub__(self, other: Other, /) -> Array: ...
    def __mul__(self, other: Other, /) -> Array: ...
    def __rmul__(self, other: Other, /) -> Array: ...
    def __truediv__(self, other: Other, /) -> Array: ...
    def __rtruediv__(self, other: Other, /) -> Array: ...
    def __floordiv__(self, other: Other, /) -> Array: ...
    def __rfloordiv__(self, other: Other, /) -> Array: ...
    def __mod__(self, other: Other, /) -> Array: ...
    def __rmod__(self, other: Other, /) -> Array: ...
    def __pow__(self, other: Other, /) -> Array: ...
    def __rpow__(self, other: Other, /) -> Array: ...
    def __matmul__(self, other: Other, /) -> Array: ...
    def __rmatmul__(self, other: Other, /) -> Array: ...
    def __and__(self, other: Other, /) -> Array: ...
    def __rand__(self, other: Other, /) -> Array: ...
    def __or__(self, other: Other, /) -> Array: ...
    def __ror__(self, other: Other, /) -> Array: ...
    def __xor__(self, other: Other, /) -> Array: ...

    def __lt__(self, other: Other, /) -> Array: ...
    def __le__(self, other: Other, /) -> Array: ...
    def __gt__(self, other: Other, /) -> Array: ...
    def __ge__(self, other: Other, /) -> Array: ...
    def __eq__(self, other: object, /) -> Array: ...  # type: ignore[override]  # arrays compare by entries
    def __ne__(self, other: object, /) -> Array: ...  # type: ignore[override]  # arrays compare by entries


Operand: TypeAlias = Array | float
"""An array or a plain number, where the standard takes either."""
Axis: TypeAlias = int | tuple[int, ...] | None
Unary: TypeAlias = Callable[[Array], Array]
Binary: TypeAlias = Callable[[Operand, Operand], Array]


class Reduction(Protocol):
    """One number for all entries, or for those along ``axis``."""

    def __call__(self, x: Array, /, *, axis: Axis = None, keepdims: bool = False) -> Array: ...


class Spread(Protocol):
    """Variances and standard deviations."""

    def __call__(
        self, x: Array, /, *, axis: Axis = None, correction: float = 0.0, keepdims: bool = False
    ) -> Array: ...


class Place(Protocol):
    """Where the largest or smallest entry stands."""

    def __call__(self, x: Array, /, *, axis: int | None = None, keepdims: bool = False) -> Array: ...


class Total(Protocol):
    """A sum, whose numbers may be of another kind than those that are added."""

    def __call__(
        self, x: Array, /, *, axis: Axis = None, dtype: DType = None, keepdims: bool = False
    ) -> Array: ...


class Running(Protocol):
    """Sums of the entries so far."""

    def __call__(
        self, x: Array, /, *, axis: int | None = None, dtype: DType = None, include_initial: bool = False
    ) -> Array: ...


class Creation(Protocol):
    """An array of this shape."""

    def __call__(
        self, shape: int | tuple[int, ...], *, dtype: DType = None, device: Device = None
    ) -> Array: ...


class Like(Protocol):
    """An array of the shape, numbers and place of another."""

    def __call__(self, x: Array, /, *, dtype: DType = None, device: Device = None) -> Array: ...


class Order(Protocol):
    """Sorted along an axis."""

    def __call__(
        self, x: Array, /, *, axis: int = -1, descending: bool = False, stable: bool = True
    ) -> Array: ...


class Filled(Protocol):
    """An array of this shape, every entry the same."""

    def __call__(
        self,
        shape: int | tuple[int, ...],
        fill_value: float,
        *,
        dtype: DType = None,
        device: Device = None,
    ) -> Array: ...


class FilledLike(Protocol):
    """An array of the shape of another, every entry the same."""

    def __call__(
        self, x: Array, /, fill_value: float, *, dtype: DType = None, device: Device = None
    ) -> Array: ...


class Identity(Protocol):
    """A matrix with ones on a diagonal."""

    def __call__(
        self,
        n_rows: int,
        n_cols: int | None = None,
        /,
        *,
        k: int = 0,
        dtype: DType = None,
        device: Device = None,
    ) -> Array: ...


class Range(Protocol):
    """Numbers at equal steps."""

    def __call__(
        self,
        start: float,
        /,
        stop: float | None = None,
        step: float = 1,
        *,
        dtype: DType = None,
        device: Device = None,
    ) -> Array: ...


class Conversion(Protocol):
    """An array of what may be one already, of NumPy, a number or nested lists of them."""

    def __call__(
        self,
        obj: Operand | Sequence[Any],
        /,
        *,
        dtype: DType = None,
        device: Device = None,
        copy: bool | None = None,
    ) -> Array: ...


class Cast(Protocol):
    """The same numbers as another kind."""

    def __call__(self, x: Array, dtype: DType, /, *, copy: bool = True) -> Array: ...


class Clip(Protocol):
    """Nothing below ``min``, nothing above ``max``."""

    def __call__(self, x: Array, /, min: Operand | None = None, max: Operand | None = None) -> Array: ...


class Joined(Protocol):
    """Several arrays in one."""

    def __call__(self, arrays: Sequence[Array], /, *, axis: int = 0) -> Array: ...


class Flip(Protocol):
    """The other way round."""

    def __call__(self, x: Array, /, *, axis: Axis = None) -> Array: ...


class Take(Protocol):
    """Entries at these places."""

    def __call__(self, x: Array, indices: Array, /, *, axis: int | None = None) -> Array: ...


class Along(Protocol):
    """Of each row its own places."""

    def __call__(self, x: Array, indices: Array, /, *, axis: int = -1) -> Array: ...


class Product(Protocol):
    """Sums of products along an axis."""

    def __call__(self, x1: Array, x2: Array, /, *, axis: int = -1) -> Array: ...


class Search(Protocol):
    """Where each value belongs among sorted ones."""

    def __call__(self, x1: Array, x2: Array, /, *, side: str = "left") -> Array: ...


class Broadcast(Protocol):
    """Arrays of one shape."""

    def __call__(self, *arrays: Array) -> Sequence[Array]: ...


class Linalg(Protocol):
    """What array code uses of the standard's extension ``linalg``."""

    diagonal: Unary
    eigh: Callable[[Array], tuple[Array, Array]]
    eigvalsh: Unary
    pinv: Unary

    def svd(self, x: Array, /, *, full_matrices: bool = True) -> tuple[Array, Array, Array]:
        """Left singular vectors, singular values and right singular vectors."""


class Namespace(Protocol):
    """What array code uses of a namespace; all of it stands in the array API's standard.

    A function that the standard doesn't have, or has under another name, is a type error.
    """

    __name__: str
    float32: DType
    float64: DType
    int32: DType
    int64: DType
    linalg: Linalg
    abs: Unary
    all: Reduction
    any: Reduction
    arange: Range
    argmax: Place
    argmin: Place
    argsort: Order
    asarray: Conversion
    astype: Cast
    broadcast_arrays: Broadcast
    broadcast_to: Callable[[Array, tuple[int, ...]], Array]
    clip: Clip
    concat: Joined
    cumulative_sum: Running
    exp: Unary
    eye: Identity
    flip: Flip
    floor: Unary
    full: Filled
    full_like: FilledLike
    hypot: Binary
    isfinite: Unary
    isnan: Unary
    log: Unary
    log1p: Unary
    logical_and: Binary
    logical_or: Binary
    matmul: Binary
    matrix_transpose: Unary
    max: Reduction
    maximum: Binary
    mean: Reduction
    min: Reduction
    minimum: Binary
    nonzero: Callable[[Array], tuple[Array, ...]]
    ones: Creation
    ones_like: Like
    permute_dims: Callable[[Array, tuple[int, ...]], Array]
    reshape: Callable[[Array, tuple[int, ...]], Array]
    searchsorted: Search
    sort: Order
    sqrt: Unary
    stack: Joined
    std: Spread
    sum: Total
    take: Take
    take_along_axis: Along
    trace: Unary
    triu: Unary
    var: Spread
    vecdot: Product
    where: Callable[[Array, Operand, Operand], Array]
    zeros: Creation
    zeros_like: Like


NUMPY = cast("Namespace", np)
"""NumPy, whose functions are objects of a class of their own to a type checker."""

array_namespace: Callable[..., Namespace] = array_api_compat.array_namespace
"""The namespace that arrays belong to."""
device: Callable[[Array], Device] = array_api_compat.device
"""Where an array lies."""
is_array_api_obj: Callable[[object], TypeGuard[Array]] = array_api_compat.is_array_api_obj
is_numpy_array: Callable[[object], TypeGuard[NDArray[Any]]] = array_api_compat.is_numpy_array


def floats(values: Array) -> tuple[float, ...]:
    """The entries of a vector (n,) as Python's numbers."""
    if is_numpy_array(values):
        return tuple(values.tolist())
    return tuple(float(values[place]) for place in range(values.shape[0]))


def to_numpy(values: Array) -> NumPyArray:
    """On the host: CuPy converts only on request."""
    # Frames of pandas have a method of that name for another purpose.
    if is_array_api_obj(values) and hasattr(values, "get"):
        moved: NumPyArray = values.get()
        return moved
    return np.asarray(values)


def is_masked(values: object) -> bool:
    """Whether a NumPy array marks some of its numbers as missing: most functions read them all the same."""
    return isinstance(values, np.ma.MaskedArray) and bool(np.any(values.mask))


def weights_by_place(places: Integers, weights: Floats, least: int = 0) -> Floats:
    """(largest place + 1,), or ``least`` if that is more: the sum of the weights of each place 0, 1, ..."""
    # NumPy's annotations say of every such sum that it is a whole number.
    return cast("Floats", np.bincount(places, weights, minlength=least))
