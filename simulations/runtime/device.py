"""The one place that decides which accelerator is used, and gives the reason in one line where none is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from simulations.runtime.arrays import Generator
from simulations.runtime.errors import InputError, printable
from simulations.runtime.gpu_errors import first_line, gpu_error
from simulations.runtime.randomness import key, stream
from theory.array import NUMPY, Array, Namespace, NumPyArray

NAMES = ("auto", "cpu", "gpu")


@dataclass(frozen=True)
class Device:
    """``kind`` cpu or gpu; ``name`` for reports; ``xp`` the array namespace."""

    kind: str
    name: str
    xp: Namespace


WITHOUT_CUPY = "CuPy is not installed; install the extra `gpu` (CUDA 12) or `gpu13` (CUDA 13)"


@cache
def gpu_refusal() -> str | None:
    """Why there is no usable GPU, in one line; None if one has computed an elementwise function, matrix
    products, a decomposition and a compiled kernel: counting devices does not test the libraries that these
    need."""
    try:
        import cupy
    except ImportError:
        return WITHOUT_CUPY
    except Exception as wrong:
        return f"CuPy does not load: {first_line(wrong)}"
    try:
        count = int(cupy.cuda.runtime.getDeviceCount())
    except Exception as wrong:
        return f"the CUDA driver answers: {first_line(wrong)}"
    if count == 0:
        return "no CUDA device is visible"
    for what, trial in (
        ("an elementwise function", _try_elementwise),
        ("a matrix product", _try_product),
        ("a decomposition", _try_decomposition),
        ("a compiled kernel", _try_kernel),
    ):
        try:
            right = trial(cupy)
        except Exception as wrong:
            return f"{what} fails on the GPU: {gpu_error(wrong) or first_line(wrong)}"
        if not right:
            return f"{what} gives wrong numbers on the GPU"
    if not _keeps_float32(cupy):
        return (
            "products of float32 numbers are rounded to TF32; unset CUPY_TF32 and NVIDIA_TF32_OVERRIDE, or "
            "use --device cpu"
        )
    return None


def _try_elementwise(cupy: ModuleType) -> bool:
    return bool(cupy.asnumpy(cupy.sqrt(cupy.arange(4.0) ** 2)).tolist() == [0.0, 1.0, 2.0, 3.0])


def _try_product(cupy: ModuleType) -> bool:
    ones = cupy.ones((8, 8))
    return bool((cupy.asnumpy(ones @ ones) == 8.0).all())


def _try_decomposition(cupy: ModuleType) -> bool:
    """Of a stack of matrices, as every user of them has: cuSOLVER is loaded by the first."""
    values = cupy.asnumpy(cupy.linalg.eigvalsh(cupy.asarray([[[2.0, 1.0], [1.0, 2.0]]] * 3)))
    return bool((abs(values - [1.0, 3.0]) < 1e-12).all())


def _keeps_float32(cupy: ModuleType) -> bool:
    """Whether a stack of products, of sizes for which cuBLAS would use TF32, keeps all 24 bits: stored
    features are compared by such products, with float32's rounding in mind."""
    size = 256
    steps = 2.0 ** -(cupy.arange(size) % 13 + 11)  # TF32 keeps steps down to 2^-10 beside 1
    rows = cupy.zeros((2, size, size), dtype=cupy.float32)
    rows[:, :, 0], rows[:, :, 1] = 1 + steps, -1.0
    products = rows @ cupy.ones((2, size, size), dtype=cupy.float32)
    return bool((products == steps[:, None]).all())


def _try_kernel(cupy: ModuleType) -> bool:
    code = 'extern "C" __global__ void twice(double* x) { x[threadIdx.x] *= 2.0; }'
    values = cupy.arange(4.0)
    cupy.RawModule(code=code, options=("-std=c++17",)).get_function("twice")((1,), (4,), (values,))
    return bool(cupy.asnumpy(values).tolist() == [0.0, 2.0, 4.0, 6.0])


def pick(device: str = "auto") -> Device:
    """The device for "auto", "cpu" or "gpu". Raises InputError for an unknown name, or for "gpu" where
    there is none. "auto" says on stderr why CuPy, where that is installed, is not used."""
    if device not in NAMES:
        raise InputError(f"'{device}' is not a device; use one of {', '.join(NAMES)}", field="--device")
    if device == "cpu":
        return Device("cpu", "cpu", NUMPY)
    reason = gpu_refusal()
    if reason is not None:
        if device == "gpu":
            raise InputError(f"no GPU can be used: {reason}", field="--device")
        if reason != WITHOUT_CUPY:
            print(f"collapse: no GPU is used: {printable(reason, 300)}", file=sys.stderr, flush=True)
        return Device("cpu", "cpu", NUMPY)
    import cupy

    name = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
    return Device("gpu", name, cupy)


def _on_gpu(seed: int, path: tuple[object, ...]) -> Generator:
    from array_api_compat import cupy as namespace

    from simulations.runtime.arrays import Draws
    from simulations.runtime.gpu import PhiloxSource, on_gpu

    return Draws(namespace, PhiloxSource(on_gpu(key(seed, *path))))


STREAMS: dict[str, Callable[[int, tuple[object, ...]], Generator]] = {
    "cpu": lambda seed, path: stream(seed, *path),
    "gpu": _on_gpu,
}
"""Random streams by kind of device. What a stream draws decides where the arrays of an engine live."""


def device_stream(kind: str, seed: int, *path: object) -> Generator:
    """The stream of ``path`` under the root ``seed`` on a device that ``pick`` has found: NumPy's generator,
    or ``arrays.Draws``. Its numbers depend on the kind of device, the seed and the path alone."""
    return STREAMS[kind](seed, path)


def place(kind: str, values: NumPyArray) -> Array:
    """NumPy ``values`` on a device that ``pick`` has found."""
    from simulations.runtime.arrays import drawn_like

    return drawn_like(values, device_stream(kind, 0))


def require_memory_on(kind: str, needed: float, what: str) -> None:
    """Raises InputError where ``what`` takes ``needed`` bytes of a GPU's memory, and there are fewer."""
    if kind != "gpu":
        return
    import cupy

    there = cupy.cuda.runtime.memGetInfo()[0] + cupy.get_default_memory_pool().free_bytes()
    if needed > there:
        raise InputError(
            f"{what} take {needed / 1e9:.3g} GB of the GPU's memory, and {there / 1e9:.3g} GB are free; "
            "use --device cpu",
            field="--device",
        )


def batch(kind: str, size: int) -> int:
    """How many numbers an engine handles at once, ``size`` on a CPU: a GPU needs more of them to be busy."""
    return 64 * size if kind == "gpu" else size
