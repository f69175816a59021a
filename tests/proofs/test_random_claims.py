"""No random claim that the kernel accepts is false: each is evaluated in random finite models.

Eighty claims by default, more in the slow tests and under ``--full``.
``python tests/proofs/test_random_claims.py N SEED`` goes on, from the number SEED, until N accepted claims
were looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from finite_model import Irrational, Model
from random_claims import NUMBERS, Draw, draw

from proofs import check, kernel

MODELS = 4
SECONDS = 0.15


def accepted(start: int) -> Iterator[tuple[int, Draw]]:
    """Random arguments that the kernel accepts, from a number on."""
    seed = start
    while True:
        claim = draw(seed)
        if claim is not None and check(claim.proof, stop_early=True, seconds=SECONDS).holds:
            yield seed, claim
        seed += 1


def refuted(seed: int, claim: Draw) -> bool | None:
    """Whether some model refutes the claim; None where no model can decide it."""
    looked = False
    for number in range(MODELS):
        try:
            model = Model(1000 * seed + number, claim.meanings, NUMBERS)
            if any(map(model.refutes, claim.assumed)):
                continue
            if model.refutes(claim.proof.goal):
                return True
            looked = True
        except Irrational:
            continue
    return False if looked else None


def false_ones(
    count: int, start: int = 0, tries: int | None = None, *, one: bool = False
) -> tuple[list[int], int]:
    """The numbers of accepted claims that are false, and how many were looked at; with ``one``, stop at the
    first."""
    wrong, looked = [], 0
    for seed, claim in accepted(start):
        if tries is not None and seed - start > tries:
            break
        answer = refuted(seed, claim)
        looked += answer is not None
        if answer:
            wrong.append(seed)
        if looked >= count or (one and wrong):
            break
    return wrong, looked


@pytest.mark.parametrize(("count", "start"), [(40, 0), pytest.param(110, 10**6, marks=pytest.mark.slow)])
def test_no_accepted_claim_is_false(count: int, start: int, full: bool) -> None:
    """With N claims looked at and none false, the share of false ones is below 3/N at 95 %."""
    wrong, looked = false_ones(5000 if full else count, start=start)
    assert wrong == [] and looked >= count


if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    numbers, accepted_count = false_ones(wanted, start=int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000)
    print(
        f"{accepted_count} accepted claims looked at, {len(numbers)} false: {numbers[:20]}", kernel.__name__
    )
    raise SystemExit(bool(numbers))
