"""Heads: maps of features that are fitted on source samples and then fixed, such as whitening.

The nearest-mean rule and every statement then see the mapped features as they stand: a head needs no theorem
of its own, but a lineage. On the samples that it was fitted on it is a learned map: those are not measured.
"""

from simulations.features.head_lineage import HeadLineage
from simulations.features.heads.apply import held_out_half, mapped
from simulations.features.heads.maps import HEADS, Centre, Head, UnitNorm, Whiten, parse

__all__ = [
    "HEADS",
    "Centre",
    "Head",
    "HeadLineage",
    "UnitNorm",
    "Whiten",
    "held_out_half",
    "mapped",
    "parse",
]
