"""Trials of the lemmas about coordinates: the array axis that holds classes elsewhere holds coordinates
here."""

from __future__ import annotations

import itertools

import numpy as np
import sympy as sp
from finite_space import Space

from proofs.kernel import Instance
from proofs.kernel.lemmas import LEMMAS, axis
from proofs.kernel.model import b, xi
from proofs.kernel.terms import scalar
from theory.quantities import D_r, n_i, s_r

X, Y = scalar("X", b), scalar("Y", b)
gamma, r = sp.symbols("gamma r", real=True)


def _signs(at: Space, rng: np.random.Generator) -> np.ndarray:
    """A query of two independent signs, each with its size: sub-Gaussian with proxies the squared sizes."""
    sizes = np.exp(rng.normal(size=(2, 1)) - 1)
    at.weights = np.full(4, 0.25)
    at.scalars = {
        axis(xi): sizes * np.array(list(itertools.product((-1, 1), repeat=2))).T,
        s_r: sizes**2,
        D_r: rng.normal(size=(2, 1)),
    }
    return sizes


def _subgaussian(at: Space, rng: np.random.Generator) -> Instance:
    _signs(at, rng)
    return LEMMAS["axes_subgaussian"](axis(xi), D_r, -(D_r**2))


def _gaussian_trick(at: Space, rng: np.random.Generator) -> Instance:
    sizes, share = _signs(at, rng), rng.uniform(0, 0.9, size=(2, 1))
    at.scalars |= {gamma: share / (2 * sizes**2), r: 1 - share}
    return LEMMAS["axes_gaussian_trick"](axis(xi), gamma, D_r, -(D_r**2), r)


def _monotone(at: Space, rng: np.random.Generator) -> Instance:
    at.scalars[Y] = at.scalars[X] + rng.exponential(scale=0.05, size=at.scalars[X].shape)
    return LEMMAS["axes_monotone"](X, Y)


def _equal(at: Space, rng: np.random.Generator) -> Instance:
    return LEMMAS["axes_equal"](X + X, 2 * X)


def _scaled(at: Space, rng: np.random.Generator) -> Instance:
    at.scalars[n_i] = np.full((1, 1), float(rng.integers(1, 9)))
    return LEMMAS["axes_scaled"](-n_i, X)


def _largest(at: Space, rng: np.random.Generator) -> Instance:
    return LEMMAS["at_most_max_axis"](X)


AXES = {
    "axes_subgaussian": _subgaussian,
    "axes_gaussian_trick": _gaussian_trick,
    "axes_monotone": _monotone,
    "axes_equal": _equal,
    "axes_scaled": _scaled,
    "at_most_max_axis": _largest,
}
