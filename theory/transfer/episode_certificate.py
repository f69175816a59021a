"""Few-shot error on new classes from episodes of source classes: no geometry, no factor k - 1.

Assumes     the pairs (class, its samples) drawn independently; every episode's error in [0, 1] and unbiased
            for its k classes; a map fixed before the classes were drawn, or one of |F| such maps
Claims      E err <= sup{q : floor(l/k) kl(U, q) <= log(|F|/delta)}, U the average over all k-subsets, or
            over chopped permutations (classes permuted, cut into floor(l/k) tuples; any number of
            permutations drawn independently of the data);
            `episode_certificate_random`: over B random episodes, with U + sqrt(log(|F|/delta_e)/(2B))
            in place of U and probability >= 1 - (delta_c + delta_e)
Kind        high_probability
Source      derived here (Hoeffding's blocks of order k); proof in proofs/transfer/episode_certificate.py
"""

import sympy as sp

from theory.assumptions.sampling import EnoughClasses, FixedFeatureMap, IndependentClasses
from theory.bound import derived
from theory.bound.confidence import TransferConfidence
from theory.evidence import EpisodeErrors
from theory.new_classes.u_statistic import kl_limit, log_maps
from theory.quantities import B_ep, F, U, failure_c, failure_e, k, l

tuples = sp.floor(l / k)
_assumptions = (IndependentClasses(), FixedFeatureMap("classes"), EnoughClasses())

episode_certificate = TransferConfidence(
    name="episode_certificate",
    title="Certificate from episodes of source classes",
    statement=kl_limit(U, sp.S.One, tuples, log_maps),
    assumptions=_assumptions,
    reads=EpisodeErrors,
    provenance=derived("kl form of Hoeffding's inequality for a U-statistic of order k"),
)

episode_certificate_random = TransferConfidence(
    name="episode_certificate_random",
    title="Certificate from episodes drawn at random",
    statement=kl_limit(
        sp.Min(1, U + sp.sqrt(sp.log(F / failure_e) / (2 * B_ep))), sp.S.One, tuples, sp.log(F / failure_c)
    ),
    failures=(failure_c, failure_e),
    assumptions=_assumptions,
    reads=EpisodeErrors,
    provenance=derived("Hoeffding given the classes for the draw of the episodes, then episode_certificate"),
)
