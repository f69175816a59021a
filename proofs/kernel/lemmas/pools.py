"""Classes of a finite pool, drawn without replacement."""

from __future__ import annotations

import sympy as sp

from proofs.kernel.lemmas.base import Claims, le, lemma
from proofs.kernel.lemmas.new_classes import MEAN_KERNEL
from proofs.kernel.reading import opaque
from proofs.kernel.sorts import fixed_before, of_classes, role, same_for
from theory.expressions import Avg, Expect, Prob, kernel
from theory.quantities import F, L_pool, U, l


@opaque
class LargestChange(sp.Function):
    """Largest change of a mean over the l source classes when one of them is exchanged; opaque."""

    is_real = True
    is_extended_real = True


def _mean_over_sources(h: sp.Expr) -> sp.Expr:
    role(l, "the number of classes drawn from a finite pool, none of them twice")
    if h == kernel:
        role(U, MEAN_KERNEL)
        return U
    of_classes(h)
    return Avg(h)


@lemma("exchanging one class", "counting: 2(l-1) of the l(l-1) ordered pairs hold a given class")
def change_of_mean(h: sp.Expr, top: sp.Expr) -> Claims:
    """If h is in [0, top], exchanging a class changes its mean over ordered pairs by at most 2 top/l."""
    fixed_before(top)
    same_for("ijlr", top)
    return [sp.Ge(h, 0), sp.Le(h, top), sp.Ge(l, 2)], le(LargestChange(_mean_over_sources(h)), 2 * top / l)


@lemma(
    "McDiarmid's inequality without replacement",
    "El-Yaniv, Pechyony 2009, lemma 2: its martingale",
    theorem=True,
)
def without_replacement(h: sp.Expr, change: sp.Expr, x: sp.Expr) -> Claims:
    """For l of L distinct classes, drawn uniformly, and h one of F kernels whose mean over them changes by at
    most ``change`` when a class is exchanged: if l < L, then
    mean over the pool <= mean over the classes + change (L-l) sqrt(x/2 sum_{i=1}^l (L-i)^-2),
    with probability at least 1 - F exp(-x)."""
    fixed_before(change, x)
    same_for("ijlr", change, x)
    average, i = _mean_over_sources(h), sp.Symbol("i", integer=True, positive=True)
    spread = sp.Sum((L_pool - i) ** -2, (i, 1, sp.Min(l, L_pool - 1)))
    claim = le(Expect(h), average + change * (L_pool - l) * sp.sqrt(x * spread / 2))
    event = sp.Implies(sp.Lt(l, L_pool), claim)
    return [sp.Le(LargestChange(average), change)], sp.Ge(Prob(event), 1 - F * sp.exp(-x), evaluate=False)


@lemma("the whole pool", "meaning of a mean over all classes of the pool")
def whole_pool(h: sp.Expr) -> Claims:
    """If l >= L, the mean over the classes is that over the pool."""
    return [], sp.Implies(sp.Ge(l, L_pool), sp.Eq(Expect(h), _mean_over_sources(h)))
