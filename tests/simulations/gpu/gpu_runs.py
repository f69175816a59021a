"""Runs on the stand-in for CuPy, each in a process of its own: plain data on stdout. Not tests themselves.

``python -m tests.simulations.gpu.gpu_runs NAME`` with the double's folder on PYTHONPATH.
"""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import numpy as np

from simulations.engines import Budget, Context, Engine, Question
from simulations.engines.conditional import Conditional
from simulations.engines.direct import Direct
from simulations.engines.enumeration import Enumeration
from simulations.engines.orthant import Orthant
from simulations.engines.pool import pool_errors
from simulations.engines.radial import Radial
from simulations.estimates import Estimate
from simulations.populations import from_spec
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.runtime import device
from simulations.runtime.arrays import multinomial
from simulations.runtime.randomness import key, stream
from tests.simulations.helpers_engines import atoms_apart, beside_a_long_axis, isotropic, means, student


def mixture() -> Population:
    parts = [{"weight": 0.3, "mean": [0.0, 0.0], "std": 0.5}, {"weight": 0.7, "mean": [1.0, 0.0], "std": 0.3}]
    one = [{"weight": 1.0, "mean": [2.0, 1.0], "std": 0.5}]
    return from_spec({"family": "mixture", "classes": [{"parts": parts}, {"parts": one}]})


def atoms(step: float) -> Population:
    points = [[[0.0, 0.0], [step, 0.0]], [[2.0, 0.0], [2.0, 1.0]], [[0.0, 3.0], [1.0, 1.0]]]
    classes = [{"points": each, "weights": [0.25, 0.75]} for each in points]
    return from_spec({"family": "finite_support", "classes": classes})


def full() -> GaussianClasses:
    factor = np.random.default_rng(1).standard_normal((6, 6)) / math.sqrt(6)
    return GaussianClasses(means(4, 6, 4.0), [factor @ factor.T] * 4)


def spiked() -> GaussianClasses:
    spread = np.ones(20)
    spread[0] = 9.0
    return GaussianClasses(means(3, 20, 5.0), [spread, 2 * spread, spread])


RUNS: dict[str, tuple[Engine, Population, float]] = {
    "conditional": (Conditional(), isotropic(4, 24, 4.0), 5),
    "conditional, rare": (Conditional(), isotropic(3, 24, 12.0), 5),
    "radial": (Radial(), isotropic(4, 24, 4.0), 5),
    "radial, student": (Radial(), student(4, 24, 6.0), 3),
    "radial, infinitely many shots": (Radial(), student(4, 24, 6.0), math.inf),
    "radial, large df": (Radial(), student(3, 6, 3.0, 1e17), 2),
    "orthant": (Orthant(), full(), 3),
    "orthant, spiked": (Orthant(), spiked(), 3),
    "direct, gaussian": (Direct(), full(), 3),
    "direct, student": (Direct(), student(3, 5, 4.0), 2),
    "direct, laplace": (Direct(), LaplaceClasses(means(3, 4, 3.0), [[1.0, 0.5, 0.2, 1.0]] * 3), 3),
    "direct, mixture": (Direct(), mixture(), 40),
    "direct, atoms": (Direct(), atoms(0.7), 3),
    "direct, atoms apart": (Direct(), atoms_apart(), 3),
    "direct, long queries": (Direct(), beside_a_long_axis(), math.inf),
    "direct, long queries, few shots": (Direct(), beside_a_long_axis(), 3),
    "direct, fused": (Direct(), isotropic(3, 8, 3.0), 2),
    "enumeration, whole": (Enumeration(), atoms(1.0), 4),
    "enumeration, rounded": (Enumeration(), atoms(math.pi), 20_000),
}


def engines() -> dict[str, Any]:
    """Every engine on both devices: values, intervals, and transfers of the run on the GPU."""
    from cupy import CROSSINGS

    results = {}
    for name, (engine, population, shots) in RUNS.items():
        draws = 3e5 if name.startswith("conditional") else 3e4
        both = {}
        for kind in ("cpu", "gpu"):
            CROSSINGS.clear()
            budget = Budget(draws=draws, device=kind)
            (estimate,) = engine.run(
                population, Question(shots, (population.classes,)), Context(budget, 3, 0.9999, ("c",))
            )
            both[kind] = [estimate.value, estimate.low, estimate.high]
        results[name] = {**both, "crossings": sum(CROSSINGS.values()), "classes": population.classes}
        results[name]["where"] = [
            f"{kind} {place} {count}" for (kind, place), count in CROSSINGS.most_common(6)
        ]
    return results


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


def verify() -> dict[str, Any]:
    """A few tasks of every chapter of the main job, spread over all of them, on the GPU."""
    from simulations.jobs.verify.chapters.base import Request
    from simulations.jobs.verify.run import CHAPTERS

    done: dict[str, Any] = {}
    for chapter in CHAPTERS:
        tasks = list(chapter.tasks(Request(1, False, "gpu")))
        step = max(1, len(tasks) // 2)
        for task in tasks[::step]:
            task.function(*task.arguments)
            name = type(chapter).__name__
            done[name] = done.get(name, 0) + 1
    return done


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]]()))
