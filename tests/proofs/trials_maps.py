"""Trials of the lemmas about linear maps: few maps, three kinds of classes, all draws and all signs."""

from __future__ import annotations

import itertools

import numpy as np
import sympy as sp
from finite_space import Space

from proofs.kernel import Instance
from proofs.kernel.lemmas import LEMMAS, Deviation, Rademacher, input_, input_gap, input_variance
from proofs.kernel.terms import OverClasses
from theory.expressions import Avg
from theory.quantities import Lam, R_x, d, l, v_i, v_j

K, x, a, c = sp.symbols("K x a c", positive=True)
N, other_N = sp.symbols("N_v N'", nonnegative=True)
other_d = sp.Symbol("d'", **d._assumptions_orig)
KINDS, MAPS_TRIED, BLOCKS = 3, 3, 2


def _set(at: Space, values: dict[sp.Basic, object]) -> None:
    at.scalars |= {symbol: np.full((1, 1), float(value)) for symbol, value in values.items()}


def _tables(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Symmetric numbers in [0, 1] for every map and two kinds of classes."""
    table = rng.integers(0, 2, size=(MAPS_TRIED, KINDS, KINDS, *shape)) * rng.uniform(
        size=(KINDS, KINDS, *shape)
    )
    return (table + np.swapaxes(table, 1, 2)) / 2


def _draws(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares of the kinds, all draws of four classes, and their probabilities."""
    share = rng.dirichlet(np.ones(KINDS))
    draws = np.array(list(itertools.product(range(KINDS), repeat=2 * BLOCKS)))
    return share, draws, np.prod(share[draws], axis=1)


def _blocks(table: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """(maps, draws, blocks, ...): values at the disjoint pairs."""
    return np.stack([table[:, draws[:, 2 * r], draws[:, 2 * r + 1]] for r in range(BLOCKS)], axis=2)


def _rademacher(table: np.ndarray, draws: np.ndarray, chance: np.ndarray) -> float:
    """E sup of the mean with random signs, one sign for each block and each number."""
    values = _blocks(table, draws).reshape(MAPS_TRIED, len(draws), -1)
    signs = np.array(list(itertools.product((-1, 1), repeat=values.shape[-1])))
    return float(chance @ np.mean(np.max(values @ signs.T / BLOCKS, axis=0), axis=1))


def _deviation(table: np.ndarray, share: np.ndarray, draws: np.ndarray, chance: np.ndarray) -> float:
    truth = np.einsum("fab,a,b->f", table, share, share)
    return float(chance @ np.max(truth[:, None] - np.mean(_blocks(table, draws), axis=2), axis=0))


def _uniform(at: Space, rng: np.random.Generator) -> Instance:
    table, (share, draws, chance) = _tables(rng), _draws(rng)
    truth = np.einsum("fab,a,b->f", table, share, share)
    pairs = list(itertools.permutations(range(2 * BLOCKS), 2))
    sample_mean = np.mean([table[:, draws[:, p], draws[:, q]] for p, q in pairs], axis=0)
    worst = np.argmax(truth[:, None] - sample_mean, axis=0)
    at.weights = chance
    _set(at, {v_j: 0.5, l: 2 * BLOCKS, K: BLOCKS, x: rng.uniform(0.1, 1.5)})
    _set(at, {Deviation(v_j): _deviation(table, share, draws, chance)})
    at.scalars |= {
        OverClasses(v_j): truth[worst][None],
        Avg(v_j): sample_mean[worst, np.arange(len(draws))][None],
    }
    return LEMMAS["uniform_deviation"](v_j, x, K)


def _symmetrization(at: Space, rng: np.random.Generator) -> Instance:
    table, (share, draws, chance) = _tables(rng), _draws(rng)
    deviation, signs = _deviation(table, share, draws, chance), _rademacher(table, draws, chance)
    _set(at, {Deviation(v_j): deviation, Rademacher(v_j): signs})
    return LEMMAS["symmetrization"](v_j)


def _contraction(at: Space, rng: np.random.Generator) -> Instance:
    table, (_, draws, chance) = _tables(rng, 2), _draws(rng)
    X = sp.Min(1, d**2 + N) / 2
    _set(at, dict(zip((d, other_d, N, other_N), rng.exponential(size=4), strict=True)))
    kernel = np.minimum(1, np.sum(table, axis=-1)) / 2
    _set(at, {Rademacher(X): _rademacher(kernel, draws, chance)})
    _set(at, {Rademacher(d**2, N): _rademacher(table, draws, chance)})
    return LEMMAS["vector_contraction"](X, sp.sqrt(2) / 2, (d**2, other_d**2), (N, other_N))


def _bounded(at: Space, rng: np.random.Generator) -> Instance:
    """Two classes of four inputs each, at most R long."""
    inputs = rng.normal(size=(2, 4, 2)) * np.exp(rng.normal() - 2)
    means = np.mean(inputs, axis=1)
    at.vectors |= {input_: inputs.reshape(1, 8, 2), input_gap: (means[1] - means[0])[None, None]}
    _set(at, {R_x: np.max(np.linalg.norm(inputs, axis=-1))})
    _set(at, {input_variance: np.sum((inputs - means[:, None]) ** 2) / 4})
    return LEMMAS["bounded_inputs"]()


def _form(at: Space, rng: np.random.Generator) -> Instance:
    """Kinds of classes with means and covariances in the plane, under three linear maps."""
    size, scale = np.exp(rng.normal() - 2), 2.5
    means, roots = rng.normal(size=(KINDS, 2)) * size, rng.normal(size=(KINDS, 2, 2)) * size / 2
    covariances = roots @ np.swapaxes(roots, 1, 2)
    forms = [W.T @ W for W in rng.normal(size=(MAPS_TRIED, 2, 2))]
    gaps = means[:, None] - means[None]
    sums = scale * (covariances[:, None] + covariances[None])
    table = np.array(
        [[np.einsum("abp,pq,abq->ab", gaps, G, gaps), np.einsum("abpq,qp->ab", sums, G)] for G in forms]
    )
    _, draws, chance = _draws(rng)
    traces = np.trace(covariances, axis1=1, axis2=2)
    at.vectors |= {input_gap: gaps.reshape(1, -1, 2)}
    _set(at, {a: np.max(np.sum(gaps**2, axis=-1)), c: 2 * scale * np.max(traces), l: 2 * BLOCKS, K: BLOCKS})
    _set(at, {input_variance: 2 * np.max(traces), Lam: np.sqrt(max(np.trace(G) for G in forms))})
    _set(at, {v_i: 0.5, v_j: 0.25, N: scale * 0.75})
    _set(at, {Rademacher(d**2, N): _rademacher(np.moveaxis(table, 1, -1), draws, chance)})
    return LEMMAS["largest_form"](N, sp.Rational(5, 2), K, a, c)


def _monotone(at: Space, rng: np.random.Generator) -> Instance:
    values = rng.exponential(size=(6, 1))
    at.scalars = {v_i: values * rng.uniform(0.9, 1, size=(6, 1)), v_j: values}
    means = {OverClasses(v): np.mean(at.scalars[v]) for v in (v_i, v_j)}
    _set(at, means)
    return LEMMAS["new_pairs_monotone"](v_i, v_j)


def _symmetric(at: Space, rng: np.random.Generator) -> Instance:
    v, share = rng.exponential(size=KINDS), rng.dirichlet(np.ones(KINDS))
    instance = LEMMAS["new_pairs_symmetric"](v_i**2 * v_j)
    both = (v[:, None] ** 2 * v + v[:, None] * v**2) / 2
    means = (share @ (v[:, None] ** 2 * v) @ share, share @ both @ share)
    _set(at, dict(zip(instance.gives.args, means, strict=True)))
    return instance


MAPS = {
    "new_pairs_monotone": _monotone,
    "new_pairs_symmetric": _symmetric,
    "uniform_deviation": _uniform,
    "symmetrization": _symmetrization,
    "vector_contraction": _contraction,
    "bounded_inputs": _bounded,
    "largest_form": _form,
}
