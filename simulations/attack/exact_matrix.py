"""A bound that may choose a matrix R (`union_moment_optimal`), at 400 digits.

Every positive definite R gives a valid bound. The floating-point search proposes one for each query class;
here it is taken as it is, digit for digit, and the bound that it gives is computed anew from exact moments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mpmath import mp, mpf

from simulations.populations.finite_support import FiniteSupport
from theory.assumptions import Granted
from theory.bound.matrix import MatrixBound
from theory.evaluation.many_digits import Walk
from theory.setting import Setting

if TYPE_CHECKING:
    from mpmath import matrix


def exact_matrix_bound(bound: MatrixBound, population: FiniteSupport, shots: float, walk: Walk) -> list[Any]:
    """The bound for queries of each class: the least of the closed form, a diagonal R, and the R proposed."""
    setting = Setting(shots, population.classes)
    geometry, granted = population.geometry(), Granted(population.granted())
    roots = bound.chosen_roots(geometry, setting, granted)
    bounds = []
    for i, root in enumerate(roots):
        others = [c for c in range(population.classes) if c != i]
        means, covariance = _margins(bound, walk, i, others)
        # R without end gives 1.
        values = [walk(bound.sharpens.closed_form, (i, i, i, 0)), mpf(1)]
        if any(mean <= 0 for mean in means):
            bounds.append(min(values))
            continue
        diagonal = [covariance[j, j] / (covariance[j, j] + means[j] ** 2) for j in range(len(others))]
        values.append(sum(diagonal, mpf(0)))
        if root is not None:
            values.append(_at_root(mp.matrix(root.tolist()), means, covariance))
        bounds.append(min(values))
    return bounds


def _margins(bound: MatrixBound, walk: Walk, i: int, others: list[int]) -> tuple[list[Any], Any]:
    """Means and covariances of the margins against ``others``, from the statements that define them."""
    meaning = {str(symbol): bound.sharpens.write_out(symbol) for symbol, _ in bound.sharpens.where}
    means = [walk(meaning["m_j"], (i, j, j, 0)) for j in others]
    covariance = mp.matrix(len(others))
    for a, j in enumerate(others):
        for b, l in enumerate(others):
            covariance[a, b] = walk(meaning["Sigma_jj" if a == b else "Sigma_jl"], (i, j, l, 0))
    return means, covariance


def _at_root(root: matrix, means: list[Any], covariance: matrix) -> mpf:
    """tr(B (Sigma + (m - s)(m - s)')) for B = R^-1 = X X', s_j = sqrt R_jj; infinite where B is singular."""
    inverse = root * root.T
    try:
        chosen = inverse**-1
    except ZeroDivisionError:
        return mpf("inf")
    size = len(means)
    gap = [means[j] - mp.sqrt(chosen[j, j]) for j in range(size)]
    return sum(
        (inverse[a, b] * (covariance[b, a] + gap[a] * gap[b]) for a in range(size) for b in range(size)),
        mpf(0),
    )
