"""No stronger statement, looser hypothesis or shorter argument passes, unless it is listed with a reason."""

from __future__ import annotations

import dataclasses

import pytest
import sympy as sp

from proofs import audit, library
from proofs.audit.still_true import STILL_TRUE
from proofs.kernel import Premise, Step
from proofs.ledger import check
from theory.few_shot.cdnv_sharp import cdnv_sharp
from theory.few_shot.directional_2026 import directional_2026
from theory.few_shot.subgaussian import subgaussian
from theory.quantities import n

PROVED = [name for name in library.names() if library.has_proof(name)]


# Of each five theorems three are asked one of the three questions; all of them all questions under --full.
QUICK = ("cdnv_sharp", "exact_moment", "margin_order_4", "u_statistic_hoeffding", "ordering_cdnv")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in QUICK else (pytest.mark.slow, pytest.mark.sampled(5)))
        for name in PROVED
    ],
)
def test_no_step_can_be_left_out(name: str) -> None:
    statement = library.statement(name)
    proof = library.write(statement)
    assert proof is not None
    assert audit.superfluous(proof, library.own_assumptions(statement)) == []


def test_of_a_proof_that_fails_nothing_is_superfluous() -> None:
    proof = library.write(cdnv_sharp)
    assert proof is not None
    with pytest.raises(ValueError, match="does not hold as it is"):
        audit.superfluous(audit.without(proof, proof.steps[0]))


def test_a_superfluous_step_is_noticed() -> None:
    proof = library.write(cdnv_sharp)
    assert proof is not None
    idle = Step("idle", "inequality", "Idle.", sp.Le(0, n, evaluate=False))
    proof = dataclasses.replace(proof, steps=(idle, *proof.steps))
    assert audit.superfluous(proof, library.own_assumptions(cdnv_sharp)) == ["idle"]


@pytest.mark.sampled(5, first=1)
@pytest.mark.slow
@pytest.mark.parametrize("name", PROVED)
def test_no_mutant_survives(name: str, full: bool) -> None:
    """All mutants with --full, else a sample of at most about 10 a statement, and all of its domain."""
    report = audit.try_mutants(library.statement(name), None if full else 10)
    print(f"{name}: {report.tried} mutants, {report.refused} refused, {report.weaker} weaker")
    assert report.survivors == ()
    assert report.refused > 0


@pytest.mark.sampled(5, first=2)
@pytest.mark.slow
@pytest.mark.parametrize("name", PROVED)
def test_no_hypothesis_is_stronger_than_needed(name: str) -> None:
    assert audit.try_hypotheses(library.statement(name)).survivors == ()


def test_a_survivor_is_noticed() -> None:
    """Negative control: a proof that accepts any goal lets stronger mutants through."""
    stronger = [m for m in audit.mutants(cdnv_sharp) if not audit.is_weaker(cdnv_sharp, m.bound)]
    assert len(stronger) >= 8


def test_looser_conditions_and_wider_domains_are_distinguished_from_narrower_ones() -> None:
    """Negative control: what is proved on a smaller domain than it could be is not called stronger."""
    dropped = dataclasses.replace(directional_2026, condition=sp.true)
    assert audit.widens(directional_2026, dropped) and not audit.widens(dropped, directional_2026)
    assert subgaussian.free is not None
    inside = dataclasses.replace(subgaussian.free, upper=n / (3 * (n + 1)))
    narrow = dataclasses.replace(subgaussian, free=inside)
    assert audit.widens(narrow, subgaussian) and not audit.widens(subgaussian, narrow)


def test_a_hypothesis_that_nothing_needs_is_noticed() -> None:
    proof = library.write(cdnv_sharp)
    assert proof is not None
    planted = Premise("planted", "many shots", sp.Ge(n, 7))
    proof = dataclasses.replace(proof, premises=(*proof.premises, planted))
    passing = {
        change for change, less in audit.looser_hypotheses(proof) if check(less, stop_early=True).holds
    }
    assert passing == {"planted: left out", "planted: 7 to 6 in n >= 7"}


def test_what_is_listed_as_still_true_is_still_there() -> None:
    changes = {
        name: {mutant.change for mutant in audit.mutants(library.statement(name))} for name, _ in STILL_TRUE
    }
    assert [(name, change) for name, change in STILL_TRUE if change not in changes[name]] == []


@pytest.mark.slow
def test_cvc5_never_contradicts_z3(full: bool) -> None:
    names = PROVED if full else ["cdnv_sharp", "cdnv_optimal", "exact_moment", "directional_2025"]
    agreement = audit.second_opinion(names, seconds=5.0 if full else 1.0)
    print(f"cvc5 confirms {agreement.agreed} of {agreement.proved} obligations ({agreement.share:.0%})")
    assert agreement.opposed == () and agreement.share > 0.5
