"""Deterministic bounds on CDNV from sample quantities and given radii: tried on drawn configurations.

Any means, variances and displaced sample means are those of some classes and samples, so the quantities are
drawn as they are: displacements along the line between the means among them, where equality is reached.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from simulations.jobs.check.finding import Finding
from simulations.plugins.load import Extension
from simulations.runtime.randomness import stream
from simulations.verdicts.verdict import in_digits, outcome_of_ratio, ratios
from theory.array import Floats
from theory.bound import Bound
from theory.evaluation.evaluate import Scalars, evaluate
from theory.quantities import d, d_hat, eps_i, eps_j, eta_i, eta_j, v_hat_i, v_hat_j

DRAWS = 200_000


def configurations(rng: np.random.Generator, draws: int = DRAWS) -> tuple[dict[sp.Symbol, Floats], Floats]:
    """Quantities of ``draws`` pairs of classes, each (draws,), and their true CDNV."""
    distance = 10 ** rng.uniform(-1, 1, draws)
    sizes = distance[:, None] * 10 ** rng.uniform(-4, 0.3, (draws, 2))
    directions = rng.standard_normal((draws, 2, 3))
    # Half of them along the line of the means, where nothing of a displacement is lost.
    directions[: draws // 2, :, 1:] = 0.0
    directions /= np.sqrt(np.sum(directions**2, axis=2, keepdims=True))
    moved = directions * sizes[:, :, None]
    gap = moved[:, 1] - moved[:, 0]
    gap[:, 0] += distance
    variances = 10 ** rng.uniform(-3, 1, (draws, 2))
    # Some at the ends of the range: a sample without spread, and one with too much.
    estimated = variances * 10 ** rng.uniform(-2, 0.5, (draws, 2))
    estimated[rng.random((draws, 2)) < 0.1] = 0.0
    quantities = {
        d: distance,
        d_hat: np.sqrt(np.sum(gap**2, axis=1)),
        eps_i: sizes[:, 0],
        eps_j: sizes[:, 1],
        v_hat_i: estimated[:, 0],
        v_hat_j: estimated[:, 1],
        eta_i: variances[:, 0] - estimated[:, 0],
        eta_j: variances[:, 1] - estimated[:, 1],
    }
    return quantities, np.sum(variances, axis=1) / (2 * distance**2)


def check_perturbation(extension: Extension, bound: Bound, seed: int, quick: bool) -> tuple[Finding, ...]:
    """The statement at every drawn configuration."""
    quantities, truth = configurations(stream(seed, "check", "perturbation"))
    with np.errstate(all="ignore"):
        try:
            values = np.broadcast_to(
                np.asarray(evaluate(bound.closed_form, Scalars(quantities))), truth.shape
            )
        except ValueError as wrong:
            return (Finding("configurations", "undecided", f"{bound.name}: {wrong}"),)
        values = np.where(np.isnan(values), np.inf, values)
        ratio = ratios(truth, values)
    worst = int(np.argmax(ratio))
    largest = float(ratio[worst])
    where = ", ".join(f"{symbol} = {column[worst]:.4g}" for symbol, column in quantities.items())
    text = (
        f"{bound.name}: largest CDNV / bound {in_digits(largest)} in {len(truth)} configurations "
        f"(CDNV {float(truth[worst])!r}, bound {float(values[worst])!r} at {where})"
    )
    return (Finding("configurations", outcome_of_ratio(largest), text, {"ratio": largest}),)
