"""All margins of a query class as one vector."""

from __future__ import annotations

import sympy as sp

from proofs.lemmas.base import le, lemma
from proofs.lemmas.others import SHARED
from proofs.terms import RANDOM_SCALARS
from theory.expressions import Expect, margin

form = sp.Symbol("q_R", real=True)
"""y'R^-1 y for the vector y_j = s_j - M_ij over the other classes j; R is positive definite, R_jj = s_j^2."""
root_of_R = sp.Symbol("s_R", positive=True)
"""s_j, the root of R_jj."""
RANDOM_SCALARS.add(form)
SHARED.add(form)


@lemma("Cauchy-Schwarz inequality for an inverse matrix", "textbook: e_j'y = (R^1/2 e_j)'(R^-1/2 y)")
def inverse_form() -> tuple[list[sp.Basic], sp.Basic]:
    """(s_j - M_ij)^2 <= R_jj y'R^-1 y."""
    return [], le((root_of_R - margin) ** 2, root_of_R**2 * form)


@lemma("mean of a quadratic form", "textbook: E y'A y = tr(A E yy')")
def mean_of_form() -> tuple[list[sp.Basic], sp.Basic]:
    """E y'R^-1 y = tr(R^-1 (Sigma + (m-s)(m-s)')) for margins of mean m and covariance Sigma."""
    from theory.few_shot.union_moment_optimal import R as matrix
    from theory.few_shot.union_moment_optimal import Sigma
    from theory.few_shot.union_moment_optimal import m as centre
    from theory.few_shot.union_moment_optimal import s as scales

    gap = centre - scales
    return [], sp.Eq(Expect(form), sp.Trace(matrix.I * (Sigma + gap * gap.T)), evaluate=False)
