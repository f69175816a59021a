"""Trials of the lemmas about samples, pools and kernels of classes: every draw of small experiments."""

from __future__ import annotations

import itertools

import numpy as np
import sympy as sp
from finite_space import Space

from proofs.kernel import Instance
from proofs.kernel.lemmas import (
    LEMMAS,
    LargestChange,
    disjoint_mean,
    feature,
    half_square,
    variance_of_kernel,
)
from proofs.kernel.terms import ForAllPairs
from proofs.new_samples.radii import off_i, off_j
from theory.expressions import Expect, kernel, mean_kernel
from theory.quantities import (
    F,
    L_pool,
    R,
    U,
    Y_i,
    Y_j,
    Yvar_i,
    Yvar_j,
    b,
    h_rows,
    h_squares,
    h_sum,
    l,
    lam_i,
    m,
    v_hat_i,
    v_hat_j,
    v_i,
    v_j,
)  # fmt: skip

w, x = sp.symbols("w x", real=True)


def _set(at: Space, values: dict[sp.Basic, float]) -> None:
    at.scalars = {symbol: np.full((1, 1), float(value)) for symbol, value in values.items()}


def _kernel(rng: np.random.Generator, size: int) -> np.ndarray:
    table = rng.integers(0, 2, size=(size, size)).astype(float)
    return np.triu(table, 1) + np.triu(table, 1).T


def _pair_mean(table: np.ndarray, chosen: tuple[int, ...]) -> float:
    return float(np.mean([table[p] for p in itertools.permutations(chosen, 2)]))


def _pool(at: Space, rng: np.random.Generator) -> None:
    """Two or three of four classes, all subsets alike; the mean's largest change by an exchange."""
    table, size = _kernel(rng, 4), int(rng.integers(2, 4))
    subsets = list(itertools.combinations(range(4), size))
    means = {subset: _pair_mean(table, subset) for subset in subsets}
    close = [(s, t) for s in subsets for t in subsets if len(set(s) & set(t)) == size - 1]
    change = max(abs(means[s] - means[t]) for s, t in close)
    at.weights = np.full(len(subsets), 1 / len(subsets))
    pool = _pair_mean(table, (0, 1, 2, 3))
    _set(at, {l: size, L_pool: 4, F: 1, w: change, b: 1, kernel: table.max(), mean_kernel: pool})
    at.scalars |= {U: np.array([list(means.values())]), LargestChange(U): np.full((1, 1), change)}
    at.scalars[x] = np.full((1, 1), rng.uniform(0.05, 1))


def _change(at: Space, rng: np.random.Generator) -> Instance:
    _pool(at, rng)
    return LEMMAS["change_of_mean"](kernel, b)


def _without_replacement(at: Space, rng: np.random.Generator) -> Instance:
    _pool(at, rng)
    return LEMMAS["without_replacement"](kernel, w, x)


def _whole_pool(at: Space, rng: np.random.Generator) -> Instance:
    mean = rng.uniform(0.1, 1)
    _set(at, {l: 4, L_pool: 4, U: mean, mean_kernel: mean})
    return LEMMAS["whole_pool"](kernel)


def _samples(name: str, *arguments: object):
    """Three (four) samples of a class of three atoms; classes i and j are the same one, l = 1."""

    def trial(at: Space, rng: np.random.Generator) -> Instance:
        size = 4 if name == "maurer_pontil_variances" else 3
        atoms, share = rng.normal(size=(3, 2)), rng.dirichlet(np.full(3, 0.5))
        draws = np.array(list(itertools.product(range(3), repeat=size)))
        at.weights = np.prod(share[draws], axis=1)
        z = atoms[draws]
        centre = share @ atoms
        variance = share @ np.sum((atoms - centre) ** 2, axis=1)
        halves = np.sum((z[:, 1::2] - z[:, : size - size % 2 : 2]) ** 2, axis=-1) / 2
        _set(at, {m: size, l: 1, F: 1, v_i: variance, v_j: variance, x: rng.uniform(0.05, 1.5)})
        at.scalars[R] = np.full((1, 1), np.linalg.norm(atoms, axis=1).max())
        sample = np.sum(np.var(z, axis=1), axis=-1)[None]
        spread = (np.var(halves, axis=1, ddof=1) if size == 4 else 0 * at.weights)[None]
        for values, symbols in ((sample, (v_hat_i, v_hat_j)), (spread, (Yvar_i, Yvar_j))):
            at.scalars |= dict.fromkeys(symbols, values)
        at.scalars |= dict.fromkeys((Y_i, Y_j), halves.mean(axis=1)[None])
        off = (z.mean(axis=1) - centre)[None]
        largest = atoms[np.argmax(np.linalg.norm(atoms, axis=1))][None, None]
        at.vectors = {off_i: off, off_j: off, feature: largest}
        return LEMMAS[name](*arguments)

    return trial


