"""A bound stated with a matrix that may be chosen: `union_moment_optimal`.

The minimisation runs over B = R^-1 = L L' by L-BFGS with the closed gradient; each point of the search
is a valid bound, so an early stop costs sharpness and never truth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from theory.assumptions import Granted
from theory.bound import Bound, BoundValue, NotApplicable, Value, _chunks, _unresolved
from theory.environment import GeometryEnvironment
from theory.evaluate import evaluate
from theory.expressions import class_error
from theory.geometry import ClassGeometry
from theory.setting import Setting

Array = Any
MOST_CLASSES = 40


@dataclass(frozen=True, kw_only=True)
class MatrixBound(Bound):
    """min over R of tr(R^-1 (Sigma + (m-s)(m-s)')), s_j = sqrt R_jj, for each query class.

    ``sharpens`` is the closed-form bound whose ``where`` clauses define m_j, Sigma_jj and Sigma_jl.
    """

    sharpens: Bound

    layout = "i"
    left_hand_side = class_error

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        if geometry.unresolved_pairs:
            return NotApplicable(_unresolved(geometry))
        if geometry.classes > MOST_CLASSES:
            return NotApplicable(f"one optimisation a class: at most {MOST_CLASSES} classes")
        closed = self.sharpens.evaluate(geometry, setting, granted)
        if isinstance(closed, NotApplicable):
            return closed
        # The closed form is one admissible R for every subset, so it caps the shared search.
        per_class = tuple(
            min(cap, least_trace(mean, covariance, setting.ways))
            for cap, (mean, covariance) in zip(
                closed.per_class or (), self._margins(geometry, setting, granted), strict=True
            )
        )
        return Value(sum(per_class) / len(per_class), per_class)

    def _margins(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted
    ) -> list[tuple[Array, Array]]:
        """Mean (N,) and covariance (N, N) of the margins of each query class, as NumPy arrays."""
        meaning = {str(symbol): expression for symbol, expression in self.sharpens.where}
        joint, own, mean = (meaning[name] for name in ("Sigma_jl", "Sigma_jj", "m_j"))
        found = []
        for rows in _chunks(joint, geometry):
            env = GeometryEnvironment(geometry, setting, granted, None, rows)
            means = np.asarray(env._full(evaluate(mean, env, "ij"), "ij"))
            variances = np.asarray(env._full(evaluate(own, env, "ij"), "ij"))
            covariances = np.asarray(env._full(evaluate(joint, env, "ijl"), "ijl"))
            for row, i in enumerate(range(rows.start, rows.stop)):
                others = np.arange(geometry.classes) != i
                covariance = covariances[row][np.ix_(others, others)].copy()
                np.fill_diagonal(covariance, variances[row][others])
                found.append((means[row][others], covariance))
        return found


def least_trace(mean: Array, covariance: Array, ways: int) -> float:
    """The least bound on P(wrong | i) from margins of this mean and covariance; 1 if a mean is <= 0.

    mean (N,), covariance (N, N) for all N other classes; ``ways`` - 1 of them take part at a time.
    """
    from scipy.optimize import minimize

    size = len(mean)
    if np.any(mean <= 0):
        return 1.0
    variances = np.diag(covariance)
    start = (variances + mean**2) / mean
    single = (ways - 1) / size
    double = single * (ways - 2) / (size - 1) if size > 1 else 0.0
    share = np.full((size, size), double)
    np.fill_diagonal(share, single)
    pair_sum = float(single * np.sum(variances / (variances + mean**2)))
    if size == 1 or double == 0.0 or not np.all(np.isfinite(covariance)):
        return pair_sum
    lower = np.tril_indices(size)

    # Scales differ by orders of magnitude between near and far classes: work with y_j / start_j.
    def objective(packed: Array) -> tuple[float, Array]:
        root = np.zeros((size, size))
        root[lower] = packed
        scaled = root @ root.T
        try:
            inverse = np.linalg.inv(scaled)
        except np.linalg.LinAlgError:
            return math.inf, np.zeros_like(packed)
        diagonal = np.diag(inverse)
        if not np.all(diagonal > 0):
            return math.inf, np.zeros_like(packed)
        s = np.sqrt(diagonal) * start
        gap = mean - s
        quadratic = (covariance + np.outer(gap, gap)) / np.outer(start, start)
        weighted = share * scaled
        value = float(np.sum(weighted * quadratic))
        slope = (weighted @ (gap / start)) / np.sqrt(diagonal)
        gradient = share * quadratic + (inverse * slope[None, :]) @ inverse
        return value, (2 * gradient @ root)[lower]

    best = min(pair_sum, objective(np.eye(size)[lower])[0])
    roots = [np.linalg.cholesky(np.linalg.inv(shape))[lower] for shape in _starts(mean, covariance, start)]
    first = min(roots, key=lambda root: objective(root)[0])
    options = {"maxiter": 200, "ftol": 1e-13, "gtol": 1e-9}
    found = minimize(objective, first, jac=True, method="L-BFGS-B", options=options)
    return min(best, float(found.fun)) if math.isfinite(found.fun) and found.fun >= 0 else best


def _starts(mean: Array, covariance: Array, scale: Array) -> list[Array]:
    """Starting points R (scaled by s): the identity, one along all-ones, and the margins' own shape."""
    size = len(mean)
    gap = mean - scale
    shape = (covariance + np.outer(gap, gap)) / np.outer(scale, scale)
    diagonal = np.sqrt(np.maximum(np.diag(shape), 1e-300))
    correlation = shape / np.outer(diagonal, diagonal)
    shapes = (np.eye(size), np.ones((size, size)), correlation)
    return [0.7 * shape + 0.3 * np.eye(size) for shape in shapes]
