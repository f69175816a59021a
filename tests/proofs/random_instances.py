"""Random instances of lemmas, of each whose claim a finite model can judge; most miss some need."""

from __future__ import annotations

import random
from collections.abc import Callable

import sympy as sp

from proofs import lemmas
from proofs.kernel import Instance
from proofs.kernel.model import a, b, i, j, xi
from proofs.kernel.terms import D, Dot, ForAllPairs, Norm
from theory.expressions import Avg, ForEveryOther, MaxOver, SumOver, margin, pair_error
from theory.quantities import d, n, v_i, v_j

Leaf = Callable[[], sp.Expr]


def instance(rng: random.Random, leaf: Leaf, random_leaf: Leaf) -> Instance:
    """One instance; ``leaf`` gives numbers that seem fixed, ``drawn`` random ones."""
    makers = [
        *_of_expectations(rng, leaf, random_leaf),
        *_of_sums(rng, leaf, random_leaf),
        *_of_pairs(rng, leaf),
        *_of_vectors(rng, leaf),
        *_of_numbers(rng, leaf, random_leaf),
    ]
    return rng.choice(makers)()


def _ge(left: sp.Expr, right: sp.Expr) -> sp.Basic:
    return sp.Ge(left, right, evaluate=False)


Makers = list[Callable[[], Instance]]


def _of_expectations(rng: random.Random, leaf: Leaf, random_leaf: Leaf) -> Makers:
    X, Y, t = random_leaf() ** rng.choice((1, 2)), random_leaf() ** rng.choice((1, 2)), leaf()
    wrong = pair_error.args[0]
    Z = rng.choice((X, MaxOver(Dot(b, b)), sp.Max(1, X), sp.Integer(1)))
    return [
        lambda: lemmas.markov(_ge(X, t), X, t),
        lambda: lemmas.markov(_ge(X, t), X, rng.choice((d, n, v_i + 1))),
        lambda: lemmas.markov(_ge(X, n), X + Y**2, n),
        lambda: lemmas.monotone(X, X + Y**2),
        lambda: lemmas.monotone(sp.Min(X, t), X),
        lambda: lemmas.jensen_square(X),
        lambda: lemmas.jensen_length(D + b, D),
        lambda: lemmas.jensen_length(random_leaf() * D + b, D),
        lambda: lemmas.minkowski(sp.Integer(2), X, Y),
        lambda: lemmas.cantelli(X, t, Y),
        lambda: lemmas.at_most_one(_ge(X, t)),
        lambda: lemmas.complement(_ge(X, t)),
        lambda: lemmas.more_likely(_ge(X, t + 1), _ge(X, t)),
        lambda: lemmas.more_likely(_ge(X, t), wrong),
        lambda: lemmas.equivalent(_ge(X, t), sp.Le(t - X, 0, evaluate=False)),
        lambda: lemmas.all_likely((_ge(X, t), sp.Integer(1)), (wrong, rng.choice((1, leaf())))),
        lambda: lemmas.markov_any(Z),
        lambda: lemmas.chernoff(rng.choice((margin, X)), t),
        lambda: lemmas.class_error_at_most_one(),
        lambda: lemmas.class_error_complement(),
    ]


def _of_sums(rng: random.Random, leaf: Leaf, random_leaf: Leaf) -> Makers:
    q = rng.choice((v_j, d, v_i * v_j, Dot(b, b), Dot(a, b), Norm(b), random_leaf(), leaf()))
    r = rng.choice((v_j, Dot(b, b), random_leaf() ** 2))
    scale = rng.choice((leaf(), random_leaf()))
    return [
        lambda: lemmas.sum_scaled(scale, q),
        lambda: lemmas.sum_monotone(q, q + r**2),
        lambda: lemmas.sum_equal(q, rng.choice((q, q + leaf() - leaf()))),
        lambda: lemmas.sum_of_means(q),
        lambda: lemmas.sum_nonnegative(q),
        lambda: lemmas.at_most_sum(q),
        lambda: lemmas.at_most_max(q),
        lambda: lemmas.max_nonnegative(q),
        lambda: lemmas.max_at_most_sum(q),
        lambda: lemmas.max_of_products(q, r),
        lambda: lemmas.samuelson(q),
        lambda: lemmas.square_of_sum(rng.choice((q, margin, v_i * q))),
        lambda: lemmas.pairs_equal(q, q + scale - scale),
        lambda: lemmas.every(_ge(q, r)),
        lambda: lemmas.for_every(_ge(q, r + 1), _ge(q, r)),
        lambda: lemmas.more_likely(ForEveryOther(_ge(q, r)), _ge(SumOver(q), r)),
        lambda: lemmas.ky_fan(xi, leaf(), rng.choice((D, b)), leaf()),
    ]


def _of_pairs(rng: random.Random, leaf: Leaf) -> Makers:
    q, scale = rng.choice((v_i, v_j, d, v_i * v_j, leaf())), leaf()
    return [
        lambda: lemmas.average_linear((scale, q), (rng.choice((n, leaf())), v_j)),
        lambda: lemmas.average_swapped(q),
        lambda: lemmas.average_monotone(q, q + scale**2),
        lambda: lemmas.average_nonnegative(q),
        lambda: lemmas.average_at_most(sp.Min(q, 1), sp.S.One),
        lambda: lemmas.average_monotone_given(ForAllPairs(_ge(q, scale)), scale, q),
        lambda: lemmas.of_all(_ge(q, scale)),
        lambda: lemmas.union(rng.choice((sp.S.One, sp.Max(1, q), Avg(q)))),
    ]


def _of_vectors(rng: random.Random, leaf: Leaf) -> Makers:
    u, v = rng.choice((a, b, D, D + b, leaf() * D)), rng.choice((b, xi, -a, xi - D))
    law = rng.choice((i, j))
    return [
        lambda: lemmas.triangle(u, v),
        lambda: lemmas.cauchy_schwarz(u, v),
        lambda: lemmas.square_length(u - v),
        lambda: lemmas.largest_eigenvalue(i, u),
        lambda: lemmas.directional_fourth(i, u),
        lambda: lemmas.form_nonnegative(law, u),
        lambda: lemmas.seminorm(law, u, v),
        lambda: lemmas.largest_at_most_trace(),
        lambda: lemmas.variance_along(),
        lambda: lemmas.third_moment(),
        lambda: lemmas.trace_product(rng.choice("ij"), "j"),
    ]


def _of_numbers(rng: random.Random, leaf: Leaf, random_leaf: Leaf) -> Makers:
    x, y = leaf(), random_leaf()
    return [
        lambda: lemmas.power_monotone(x, x + y**2, sp.Integer(2)),
        lambda: lemmas.below(x, x + y**2, y**2),
        lambda: lemmas.floor_at_least(x, sp.S.Zero),
        lambda: lemmas.log_quotient(x / v_i, x, v_i),
        lambda: lemmas.log_quotient(x, x * n, n),
        lambda: lemmas.exp_monotone(x, x + y**2),
        lambda: lemmas.exp_positive(rng.choice((y, sp.log(x)))),
        lambda: lemmas.log_of_less(x, rng.choice((n, y))),
        lambda: lemmas.exp_of_less(x, rng.choice((n, y))),
    ]
