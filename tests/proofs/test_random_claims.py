"""The kernel attacks itself: random claims, and those that it accepts evaluated in random finite models.

Some hundred claims by default, more under ``--full``; ``python tests/proofs/test_random_claims.py N SEED``
goes on, from the number SEED, until N accepted claims were looked at. Each hole that was found in an earlier
kernel is planted again, here and not in the product, and something must notice.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sympy as sp
from exploits import FALSE
from finite_model import Irrational, Model
from random_claims import NUMBERS, Draw, draw

from proofs import Argument, check, kernel
from proofs.kernel import check as checking
from proofs.kernel import checkers, forms, sorts
from theory.expressions import pair_error
from theory.quantities import lam_i

MODELS = 4
SECONDS = 0.15


def accepted(start: int) -> Iterator[tuple[int, Draw]]:
    """Random arguments that the kernel accepts, from a number on."""
    seed = start
    while True:
        found = draw(seed)
        if found is not None and check(found.proof, stop_early=True, seconds=SECONDS).holds:
            yield seed, found
        seed += 1


def refuted(seed: int, found: Draw) -> bool | None:
    """Whether some model refutes the claim; None where no model says anything."""
    looked = False
    for number in range(MODELS):
        try:
            model = Model(1000 * seed + number, found.meanings, NUMBERS)
            if any(map(model.refutes, found.assumed)):
                continue
            if model.refutes(found.proof.goal):
                return True
            looked = True
        except Irrational:
            continue
    return False if looked else None


def false_ones(count: int, start: int = 0, tries: int | None = None) -> tuple[list[int], int]:
    """The numbers of accepted claims that are false, and how many were looked at."""
    wrong, looked = [], 0
    for seed, found in accepted(start):
        if tries is not None and seed - start > tries:
            break
        answer = refuted(seed, found)
        looked += answer is not None
        if answer:
            wrong.append(seed)
        if looked >= count:
            break
    return wrong, looked


def test_no_accepted_claim_is_false(full: bool) -> None:
    """With N claims looked at and none false, the share of false ones is below 3/N at 95 %."""
    wrong, looked = false_ones(5000 if full else 120)
    assert wrong == [] and looked >= 120


def _patched(owner: Any, name: str, replacement: Any) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(owner, name, replacement)


def _declared_signs(self: Any, atom: Any) -> str:
    symbol = atom.args[0]
    return sorts.POSITIVE if symbol.is_positive else sorts.NONNEGATIVE if symbol.is_nonnegative else ""


HOLES: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], tuple[str, ...]]] = {
    "every denominator differs from zero": (
        _patched(forms.Forms, "nonzero", lambda self, term: True),
        ("a1", "a2"),
    ),
    "every root is of something not negative": (
        _patched(forms.Forms, "nonnegative", lambda self, term: True),
        ("a3",),
    ),
    "declared signs are believed": (_patched(forms.Forms, "sign", _declared_signs), ("a5", "a6")),
    "lemmas need nothing": (_patched(checkers, "discharged", lambda *rest: True), ("a7",)),
    "everything is independent": (_patched(sorts.Sorts, "tied", staticmethod(lambda *rest: False)), ("b2",)),
    "nothing is random": (_patched(sorts.Sorts, "sources", lambda self, term: frozenset()), ("l1",)),
    "everything is the same for all classes": (
        _patched(sorts.Sorts, "index", lambda self, term: frozenset()),
        ("l1",),
    ),
}
"""Each with the exploits, by the start of their names, that should notice it."""


@pytest.mark.parametrize("hole", HOLES)
def test_a_planted_hole_lets_an_exploit_through(hole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, kinds = HOLES[hole]
    plant(monkeypatch)
    monkeypatch.setattr(checking, "_confirmed", {})
    tried = [name for name in FALSE if name.startswith(kinds)]
    noticed = [name for name in tried if _accepted(name)]
    print(f"{hole}: noticed by {noticed}")
    assert noticed


def test_hypotheses_that_nobody_looks_at_let_the_goal_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "objection", lambda *rest: "")
    p = Argument("mine", sp.Le(pair_error, lam_i, evaluate=False))
    p.assume("obvious", "it is obvious", p.goal)
    p.inequality("it", "So.", p.goal, "obvious")
    assert check(p.finish()).holds


@pytest.mark.slow
@pytest.mark.parametrize("hole", ["every denominator differs from zero", "declared signs are believed"])
def test_a_planted_hole_lets_a_false_claim_through(hole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What random claims find by themselves."""
    HOLES[hole][0](monkeypatch)
    monkeypatch.setattr(checking, "_confirmed", {})
    wrong, _ = false_ones(200, tries=2000)
    assert wrong


def _accepted(name: str) -> bool:
    try:
        return check(FALSE[name](), seconds=1.0).holds
    except ValueError:
        return False


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    numbers, seen = false_ones(wanted, start=int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000)
    print(f"{seen} accepted claims looked at, {len(numbers)} false: {numbers[:20]}", kernel.__name__)
    raise SystemExit(bool(numbers))
