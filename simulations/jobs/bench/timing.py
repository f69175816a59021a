"""Medians of alternated rounds, peak memory, and efficiency over repetitions."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np


def alternate(tasks: dict[str, Callable[[], Any]], rounds: int = 5) -> dict[str, float]:
    """Median seconds of each task; rounds go through all tasks in turn, after one unmeasured round."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(rounds + 1):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            if turn:
                times[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in times.items()}


def peak_bytes(task: Callable[[], Any]) -> int:
    """Largest extra memory that Python and NumPy held during ``task``."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    task()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak - before


def efficiency(estimate: Callable[[int], float], repetitions: int) -> dict[str, float]:
    """Mean, variance over repetitions (each with its own seed), seconds a repetition, efficiency."""
    values, seconds = [], []
    for seed in range(repetitions):
        start = time.perf_counter()
        values.append(estimate(seed))
        seconds.append(time.perf_counter() - start)
    variance = float(np.var(values, ddof=1))
    mean_seconds = float(np.mean(seconds))
    mean = float(np.mean(values))
    return {
        "mean": mean,
        "relative_error": variance**0.5 / mean if mean > 0 else float("inf"),
        "seconds": mean_seconds,
        "efficiency": 1 / (variance * mean_seconds) if variance > 0 else float("inf"),
    }


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Slope of log seconds against log size."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
