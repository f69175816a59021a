"""Trials of the lemmas about Gaussian classes: probabilities in closed form, by another route."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp
from finite_space import Space
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from proofs.kernel import Instance
from proofs.kernel.lemmas import LEMMAS, isotropic
from proofs.kernel.model import D, b, xi
from proofs.kernel.terms import fixed, scalar
from theory.evaluation.special import chi_square_less
from theory.expressions import ChiSquareLess, class_error, few_shot_error, margin, pair_error
from theory.quantities import d, k, n, p, std, v_i, v_j

X = scalar("X", b)
la, lb = sp.symbols("la lb", nonnegative=True)


def _number(value: float) -> np.ndarray:
    return np.full((1, 1), float(value))


def _variance(at: Space, rng: np.random.Generator) -> Instance:
    size, dimension = rng.uniform(0.2, 2), int(rng.integers(1, 5))
    at.facts = {isotropic: True}
    trace = np.trace(size**2 * np.eye(dimension))
    at.scalars |= {std: _number(size), p: _number(dimension), v_i: _number(trace), v_j: _number(trace)}
    return LEMMAS["isotropic_variance"]()


def _equivalent(at: Space, rng: np.random.Generator) -> Instance:
    return LEMMAS["equivalent"](sp.Ge(X, 1), sp.Le(1 - X, 0))


def _squares(at: Space, rng: np.random.Generator) -> Instance:
    """On a line |P| >= |Q| means that P + Q and P - Q, independent normals, have one sign."""
    first, second = rng.uniform(0, 2, size=2)
    signs = np.array([[x, y] for x in (-1.0, 1.0) for y in (-1.0, 1.0)])
    at.weights = np.full(4, 0.25)
    at.vectors = {xi: signs[None, :, :1], b: signs[None, :, 1:], D: np.array([[[1.0]]])}
    at.scalars = {p: _number(1), n: _number(1), d: _number(1), lb: _number(first**2), la: _number(second**2)}
    at.facts = {isotropic: True}
    at.scalars[ChiSquareLess(p, la, lb)] = _number(chi_square_less(1.0, second**2, first**2))
    instance = LEMMAS["noncentral_squares"](sp.sqrt(lb) * D + xi, sp.sqrt(la) * D + b, la, lb)
    up, down = (ndtr((first + sign * second) / math.sqrt(2)) for sign in (1, -1))
    at.scalars[instance.gives.args[0]] = _number(up * down + (1 - up) * (1 - down))
    return instance


def _alike(at: Space, rng: np.random.Generator) -> Instance:
    """Gaussians on a line with known centres: both orders have the error of the half distance."""
    wide, distance = rng.uniform(0.5, 2), rng.uniform(0.5, 2)
    errors = [1 - ndtr((distance / 2 - 0) / wide), ndtr((distance / 2 - distance) / wide)]
    law = sp.Function("tail", nonnegative=True)(d / std)
    at.scalars |= {k: _number(2), d: _number(distance), std: _number(wide), law: _number(errors[0])}
    at.scalars |= {pair_error: _number(errors[0]), few_shot_error: _number(np.mean(errors))}
    return LEMMAS["two_alike"](law)


def _margins(at: Space, rng: np.random.Generator) -> Instance:
    """Two rows and h = 0: a quarter, and the angle between the rows over two pi."""
    rows = rng.normal(size=(2, 2))
    h, G, S = sp.MatrixSymbol("h", 2, 1), sp.MatrixSymbol("G", 2, 2), sp.MatrixSymbol("S", 2, 2)
    row = fixed("row")
    instance = LEMMAS["gaussian_margins"](h, G, S, xi, row, sp.S.Zero)
    joint = rows @ rows.T
    rho = joint[0, 1] / math.sqrt(joint[0, 0] * joint[1, 1])
    at.facts = dict.fromkeys(instance.needs, True)
    left, right = instance.gives.args
    at.scalars[left] = _number(0.25 + math.asin(rho) / (2 * math.pi))
    at.scalars[right] = _number(multivariate_normal.cdf([0.0, 0.0], np.zeros(2), joint))
    return instance


def _complement(at: Space, rng: np.random.Generator) -> Instance:
    at.scalars[margin] = rng.normal(size=(3, len(at.weights))) + 1
    wrong = np.any(at.scalars[margin] <= 0, axis=0)
    at.scalars[class_error] = _number(at.weights @ wrong)
    return LEMMAS["class_error_complement"]()


GAUSSIAN = {
    "isotropic_variance": _variance,
    "equivalent": _equivalent,
    "noncentral_squares": _squares,
    "two_alike": _alike,
    "gaussian_margins": _margins,
    "class_error_complement": _complement,
}
