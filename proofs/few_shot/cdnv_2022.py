"""The 2022 form with constant 16 follows from `cdnv_sharp`, pair by pair."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.few_shot import cdnv_sharp as sharp
from theory.bound import Bound
from theory.collapse import CDNV
from theory.few_shot.cdnv_sharp import cdnv_sharp
from theory.quantities import k, lam_i, n, s, v_i

X, scale = cdnv_sharp.statement, 16 * (s + 1 / n)


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    sharp.pair_bound(p, cdnv_sharp.relation)
    p.cite("union", "Union over the other classes, mean over the query's.", lemmas.union(X), "pair")
    average_of_sharp(p)
    p.inequality(
        "bound",
        "The union bound, averaged over the pairs, is the statement.",
        p.goal,
        "union",
        "mean",
        "linear",
        "ways",
    )
    return p.finish()


def average_of_sharp(p: Argument) -> None:
    """Avg of the sharp bound <= 16 (s + 1/n) Avg of the CDNV."""
    p.assume("anisotropy", "lam_i = v_i/p under spherical symmetry, else lam_i <= v_i", lam_i <= s * v_i)
    p.assume("ways", "there are at least two classes", sp.Ge(k, 2))
    p.inequality("larger", "Pair by pair the 2022 form is larger.", scale * CDNV["half"] >= X, "anisotropy")
    p.cite(
        "mean",
        "The inequality holds in the mean, too.",
        lemmas.average_monotone(X, scale * CDNV["half"]),
        "larger",
    )
    p.cite("linear", "The factor is the same for all pairs.", lemmas.average_linear((scale, CDNV["half"])))
