"""Runs on the stand-in for CuPy, each in a process of its own: plain data on stdout. Not tests themselves.

``python -m tests.simulations.gpu.gpu_runs NAME`` with the double's folder on PYTHONPATH.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

from simulations.engines.pool import pool_errors
from simulations.estimates import Estimate
from simulations.runtime import device
from simulations.runtime.arrays import multinomial
from simulations.runtime.randomness import key, stream
from tests.simulations.gpu.gpu_engines import engines


def pool_of(offset: float = 0.0) -> tuple[Any, Any]:
    """Six classes, two of them close together beside the spread of all."""
    rng = np.random.default_rng(4)
    centres = 3.0 * np.eye(6, 8)
    centres[1] = centres[0] + 3e-4
    noise = np.where(np.arange(6) < 2, 1e-4, 1.0)[:, None, None] * rng.standard_normal((6, 40, 8))
    return (centres[:, None] + noise + offset).reshape(-1, 8), np.repeat(np.arange(6), 40)


def pool() -> dict[str, Any]:
    """Stored features: the same numbers on both devices, controls and interval over classes included."""
    from cupy import CROSSINGS

    results = {}
    for name, offset, shots in (("plain", 0.0, 1), ("three shots", 0.0, 3), ("far off", 1e4, 1)):
        features, labels = pool_of(offset)
        for kind in ("cpu", "gpu"):
            CROSSINGS.clear()
            (estimate,) = pool_errors(features, labels, shots, [3], seed=1, work=2e6, device=kind)
            over = estimate.over_classes  # none where too few classes have errors
            ends = [over.low, over.high] if isinstance(over, Estimate) else []
            results[f"{name}, {kind}"] = [estimate.value, estimate.low, estimate.high, *ends]
        results[f"{name}, crossings a group"] = sum(CROSSINGS.values()) / (estimate.rule.bounded.count + 8)
    return results


def streams() -> dict[str, Any]:
    """Numbers of the GPU's streams, and the same from the reference in NumPy."""
    from tests.simulations.gpu import cuda_reference as reference

    words = key(2**40 + 5, "a", 1)
    rng = device.device_stream("gpu", 2**40 + 5, "a", 1)
    first, second = (rng.random(5).get().tolist() for _ in range(2))
    expected = reference.uniforms(words, 0, 6)
    other = device.device_stream("gpu", 5, "a", 1).random(5).get().tolist()
    rng = device.device_stream("gpu", 1, "moments")
    laws = {
        "normal": rng.standard_normal((40_000,)).get(),
        "gamma": rng.standard_gamma(2.5, (40_000,)).get(),
        "chisquare": rng.chisquare(5.0, (40_000,)).get(),
        "integers": rng.integers(2, 9, (40_000,)).get().astype(float),
    }
    counts = rng.multinomial(1000, [0.2, 0.5, 0.3], size=20_000).get()
    few = rng.multinomial(7, [0.2, 0.5, 0.3], size=20_000).get()
    # Of so many draws the last part would take what rounding leaves of the rest.
    rare = multinomial(rng, 10**17, np.array([0.25, 0.75 - 3e-17, 3e-17]), 5000).get()[:, 2]
    return {
        "rare": [float(rare.mean()), float(rare.var()), float(rare.min())],
        "first": first,
        "second": second,
        "expected": expected.tolist(),
        "low word of the seed alone": other,
        "moments": {name: [float(v.mean()), float(v.var())] for name, v in laws.items()},
        "counts": [counts.mean(axis=0).tolist(), np.cov(counts.T).tolist(), float(counts.sum(axis=1).min())],
        "few": [few.mean(axis=0).tolist(), np.cov(few.T).tolist(), float(few.sum(axis=1).max())],
        "near": stream(1).random(),
    }


def transfer() -> dict[str, Any]:
    from cupy import CROSSINGS

    from simulations.experiments.transfer import MAPS, ClassLaw, run_transfer

    results = {}
    for law in (
        ClassLaw(dimension=6, covariance="wishart", means="clusters", tail=5.0),
        ClassLaw(dimension=6, means="sphere", bounded=True),
    ):
        for name in sorted(MAPS):
            rows = {}
            for kind in ("cpu", "gpu"):
                CROSSINGS.clear()
                replicates = run_transfer(law, name, classes=6, samples=8, replicates=24, device=kind)
                rows[kind] = {m: [float(np.mean(v)), float(np.std(v))] for m, v in replicates.values.items()}
            results[f"{law.means}, {name}"] = {**rows, "crossings": sum(CROSSINGS.values())}
    return results


def geometry() -> dict[str, Any]:
    """Every statement about the few-shot error, of a geometry that lies on the GPU; None where it does not
    apply."""
    import cupy

    from theory import ClassGeometry, Setting, catalogue
    from theory.assumptions import Granted, SubGaussianAxes
    from theory.bound import Value
    from theory.evidence import TwoLabelings

    features, labels = pool_of()
    proxies = SubGaussianAxes(((1.0,) * features.shape[1],) * len(np.unique(labels)))
    host, card = (ClassGeometry.from_features(data, labels) for data in (features, cupy.asarray(features)))
    results = {}
    for bound in catalogue.about("few_shot_error"):
        plain = [each for each in bound.assumptions if not isinstance(each, SubGaussianAxes)]
        for ways in (2, 4):
            answers = [
                bound.evaluate(geometry_of, Setting(20, ways), Granted([*plain, proxies]))
                for geometry_of in (host, card)
            ]
            results[f"{bound.name}, {ways} ways"] = [
                answer.value if isinstance(answer, Value) else None for answer in answers
            ]
    halves = np.arange(len(labels)) % 2
    results["cosine of two labelings"] = [
        float(np.max(np.abs(TwoLabelings.from_features(data, labels, halves).cosines)))
        for data in (features, cupy.asarray(features))
    ]
    return results


def verify(count: int) -> dict[str, Any]:
    """So many tasks, about, of every chapter of the main job, spread over all of them, on the GPU."""
    from simulations.jobs.verify.chapters.base import Request
    from simulations.jobs.verify.run import CHAPTERS

    done: dict[str, Any] = {}
    for chapter in CHAPTERS:
        tasks = list(chapter.tasks(Request(1, False, "gpu")))
        step = max(1, len(tasks) // count)
        for task in tasks[::step]:
            task.function(*task.arguments)
            name = type(chapter).__name__
            done[name] = done.get(name, 0) + 1
    return done


RUNS = (engines, pool, streams, transfer, geometry, verify)

if __name__ == "__main__":
    (chosen,) = (run for run in RUNS if run.__name__ == sys.argv[1])
    print(json.dumps(chosen(*map(json.loads, sys.argv[2:]))))
