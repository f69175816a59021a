"""The plurality vote of maps learned from the source classes errs at most twice their weighted mean error.

Assumes     what the certificate of the maps assumes; votes weighted as in errbar
Claims      transfer error of the vote <= 2 errbar, hence at most twice any upper limit of errbar
Kind        high_probability, with the failure probability of the certificate beneath
Source      derived here: where the vote errs at least half the weight errs (Markov); proof in
            proofs/transfer/vote_certificate.py
"""

from theory.bound import derived
from theory.bound.confidence import MapMixtureConfidence, VoteConfidence
from theory.transfer.k_fold_certificate import k_fold_certificate
from theory.transfer.progressive_certificate import progressive_certificate_mixture


def vote_over(certificate: MapMixtureConfidence, name: str) -> VoteConfidence:
    """The vote of the maps that ``certificate`` is about."""
    return VoteConfidence(
        name=name,
        title=f"Plurality vote: {certificate.title}",
        statement=2 * certificate.closed_form,
        failures=certificate.failures,
        defaults=certificate.defaults,
        assumptions=certificate.assumptions,
        provenance=derived(f"Markov's inequality over the votes, on {certificate.name}"),
    )


vote_certificate = vote_over(progressive_certificate_mixture, "vote_certificate")
k_fold_vote_certificate = vote_over(k_fold_certificate, "k_fold_vote_certificate")
