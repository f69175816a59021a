"""`cdnv_optimal` is at most 1 and at most `cdnv_sharp`."""

from proofs.argument import Argument, Proof
from theory.bound import Statement


def proof(bound: Statement) -> Proof:
    """In the last case the surplus of C/d^2 is (C - d al)^2 over positive terms."""
    p = Argument.about(bound)
    p.inequality("order", "Case by case.", p.goal, "C", "K", "al")
    return p.finish()