def _four_classes(at: Space, rng: np.random.Generator) -> None:
    """Four classes of three kinds: U, the mean of g over quadruples, and the moments of both kernels."""
    share, table = rng.dirichlet(np.ones(3)), rng.uniform(size=(3, 3))
    table = (table + table.T) / 2
    draws = np.array(list(itertools.product(range(3), repeat=4)))
    at.weights = np.prod(share[draws], axis=1)
    h = table[draws[:, :, None], draws[:, None, :]]
    orders = list(itertools.permutations(range(4)))
    g = np.stack([(h[:, i, j] - h[:, r, s]) ** 2 / 2 for i, j, r, s in orders])
    U_values = np.mean([h[:, i, j] for i, j, _, _ in orders], axis=0)
    mean = at.weights @ h[:, 0, 1]
    _set(at, {l: 4, F: 1, b: 1, kernel: table.max(), x: rng.uniform(0.05, 1.5), mean_kernel: mean})
    moments = {variance_of_kernel: (h[:, 0, 1] - mean) ** 2, Expect(half_square): g[0]}
    moments[Expect(half_square**2)] = g[0] ** 2
    at.scalars |= {atom: np.full((1, 1), at.weights @ values) for atom, values in moments.items()}
    at.scalars |= {U: U_values[None], disjoint_mean: g.mean(axis=0)[None]}


def _moments(name: str, *arguments: object):
    def trial(at: Space, rng: np.random.Generator) -> Instance:
        _four_classes(at, rng)
        return LEMMAS[name](*arguments)

    return trial


def _half_square_bounded(at: Space, rng: np.random.Generator) -> Instance:
    top = rng.exponential()
    _set(at, {b: top, kernel: top * rng.uniform(), half_square: top**2 / 2 * rng.uniform(0.6, 1)})
    return LEMMAS["half_square_bounded"]()


def _disjoint_pairs(at: Space, rng: np.random.Generator) -> Instance:
    table = rng.uniform(size=(5, 5)) * (1 - np.eye(5))
    table = (table + table.T) / 2
    quadruples = itertools.permutations(range(5), 4)
    g = np.mean([(table[i, j] - table[r, s]) ** 2 / 2 for i, j, r, s in quadruples])
    _set(at, {l: 5, disjoint_mean: g, h_sum: table.sum(), h_squares: (table**2).sum()})
    at.scalars[h_rows] = np.full((1, 1), np.sum(table.sum(axis=1) ** 2))
    return LEMMAS["disjoint_pairs"]()


def _floor(at: Space, rng: np.random.Generator) -> Instance:
    _set(at, {x: 2 + rng.exponential()})
    return LEMMAS["floor_at_least"](x, sp.Integer(2))


def _of_all(at: Space, rng: np.random.Generator) -> Instance:
    at.scalars[v_j] = rng.exponential(size=(3, 1)) + rng.uniform(0.5, 1.2)
    return LEMMAS["of_all"](sp.Ge(v_j, 1))


def _given(at: Space, rng: np.random.Generator) -> Instance:
    """The kernels are in order wherever every v_j is large, and only there for certain."""
    large = rng.exponential(size=(3, 1)) + rng.uniform(0.5, 1.2)
    order = np.where(large >= 1, rng.exponential(scale=0.05, size=(3, 1)), rng.normal(size=(3, 1)))
    at.scalars |= {v_j: large, v_i: rng.exponential(size=(3, 1))}
    at.scalars[v_hat_i] = at.scalars[v_i] + order
    return LEMMAS["average_monotone_given"](ForAllPairs(sp.Ge(v_j, 1)), v_i, v_hat_i)


def _average_at_most(at: Space, rng: np.random.Generator) -> Instance:
    at.scalars[v_i] = rng.uniform(0.5, 1, size=(3, 1))
    return LEMMAS["average_at_most"](v_i, sp.S.One)


def _eigenvalue(at: Space, rng: np.random.Generator) -> Instance:
    values = rng.exponential(size=2)
    _set(at, {lam_i: values.max(), v_i: values.sum()})
    return LEMMAS["largest_at_most_trace"]()


SAMPLES = {
    "of_all": _of_all,
    "average_monotone_given": _given,
    "average_at_most": _average_at_most,
    "largest_at_most_trace": _eigenvalue,
    "change_of_mean": _change,
    "without_replacement": _without_replacement,
    "whole_pool": _whole_pool,
    "variance_of_bounded": _samples("variance_of_bounded", v_i),
    "mcdiarmid_means": _samples("mcdiarmid_means", off_i, off_j, x),
    "hoeffding_variances": _samples("hoeffding_variances", x),
    "maurer_pontil_variances": _samples("maurer_pontil_variances", x),
    "bousquet_means": _samples("bousquet_means", off_i, off_j, x),
    "u_statistic_bernstein": _moments("u_statistic_bernstein", x),
    "variance_lower_tail": _moments("variance_lower_tail", x),
    "half_square_mean": _moments("half_square_mean"),
    "half_square_bounded": _half_square_bounded,
    "disjoint_pairs": _disjoint_pairs,
    "floor_at_least": _floor,
}
