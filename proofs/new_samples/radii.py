"""What the samples say of means and variances: events about any two of the l classes, all classes at once.

off_c is how far the sample mean of class c is off, a mean of m centred draws.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument
from proofs.kernel.lemmas import feature
from proofs.kernel.model import SAMPLE_DISTANCE, D
from proofs.kernel.model import off_i as off_i
from proofs.kernel.model import off_j as off_j
from proofs.kernel.terms import Dot, Norm, mean
from theory.new_samples.cdnv_new_samples import x
from theory.new_samples.cdnv_new_samples_bernstein import v_up_i, v_up_j
from theory.quantities import F, R, eps_i, eps_j, failure, l, m, v_i, v_j

share = l * F * sp.exp(-x)
"""How likely it is that one radius fails for some class or map."""


def bounded(p: Argument) -> None:
    """The hypothesis on the features, and E|off_c| against v_c."""
    p.assume("range", "every feature has norm at most R", sp.Le(Norm(feature), R))
    for name, off, v in (("i", off_i, v_i), ("j", off_j, v_j)):
        p.cite(f"jensen {name}", "(E|off|)^2 <= E|off|^2,", lemmas.jensen_square(Norm(off)))
        p.expectation(f"square {name}", "which is v/m.", sp.Eq(mean(Dot(off, off)), v / m))


def distances(p: Argument) -> None:
    """The triangle inequality for the two means."""
    p.assume("sample", "off_c is how far the sample mean of class c is off", SAMPLE_DISTANCE)
    p.cite("first", "The sample distance exceeds the true one", lemmas.triangle(D + off_j, -off_i))
    p.cite("second", "by the two errors at most.", lemmas.triangle(D, off_j))


def both(p: Argument, failures: sp.Expr = failure) -> sp.Basic:
    """From steps ``means`` and ``variances`` to ``both`` and ``share``; returns the event."""
    claims = {step.name: step.claim for step in p.steps}
    means, variances = (claims[name].args[0].args[0] for name in ("means", "variances"))
    events = ((means, share), (variances, share))
    p.cite("both", "Means and variances at once.", lemmas.all_likely(*events), "means", "variances")
    p.identity("share", "Each has half of the failures.", sp.Eq(share, failures / 2), "x_s")
    for name, quantified in (("means", means), ("variances", variances)):
        p.cite(f"{name} of two", "For the pair at hand.", lemmas.of_all(quantified.args[0]))
    return sp.And(means, variances)


def shrinking(p: Argument, failures: sp.Expr = failure) -> tuple[sp.Basic, sp.Basic]:
    """The radii that shrink with the variance: the event, and what step ``radii`` shows it to entail."""
    p.assume("samples", "at least four samples of each class", sp.Ge(m, 4))
    p.assume("some", "there are a class and a map", sp.Ge(l, 1) & sp.Ge(F, 1))
    p.assume("delta", "a failure probability is less than one", failures < 1)
    bounded(p)
    p.cite("log", "log is increasing, log 1 = 0.", lemmas.log_of_less(sp.S.Zero, 2 * l * F / failures))
    p.inequality("x > 0", "So x > 0.", sp.Gt(x, 0, evaluate=False), "log", "x_s", "some", "delta")
    p.cite(
        "means",
        "Bousquet, for the length of a mean.",
        lemmas.bousquet_means(off_i, off_j, x),
        "range",
        "x > 0",
    )
    tail = lemmas.maurer_pontil_variances(x)
    p.inequality("pairs", "Two pairs of samples.", m / 2 >= 2, "samples")
    p.cite("floor", "So at least two whole ones.", lemmas.floor_at_least(m / 2, sp.Integer(2)), "pairs")
    p.cite("variances", "Empirical Bernstein for the variance.", tail, "range", "samples", "floor")
    event = both(p, failures)
    known = []
    for name, off, v, v_up, eps in (("i", off_i, v_i, v_up_i, eps_i), ("j", off_j, v_j, v_up_j, eps_j)):
        length = mean(Norm(off))
        p.inequality(
            f"limit {name}",
            "The statement's limit.",
            sp.Implies(event, v <= v_up),
            f"v_up_{name}", "M_half", "floor", "x > 0", "variances of two",
        )  # fmt: skip
        p.inequality(
            f"length {name}",
            "Take square roots of Jensen's inequality.",
            sp.Implies(v <= v_up, length <= sp.sqrt(v_up / m)),
            f"jensen {name}",
            f"square {name}",
        )
        p.cite(f"length {name} >= 0", "A length is not negative.", lemmas.monotone(sp.S.Zero, Norm(off)))
        p.inequality(
            f"radius {name}",
            "It increases in both.",
            sp.Implies(event, Norm(off) <= eps),
            f"limit {name}", f"length {name}", f"length {name} >= 0", "x > 0", f"eps_{name}", "means of two",
        )  # fmt: skip
        known += [v <= v_up, Norm(off) <= eps]
    entailed = sp.And(*known)
    names = [f"{what} {c}" for what in ("limit", "radius") for c in "ij"]
    p.inequality(
        "radii", "Both limits and both radii hold in the event.", sp.Implies(event, entailed), *names
    )
    return event, entailed
