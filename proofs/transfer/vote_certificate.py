"""The vote errs at most twice as often as its voters do on average: the voters' certificates carry over."""

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.transfer import tilted
from theory.bound.confidence import VoteConfidence
from theory.quantities import N_blocks, N_fold
from theory.transfer.progressive_certificate import GRID

PROVES = ("vote_certificate", "k_fold_vote_certificate")


def proof(bound: VoteConfidence) -> Proof:
    p = Argument.about(bound)
    p.cite("vote", "Where the vote errs, half of the weight does.", lemmas.vote())
    if bound.name == "vote_certificate":
        tilted.mixture(p, lemmas.blocks_exponential, N_blocks, GRID, "vote")
    else:
        tilted.hoeffding(p, lemmas.folds_exponential, N_fold, "vote")
    return p.finish()
