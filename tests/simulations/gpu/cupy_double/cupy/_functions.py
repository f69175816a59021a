"""The functions of CuPy that NumPy has too, by the list of names and parameters in ``names.txt``."""

import os
import pathlib

import numpy
import scipy.special

from cupy._array import SCALARS, argument, bare, crossing, ndarray, operand, wrapped

_LINES = (pathlib.Path(__file__).parent / "names.txt").read_text(encoding="utf-8").splitlines()
_SHAPES = {
    "zeros",
    "ones",
    "empty",
    "full",
    "arange",
    "eye",
    "identity",
    "linspace",
    "tri",
    "broadcast_shapes",
}
_SHAPES |= {"result_type", "can_cast", "indices", "isscalar", "promote_types", "issubdtype", "logspace"}
_SIZES = {"nonzero", "flatnonzero", "argwhere", "extract", "compress", "unique", "unique_all", "bincount"}
_SIZES |= {"unique_counts", "unique_inverse", "unique_values", "trim_zeros", "union1d", "setdiff1d"}
"""The host waits for the size of their results, or for the numbers that say it."""
_OPERATORS = """add sub:subtract mul:multiply truediv:divide floordiv:floor_divide mod:remainder pow:power
matmul and:bitwise_and or:bitwise_or xor:bitwise_xor lshift:left_shift rshift:right_shift"""
_COMPARISONS = "lt:less le:less_equal gt:greater ge:greater_equal eq:equal ne:not_equal"


def section(name):
    """Lines of ``names.txt`` under [name]."""
    start = _LINES.index(f"[{name}]") + 1
    stop = next((row for row in range(start, len(_LINES)) if _LINES[row].startswith("[")), len(_LINES))
    return _LINES[start:stop]


def elementwise(name, function):
    def call(*values, out=None, dtype=None, **options):
        given = [operand(each, name) for each in values]
        kinds = {} if dtype is None else {"dtype": dtype}
        with numpy.errstate(all="ignore"):  # a GPU reports no floating-point errors
            result = function(*given, **kinds, **options)
        if out is None:
            return wrapped(numpy.asarray(result) if not isinstance(result, tuple) else result)
        out._on_host[...] = result
        return out

    call.__name__ = call.__qualname__ = name
    call.__module__ = "cupy"
    return call


def plain(name, function, parameters=None):
    """``parameters``: the names that CuPy's function takes, None where they are not known."""

    def call(*values, **options):
        if name in _SIZES or (name == "where" and len(values) == 1):
            crossing("size of a selection")
        if parameters is not None and not any(each.startswith("*") for each in parameters):
            if len(values) > len(parameters):
                raise TypeError(f"{name}() takes {len(parameters)} arguments, {len(values)} were given")
            unknown = set(options) - set(parameters)
            if unknown:
                raise TypeError(f"{name}() got an unexpected keyword argument {sorted(unknown)[0]!r}")
        if name not in _SHAPES and values and isinstance(values[0], list | tuple):
            rows = values[0]
            if not all(isinstance(each, ndarray | list | tuple) for each in rows):
                raise TypeError(f"{name}: Unsupported type {type(rows)}")
        given = [argument(each, name) for each in values]
        named = {key: argument(value, name) for key, value in options.items()}
        with numpy.errstate(all="ignore"):
            return wrapped(function(*given, **named))

    call.__name__ = call.__qualname__ = name
    call.__module__ = "cupy"
    return call


def functions():
    by_name = {name: elementwise(name, getattr(numpy, name)) for name in section("ufuncs")}
    for line in section("functions"):
        name, *parameters = line.split()
        known = None if parameters == ["..."] else parameters
        by_name[name] = plain(name, getattr(numpy, name), known)
    by_name["matmul"] = products(by_name["matmul"])
    return by_name | {"array": array, "asarray": asarray, "asnumpy": asnumpy, "ascontiguousarray": contiguous}


def products(matmul):
    """With CUPY_TF32=1 factors of float32 products lose all but 10 bits."""

    def call(a, b, **options):
        if os.environ.get("CUPY_TF32") == "1" and a.dtype == b.dtype == numpy.float32:
            a, b = rounded_to_tf32(a), rounded_to_tf32(b)
        return matmul(a, b, **options)

    return call


def rounded_to_tf32(values):
    bits = numpy.ascontiguousarray(values._on_host).view(numpy.uint32)
    return wrapped(((bits + 0x1000) & numpy.uint32(0xFFFFE000)).view(numpy.float32))


def linear_algebra():
    lines = [line.split() for line in section("linalg")]
    return {name: plain(f"linalg.{name}", getattr(numpy.linalg, name), rest) for name, *rest in lines}


def special_functions():
    return {name: elementwise(name, getattr(scipy.special, name)) for name in section("special")}


def _from_host(value):
    if isinstance(value, ndarray):
        return value._on_host
    if isinstance(value, list | tuple) and any(isinstance(each, ndarray) for each in value):
        return numpy.stack([bare(each) for each in value])
    crossing("from the host")
    return value


def array(obj, dtype=None, copy=True, order="K", subok=False, ndmin=0, *, blocking=False):
    return wrapped(numpy.array(_from_host(obj), dtype=dtype, copy=True, order=order, ndmin=ndmin))


def asarray(a, dtype=None, order=None, *, copy=None, blocking=False):
    if isinstance(a, ndarray) and not copy and dtype in (None, a.dtype):
        return a
    return wrapped(numpy.array(_from_host(a), dtype=dtype, order=order or "K", copy=True))


def contiguous(a, dtype=None):
    return wrapped(numpy.ascontiguousarray(asarray(a, dtype)._on_host))


def asnumpy(a, stream=None, order="C", out=None, *, blocking=True):
    return a.get() if isinstance(a, ndarray) else numpy.asarray(a)


def give_methods(by_name):
    """Operators and methods of arrays: those of the functions of their names."""

    def operator(function, swapped):
        def apply(self, other):
            if not isinstance(other, (ndarray, *SCALARS)):
                return NotImplemented
            return function(other, self) if swapped else function(self, other)

        return apply

    def in_place(function):
        """The array itself changes, and with it every view of it."""

        def apply(self, other):
            if not isinstance(other, (ndarray, *SCALARS)):
                return NotImplemented
            with numpy.errstate(all="ignore"):
                function(self._on_host, bare(other), out=self._on_host)
            return self

        return apply

    for pair in (*_OPERATORS.split(), *_COMPARISONS.split()):
        short, _, name = pair.partition(":")
        function = by_name[name or short]
        setattr(ndarray, f"__{short}__", operator(function, False))
        if pair in _OPERATORS.split():
            setattr(ndarray, f"__r{short}__", operator(function, True))
            setattr(ndarray, f"__i{short}__", in_place(getattr(numpy, name or short)))
    for short, name in (("neg", "negative"), ("abs", "absolute"), ("invert", "invert"), ("pos", "positive")):
        setattr(ndarray, f"__{short}__", lambda self, _f=by_name[name]: _f(self))
    for name in section("methods"):

        def method(self, *values, _name=name, **options):
            if _name in _SIZES:
                crossing("size of a selection")
            given = [argument(each, _name) for each in values]
            with numpy.errstate(all="ignore"):
                named = {key: argument(value, _name) for key, value in options.items()}
                return wrapped(getattr(self._on_host, _name)(*given, **named))

        setattr(ndarray, name, method)
