"""Limits of a U-statistic of order two, from averages over floor(l/2) disjoint pairs (Hoeffding)."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.new_classes import without_replacement
from proofs.new_classes.blocks import one_block, two_classes
from theory.bound import Bound
from theory.expressions import kernel
from theory.new_classes.u_statistic import blocks, log_maps
from theory.quantities import b

PROVES = ("u_statistic_hoeffding", "u_statistic_kl", "u_statistic_without_replacement")


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    tail = lemmas.u_statistic_hoeffding if bound.name == "u_statistic_hoeffding" else lemmas.u_statistic_kl
    p.assume("range", "the kernel takes values in [0, b]", sp.Le(kernel, b))
    if bound.name == "u_statistic_without_replacement":
        without_replacement.limit(p, kernel, b)
        return p.finish()
    two_classes(p)
    uses: tuple[str, ...] = ("range", "blocks", "classes")
    if tail is lemmas.u_statistic_hoeffding:
        one_block(p)
        p.inequality("some", "At least one block.", blocks >= 1, "blocks", "one block")
        uses += ("some",)
    p.cite("bound", "Blocks of disjoint pairs of classes.", tail(blocks, log_maps), *uses)
    return p.finish()
