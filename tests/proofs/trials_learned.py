"""Trials of the lemmas about learned maps and episodes: every draw of small experiments, enumerated."""

from __future__ import annotations

import itertools

import numpy as np
import sympy as sp
from finite_space import Space

from proofs.kernel import Instance
from proofs.kernel.lemmas import LEMMAS
from proofs.kernel.terms import all_episodes
from theory.expressions import mean_map_error, vote_error
from theory.quantities import B_ep, F, N_blocks, N_fold, U

t, s, x, y, z, r = sp.symbols("t s x y z r", real=True)
Numbers = dict[sp.Basic, float]


def _set(at: Space, values: Numbers) -> None:
    at.scalars = {symbol: np.full((1, 1), float(value)) for symbol, value in values.items()}


def _bits(at: Space, probabilities: list[float]) -> np.ndarray:
    """All outcomes of independent bits: (outcomes, bits); sets the weights."""
    bits = np.array(list(itertools.product((0, 1), repeat=len(probabilities))))
    bit_chances = np.where(bits == 1, probabilities, 1 - np.array(probabilities))
    at.weights = np.prod(bit_chances, axis=1)
    return bits


def _blocks_exponential(at: Space, rng: np.random.Generator) -> Instance:
    """Blocks of one and of two tuples; the second map is chosen by how the first one fared."""
    first, later = rng.uniform(), rng.uniform(size=2)
    error = np.array(list(itertools.product((0, 1), repeat=3)))
    true = np.stack([np.full(8, first), later[error[:, 0]], later[error[:, 0]]], axis=1)
    at.weights = np.prod(np.where(error == 1, true, 1 - true), axis=1)
    _set(at, {N_blocks: 3, t: rng.uniform(-2, 3)})
    at.scalars |= {U: error.mean(axis=1)[None], mean_map_error: true.mean(axis=1)[None]}
    return LEMMAS["blocks_exponential"](t)


def _folds_exponential(at: Space, rng: np.random.Generator) -> Instance:
    """Two folds of one tuple each; a map is a table that the other fold's bit picks a row of."""
    table, share = rng.integers(0, 2, size=(2, 2)), rng.uniform()
    bits = _bits(at, [share, share])
    true = table @ np.array([1 - share, share])
    errors = (table[bits[:, 1], bits[:, 0]] + table[bits[:, 0], bits[:, 1]]) / 2
    _set(at, {N_fold: 1, t: rng.uniform(-2, 3)})
    at.scalars |= {U: errors[None], mean_map_error: true[bits].mean(axis=1)[None]}
    return LEMMAS["folds_exponential"](t)


def _vote(at: Space, rng: np.random.Generator) -> Instance:
    """Three voters, three classes of which 0 is right; a tie counts against the vote."""
    at.weights = rng.dirichlet(np.ones(4))
    weights = rng.dirichlet(np.ones(3))
    says = rng.integers(0, 3, size=(4, 3)) * rng.integers(0, 2, size=(4, 1))
    tally = np.stack([(says == label) @ weights for label in range(3)], axis=1)
    wrong = tally[:, 0] <= tally[:, 1:].max(axis=1)
    _set(at, {vote_error: at.weights @ wrong, mean_map_error: at.weights @ ((says != 0) @ weights)})
    return LEMMAS["vote"]()


def _map_error(at: Space, rng: np.random.Generator) -> Instance:
    _set(at, {mean_map_error: rng.uniform(0.7, 1)})
    return LEMMAS["map_error_at_most_one"]()


def _all_episodes(at: Space, rng: np.random.Generator) -> Instance:
    _set(at, {all_episodes: rng.uniform(0.7, 1)})
    return LEMMAS["episodes_at_most_one"]()


def _random_episodes(at: Space, rng: np.random.Generator) -> Instance:
    """Three episodes drawn from all; each errs or not."""
    share = rng.uniform()
    bits = _bits(at, [share] * 3)
    _set(at, {all_episodes: share, B_ep: 3, F: 1, x: rng.uniform(0.05, 1)})
    at.scalars[U] = bits.mean(axis=1)[None]
    return LEMMAS["random_episodes"](x)


def _hoeffding_lemma(at: Space, rng: np.random.Generator) -> Instance:
    _set(at, {x: rng.uniform(), t: rng.normal()})
    return LEMMAS["hoeffding_lemma"](x, t)


def _mixture_limit(at: Space, rng: np.random.Generator) -> Instance:
    u = rng.uniform()
    _set(at, {x: rng.uniform(u, 1) if rng.uniform() < 0.7 else rng.uniform(), y: u, z: rng.integers(1, 9)})
    at.scalars |= {r: np.full((1, 1), rng.uniform(0.01, 0.9)), t: np.full((1, 1), rng.uniform(0.1, 3))}
    return LEMMAS["mixture_limit"](x, y, z, r, t, sp.S.One)


def _ordered_logarithms(name: str):
    def trial(at: Space, rng: np.random.Generator) -> Instance:
        _set(at, {x: rng.normal(), z: np.exp(rng.normal())})
        return LEMMAS[name](x, z)

    return trial


def _exp_positive(at: Space, rng: np.random.Generator) -> Instance:
    _set(at, {x: -rng.exponential(), z: rng.exponential()})
    return LEMMAS["exp_positive"](x + y_log)


y_log = sp.log(z)


def _kl_monotone(at: Space, rng: np.random.Generator) -> Instance:
    u, more = np.sort(rng.uniform(size=2))
    _set(at, {x: u, y: u + (more - u) * rng.uniform(0, 0.3), r: rng.exponential() / 3})
    return LEMMAS["kl_monotone"](x, y, r)


def _complement(at: Space, rng: np.random.Generator) -> Instance:
    at.scalars[x] = rng.normal(size=(1, 4))
    return LEMMAS["complement"](sp.Ge(x, 0))


def _all_likely(at: Space, rng: np.random.Generator) -> Instance:
    for symbol, share in ((x, t), (y, s)):
        values = rng.normal(size=(1, 4))
        at.scalars |= {symbol: values, share: np.full((1, 1), at.weights @ (values[0] < 0))}
    return LEMMAS["all_likely"]((sp.Ge(x, 0), t), (sp.Ge(y, 0), s))


LEARNED = {
    "blocks_exponential": _blocks_exponential,
    "folds_exponential": _folds_exponential,
    "vote": _vote,
    "map_error_at_most_one": _map_error,
    "episodes_at_most_one": _all_episodes,
    "random_episodes": _random_episodes,
    "hoeffding_lemma": _hoeffding_lemma,
    "mixture_limit": _mixture_limit,
    "log_of_less": _ordered_logarithms("log_of_less"),
    "exp_of_less": _ordered_logarithms("exp_of_less"),
    "exp_positive": _exp_positive,
    "kl_monotone": _kl_monotone,
    "complement": _complement,
    "all_likely": _all_likely,
}
