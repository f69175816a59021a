"""Certificates for maps learned from the source classes, each tested on the classes that follow.

Assumes     blocks F_0..F_R of independent classes; f_r learned from F_0..F_{r-1} in any way; U_r the k-way
            n-shot error of f_r on F_r by chopped permutations; N_r = floor(|F_r|/k), N = sum N_r
Claims      with U and errbar the N_r-weighted means over r, with probability >= 1 - delta:
            `progressive_certificate`              errbar <= U + sqrt(log(1/delta)/(2N))
            `progressive_certificate_exponential`  errbar <= (1 - e^{-t U - log(1/delta)/N})/(1 - e^{-t}),
                                                   t > 0 fixed or chosen from F_0 alone
            `progressive_certificate_mixture`      errbar <= sup{q : (1/J) sum_j exp(N[-t_j U
                                                   - log(1 - q + q e^{-t_j})]) <= 1/delta}, t_j from a grid
Kind        high_probability; errbar is the transfer error of f_r drawn with probability N_r/N
Sharp       the plain kl bound with N is false here: an adaptive choice of maps violates it
Source      derived here (exponential supermartingales); proof in proofs/transfer/progressive_certificate.py
"""

import sympy as sp

from theory.assumptions.sampling import IndependentClasses, LearnedFromOtherBlocks
from theory.bound import derived
from theory.bound.confidence import MapMixtureConfidence
from theory.expressions import MixtureUpper
from theory.quantities import N_blocks, U, failure, tilt

GRID = (sp.Rational(1, 2), sp.S.One, sp.Integer(2), sp.Integer(4))


def hoeffding(count: sp.Expr) -> sp.Expr:
    """U + sqrt(log(1/failure) / (2 count))."""
    return U + sp.sqrt(sp.log(1 / failure) / (2 * count))


def exponential(count: sp.Expr) -> sp.Expr:
    """The limit from the exponential moment at one tilt, ``count`` values in the mean."""
    return (1 - sp.exp(-tilt * U - sp.log(1 / failure) / count)) / (1 - sp.exp(-tilt))


_assumptions = (IndependentClasses(), LearnedFromOtherBlocks("progressive"))

progressive_certificate = MapMixtureConfidence(
    name="progressive_certificate",
    title="Progressive certificate, Hoeffding",
    statement=hoeffding(N_blocks),
    assumptions=_assumptions,
    provenance=derived("Hoeffding's lemma, block by block, as a supermartingale"),
)

progressive_certificate_exponential = MapMixtureConfidence(
    name="progressive_certificate_exponential",
    title="Progressive certificate, exponential form",
    statement=exponential(N_blocks),
    defaults=((tilt, 1.0),),
    assumptions=_assumptions,
    provenance=derived("exponential supermartingale with one tilt; concavity of log"),
)

progressive_certificate_mixture = MapMixtureConfidence(
    name="progressive_certificate_mixture",
    title="Progressive certificate, mixture of tilts",
    statement=MixtureUpper(U, N_blocks, failure, *GRID),
    assumptions=_assumptions,
    provenance=derived("mean of the exponential supermartingales over a fixed grid of tilts"),
)
