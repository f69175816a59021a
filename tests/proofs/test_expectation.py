"""The calculus of expectations against exact enumeration of small laws, for every rule and n = 1, 2, 3."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import sympy as sp
from finite_space import Space

from proofs.kernel.expectation import NAMES, canonical, expected, normal
from proofs.kernel.model import D, a, b, i, j, xi
from proofs.kernel.terms import Dot, Moment, Norm, mean, scalar
from theory.quantities import Dt_j, d, dir_i, dir_j, n, trS2_i, trS2_j, trSS, v_i, v_j

ATOMS = {
    i: (np.array([[1.0, 0.5], [-0.5, 1.0], [0.25, -2.0]]), np.array([0.5, 0.25, 0.25])),
    j: (np.array([[0.3, -1.0], [1.2, 0.4]]), np.array([0.75, 0.25])),
}
OFFSET = np.array([1.5, -0.7])

POLYNOMIALS = [
    Dot(xi, D) ** 2,
    Dot(xi, b) ** 2,
    Dot(a, a),
    Dot(a, a) ** 2,
    Dot(b, b) * Dot(D, b),
    Dot(xi, a) ** 2 * Dot(b, b),
    Dot(xi, a) * Dot(xi, b) * Dot(a, b),
    Dot(a, D) ** 3,
    Dot(a, a) * Dot(a, D) * 3 - Dot(b, D) + 2,
    Dot(D + b - a, D + b - a) * Dot(xi, D + b - a) ** 2,
    Norm(a) * Dot(xi, a) ** 2,
    Norm(D + b) * Norm(a),
    Moment(i, b, b) * Dot(a, a),
]


def centred(law: sp.Symbol) -> tuple[np.ndarray, np.ndarray]:
    atoms, weights = ATOMS[law]
    return atoms - weights @ atoms, weights


def moment(key: tuple[str, ...]) -> float:
    """The moment that a graph of draws stands for, by enumeration."""
    vertices = sorted({end for edge in key for end in edge.split(".")} - {"D"})
    laws = [centred(i if vertex.startswith("i") else j) for vertex in vertices]
    total = 0.0
    for choice in itertools.product(*(range(len(weights)) for _, weights in laws)):
        at = {v: law[0][c] for v, law, c in zip(vertices, laws, choice, strict=True)} | {"D": OFFSET}
        value = np.prod([at[e.split(".")[0]] @ at[e.split(".")[1]] for e in key])
        total += float(value * np.prod([law[1][c] for law, c in zip(laws, choice, strict=True)]))
    return total


def space(shots: int) -> Space:
    """All outcomes of the query and of both support sets."""
    laws = [centred(law) for law in (i, *[i] * shots, *[j] * shots)]
    outcomes = list(itertools.product(*(range(len(weights)) for _, weights in laws)))
    draws = np.array([[law[0][c] for law, c in zip(laws, o, strict=True)] for o in outcomes])
    weights = np.array([np.prod([law[1][c] for law, c in zip(laws, o, strict=True)]) for o in outcomes])
    vectors = {
        xi: draws[None, :, 0],
        a: draws[None, :, 1 : 1 + shots].mean(axis=2),
        b: draws[None, :, 1 + shots :].mean(axis=2),
        D: np.broadcast_to(OFFSET, (1, 1, 2)),
    }
    scalars: dict[sp.Basic, Any] = {
        n: np.full((1, 1), float(shots)),
        d: np.full((1, 1), np.linalg.norm(OFFSET)),
    }
    square = OFFSET @ OFFSET
    for key, name in NAMES.items():
        if all(end[0] in "ijD" and not end.startswith("D_") for edge in key for end in edge.split(".")):
            scale = square if name.has(dir_i, dir_j) else 1.0
            symbol = next(s for s in name.free_symbols if s != d)
            scalars[symbol] = np.full((1, 1), moment(key) / scale)
    found = Space(weights, scalars, vectors, {law: centred(law) for law in (i, j)})
    return found


def numbers(expression: sp.Expr, at: Space) -> float:
    """The value of a normal form, moments without a name of their own included."""
    for symbol in expression.free_symbols:
        if str(symbol).startswith("E["):
            at.scalars[symbol] = np.full((1, 1), moment(tuple(str(symbol)[2:-1].split(" "))))
    return float(np.squeeze(at.value(expression)))


@pytest.mark.parametrize("shots", [1, 2, 3])
@pytest.mark.parametrize("polynomial", POLYNOMIALS, ids=str)
def test_normal_form_is_the_expectation(polynomial: sp.Expr, shots: int) -> None:
    at = space(shots)
    truth = float(np.squeeze(at.value(mean(polynomial))))
    assert numbers(expected(polynomial), at) == pytest.approx(truth, rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("shots", [1, 2])
def test_a_wrong_rule_would_be_seen(shots: int) -> None:
    """Negative control: as if draws of one class in a mean were never the same draw."""
    at = space(shots)
    truth = float(np.squeeze(at.value(mean(Dot(a, a) ** 2))))
    wrong = numbers((v_i**2 + 2 * trS2_i) / n**2, at)
    assert wrong != pytest.approx(truth, rel=1e-3)


def test_names_mean_what_the_statements_mean() -> None:
    at = space(1)
    covariance = {law: (centred(law)[0].T * centred(law)[1]) @ centred(law)[0] for law in (i, j)}
    u = OFFSET / np.linalg.norm(OFFSET)
    expectations = {
        v_i: np.trace(covariance[i]),
        v_j: np.trace(covariance[j]),
        trS2_i: np.trace(covariance[i] @ covariance[i]),
        trS2_j: np.trace(covariance[j] @ covariance[j]),
        trSS: np.trace(covariance[i] @ covariance[j]),
        dir_i: u @ covariance[i] @ u,
        dir_j: u @ covariance[j] @ u,
    }
    atoms, weights = centred(j)
    expectations[Dt_j] = weights @ (np.sum(atoms**2, axis=1) * (atoms @ OFFSET))
    for symbol, value in expectations.items():
        assert float(at.scalars[symbol].squeeze()) == pytest.approx(value)


def test_names_of_graphs_do_not_depend_on_the_order_of_draws() -> None:
    from proofs.kernel.expectation import _LAWS

    x, y = sp.Dummy("x"), sp.Dummy("x")
    _LAWS[x] = _LAWS[y] = i
    assert canonical([(x, y), (x, x), (D, y)], {x, y}) == canonical([(y, x), (y, y), (x, D)], {x, y})


def test_dependent_factors_are_not_torn_apart() -> None:
    Y = scalar("Y", a, b)
    assert normal(mean(Y * Norm(a))) != normal(mean(Y) * mean(Norm(a)))
    assert normal(mean(Dot(xi, D) * Y)) == 0
