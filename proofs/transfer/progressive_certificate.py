"""Maps tested block by block: an exponential supermartingale for a fixed tilt, or for a mixture of tilts."""

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.transfer import tilted
from theory.bound.confidence import MapMixtureConfidence
from theory.quantities import N_blocks
from theory.transfer.progressive_certificate import GRID

PROVES = (
    "progressive_certificate",
    "progressive_certificate_exponential",
    "progressive_certificate_mixture",
)


def proof(bound: MapMixtureConfidence) -> Proof:
    p = Argument.about(bound)
    if bound.name == "progressive_certificate":
        tilted.hoeffding(p, lemmas.blocks_exponential, N_blocks)
    elif bound.name == "progressive_certificate_exponential":
        tilted.exponential(p, lemmas.blocks_exponential, N_blocks)
    else:
        tilted.mixture(p, lemmas.blocks_exponential, N_blocks, GRID)
    return p.finish()
