"""Bousquet for the sample means and empirical Bernstein for the variances, in the perturbation bound."""

from proofs.argument import Argument, Proof
from proofs.new_samples import radii
from proofs.new_samples.cdnv_new_samples import conclude
from theory.bound import Bound


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    conclude(p, *radii.shrinking(p))
    return p.finish()
