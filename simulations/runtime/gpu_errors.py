"""The meaning of errors on a GPU, in one line each. CuPy is not imported: the module of an error's class, or
of the code that raised it, identifies it."""

from __future__ import annotations

import traceback

PACKAGES = ("cupy", "cupy_backends", "cupyx", "cuda")
"""CuPy's, and NVIDIA's, by which CuPy finds its libraries."""
NO_LIBRARY = "a CUDA library does not load; install the extra `gpu` anew"
EXPLANATIONS = {
    "OutOfMemoryError": "the GPU has not enough memory for this; use a smaller input, or --device cpu",
    "CompileException": "the CUDA compiler (NVRTC) refuses a kernel; install the extra `gpu` anew",
    "NVRTCError": "the CUDA compiler (NVRTC) does not run; install the extra `gpu` anew",
    "CUBLASError": "the matrix products of CUDA (cuBLAS) fail; install the extra `gpu` anew",
    "CUSOLVERError": "the linear algebra of CUDA (cuSOLVER) fails; install the extra `gpu` anew",
    "CUDARuntimeError": "the CUDA runtime fails; look at nvidia-smi, or use --device cpu",
    "CUDADriverError": "the CUDA driver fails; look at nvidia-smi, or use --device cpu",
    "DynamicLibNotFoundError": NO_LIBRARY,
}


def first_line(wrong: BaseException) -> str:
    """The message of an error, on one line; the name of its class where it has none."""
    return str(wrong).splitlines()[0] if str(wrong) else type(wrong).__name__


def gpu_error(wrong: BaseException) -> str | None:
    """The meaning of an error on a GPU, in one line with its remedy; None for any other error."""
    if any(_of_cupy(kind.__module__) for kind in type(wrong).__mro__):
        meaning = EXPLANATIONS.get(type(wrong).__name__, "the GPU computation fails; use --device cpu")
    elif isinstance(wrong, ImportError | OSError) and _raised_by_cupy(wrong):
        meaning = NO_LIBRARY
    else:
        return None
    return f"{meaning} ({first_line(wrong)})"


def _of_cupy(module: str) -> bool:
    return module.partition(".")[0] in PACKAGES


def _raised_by_cupy(wrong: BaseException) -> bool:
    """Whether the error passed through CuPy's code: it loads most libraries when they are first used, and
    where one is missing its error is Python's own."""
    frames = traceback.walk_tb(wrong.__traceback__)
    return any(_of_cupy(str(frame.f_globals.get("__name__", ""))) for frame, _ in frames)
