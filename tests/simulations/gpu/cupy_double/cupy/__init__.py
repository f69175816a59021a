"""A strict double of CuPy 14 for machines without a GPU.

NumPy does the work; only what CuPy allows is allowed. Refused as there: implicit conversion to NumPy,
NumPy arrays among operands or assigned into slices, arrays as Python indices, functions and keywords that
CuPy lacks, kernel arguments of the wrong width, grids beyond the GPU's limits. Reductions and single
entries are arrays of no dimension. There is no ``cupy.random``: the project has streams of its own. Kernels
run on the host by way of g++ where ``CUPY_DOUBLE_SHIM`` names the folder of ``shim.h``, with denormal
numbers flushed to 0, as CuPy compiles them.

Not modelled: the rounding of the GPU's own functions, speed, and the amount of memory. Nothing that runs
here has run on a GPU.
"""

import numpy

from cupy._array import CROSSINGS, ndarray
from cupy._functions import functions, give_methods, section
from cupy._kernels import RawKernel, RawModule

__version__ = "14.2.0"
_NUMPY_FUNCTIONS = functions()
give_methods(_NUMPY_FUNCTIONS)
globals().update(_NUMPY_FUNCTIONS)
for _name in section("constants"):
    globals()[_name] = getattr(numpy, _name)

from cupy import cuda, exceptions, fft, linalg  # noqa: E402 - they need what stands above


class MemoryPool:
    """What CuPy keeps of memory that arrays have given back: nothing here."""

    def free_bytes(self):
        return 0


def get_default_memory_pool():
    return MemoryPool()


__all__ = [
    "CROSSINGS",
    "RawKernel",
    "RawModule",
    "cuda",
    "exceptions",
    "fft",
    "get_default_memory_pool",
    "linalg",
    "ndarray",
    *sorted(_NUMPY_FUNCTIONS),
    *(name for name in vars() if name[0] != "_" and hasattr(numpy, name) and name not in _NUMPY_FUNCTIONS),
]
