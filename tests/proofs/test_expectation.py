"""The calculus of expectations against exact enumeration of small laws, for every rule and n = 1, 2, 3."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import sympy as sp
from finite_space import Space

from proofs.kernel.expectation import Calculus, _Draw, canonical
from proofs.kernel.forms import Forms
from proofs.kernel.model import NAMES, Graph, a, b, i, j, xi
from proofs.kernel.nodes import Node, walk
from proofs.kernel.reading import read
from proofs.kernel.sorts import Sorts
from proofs.kernel.terms import D, Dot, Moment, Norm, fixed, mean, scalar
from theory.expressions import Expect, kernel
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


def moment(key: Graph) -> float:
    """The moment that a graph of draws stands for, by enumeration."""
    vertices = sorted({end for edge in key for end in edge if isinstance(end, tuple)})
    laws = [centred(i if law == "i" else j) for law, _ in vertices]
    total = 0.0
    for choice in itertools.product(*(range(len(weights)) for _, weights in laws)):
        at = {v: law[0][c] for v, law, c in zip(vertices, laws, choice, strict=True)} | {D: OFFSET}
        value = np.prod([at[first] @ at[second] for first, second in key])
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
        if all(end == D or (isinstance(end, tuple) and end[0] in "ij") for edge in key for end in edge):
            scale = square if name.has(dir_i, dir_j) else 1.0
            symbol = next(s for s in name.free_symbols if s != d)
            scalars[symbol] = np.full((1, 1), moment(key) / scale)
    space_of_laws = Space(weights, scalars, vectors, {law: centred(law) for law in (i, j)})
    return space_of_laws


def worked_out(expression: sp.Expr) -> Node:
    """The expectation in the calculus's normal form."""
    forms = Forms(Sorts({}))
    return Calculus(forms).normal(forms.canon(read(sp.sympify(expression))))


class _WithGraphs(Space):
    """Moments without a name of their own have values too."""

    def number(self, term: Node) -> float:
        if term.op == "graph":
            return moment(tuple(zip(term.args[::2], term.args[1::2], strict=True)))
        return super().number(term)


def numbers(expression: sp.Expr, at: Space) -> float:
    """The value of a normal form."""
    return _WithGraphs(at.weights, at.scalars, at.vectors, at.laws).number(worked_out(expression))


@pytest.mark.parametrize("shots", [1, 2, 3])
@pytest.mark.parametrize("polynomial", POLYNOMIALS, ids=str)
def test_normal_form_is_the_expectation(polynomial: sp.Expr, shots: int) -> None:
    at = space(shots)
    truth = float(np.squeeze(at.value(mean(polynomial))))
    assert numbers(Expect(polynomial), at) == pytest.approx(truth, rel=1e-11, abs=1e-12)


@pytest.mark.parametrize("shots", [1, 2])
def test_a_wrong_rule_would_be_seen(shots: int) -> None:
    """Negative control: as if draws of one class in a mean were never the same draw."""
    at = space(shots)
    truth = float(np.squeeze(at.value(mean(Dot(a, a) ** 2))))
    wrong = float(np.squeeze(at.value((v_i**2 + 2 * trS2_i) / n**2)))
    assert wrong != pytest.approx(truth, rel=1e-3)


def test_printed_names_mean_what_the_statements_mean() -> None:
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
    x, y, way = _Draw("i"), _Draw("i"), read(Dot(D, xi)).args[0]
    assert way.op == "mul"
    (gap,) = (part for part in walk(way) if part.op == "vector" and part.args[0] == D)
    assert canonical([(x, y), (x, x), (gap, y)], {x, y}) == canonical([(y, x), (y, y), (x, gap)], {x, y})


def test_a_vector_is_not_accepted_as_a_draw() -> None:
    """Labels of draws are no names: a fixed vector of any name stays what it is."""
    for name in ("i0", "j0", "D", "x"):
        still = fixed(name)
        form = worked_out(Expect(Dot(still, xi) ** 2))
        assert form.op == "graph" or any(part.op == "graph" for part in walk(form))
        assert not {part for part in walk(form) if part.op == "sym"}


def test_dependent_factors_stay_in_one_expectation() -> None:
    Y = scalar("Y", a, b)
    forms = Forms(Sorts({}))
    apart = forms.canon(worked_out(mean(Y) * mean(Norm(a))))
    assert forms.canon(worked_out(mean(Y * Norm(a)))) is not apart
    assert forms.canon(worked_out(mean(Dot(xi, D) * Y))) is forms.canon(read(0))


def test_a_mean_over_a_pool_of_classes_is_not_its_argument() -> None:
    """What is random as the classes are, and what is said of given ones, are kept apart."""
    forms = Forms(Sorts({}))
    assert forms.canon(read(Expect(v_i))) is not forms.canon(read(v_i))
    assert forms.canon(worked_out(Expect(v_i))) is not forms.canon(read(v_i))
    with pytest.raises(ValueError, match="given classes"):
        worked_out(Expect(kernel * v_i))
