"""A user's own features beside the plain formulas that public code uses, in NumPy and in torch.

The plain ones hold all features as float64, form p x p matrices, and ignore noise and intervals; ours correct
every metric for the noise of the means and give its interval. Ratios are ours over theirs.
"""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from simulations.features import FeatureFile, load_features
from simulations.features.collapse_metrics import nc1, nc2, nc3, trace_quotient
from simulations.features.halves import halves
from simulations.features.tracker import Tracker
from simulations.jobs.bench.effort import BenchEffort
from simulations.jobs.bench.timing import alternate, peak_bytes
from simulations.runtime.randomness import stream
from theory import collapse
from theory.array import Array, Floats, Integers, to_numpy
from theory.geometry import ClassGeometry

OFFSET = 1e4
"""A common shift of all features, which does not change collapse metrics."""


def measure(effort: BenchEffort) -> dict[str, Any]:
    """Rows ``metrics``, ``dimensions``, ``tracker`` and ``memory``."""
    rows: dict[str, Any] = {}
    for name, row in (
        ("metrics", _metrics),
        ("dimensions", _dimensions),
        ("tracker", _tracker),
        ("memory", _memory),
    ):
        effort.keep(rows, name, row(effort))
    return rows


def _cube(classes: int, samples: int, dimension: int) -> tuple[Floats, Integers, Floats]:
    """Features (samples of all classes, dimension) float32, labels, and weights (classes, dimension)."""
    rng = stream(0, "bench", "features")
    means = rng.standard_normal((classes, dimension))
    noise = rng.standard_normal((classes, samples, dimension), dtype=np.float32)
    features = (means[:, None].astype(np.float32) + noise).reshape(-1, dimension)
    return features, np.repeat(np.arange(classes), samples), means - means.mean(axis=0)


def ours(file: FeatureFile, weights: Floats) -> list[float]:
    """CDNV of all pairs, NC1 with and without inverse, NC2 and NC3, each freed of noise."""
    features, members = file.features, file.members[1]

    def rows() -> Iterator[tuple[int, Array]]:
        return ((c, features[own]) for c, own in enumerate(members))

    geometry = ClassGeometry.from_blocks(rows, file.members[0])
    split = halves(features, members, 0, geometry.unit)
    assert split is not None
    values = collapse.cdnv(geometry)
    metrics = [nc1(geometry, split, 0.95), trace_quotient(split, 0.95), nc3(split, weights, 0.95)]
    metrics += nc2(split, 0.95).values()
    return [float(np.mean(to_numpy(values))), *(metric.value for metric in metrics)]


Tensor: TypeAlias = Any
"""NumPy's array or torch's tensor, by the methods that both have."""


def plain(xp: ModuleType, features: Tensor, labels: Tensor, weights: Tensor) -> list[float]:
    """The same by the papers' formulas; ``xp`` is NumPy or torch."""
    classes = int(labels.max()) + 1
    means = xp.stack([features[labels == c].mean(0) for c in range(classes)])
    gaps = features - means[labels]
    within = gaps.T @ gaps / len(features)
    centred = means - means.mean(0)
    between = centred.T @ centred / classes
    squares = (gaps**2).sum(1)
    variances = xp.stack([squares[labels == c].mean() for c in range(classes)])
    lengths = ((means[:, None] - means[None]) ** 2).sum(2) + xp.eye(classes)
    cdnv = (variances[:, None] + variances[None]) / 2 / lengths * (1 - xp.eye(classes))
    norms = (centred**2).sum(1) ** 0.5
    unit = centred / norms[:, None]
    angles = abs(unit @ unit.T + 1 / (classes - 1)) * (1 - xp.eye(classes))
    duality = weights / (weights**2).sum() ** 0.5 - centred / (centred**2).sum() ** 0.5
    values = [
        cdnv.mean(),
        xp.trace(within @ xp.linalg.pinv(between)) / classes,
        xp.trace(within) / xp.trace(between),
        (duality**2).sum(),
        norms.std() / norms.mean(),
        angles.sum() / classes / (classes - 1),
    ]
    return [float(each) for each in values]


