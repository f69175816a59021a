"""Few-shot error on new classes from the measured errors of pairs of source classes.

Assumes     h the pair's own 2-way n-shot error, or an unbiased estimate of it in [0, 1] from the two
            classes' samples (support and queries apart); independent classes; a fixed map
Claims      E err <= (k-1) sup{q : floor(l/2) kl(Avg h, q) <= log(|F|/delta)}
Kind        high_probability
Source      derived here: `u_statistic_kl` and the union bound; proof in proofs/transfer/pair_certificate.py
"""

from theory.bound import derived
from theory.bound.confidence import TransferConfidence
from theory.evidence import KernelSample
from theory.new_classes.u_statistic import u_statistic_kl
from theory.quantities import k

pair_certificate = TransferConfidence(
    name="pair_certificate",
    title="Certificate from pair errors",
    statement=(k - 1) * u_statistic_kl.closed_form,
    assumptions=u_statistic_kl.assumptions,
    reads=KernelSample,
    provenance=derived("u_statistic_kl with the pair's own error for kernel"),
)
