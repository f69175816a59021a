"""Arrays that behave as CuPy's: NumPy holds the numbers, CuPy's rules decide which operations are allowed."""

import sys
from collections import Counter

import numpy

CROSSINGS: Counter = Counter()
"""Transfers between host and GPU, by kind and calling line: each makes one of them wait."""
SCALARS = (bool, int, float, complex, numpy.generic)
_HERE = __file__.rpartition("/")[0]


def crossing(kind):
    """Count one crossing at the first line that is neither this package's nor array_api_compat's."""
    frame = sys._getframe(2)
    while frame is not None and (
        frame.f_code.co_filename.startswith(_HERE) or "array_api_compat" in frame.f_code.co_filename
    ):
        frame = frame.f_back
    CROSSINGS[kind, "?" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"] += 1


class ndarray:
    """An array on the GPU. ``_on_host`` is returned by ``get`` and similar functions only."""

    __slots__ = ("__weakref__", "_on_host")
    __hash__ = None
    __array_priority__ = 100

    def __init__(self, shape, dtype=float, *, _on_host=None):
        self._on_host = numpy.empty(shape, dtype) if _on_host is None else _on_host

    # -- what must not leave the GPU implicitly -------------------------------------------------------------
    def __array__(self, dtype=None, copy=None):
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct a NumPy "
            "array explicitly."
        )

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        raise TypeError(f"numpy.{ufunc.__name__} of a CuPy array: operands of both kinds are not mixed here")

    def __array_function__(self, function, kinds, arguments, options):
        raise TypeError(f"numpy.{function.__name__} of a CuPy array: use the array's own namespace")

    def __index__(self):
        raise TypeError("a CuPy array is no Python index")

    # -- what leaves it on request -------------------------------------------------------------------------
    def get(self, stream=None, order="C", out=None, blocking=True):
        crossing("get")
        return numpy.array(self._on_host)

    def item(self, *where):
        crossing("item")
        return self._on_host.item(*where)

    def tolist(self):
        crossing("tolist")
        return self._on_host.tolist()

    def __bool__(self):
        crossing("bool")
        return bool(self._on_host)

    def __int__(self):
        crossing("int")
        return int(self._on_host)

    def __float__(self):
        crossing("float")
        return float(self._on_host)

    def __complex__(self):
        crossing("complex")
        return complex(self._on_host)

    def __format__(self, how):
        crossing("format")
        return format(self._on_host, how)

    def __repr__(self):
        return f"<double of {self._on_host!r}>"

    # -- shape ---------------------------------------------------------------------------------------------
    shape = property(lambda self: self._on_host.shape)
    dtype = property(lambda self: self._on_host.dtype)
    ndim = property(lambda self: self._on_host.ndim)
    size = property(lambda self: self._on_host.size)
    nbytes = property(lambda self: self._on_host.nbytes)
    itemsize = property(lambda self: self._on_host.itemsize)
    strides = property(lambda self: self._on_host.strides)
    flags = property(lambda self: self._on_host.flags)
    T = property(lambda self: wrapped(self._on_host.T))
    mT = property(lambda self: wrapped(numpy.matrix_transpose(self._on_host)))
    real = property(lambda self: wrapped(self._on_host.real))
    imag = property(lambda self: wrapped(self._on_host.imag))

    @property
    def device(self):
        from cupy.cuda import Device

        return Device(0)

    def __len__(self):
        if self._on_host.ndim == 0:
            raise TypeError("len() of unsized object")
        return len(self._on_host)

    def __iter__(self):
        if self._on_host.ndim == 0:
            raise TypeError("iteration over a 0-d array")
        return (wrapped(row) for row in self._on_host)

    def __getitem__(self, where):
        return wrapped(self._on_host[place(where)])

    def __setitem__(self, where, value):
        if not isinstance(value, (ndarray, *SCALARS)):
            raise TypeError(f"Unsupported type {type(value)}: only CuPy arrays and numbers are assigned")
        self._on_host[place(where)] = bare(value)

    def astype(self, dtype, order="K", casting=None, subok=None, copy=True):
        return wrapped(self._on_host.astype(dtype, order=order, copy=copy))

    def fill(self, value):
        self._on_host.fill(bare(value))


def wrapped(value):
    """What NumPy answered as CuPy would: arrays, also for single numbers."""
    if isinstance(value, numpy.ndarray | numpy.generic):
        return ndarray(None, _on_host=numpy.asarray(value))
    if isinstance(value, tuple):
        parts = [wrapped(each) for each in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return [wrapped(each) for each in value] if isinstance(value, list) else value


def bare(value):
    return value._on_host if isinstance(value, ndarray) else value


def place(where):
    """An index as NumPy takes it. Arrays of the host are carried over, and the host waits until it is known
    how much a mask selects: both count."""
    if isinstance(where, tuple):
        return tuple(place(each) for each in where)
    if isinstance(where, slice):
        for bound in (where.start, where.stop, where.step):
            if isinstance(bound, ndarray):
                raise TypeError("slice indices must be integers or None: CuPy arrays have no __index__")
        return where
    if isinstance(where, numpy.ndarray | list):
        crossing("index from the host")
    if isinstance(where, ndarray) and where.dtype == bool and where.ndim:
        crossing("size of a selection")
    return bare(where)


def operand(value, name):
    """Of an elementwise function: arrays on the GPU and numbers, nothing else."""
    if value is None or isinstance(value, (ndarray, *SCALARS)):
        return bare(value)
    raise TypeError(f"{name}: Unsupported type {type(value)}")


def argument(value, name):
    """Of any other function: as above, and shapes, axes, names, and sequences of arrays."""
    if isinstance(value, numpy.ndarray):
        raise TypeError(f"{name}: Unsupported type {type(value)}")
    if isinstance(value, tuple | list):
        return type(value)(argument(each, name) for each in value)
    return bare(value)
