"""That there is at least one block of disjoint pairs (or more) of source classes."""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument
from theory.quantities import l


def two_classes(p: Argument) -> None:
    """Step ``classes``: a hypothesis on how many source classes there are."""
    p.assume("classes", "there are at least two source classes", sp.Ge(l, 2))


def one_block(p: Argument, name: str = "one block", size: int = 2) -> None:
    """Step ``name``: floor(l/size) >= 1, from the hypothesis ``classes``."""
    p.inequality(f"{name} full", "Enough classes for one block.", l / size >= 1, "classes")
    least = lemmas.floor_at_least(l / size, sp.S.One)
    p.cite(name, "So there is one.", least, f"{name} full")
