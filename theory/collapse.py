"""What is read off a geometry: CDNV in three named normalizations, directional CDNV, NC1 to NC4.

Each normalization is one SymPy expression; bounds are stated in it and numbers are computed from it.
"""

from __future__ import annotations

from typing import Annotated, Literal

import sympy as sp

from theory.array import Array
from theory.evaluation.environment import GeometryEnvironment, NothingGranted
from theory.evaluation.evaluate import evaluate
from theory.geometry import ClassGeometry
from theory.quantities import M4_i, M4_j, d, dir_i, v_i, v_j
from theory.setting import Setting

Normalization = Literal["half", "one_sided", "sum"]

CDNV: dict[Normalization, sp.Expr] = {
    "half": (v_i + v_j) / (2 * d**2),
    "one_sided": v_i / d**2,
    "sum": (v_i + v_j) / d**2,
}
"""Class-distance-normalized variance: `half` in the 2022 paper, `one_sided` in arXiv 2212.12532 and the
2025 paper, `sum` in the 2026 paper. An ordered pair (i, j); `half` and `sum` are symmetric."""

directional_cdnv = dir_i / d**2
"""Directional CDNV of an ordered pair: variance of class i along the line of the means, over d^2."""

tail = (M4_i + M4_j) / d**4
"""The tail term Th of the 2026 paper."""


def _pairs(expression: sp.Expr, geometry: ClassGeometry) -> Array:
    # The setting plays no part in a CDNV; any will do.
    env = GeometryEnvironment(geometry, Setting(1, 2), NothingGranted())
    xp = geometry.xp
    with geometry.quiet():
        values = env.full(evaluate(expression, env, "ij"), "ij")
    values = xp.where(geometry.resolved, values, xp.full_like(values, float("nan")))
    return geometry.off_diagonal(values, 0.0)


def cdnv(
    geometry: ClassGeometry, normalization: Normalization = "half"
) -> Annotated[Array, "classes classes"]:
    """CDNV of all ordered pairs, shape (classes, classes), diagonal 0.

    Pairs whose squared distance is not positive (``geometry.unresolved_pairs``) are NaN: mask them with
    ``geometry.resolved`` before averaging. Raises ValueError on an unknown normalization.
    """
    if normalization not in CDNV:
        raise ValueError(f"unknown normalization '{normalization}': one of {', '.join(CDNV)}")
    return _pairs(CDNV[normalization], geometry)


def directional(geometry: ClassGeometry) -> Annotated[Array, "classes classes"]:
    """Directional CDNV of all ordered pairs, shape (classes, classes), diagonal 0."""
    return _pairs(directional_cdnv, geometry)


def _centred(geometry: ClassGeometry) -> Array:
    means = geometry.means
    return means - geometry.xp.mean(means, axis=0, keepdims=True)


def nc1(geometry: ClassGeometry) -> float:
    """tr(S_W pinv(S_B)) / classes, S_W the mean class covariance, S_B that of the class means."""
    xp = geometry.xp
    _, spread, axes = xp.linalg.svd(_centred(geometry), full_matrices=False)
    keep = [r for r in range(spread.shape[0]) if float(spread[r]) > 1e-10 * float(spread[0])]
    axes, spread = axes[: len(keep), :], spread[: len(keep)]
    between = spread**2 / geometry.classes
    share = float(xp.sum(geometry.within_along(axes) / between))
    return share / int(geometry.classes)


def nc2(geometry: ClassGeometry) -> dict[str, float]:
    """How far the means are from a simplex: ``norms`` is the coefficient of variation of their
    distances from the global mean, ``angles`` the mean of |cos + 1/(classes-1)| over pairs."""
    xp, centred = geometry.xp, _centred(geometry)
    norms = xp.sqrt(xp.sum(centred * centred, axis=1))
    safe = xp.where(norms > 0, norms, xp.ones_like(norms))
    unit = centred / safe[:, None]
    gap = xp.abs(unit @ unit.T + 1 / (geometry.classes - 1))
    count = geometry.classes
    return {
        "norms": float(xp.std(norms) / xp.mean(norms)),
        "angles": float(xp.sum(geometry.off_diagonal(gap, 0.0))) / (count * (count - 1)),
    }


def nc3(geometry: ClassGeometry, weights: Annotated[Array, "classes p"]) -> float:
    """|W/|W| - M/|M||_F^2 for classifier weights (classes, dimension) and centred class means."""
    xp, centred = geometry.xp, _centred(geometry)
    if tuple(weights.shape) != tuple(centred.shape):
        raise ValueError(f"weights have shape {tuple(weights.shape)}, class means {tuple(centred.shape)}")

    def scaled(matrix: Array) -> Array:
        return matrix / xp.sqrt(xp.sum(matrix * matrix))

    gap = scaled(geometry.array(weights)) - scaled(centred)
    return float(xp.sum(gap * gap))


def nc4(features: Array, means: Array, weights: Array, bias: Array) -> float:
    """Share of samples on which the linear classifier and the nearest-class-mean rule disagree.

    features (samples, dimension), means and weights (classes, dimension), bias (classes,).
    """
    from theory.array import array_namespace

    xp = array_namespace(features, means)
    linear = xp.argmax(features @ weights.T + bias[None, :], axis=1)
    scores = features @ means.T - 0.5 * xp.sum(means * means, axis=1)[None, :]
    nearest = xp.argmax(scores, axis=1)
    return float(xp.mean(xp.astype(linear != nearest, xp.float64)))
