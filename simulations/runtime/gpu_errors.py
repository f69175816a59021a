"""The meaning of CuPy's errors, in one line each. CuPy is not imported: the module of an error's class
identifies it."""

from __future__ import annotations


def first_line(wrong: BaseException) -> str:
    """The message of an error, on one line; the name of its class where it has none."""
    return str(wrong).splitlines()[0] if str(wrong) else type(wrong).__name__


EXPLANATIONS = {
    "OutOfMemoryError": "the GPU has not enough memory for this; use a smaller input, or --device cpu",
    "CompileException": "the CUDA compiler (NVRTC) refuses a kernel; install the extra `gpu` anew",
    "NVRTCError": "the CUDA compiler (NVRTC) does not run; install the extra `gpu` anew",
    "CUBLASError": "the matrix products of CUDA (cuBLAS) fail; install the extra `gpu` anew",
    "CUDARuntimeError": "the CUDA runtime fails; look at nvidia-smi, or use --device cpu",
    "CUDADriverError": "the CUDA driver fails; look at nvidia-smi, or use --device cpu",
}


def gpu_error(wrong: BaseException) -> str | None:
    """The meaning of an error of CuPy, in one line with its remedy; None for an error that is not CuPy's."""
    for kind in type(wrong).__mro__:
        if kind.__module__.partition(".")[0] in ("cupy", "cupy_backends", "cupyx"):
            meaning = EXPLANATIONS.get(type(wrong).__name__, "the GPU computation fails; use --device cpu")
            return f"{meaning} ({first_line(wrong)})"
    return None
