"""The CDNV as a kernel of the classes of a finite pool, in which it is bounded."""

import sympy as sp

from proofs.argument import Argument, Proof
from proofs.new_classes import without_replacement
from theory.bound import Bound
from theory.collapse import CDNV
from theory.quantities import V_max


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    V = CDNV["half"]
    p.assume("range", "no CDNV of the pool exceeds V_max", sp.Le(V, V_max))
    without_replacement.limit(p, V, V_max)
    return p.finish()
