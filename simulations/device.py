"""The one place that decides which accelerator is used, and says in one line why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulations.errors import InputError


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

    if device not in ("auto", "cpu", "gpu"):
        raise InputError(f"'{device}' is not a device; one of auto, cpu, gpu", field="--device")
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
