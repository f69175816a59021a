"""Mutation tests of the proofs: statements made stronger, hypotheses and steps left out, and a second solver.

A mutant is a statement with one number, exponent, sign, condition or end of a domain changed, and its goal.
A proof that goes through for a mutant is suspect unless the mutant is weaker, or is listed as true for a
reason that can be read (``still_true``).
"""

from proofs.audit.agreement import Agreement, second_opinion
from proofs.audit.deletion import superfluous, without
from proofs.audit.domains import domain_mutants, looser_hypotheses, widens
from proofs.audit.mutants import Mutant, mutants
from proofs.audit.mutation import MutationReport, try_hypotheses, try_mutants
from proofs.audit.still_true import STILL_TRUE, WHEREVER, reason
from proofs.audit.strength import is_weaker

__all__ = [
    "STILL_TRUE",
    "WHEREVER",
    "Agreement",
    "Mutant",
    "MutationReport",
    "domain_mutants",
    "is_weaker",
    "looser_hypotheses",
    "mutants",
    "reason",
    "second_opinion",
    "superfluous",
    "try_hypotheses",
    "try_mutants",
    "widens",
    "without",
]