def _metrics(effort: BenchEffort) -> dict[str, Any]:
    shape = effort.choose((10, 12, 16), (100, 100, 256), (1000, 50, 512))
    features, labels, weights = _cube(*shape)
    file = FeatureFile.of(features, labels)
    tasks: dict[str, Callable[[], Any]] = {
        "ours": lambda: ours(file, weights),
        "numpy": lambda: plain(np, features.astype(np.float64), labels, weights),
    }
    if importlib.util.find_spec("torch") is not None:
        import torch

        tensors = [torch.as_tensor(x) for x in (features, labels, weights)]
        tasks["torch"] = lambda: plain(torch, tensors[0].double(), tensors[1], tensors[2])
    return {"shape": list(shape), **_ratios(alternate(tasks, effort.choose(1, 2, 3)))}


def _ratios(seconds: dict[str, float]) -> dict[str, Any]:
    others = {f"over_{name}": seconds["ours"] / s for name, s in seconds.items() if name != "ours"}
    return {"seconds": seconds, **others}


def _dimensions(effort: BenchEffort) -> dict[str, Any]:
    """Few samples in many dimensions: spectra and directional variances by Gram matrices, and p x p."""
    dimension = effort.choose(60, 1000, 4000)
    features, labels, _ = _cube(2, 30, dimension)
    data = features.astype(np.float64)

    def gram() -> object:
        geometry = ClassGeometry.from_features(features, labels)
        return geometry.largest_eigenvalues, geometry.directional_variances

    def covariances() -> object:
        spreads = [np.cov(data[labels == c].T) for c in range(2)]
        line = data[labels == 0].mean(axis=0) - data[labels == 1].mean(axis=0)
        return [(np.linalg.eigvalsh(each)[-1], line @ each @ line) for each in spreads]

    seconds = alternate({"ours": gram, "numpy": covariances}, effort.choose(1, 1, 3))
    return {"samples": 60, "dimension": dimension, **_ratios(seconds)}


def _tracker(effort: BenchEffort) -> dict[str, Any]:
    """Batch by batch in float32; the relative error that ``OFFSET`` brings to tr S_W / tr S_B."""
    shape = effort.choose((10, 12, 16), (100, 100, 256), (100, 500, 512))
    features, labels, _ = _cube(*shape)
    order = stream(0, "bench", "order").permutation(len(labels))
    batches = [order[start : start + 256] for start in range(0, len(order), 256)]

    def tracked(shift: float = 0.0) -> float:
        tracker = Tracker()
        for rows in batches:
            tracker.update(features[rows] + np.float32(shift), labels[rows])
        return tracker.compute([1], 2).nc1_traces

    def sums(shift: float = 0.0) -> float:
        counts, total = np.zeros(shape[0], np.float32), np.zeros((shape[0], shape[2]), np.float32)
        square = np.zeros(shape[0], np.float32)
        for rows in batches:
            batch, own = features[rows] + np.float32(shift), labels[rows]
            np.add.at(counts, own, np.float32(1))
            np.add.at(total, own, batch)
            np.add.at(square, own, (batch**2).sum(axis=1))
        means = total / counts[:, None]
        within = float(np.mean(square / counts - (means**2).sum(axis=1)))
        return within / float(((means - means.mean(axis=0)) ** 2).sum(axis=1).mean())

    seconds = alternate({"ours": tracked, "numpy": sums}, effort.choose(1, 1, 3))
    return {
        "shape": list(shape),
        **_ratios(seconds),
        "error_at_offset": abs(tracked(OFFSET) / tracked() - 1),
        "numpy_error_at_offset": abs(sums(OFFSET) / sums() - 1),
    }


def _memory(effort: BenchEffort) -> dict[str, Any]:
    """Peak memory of the metrics of a file: read in blocks, and loaded whole."""
    shape = effort.choose((10, 200, 64), (100, 400, 256), (100, 4000, 512))
    features, labels, weights = _cube(*shape)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "f.npy"
        np.save(path, features)
        np.save(path.with_name("labels.npy"), labels)
        size = features.nbytes
        del features
        blocks = peak_bytes(lambda: ours(load_features(path), weights))
        whole = peak_bytes(lambda: plain(np, np.load(path).astype(np.float64), labels, weights))
    mib = {"file": size / 2**20, "ours": blocks / 2**20, "numpy": whole / 2**20}
    return {"shape": list(shape), "peak_mib": mib, "over_numpy": blocks / whole}
