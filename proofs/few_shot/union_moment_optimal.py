"""Markov on a quadratic form of all margins: y'R^-1 y >= y_j^2/R_jj, which is at least 1 if M_ij <= 0."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.terms import form
from theory.bound import Bound
from theory.expressions import margin
from theory.few_shot.union_moment_optimal import R, Sigma, m, s


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    p.cite("entry", "One entry against the whole form.", lemmas.inverse_form())
    Z = sp.sqrt(form)
    wrong = sp.Le(margin, 0)
    p.inequality("form >= 0", "A square is not negative.", form >= 0, "entry")
    p.inequality("large", "Large if wrong.", sp.Implies(wrong, Z >= 1), "entry", "form >= 0")
    p.cite("markov", "Markov on its root.", lemmas.markov_any(Z), "large", "form >= 0")
    p.cite("mean", "The form's mean.", lemmas.mean_of_form(R, Sigma, m, s))
    p.inequality(
        "bound",
        "Markov's inequality, with the form's mean put in, is the statement.",
        p.goal,
        "markov",
        "mean",
    )
    return p.finish()
