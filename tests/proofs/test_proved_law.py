"""The law in the proof of `cdnv_is_optimal` is the population of that name in the suite."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from proofs.few_shot import rare_draws as proved
from proofs.kernel.model import D
from proofs.kernel.terms import coefficients
from simulations.populations.laws import CdnvIsOptimal
from theory.quantities import d, lam_i, n, v_i, v_j


def test_the_atoms_of_the_proof_are_those_of_the_population() -> None:
    """Places along D and across it, and probabilities, as exact fractions, at unit distance."""
    noise, shots, dimension = Fraction(1, 200), 3, 3
    population = CdnvIsOptimal(noise, dimension, shots, lam=2, v_i=3, v_j=5)
    values = {d: 1, lam_i: 2, v_i: 3, v_j: 5, n: shots, proved.t: sp.Rational(1, 200)}
    chances = zip((proved.q1, proved.q2, proved.q3), proved.CHANCES, strict=True)
    values |= {symbol: (chance * proved.t).subs(values) for symbol, chance in chances}
    closeness = (1 - proved.q1 / 2 - n * proved.q3).subs(values)
    values[proved.gamma] = 1 / closeness

    def expected(law: tuple, start: int) -> set[tuple[sp.Expr, sp.Expr, sp.Expr]]:
        rows = set()
        for place, share in law:
            parts = coefficients(place)
            across = sp.sympify(parts.get(proved.side, 0)).subs(values) * values[proved.gamma]
            rows.add((start + sp.sympify(parts.get(D, 0)).subs(values), across**2, share.subs(values)))
        return rows

    for law, start, c in ((proved.own_law, 0, 0), (proved.other_law, 1, 1)):
        atoms: dict[tuple[sp.Expr, sp.Expr], sp.Expr] = {}
        points, weights = population.exact_points[c], population.exact_weights[c]
        for point, weight in zip(points, weights, strict=True):
            along, *across = (sp.Rational(x.numerator, x.denominator) for x in point)
            key = (along, sp.Add(*(x**2 for x in across)))
            share = sp.Rational(weight.numerator, weight.denominator)
            atoms[key] = atoms.get(key, sp.S.Zero) + share
        assert {(*key, share) for key, share in atoms.items()} == expected(law, start)
