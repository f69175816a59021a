"""A U-statistic of order k of independent objects: classes with their samples."""

from proofs import lemmas
from proofs.kernel import Argument, Proof
from theory.bound import Bound
from theory.new_classes.u_statistic import log_maps


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    p.cite("bound", "Blocks of floor(l/k) disjoint k-tuples.", lemmas.episodes_kl(log_maps))
    return p.finish()
