"""All margins of a query class as one vector."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.terms import form, root_of_R
from theory.expressions import Expect, margin


@lemma("Cauchy-Schwarz inequality for an inverse matrix", "textbook: e_j'y = (R^1/2 e_j)'(R^-1/2 y)")
def inverse_form() -> Claims:
    """(s_j - M_ij)^2 <= R_jj y'R^-1 y."""
    return [], le((root_of_R - margin) ** 2, root_of_R**2 * form)


@lemma("mean of a quadratic form", "textbook: E y'A y = tr(A E yy')")
def mean_of_form(R: sp.Expr, Sigma: sp.Expr, m: sp.Expr, s: sp.Expr) -> Claims:
    """E y'R^-1 y = tr(R^-1 (Sigma + (m-s)(m-s)')) for margins of mean m and covariance Sigma."""
    named = {"R": R, "Sigma": Sigma, "m": m, "s": s}
    if any(not isinstance(part, sp.MatrixSymbol) or part.name != name for name, part in named.items()):
        raise ValueError("R, Sigma, m and s are the statement's own")
    gap = m - s
    return [], sp.Eq(Expect(form), sp.Trace(R.I * (Sigma + gap * gap.T)), evaluate=False)
