"""Feature maps, fixed or learned on source classes; a learned map remembers what it was learned from.

All maps are batched: parameters have the leading axis of replicates, so one array program fits and applies
the maps of all replicates. The small network is fitted by SciPy's L-BFGS, one replicate after another.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from simulations.runtime.arrays import Generator
from theory.array import Array, Floats, array_namespace, to_numpy
from theory.evidence import SourceSamples
from theory.evidence.lineage import Lineage, MapRecord

RIDGE = 0.1


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """``apply`` takes inputs (replicates, l, m, p) to features; ``record`` says what it was learned from."""

    name: str
    apply: Callable[[Array], Array]
    record: MapRecord

    def observe(self, inputs: Array, classes: Sequence[Hashable], draw: Hashable) -> SourceSamples:
        """Features of ``inputs`` as evidence that carries its lineage."""
        return SourceSamples(self.apply(inputs), Lineage(tuple(classes), draw, self.record))

    def then(self, outer: FeatureMap) -> FeatureMap:
        """This map followed by another; it has seen what either has."""
        return FeatureMap(
            f"{outer.name} of {self.name}",
            lambda inputs: outer.apply(self.apply(inputs)),
            self.record.then(outer.record),
        )


Fit = Callable[[Array, Any], Callable[[Array], Array]]


def _linear(weights: Array) -> Callable[[Array], Array]:
    """x -> x W for weights (replicates, p, q), or (p, q)."""
    return lambda x: x @ (weights[..., None, :, :] if weights.ndim == 3 else weights)


def identity(x: Annotated[Array, "... classes m p"], rng: Generator) -> Callable[[Array], Array]:
    """The map that leaves its inputs as they are."""
    return lambda inputs: inputs


def random_relu(
    x: Annotated[Array, "... classes m p"], rng: Generator, width: int = 64
) -> Callable[[Array], Array]:
    """max(0, xW + b) with W, b drawn once, whatever the inputs are."""
    xp, p = array_namespace(x), x.shape[-1]
    weights = xp.asarray(rng.standard_normal((p, width))) * math.sqrt(2 / width)
    bias = xp.asarray(rng.standard_normal(width)) / math.sqrt(width)

    def apply(inputs: Array) -> Array:
        active = inputs @ weights + bias
        return xp.where(active > 0, active, xp.zeros_like(active))

    return apply


def _scatter(x: Array) -> tuple[Array, Array, Array]:
    """Within- and between-class covariance (replicates, p, p) and class means."""
    xp = array_namespace(x)
    means = xp.mean(x, axis=-2)
    gap = xp.reshape(x - means[..., None, :], (x.shape[0], -1, x.shape[-1]))
    within = xp.matrix_transpose(gap) @ gap / gap.shape[1]
    centred = means - xp.mean(means, axis=-2, keepdims=True)
    return within, xp.matrix_transpose(centred) @ centred / means.shape[-2], means


def _keep(x: Array) -> int:
    return int(max(1, min(x.shape[-1], x.shape[-3] - 1) // 2))


def pca(x: Annotated[Array, "... classes m p"], rng: Generator) -> Callable[[Array], Array]:
    """The leading half of the principal directions of all source samples."""
    within, between, _ = _scatter(x)
    _, vectors = array_namespace(x).linalg.eigh(within + between)
    return _linear(vectors[..., -_keep(x) :])


def lda(x: Annotated[Array, "... classes m p"], rng: Generator) -> Callable[[Array], Array]:
    """Whitening by the regularised within-class covariance, then the directions that separate best."""
    xp = array_namespace(x)
    within, between, _ = _scatter(x)
    p = x.shape[-1]
    level = xp.sum(within * xp.eye(p), axis=(-2, -1))[..., None, None] / p
    values, vectors = xp.linalg.eigh(within + RIDGE * level * xp.eye(p))
    root = (vectors / xp.sqrt(values)[..., None, :]) @ xp.matrix_transpose(vectors)
    _, directions = xp.linalg.eigh(root @ between @ root)
    return _linear(root @ directions[..., -_keep(x) :])


def softmax(
    x: Annotated[Array, "... classes m p"],
    rng: Generator,
    *,
    steps: int = 150,
    rate: float = 2.0,
    target: float | None = None,
) -> Callable[[Array], Array]:
    """Logits of a linear softmax classifier of the source classes, by gradient descent with momentum.

    ``target``: stop each replicate when the CDNV of its training features falls to this.
    """
    from simulations.experiments.transfer.measures import mean_cdnv

    xp = array_namespace(x)
    replicates, classes, samples, p = x.shape
    flat = xp.reshape(x, (replicates, classes * samples, p))
    labels = xp.asarray(np.repeat(np.eye(classes), samples, axis=0))
    # Steps in proportion to the curvature of the inputs keep every replicate stable.
    size = xp.mean(xp.sum(flat * flat, axis=-1), axis=-1)[:, None, None]
    weights = xp.zeros((replicates, p, classes))
    speed = xp.zeros_like(weights)
    live = xp.ones((replicates, 1, 1))
    for step in range(steps):
        logits = flat @ weights
        logits = logits - xp.max(logits, axis=-1, keepdims=True)
        chance = xp.exp(logits)
        chance = chance / xp.sum(chance, axis=-1, keepdims=True)
        gradient = xp.matrix_transpose(flat) @ (chance - labels) / flat.shape[1]
        speed = 0.9 * speed - rate / size * gradient * live
        weights = weights + speed * live
        if target is not None and step % 5 == 4:
            reached = mean_cdnv(x @ weights[:, None, :, :]) <= target
            live = xp.where(reached[:, None, None], xp.zeros_like(live), live)
            if not bool(xp.any(live > 0)):
                break
    return _linear(weights)


def network(
    x: Annotated[Array, "... classes m p"], rng: Generator, *, width: int = 24, iterations: int = 60
) -> Callable[[Array], Array]:
    """Hidden layer of a two-layer ReLU classifier of the source classes (NumPy and SciPy's L-BFGS)."""
    xp = array_namespace(x)
    fitted = [_fit_network(each, rng, width, iterations) for each in to_numpy(x)]
    first = xp.asarray(np.stack([weights for weights, _ in fitted]))
    bias = xp.asarray(np.stack([bias for _, bias in fitted]))

    def apply(values: Array) -> Array:
        active = values @ first[:, None, :, :] + bias[:, None, None, :]
        return xp.where(active > 0, active, xp.zeros_like(active))

    return apply


def _fit_network(x: Floats, rng: Generator, width: int, iterations: int) -> tuple[Floats, Floats]:
    from scipy.optimize import minimize

    classes, samples, p = x.shape
    flat = x.reshape(-1, p)
    labels = np.repeat(np.eye(classes), samples, axis=0)
    scale = math.sqrt(2 / (float(np.mean(np.sum(flat**2, axis=1))) or 1.0))
    cuts = np.cumsum([p * width, width, width * classes])
    start = np.concatenate(
        [
            to_numpy(rng.standard_normal(p * width)) * scale,
            np.full(width, 0.1),
            to_numpy(rng.standard_normal(width * classes)) / math.sqrt(width),
        ]
    )

    def loss(theta: Floats) -> tuple[float, Floats]:
        first, bias, last = theta[: cuts[0]].reshape(p, width), theta[cuts[0] : cuts[1]], theta[cuts[1] :]
        last = last.reshape(width, classes)
        active = flat @ first + bias
        hidden = np.maximum(active, 0)
        logits = hidden @ last
        logits -= logits.max(axis=1, keepdims=True)
        chance = np.exp(logits)
        chance /= chance.sum(axis=1, keepdims=True)
        value = -np.mean(np.log(np.sum(chance * labels, axis=1) + 1e-300)) + 5e-4 * float(theta @ theta)
        back = (chance - labels) / len(flat)
        inner = (back @ last.T) * (active > 0)
        gradient = np.concatenate([(flat.T @ inner).ravel(), inner.sum(axis=0), (hidden.T @ back).ravel()])
        return float(value), gradient + 1e-3 * theta

    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": iterations}).x
    return best[: cuts[0]].reshape(p, width), best[cuts[0] : cuts[1]]


FIXED: dict[str, Fit] = {"identity": identity, "random_relu": random_relu}
LEARNED: dict[str, Fit] = {"pca": pca, "lda": lda, "softmax": softmax, "network": network}
MAPS: dict[str, Fit] = {**FIXED, **LEARNED}


def fit(
    name: str,
    inputs: Annotated[Array, "... classes m p"],
    rng: Generator,
    *,
    classes: Sequence[Hashable],
    draw: Hashable,
    **options: float | None,
) -> FeatureMap:
    """The map ``name``, learned (if it learns) from ``inputs`` (replicates, l, m, p) of ``classes``.

    Raises KeyError on an unknown name.
    """
    apply = MAPS[name](inputs, rng, **options)
    if name in FIXED:
        return FeatureMap(name, apply, MapRecord(name))
    return FeatureMap(name, apply, MapRecord(name, frozenset(classes), frozenset([draw])))
