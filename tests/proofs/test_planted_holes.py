"""Each hole that was found is planted again, here and not in the product, and something must notice.

| hole | planted | noticed by refused arguments | by random claims |
|---|---|---|---|
| A1, A2 | every denominator differs from zero | a1, a2 | yes |
| A3 | every root is of something not negative | a3 | yes |
| A4 | what is no exact number is read as one | a4 | no: none is drawn |
| A5, A6 | declared signs are trusted | a5, a6 | not asked |
| A7, L1 | lemmas need nothing | a7, l1 | yes |
| A8 | declared whole numbers are trusted | a8 | not asked |
| A9 | premises are matched after cancelling | a9 | no: two steps that meet by chance |
| A10 | vectors are not looked at | a10 | no: none is drawn |
| B1 | a vector's name is taken for a draw | b1 | no: none is drawn |
| B2 | everything is independent | b2 | yes |
| B3 | the fingerprint leaves the model's tables out | `test_record_goes_stale` | no |
| L1 | nothing is random; everything is the same for all classes | l1 | not asked |
| C1 | hypotheses are not checked | below | no: they are assumed |
| C2 | the verdict word alone is shown | `test_exploits` (c2) | no |
| D3 | the draws of all classes are those of one | d3 | not asked |
| D10 | vectors that look alike are one | d10 | no: none is drawn |

The last column is what ``test_random_claims_notice_a_planted_hole`` asserts where it says yes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sympy as sp
from exploits import FALSE
from exploits_again import AGAIN
from test_random_claims import false_ones

from proofs import Argument, check
from proofs.kernel import check as checking
from proofs.kernel import checkers, expectation, forms, reading, sorts, terms
from proofs.kernel.nodes import node, number
from theory.expressions import pair_error
from theory.quantities import lam_i

Plant = Callable[[pytest.MonkeyPatch], None]
EXPLOITS = {**FALSE, **AGAIN}


def _patched(owner: Any, name: str, replacement: Any) -> Plant:
    return lambda patch: patch.setattr(owner, name, replacement)


def _declared_signs(self: Any, atom: Any) -> str:
    symbol = atom.args[0]
    return sorts.POSITIVE if symbol.is_positive else sorts.NONNEGATIVE if symbol.is_nonnegative else ""


def _read_any_number(patch: pytest.MonkeyPatch) -> None:
    exact = reading._number
    patch.setattr(
        reading, "_number", lambda term: number(str(term)) if isinstance(term, sp.Float) else exact(term)
    )


def _believe_in_whole_numbers(patch: pytest.MonkeyPatch) -> None:
    honest = forms.Forms._atom

    def atom(self: forms.Forms, term: Any) -> Any:
        inside = term.args[0] if term.op == "floor" else None
        if inside is not None and inside.op == "sym" and inside.args[0].is_integer:
            return self.poly(inside)
        return honest(self, term)

    patch.setattr(forms.Forms, "_atom", atom)


class _Cancelling(forms.Forms):
    def nonzero(self, term: Any) -> bool:
        return True


def _take_names_for_draws(patch: pytest.MonkeyPatch) -> None:
    honest = expectation.canonical

    def end(vertex: Any) -> Any:
        named = re.fullmatch(r"([ijl])(\d)", str(vertex))
        return (named[1], int(named[2])) if named else vertex

    patch.setattr(
        expectation,
        "canonical",
        lambda edges, draws: tuple(tuple(map(end, edge)) for edge in honest(edges, draws)),
    )


HOLES: dict[str, tuple[Plant, tuple[str, ...]]] = {
    "every denominator differs from zero": (
        _patched(forms.Forms, "nonzero", lambda self, term: True),
        ("a1", "a2"),
    ),
    "every root is of something not negative": (
        _patched(forms.Forms, "nonnegative", lambda self, term: True),
        ("a3",),
    ),
    "what is no exact number is read as one": (_read_any_number, ("a4",)),
    "declared signs are believed": (_patched(forms.Forms, "sign", _declared_signs), ("a5", "a6")),
    "lemmas need nothing": (_patched(checkers, "discharged", lambda *rest: True), ("a7",)),
    "declared whole numbers are believed": (_believe_in_whole_numbers, ("a8",)),
    "premises are matched after cancelling": (_patched(checkers, "Forms", _Cancelling), ("a9",)),
    "vectors are not looked at": (
        _patched(reading, "vector_symbol", lambda vector: node("vector", vector)),
        ("a10",),
    ),
    "a vector's name is taken for a draw": (_take_names_for_draws, ("b1",)),
    "everything is independent": (_patched(sorts.Sorts, "tied", staticmethod(lambda *rest: False)), ("b2",)),
    "nothing is random": (_patched(sorts.Sorts, "sources", lambda self, term: frozenset()), ("l1",)),
    "everything is the same for all classes": (
        _patched(sorts.Sorts, "index", lambda self, term: frozenset()),
        ("l1",),
    ),
    "the draws of all classes are those of one": (_patched(sorts, "_FAMILIES", ()), ("d3",)),
    "vectors that look alike are one": (
        _patched(
            terms.Vector,
            "_hashable_content",
            lambda self: (self.name, self.kind, str(self.law), str(self.count)),
        ),
        ("d10",),
    ),
}
"""Each with the exploits, by the start of their names, that should notice it."""

FOUND_BY_RANDOM_CLAIMS = (
    "every denominator differs from zero",
    "every root is of something not negative",
    "lemmas need nothing",
    "everything is independent",
)


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing that was read or confirmed with a hole is remembered, and nothing from before."""
    monkeypatch.setattr(checking, "_confirmed", {})
    reading.read.cache_clear()
    yield
    reading.read.cache_clear()


@pytest.mark.parametrize("hole", HOLES)
def test_a_planted_hole_lets_an_exploit_through(hole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, kinds = HOLES[hole]
    plant(monkeypatch)
    attempted = [name for name in EXPLOITS if name.startswith(tuple(f"{kind}_" for kind in kinds))]
    noticed = [name for name in attempted if _accepted(name)]
    print(f"{hole}: noticed by {noticed}")
    assert noticed


def test_unchecked_hypotheses_let_the_goal_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "objection", lambda *rest: "")
    p = Argument("mine", sp.Le(pair_error, lam_i, evaluate=False))
    p.assume("obvious", "it is obvious", p.goal)
    p.inequality("it", "So.", p.goal, "obvious")
    assert check(p.finish()).holds


@pytest.mark.slow
@pytest.mark.parametrize("hole", FOUND_BY_RANDOM_CLAIMS)
def test_random_claims_notice_a_planted_hole(hole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    HOLES[hole][0](monkeypatch)
    wrong, looked = false_ones(4000, tries=6000, one=True)
    print(f"{hole}: claim {wrong}, the number {looked} of those looked at")
    assert wrong


def _accepted(name: str) -> bool:
    try:
        return check(EXPLOITS[name](), seconds=1.0).holds
    except ValueError:
        return False
