"""A bound stated with a matrix that may be chosen: `union_moment_optimal`.

The search runs over B = R^-1 = X X' by L-BFGS with the closed gradient. Each of its points is a valid bound,
and R -> infinity gives 1: an early stop costs sharpness and never truth. Two runs with the classes in
another order agree to about 1e-8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from theory.array import Floats, to_numpy
from theory.assumptions import Granted
from theory.bound.answer import BoundValue, NotApplicable, Value
from theory.bound.base import Bound
from theory.bound.blocks import chunks, unresolved
from theory.bound.classes import AVERAGED
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.evaluate import evaluate
from theory.expressions import class_error
from theory.geometry import ClassGeometry
from theory.setting import Setting

MOST_CLASSES = 16
SEARCH = {"gtol": 1e-9, "ftol": 1e-15, "maxcor": 30, "maxiter": 2000, "maxfun": 4000}
"""As near as plain BFGS comes (to 1e-10 of the value over 400 problems), at a third of its time."""
ROUNDING = 1e-14
"""Relative rounding allowed for every product, about a hundred times that of one operation."""


@dataclass(frozen=True, kw_only=True)
class MatrixBound(Bound):
    """min over R of tr(R^-1 (Sigma + (m-s)(m-s)')), s_j = sqrt R_jj, for each query class.

    ``sharpens`` is the closed-form bound whose ``where`` clauses define m_j, Sigma_jj and Sigma_jl.
    """

    sharpens: Bound

    layout = "i"
    rounds_itself = True
    left_hand_side = class_error
    for_k_classes = AVERAGED

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue:
        if geometry.unresolved_pairs:
            return NotApplicable(unresolved(geometry))
        if geometry.classes > MOST_CLASSES:
            return NotApplicable(f"one optimisation a class: at most {MOST_CLASSES} classes")
        closed = self.sharpens.evaluate(geometry, setting, granted)
        if isinstance(closed, NotApplicable) or math.isinf(closed.value):
            return closed
        # The closed form is one admissible R for every subset, so it caps the shared search.
        per_class = tuple(
            min(cap, least_trace(mean, covariance, setting.ways))
            for cap, (mean, covariance) in zip(
                closed.per_class or (), self._margins(geometry, setting, granted), strict=True
            )
        )
        return Value(sum(per_class) / len(per_class), per_class)

    def chosen_roots(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted
    ) -> list[Floats | None]:
        """For each query class X (N, N) with R^-1 = X X', in the geometry's unit of squared length, as the
        search chose it; None where a diagonal R or the closed form is as good."""
        with geometry.quiet():
            return [
                _least_trace(mean, covariance, setting.ways)[1]
                for mean, covariance in self._margins(geometry, setting, granted)
            ]

    def _pairs(self, geometry: ClassGeometry, setting: Setting, granted: Granted) -> tuple[Floats, Floats]:
        """Mean and variance of the margins of all pairs, (classes, classes) each, as NumPy arrays."""
        meaning = {str(symbol): expression for symbol, expression in self.sharpens.where}
        env = GeometryEnvironment(geometry, setting, granted)
        values = [evaluate(meaning[name], env, "ij") for name in ("m_j", "Sigma_jj")]
        means, variances = (to_numpy(env.full(each, "ij")) for each in values)
        return means, variances

    def _margins(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted
    ) -> list[tuple[Floats, Floats]]:
        """Mean (N,) and covariance (N, N) of the margins of each query class, as NumPy arrays."""
        meaning = {str(symbol): expression for symbol, expression in self.sharpens.where}
        joint, own, mean = (meaning[name] for name in ("Sigma_jl", "Sigma_jj", "m_j"))
        margins = []
        for rows in chunks(joint, geometry):
            env = GeometryEnvironment(geometry, setting, granted, None, rows)
            means = to_numpy(env.full(evaluate(mean, env, "ij"), "ij"))
            variances = to_numpy(env.full(evaluate(own, env, "ij"), "ij"))
            covariances = to_numpy(env.full(evaluate(joint, env, "ijl"), "ijl"))
            for row, i in enumerate(range(rows.start, rows.stop)):
                others = np.arange(geometry.classes) != i
                covariance = covariances[row][np.ix_(others, others)].copy()
                np.fill_diagonal(covariance, variances[row][others])
                margins.append((means[row][others], covariance))
        return margins


def least_trace(mean: Floats, covariance: Floats, ways: int) -> float:
    """The least bound on P(wrong | i) from margins of this mean and covariance; 1 if a mean is <= 0.

    mean (N,), covariance (N, N) for all N other classes; ``ways`` - 1 of them take part at a time.
    """
    return _least_trace(mean, covariance, ways)[0]


def _least_trace(mean: Floats, covariance: Floats, ways: int) -> tuple[float, Floats | None]:
    """The least bound, and X (N, N) with R^-1 = X X' where the search over R found it, else None."""
    size = len(mean)
    if np.any(mean <= 0):
        return 1.0, None
    variances = np.diag(covariance)
    start = (variances + mean**2) / mean
    single = (ways - 1) / size
    double = single * (ways - 2) / (size - 1) if size > 1 else 0.0
    share = np.full((size, size), double)
    np.fill_diagonal(share, single)
    pair_sum = float(single * np.sum(variances / (variances + mean**2)))
    if size == 1 or double == 0.0 or not np.all(np.isfinite(covariance)):
        return pair_sum, None
    # Scales differ by orders of magnitude between near and far classes: work with y_j / start_j.
    covariance = covariance / np.outer(start, start)
    mean = mean / start

    quadratic = share * _second_moment(covariance, mean - 1)
    best, chosen = min(pair_sum, 1.0), None
    for shape in (np.eye(size), _inverse_root(quadratic)):
        value, root = _descend(mean, covariance, share, shape)
        if value < best:
            best, chosen = value, root / start[:, None]
    return best, chosen


def _descend(mean: Floats, covariance: Floats, share: Floats, start: Floats) -> tuple[float, Floats]:
    """L-BFGS over B = X X', X lower triangular, with the closed gradient, from B = ``start``."""
    from scipy.optimize import minimize

    size = len(mean)
    lower = np.tril_indices(size)

    def objective(packed: Floats) -> tuple[float, Floats]:
        root = np.zeros((size, size))
        root[lower] = packed
        chosen = root @ root.T
        try:
            inverse = np.linalg.inv(chosen)
        except np.linalg.LinAlgError:
            return math.inf, np.zeros_like(packed)
        if not np.all(np.diag(inverse) > 0):
            return math.inf, np.zeros_like(packed)
        s = np.sqrt(np.diag(inverse))
        gap = mean - s
        quadratic = share * _second_moment(covariance, gap)
        slope = ((share * chosen) @ gap) / s
        gradient = quadratic + (inverse * slope) @ inverse
        return float(np.sum(chosen * quadratic)), (2 * gradient @ root)[lower]

    try:
        first = np.linalg.cholesky(start)[lower]
    except np.linalg.LinAlgError:
        return math.inf, start
    # A line search that overshoots into a singular B gets an infinite value, quietly.
    with np.errstate(all="ignore"):
        optimum = minimize(objective, first, jac=True, method="BFGS", options={"gtol": 1e-9, "maxiter": 500})
    root = np.zeros((size, size))
    root[lower] = optimum.x
    if not math.isfinite(optimum.fun):
        return math.inf, root
    return _rounded_up(root @ root.T, mean, covariance, share), root


def _rounded_up(chosen: Floats, mean: Floats, covariance: Floats, share: Floats) -> float:
    """sum(share B (Sigma + (m - s)(m - s)')) at B = ``chosen``, with more than double precision can have lost
    of it: errors below 1e-30 or terms that cancel may leave nothing of the sum."""
    with np.errstate(all="ignore"):
        try:
            inverse = np.linalg.inv(chosen)
        except np.linalg.LinAlgError:
            return math.inf
        size = len(mean)
        left = np.abs(np.eye(size) - chosen @ inverse) + ROUNDING * np.abs(chosen) @ np.abs(inverse)
        worst = float(np.max(np.sum(left, axis=1)))
        if not worst < 0.5 or not np.all(np.diag(inverse) > 0):
            return math.inf
        # inverse of B = computed (1 + E)^-1 with |E| <= left, row by row.
        lost = np.diag(np.abs(inverse) @ left) / (1 - worst)
        s = np.sqrt(np.diag(inverse))
        gap, slack = mean - s, lost / s + ROUNDING * (np.abs(mean) + s)
        outer = np.outer(np.abs(gap), slack)
        slip = outer + outer.T + np.outer(slack, slack)
        terms = _second_moment(covariance, gap)
        sizes = np.abs(covariance) + np.outer(np.abs(gap), np.abs(gap))
        total = float(np.sum(share * chosen * terms))
        slipped = float(np.sum(share * np.abs(chosen) * (slip + ROUNDING * sizes)))
    return total + slipped if math.isfinite(total + slipped) else math.inf


def _second_moment(covariance: Floats, gap: Floats) -> Floats:
    return covariance + np.outer(gap, gap)


def _inverse_root(quadratic: Floats) -> Floats:
    """Q^(-1/2): the best B for s = 1 up to its diagonal. Directions without variance get a tiny
    positive one."""
    values, vectors = np.linalg.eigh(quadratic)
    root = np.sqrt(np.maximum(values, 1e-6 * max(values[-1], 1e-300)))
    best: Floats = (vectors / root) @ vectors.T
    return best
