"""McDiarmid for the sample means and Hoeffding for the sample variances, in the perturbation bound."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.terms import Norm, mean
from proofs.new_samples import radii
from proofs.new_samples.radii import off_i, off_j
from theory.bound import Bound
from theory.new_samples.cdnv_new_samples import eps, x
from theory.quantities import R, eta_i, eta_j, m, v_hat_i, v_hat_j, v_i, v_j


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    p.assume("m", "at least two samples of each class", sp.Ge(m, 2))
    radii.bounded(p)
    for name, off, v in (("i", off_i, v_i), ("j", off_j, v_j)):
        p.cite(f"v_{name} <= R^2", "A variance of bounded features.", lemmas.variance_of_bounded(v), "range")
        known = (f"jensen {name}", f"square {name}", f"v_{name} <= R^2")
        p.inequality(
            f"mean {name}",
            "Take square roots of Jensen's inequality, with the variance bounded.",
            mean(Norm(off)) <= R / sp.sqrt(m),
            *known,
        )
    p.cite("means", "McDiarmid, class by class.", lemmas.mcdiarmid_means(off_i, off_j, x), "range")
    p.inequality("pairs", "A pair of samples.", m / 2 >= 1, "m")
    p.cite("floor", "So at least one whole one.", lemmas.floor_at_least(m / 2, sp.S.One), "pairs")
    p.cite("variances", "Hoeffding for |z - z'|^2/2.", lemmas.hoeffding_variances(x), "range", "m", "floor")
    event = radii.both(p)
    entailed = (Norm(off_i) <= eps) & (Norm(off_j) <= eps)
    entailed &= (v_i <= v_hat_i + eta_i) & (v_j <= v_hat_j + eta_j)
    uses = ("mean i", "mean j", "eps", "eta_i", "eta_j", "m", "means of two", "variances of two")
    p.inequality("radii", "These are the statement's radii.", sp.Implies(event, entailed), *uses)
    conclude(p, event, entailed)
    return p.finish()


def conclude(p: Argument, event: sp.Basic, known: sp.Basic) -> None:
    """From step ``radii``, event => known, to the statement."""
    radii.distances(p)
    wanted = p.goal.args[0].args[0]
    p.inequality("perturbed", "Put them in.", sp.Implies(known, wanted), "first", "second", "sample")
    p.inequality("entails", "So it does.", sp.Implies(event, wanted), "radii", "perturbed")
    p.cite(
        "as likely",
        "An entailed event is at least as likely.",
        lemmas.more_likely(event, wanted),
        "entails",
    )
    p.inequality(
        "bound",
        "The likely event entails the claim, which therefore is at least as likely.",
        p.goal,
        "both",
        "share",
        "as likely",
    )
