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
from dataclasses import dataclass
from typing import Any

import numpy
import scipy

from simulations.jobs.bench import engines, families, features, geometry, gpu, imports, pool, sweep, verify
from simulations.jobs.bench.effort import DEFAULT, BenchEffort, ignore
from simulations.runtime.device import pick
from simulations.runtime.errors import InputError, printable


@dataclass(frozen=True)
class Listener:
    """Who follows a run: ``progress`` gets the name of a section when it begins, ``row`` label and figures
    of a row as soon as it is known, ``store`` the document so far after every section, so that a run that is
    stopped loses none."""

    progress: Callable[[str], None] = lambda section: None
    row: Callable[[str, Any], None] = ignore
    store: Callable[[dict[str, Any]], None] = lambda document: None


SILENT = Listener()


def run(
    device: str = "cpu",
    *,
    sections: Sequence[str] | None = None,
    repetitions: int = DEFAULT,
    listener: Listener = SILENT,
) -> dict[str, Any]:
    """Measure ``sections`` on ``device`` ("auto", "cpu" or "gpu"): by default all of a CPU, or the kernels of
    a GPU.

    Raises InputError when the device is not available, and on an unknown section. At least 64
    ``repetitions`` are needed for a precise variance; fewer are reported as such.
    """
    chosen = pick(device)
    measures: dict[str, Callable[[BenchEffort], dict[str, Any]]] = {
        "imports": imports.measure,
        "geometry": geometry.measure,
        "features": features.measure,
        "conditional": engines.conditional,
        "engines": engines.others,
        "families": families.measure,
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
        raise InputError(
            f"unknown section '{printable(unknown[0], 40)}': one of {', '.join(measures)}", field="--section"
        )
    start = time.perf_counter()
    document: dict[str, Any] = {
        "schema": 1,
        "device": chosen.name,
        "kind": chosen.kind,
        "machine": _machine(),
        "repetitions": repetitions,
        "seconds": 0.0,
        "sections": {},
    }
    effort = BenchEffort(repetitions, listener.row)
    for name in sections:
        listener.progress(name)
        document["sections"][name] = measures[name](effort)
        document["seconds"] = time.perf_counter() - start
        listener.store(document)
    return document


def _machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "default"),
    }
