"""Trials of the lemmas about classes with finitely many atoms: all draws of two shots, written out."""

from __future__ import annotations

import itertools

import numpy as np
import sympy as sp
from finite_space import Space

from proofs.kernel import Instance
from proofs.kernel.atoms import LimitAtZero, drawn_event
from proofs.kernel.lemmas import LEMMAS
from proofs.kernel.model import MARGIN, a, b, i, j, to_i, to_j, xi
from proofs.kernel.terms import D, fixed, lam_t, noise, v_it
from theory.expressions import margin, pair_error
from theory.quantities import d, n, p

rest, step, other, other_step, side = map(fixed, ("rest_0", "rest_1", "other_0", "other_1", "side_0"))
SHARES = sp.symbols("share_0:4", nonnegative=True)
q, t = sp.Symbol("q", real=True), noise


def _draws(at: Space, rng: np.random.Generator) -> None:
    """Two atoms a class, and every outcome of a query and two draws of each class."""
    at.laws, at.scalars = {}, {n: np.full((1, 1), 2.0)}
    for law, symbols, shares in ((i, (rest, step), SHARES[:2]), (j, (other, other_step), SHARES[2:])):
        places, share = rng.normal(size=(2, 2)), rng.uniform(0.3, 0.7)
        at.laws[law] = (places, np.array([share, 1 - share]))
        at.vectors |= {symbol: place[None, None] for symbol, place in zip(symbols, places, strict=True)}
        numbers = (share, 1 - share)
        at.scalars |= {s: np.full((1, 1), float(v)) for s, v in zip(shares, numbers, strict=True)}
    picks = np.array(list(itertools.product((0, 1), repeat=5)))
    (own, w_i), (others, w_j) = at.laws[i], at.laws[j]
    at.weights = np.prod(w_i[picks[:, :3]], axis=1) * np.prod(w_j[picks[:, 3:]], axis=1)
    at.vectors[xi] = own[picks[:, 0]][None]
    at.vectors[a] = np.mean(own[picks[:, 1:3]], axis=1)[None]
    at.vectors[b] = np.mean(others[picks[:, 3:]], axis=1)[None]
    gap, query = at.vector(to_j), at.vector(to_i)
    at.scalars[margin] = np.sum(gap**2, axis=-1) - np.sum(query**2, axis=-1)


def _draws_of_atoms(at: Space, rng: np.random.Generator) -> Instance:
    _draws(at, rng)
    own, others = tuple(zip((rest, step), SHARES[:2], strict=True)), ((other, SHARES[2]),)
    return LEMMAS["draws_of_atoms"]((i, j), (step, SHARES[1]), own, others)


def _margin_at(at: Space, rng: np.random.Generator) -> Instance:
    _draws(at, rng)
    at.scalars[d] = np.linalg.norm(at.vectors[D], axis=-1)
    return LEMMAS["margin_at"](drawn_event(step, rest, other), D, MARGIN)


def _exclusive(at: Space, rng: np.random.Generator) -> Instance:
    """Outcomes that happen to be wrong, all of them, so that the sum is the probability."""
    _draws(at, rng)
    places = itertools.product((rest, step), (rest, (rest + step) / 2, step), (other, other_step))
    wrong = [
        drawn_event(*where) for where in places if at.holds(sp.Implies(drawn_event(*where), margin <= 0))
    ]
    return LEMMAS["exclusive"](pair_error.args[0], *wrong)


def _bernoulli(at: Space, rng: np.random.Generator) -> Instance:
    at.scalars |= {q: np.full((1, 1), rng.uniform(0, 1)), n: np.full((1, 1), float(rng.integers(1, 9)))}
    return LEMMAS["bernoulli"](q, n - 1)


back = sp.Symbol("back", real=True)


def _cross(at: Space, rng: np.random.Generator) -> tuple[tuple[sp.Expr, sp.Expr, sp.Expr], ...]:
    """Class i on the line D, and off it by steps to both sides, orthogonal to it."""
    u, share, off = at.vectors[D][0, 0], rng.uniform(0.1, 0.5), rng.uniform(0.1, 0.4)
    away = np.array([-u[1], u[0]]) * np.exp(rng.normal())
    scale = -share / (1 - share)
    points = np.array([u, scale * u, scale * u + away, scale * u - away])
    weights = np.array([share, 1 - share - off, off / 2, off / 2])
    at.laws[i] = (points, weights)
    at.alike = {side: [away, -away]}
    at.vectors |= {side: away[None, None]}
    numbers = dict(zip(SHARES, (share, 1 - share - off, off), strict=False))
    at.scalars |= {symbol: np.full((1, 1), float(value)) for symbol, value in numbers.items()}
    at.scalars[back] = np.full((1, 1), scale)
    places = ((D, sp.S.Zero), (back * D, sp.S.Zero), (back * D, sp.S.One))
    return tuple((*place, share) for place, share in zip(places, SHARES, strict=False))


def _variance(at: Space, rng: np.random.Generator) -> Instance:
    steps = _cross(at, rng)
    points, weights = at.laws[i]
    at.scalars[v_it] = np.full((1, 1), weights @ np.sum(points**2, axis=1))
    return LEMMAS["variance_of_atoms"](v_it, i, side, *steps)


def _spectrum(at: Space, rng: np.random.Generator) -> Instance:
    steps = _cross(at, rng)
    points, weights = at.laws[i]
    eigenvalues = np.linalg.eigvalsh((points.T * weights) @ points)
    at.scalars |= {lam_t: np.full((1, 1), eigenvalues[-1]), p: np.full((1, 1), 2.0)}
    at.scalars |= {q: np.full((1, 1), eigenvalues[-1]), d: np.linalg.norm(at.vectors[D], axis=-1)}
    return LEMMAS["spectrum_of_atoms"](lam_t, q, i, side, *steps)


def _limit(at: Space, rng: np.random.Generator) -> Instance:
    """(2 t + t^2)/(t + t^3), whose limit is 2."""
    X, Y = 2 * t + t**2, t + t**3
    at.scalars |= {t: np.full((1, 1), rng.uniform(0, 0.9)), LimitAtZero(X / Y, t): np.full((1, 1), 2.0)}
    return LEMMAS["limit_of_quotient"](X, Y, 2 + t, 1 / (1 - t**2), sp.S.One)


ATOMS = {
    "draws_of_atoms": _draws_of_atoms,
    "margin_at": _margin_at,
    "exclusive": _exclusive,
    "bernoulli": _bernoulli,
    "variance_of_atoms": _variance,
    "spectrum_of_atoms": _spectrum,
    "limit_of_quotient": _limit,
}
