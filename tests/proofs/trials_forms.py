"""Trials of the lemmas about all margins of a query class at once."""

from __future__ import annotations

import numpy as np
from finite_space import Space

from proofs.kernel import Instance
from proofs.kernel.lemmas import LEMMAS, form, root_of_R
from proofs.kernel.model import b, nearest
from proofs.kernel.terms import scalar
from theory.expressions import class_error, margin
from theory.few_shot.union_moment_optimal import R, Sigma, m, s

X = scalar("X", b)


def _margins(at: Space, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Margins against three classes; the inverse of a random R, and the scales."""
    root = rng.normal(size=(3, 3))
    R = root @ root.T + 1e-3 * np.eye(3)
    scales = np.sqrt(np.diag(R))[:, None]
    margins = rng.normal(size=(3, len(at.weights)))
    y = scales - margins
    at.scalars |= {margin: margins, root_of_R: scales}
    at.scalars[form] = np.einsum("ja,jl,la->a", y, np.linalg.inv(R), y)[None]
    return np.linalg.inv(R), scales


def _inverse(at: Space, rng: np.random.Generator) -> Instance:
    _margins(at, rng)
    return LEMMAS["inverse_form"]()


def _mean(at: Space, rng: np.random.Generator) -> Instance:
    inverse, scales = _margins(at, rng)
    margins = at.scalars[margin]
    centre = (margins @ at.weights)[:, None]
    spread = ((margins - centre) * at.weights) @ (margins - centre).T
    instance = LEMMAS["mean_of_form"](R, Sigma, m, s)
    value = np.trace(inverse @ (spread + (centre - scales) @ (centre - scales).T))
    at.scalars[instance.gives.args[1]] = np.full((1, 1), value)
    return instance


def _nearest(at: Space, rng: np.random.Generator) -> Instance:
    """Of three classes those are the nearest for an outcome whose margins are the least of all; of several,
    as here at every other outcome, each has a share in that."""
    margins = rng.normal(size=(3, len(at.weights))) + rng.uniform(-1, 2)
    margins[:, ::2] = np.round(margins[:, ::2])
    shares = rng.uniform(size=margins.shape) * (margins == np.min(margins, axis=0))
    wrong = margins <= 0
    # Below 1 only where the margin is positive.
    Z = np.where(
        wrong, 1 + rng.exponential(size=wrong.shape) * rng.integers(0, 2), rng.normal(size=wrong.shape)
    )
    at.scalars |= {margin: margins, nearest: shares / np.sum(shares, axis=0), X: Z}
    at.scalars[class_error] = np.full((1, 1), float(at.weights @ np.any(wrong, axis=0)))
    return LEMMAS["markov_nearest"](X)


FORMS = {"markov_nearest": _nearest, "inverse_form": _inverse, "mean_of_form": _mean}
