"""``run`` measures every section and gives one JSON-able document.

Every ratio compares two things timed in turn in the same process, on the median of several rounds, so
that a machine shared with others changes both. Efficiency = 1 / (variance x time), set-up included, with
the variance over independent repetitions and never from an engine's own interval.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from typing import Any


def run(
    device: str = "cpu",
    *,
    sections: Sequence[str] | None = None,
    repetitions: int = 64,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Measure ``sections`` on ``device`` ("auto", "cpu" or "gpu"): by default all of a CPU, or the kernels of
    a GPU.

    Raises InputError when the device is not available, ValueError on an unknown section. At least 64
    ``repetitions`` are needed for a variance worth quoting; fewer are for smoke tests and are reported.
    """
    from simulations.jobs.bench import engines, geometry, gpu, imports, pool, sweep, verify
    from simulations.runtime.device import pick

    chosen = pick(device)
    measures: dict[str, Callable[[int], dict[str, Any]]] = {
        "imports": imports.measure,
        "geometry": geometry.measure,
        "conditional": engines.conditional,
        "engines": engines.others,
        "enumeration": engines.enumeration,
        "pool": pool.measure,
        "growth": engines.growth,
        "sweep": sweep.measure,
        "verify": verify.measure,
    }
    if chosen.kind == "gpu":
        measures = {"gpu": gpu.measure}
    sections = tuple(measures) if sections is None else sections
    unknown = [name for name in sections if name not in measures]
    if unknown:
        raise ValueError(f"unknown section '{unknown[0]}': one of {', '.join(measures)}")
    start = time.perf_counter()
    found: dict[str, Any] = {}
    for name in sections:
        if progress is not None:
            progress(name)
        found[name] = measures[name](repetitions)
    return {
        "schema": 1,
        "device": chosen.name,
        "kind": chosen.kind,
        "machine": _machine(),
        "repetitions": repetitions,
        "seconds": time.perf_counter() - start,
        "sections": found,
    }


def _machine() -> dict[str, Any]:
    import numpy
    import scipy

    return {
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "default"),
    }
