"""The one place that decides which accelerator is used, and says in one line why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulations.runtime.errors import InputError
from simulations.runtime.randomness import key, stream

NAMES = ("auto", "cpu", "gpu")


@dataclass(frozen=True)
class Device:
    """``kind`` cpu or gpu; ``name`` for reports; ``xp`` the array namespace; ``reason`` why no GPU."""

    kind: str
    name: str
    xp: Any
    reason: str | None = None


def gpu_refusal() -> str | None:
    """Why there is no usable GPU, in one line; None if there is one."""
    try:
        import cupy
    except ImportError:
        return "CuPy is not installed; install the extra `gpu`"
    except Exception as wrong:
        return f"CuPy does not load: {str(wrong).splitlines()[0] if str(wrong) else type(wrong).__name__}"
    try:
        count = int(cupy.cuda.runtime.getDeviceCount())
    except Exception as wrong:
        return (
            f"the CUDA driver answers: {str(wrong).splitlines()[0] if str(wrong) else type(wrong).__name__}"
        )
    return None if count > 0 else "no CUDA device is visible"


def pick(device: str = "auto") -> Device:
    """The device for "auto", "cpu" or "gpu". Raises InputError for an unknown name, or for "gpu" where
    there is none."""
    import numpy

    if device not in NAMES:
        raise InputError(f"'{device}' is not a device; use one of {', '.join(NAMES)}", field="--device")
    if device == "cpu":
        return Device("cpu", "cpu", numpy)
    reason = gpu_refusal()
    if reason is not None:
        if device == "gpu":
            raise InputError(f"no GPU can be used: {reason}", field="--device")
        return Device("cpu", "cpu", numpy, reason)
    import cupy

    card = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
    return Device("gpu", card, cupy)


def _on_gpu(seed: int, path: tuple[object, ...]) -> Any:
    import cupy
    from array_api_compat import cupy as namespace

    from simulations.runtime.arrays import Draws

    low, high = key(seed, *path)
    return Draws(namespace, cupy.random.Generator(cupy.random.Philox4x3210(low | high << 32)))


STREAMS: dict[str, Callable[[int, tuple[object, ...]], Any]] = {
    "cpu": lambda seed, path: stream(seed, *path),
    "gpu": _on_gpu,
}
"""Random streams by kind of device. What a stream draws decides where the arrays of an engine live."""


def device_stream(kind: str, seed: int, *path: object) -> Any:
    """The stream of ``path`` under the root ``seed`` on a device that ``pick`` has found: NumPy's generator,
    or ``arrays.Draws``. Its numbers depend on the kind of device, not on the card."""
    return STREAMS[kind](seed, path)


def place(kind: str, values: Any) -> Any:
    """NumPy ``values`` on a device that ``pick`` has found."""
    from simulations.runtime.arrays import drawn_like

    return drawn_like(values, device_stream(kind, 0))


def batch(kind: str, size: int) -> int:
    """How many numbers an engine handles at once, ``size`` on a CPU: a GPU needs more of them to be busy."""
    return 64 * size if kind == "gpu" else size
