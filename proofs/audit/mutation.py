"""Hands mutants to the proofs: a stronger one that goes through must be true for a reason given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proofs import library
from proofs.audit.domains import domain_mutants, looser_hypotheses, widens
from proofs.audit.mutants import mutants
from proofs.audit.still_true import reason
from proofs.audit.strength import is_weaker
from proofs.ledger import check
from theory.bound import Statement

LONGEST = 60.0
"""Seconds an obligation may take at the most, on a machine however slow."""


@dataclass(frozen=True)
class MutationReport:
    """Mutants of one statement by their result; ``survivors`` must be empty."""

    name: str
    tried: int
    refused: int
    weaker: int
    still_true: tuple[str, ...]
    survivors: tuple[str, ...]


def try_mutants(bound: Statement, most: int | None = None, seconds: float = 1.0) -> MutationReport:
    """Hand each mutant (of the formula a sample of about ``most``) to the statement's own proof. One whose
    proof goes through must be nowhere below the statement, or be listed in ``still_true``."""
    seconds = _enough(bound, seconds)
    verdicts = []
    for mutant in mutants(bound, most):
        proved = _proved(mutant.bound, seconds)
        verdicts.append((mutant.change, proved, proved and is_weaker(bound, mutant.bound)))
    for mutant in domain_mutants(bound):
        proved = _proved(mutant.bound, seconds)
        verdicts.append((mutant.change, proved, proved and not widens(bound, mutant.bound)))
    return _sorted(bound.name, verdicts)


def try_hypotheses(bound: Statement, seconds: float = 1.0) -> MutationReport:
    """Check the statement's proof from less than it assumes: each hypothesis left out or made looser."""
    proof = library.write(bound)
    if proof is None:
        raise ValueError(f"there is no proof of {bound.name}")
    seconds = _enough(bound, seconds)
    verdicts = []
    for change, less in looser_hypotheses(proof):
        ledger = check(less, library.own_assumptions(bound), stop_early=True, seconds=seconds)
        verdicts.append((f"hypothesis {change}", ledger.holds, False))
    return _sorted(bound.name, verdicts)


def _enough(bound: Statement, seconds: float) -> float:
    """``seconds`` an obligation, or as many more as the statement itself takes on this machine. Raises
    ValueError where not even that is proved: then the refusal of a mutant has no meaning."""
    while not _proved(bound, seconds):
        if seconds >= LONGEST:
            raise ValueError(f"{bound.name} itself is not proved within {seconds:g} s an obligation")
        seconds *= 4
    return seconds


def _proved(bound: Statement, seconds: float) -> bool:
    return library.prove_statement(bound, stop_early=True, seconds=seconds).holds


def _sorted(name: str, verdicts: Iterable[tuple[str, bool, bool]]) -> MutationReport:
    refused = weaker = tried = 0
    still_true: list[str] = []
    survivors: list[str] = []
    for change, proved, is_less in verdicts:
        tried += 1
        refused += not proved
        weaker += is_less
        if proved and not is_less:
            (still_true if reason(name, change) else survivors).append(change)
    return MutationReport(name, tried, refused, weaker, tuple(still_true), tuple(survivors))
