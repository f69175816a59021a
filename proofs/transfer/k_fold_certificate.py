"""Maps of a cross-validation: one fold's tuples count, as the folds' maps may depend on each other."""

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.transfer import tilted
from theory.bound.confidence import MapMixtureConfidence
from theory.quantities import N_fold

PROVES = ("k_fold_certificate", "k_fold_certificate_exponential")


def proof(bound: MapMixtureConfidence) -> Proof:
    p = Argument.about(bound)
    shape = tilted.hoeffding if bound.name == "k_fold_certificate" else tilted.exponential
    shape(p, lemmas.folds_exponential, N_fold)
    return p.finish()
