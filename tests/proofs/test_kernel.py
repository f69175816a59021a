"""Each checker refuses false claims, and the kernel refuses arguments that are not proofs."""

from __future__ import annotations

import dataclasses
import sys
import time

import pytest
import sympy as sp

from proofs import Argument, Ledger, check, kernel, lemmas, library
from proofs.kernel import check as checking
from proofs.kernel.check import sorts_of
from proofs.kernel.interval import Box
from proofs.kernel.model import MARGIN, a, b, xi
from proofs.kernel.reading import read
from proofs.kernel.solver import TOO_LONG, Answer, Obligation, SolverMissing, load_z3
from proofs.kernel.sorts import Sorts
from proofs.kernel.terms import D, Dot, mean, scalar
from theory.expressions import Expect, margin, mean_map_error, pair_error
from theory.few_shot.cdnv_optimal import C
from theory.quantities import U, d, lam_i, n, v_i

x, y = sp.symbols("x_0 y_0", real=True)


def verdict(*steps: tuple, goal: sp.Basic | None = None) -> Ledger:
    p = Argument("test", goal if goal is not None else steps[-1][2])
    for kind, name, claim, *uses in steps:
        if kind == "cite":
            p.cite(name, "Cited.", claim, *uses)
        else:
            getattr(p, kind)(name, "A claim.", claim, *uses)
    return check(p.finish(), seconds=2.0)


@pytest.mark.parametrize(
    ("kind", "true", "false"),
    [
        ("identity", sp.Eq((x + y) ** 2, x**2 + 2 * x * y + y**2), sp.Eq((x + y) ** 2, x**2 + x * y + y**2)),
        ("inequality", x**2 + y**2 >= 2 * x * y, x**2 + y**2 >= sp.Rational(21, 10) * x * y),
        ("inequality", sp.sqrt(v_i * n) <= (v_i + n) / 2, sp.sqrt(v_i * n) <= (v_i + n) / 3),
        ("expectation", sp.Eq(mean(Dot(a, a)), v_i / n), sp.Eq(mean(Dot(a, a)), v_i)),
        ("expectation", sp.Eq(mean(Dot(xi, b)), 0), sp.Eq(mean(Dot(xi, b)), 1)),
    ],
)
def test_checkers_accept_true_claims_and_refuse_false_ones(
    kind: str, true: sp.Basic, false: sp.Basic
) -> None:
    assert verdict((kind, "it", true)).holds
    assert verdict((kind, "it", false)).verdict == "failed"


def test_a_lemma_needs_its_hypotheses() -> None:
    use = lemmas.markov(pair_error.args[0], Dot(a, a) - 1, sp.S.One)
    p = Argument("test", use.gives)
    p.cite("markov", "Markov.", use)
    assert "hypothesis" in check(p.finish()).reason


def test_a_claim_that_the_lemma_does_not_give_is_refused() -> None:
    use = lemmas.at_most_one(pair_error.args[0])
    stronger = sp.Le(pair_error, sp.Rational(1, 2), evaluate=False)
    step = kernel.Step("it", "cited", "Cited.", stronger, (), use)
    assert check(kernel.Proof("test", stronger, (), (step,))).verdict == "failed"


@pytest.mark.parametrize("name", ["wishful", "at_most_one"])
def test_an_axiom_of_the_author_s_is_not_accepted_as_a_lemma(name: str) -> None:
    claim = sp.Le(pair_error, sp.Rational(1, 2), evaluate=False)
    step = kernel.Step("it", "cited", "Because.", claim, (), kernel.Instance(name, (), (), claim))
    assert check(kernel.Proof("test", claim, (), (step,))).verdict == "failed"


z = sp.Symbol("z_0", real=True)
HARD = (
    sp.Eq(x**3 + y**3 + (x * y + 1) ** 3, sp.Rational(3, 7) * x**2 * y**5 + z**7 * x - y * z**5),
    x * y * z > 1,
    sp.Eq(x**5 + z**4 * y, 3 + x * z),
)


def test_unknown_is_failure_and_costs_no_more_than_its_limit() -> None:
    started = time.process_time()
    answer = Obligation(tuple(map(read, HARD)), read(z <= x**2 * y + 1)).ask_z3(0.2)
    assert answer == Answer(False, TOO_LONG)
    assert time.process_time() - started < 5
    assert (
        Obligation((), read(x**2 + y**2 >= 2 * x * y)).ask_z3(0.2).proved
    )  # the next question is not stopped


def test_the_goal_must_be_the_last_claim() -> None:
    weaker, stronger = x**2 + y**2 >= x * y, x**2 + y**2 >= 2 * x * y
    assert verdict(("inequality", "it", weaker)).holds
    assert "the statement itself" in verdict(("inequality", "it", weaker), goal=stronger).reason


def test_a_step_sees_its_premises_only() -> None:
    p = Argument("test", x >= 1)
    p.assume("large", "x is large", x >= 2)
    p.inequality("it", "It is.", p.goal)
    assert check(p.finish()).verdict == "failed"


def test_later_steps_are_not_known() -> None:
    p = Argument("test", x**2 >= 0)
    p.inequality("first", "Uses the second.", x**2 >= -1, "second")
    p.inequality("second", "The goal.", p.goal)
    assert "not known there" in check(p.finish()).reason


def test_definitions_must_be_new_and_declare_what_they_depend_on() -> None:
    p = Argument("test", x >= 0)
    p.define("x", x, x + 1)
    assert "meaning already" in check_with_step(p)
    p = Argument("test", x >= 0)
    p.define("Y", scalar("Y", a), Dot(b, b))
    assert "depends on more" in check_with_step(p)


def check_with_step(p: Argument) -> str:
    p.inequality("it", "The goal.", p.goal)
    return check(p.finish()).reason


def test_the_declared_sign_of_an_abbreviation_is_not_trusted() -> None:
    """`C` is declared nonnegative where it is stated; a mutant of its meaning need not be."""
    p = Argument("test", sp.Ge(C, 0, evaluate=False))
    p.define("C", C, x)
    assert check_with_step(p) != ""


def test_a_denominator_that_may_vanish_does_not_cancel() -> None:
    claim = sp.Eq(x * y * sp.Pow(x + 1, -1) * (x + 1 + y) - x * y**2 / (x + 1), x * y, evaluate=False)
    assert verdict(("identity", "it", claim)).verdict == "failed"


def test_the_margin_is_random_in_every_position() -> None:
    claim = sp.Eq(mean(margin * Dot(xi, D)), mean(margin) * mean(Dot(xi, D)))
    assert verdict(("expectation", "it", claim)).verdict == "failed"
    p = Argument("test", sp.Eq(mean(margin), d**2 + mean(Dot(b, b)) - mean(Dot(a, a))))
    p.assume("margin", "definition", MARGIN)
    p.expectation("it", "Expand.", p.goal, "margin")
    assert check(p.finish()).holds


def test_what_is_read_off_source_classes_is_random() -> None:
    """Markov's bound on it keeps its expectation, and an abbreviation of it is random as well."""
    assert lemmas.markov(sp.Ge(U, 1), U, sp.S.One).gives.args[1] == Expect(U)
    named = sp.Symbol("named", real=True)
    p = Argument("test", sp.true)
    p.define("named", named, 2 * U)
    assert p.mean(named) == Expect(named)
    p.inequality("it", "True.", sp.true)
    assert sorts_of(p.finish()).sources(read(named))


def test_exponentials_of_undefined_logarithms_prove_nothing() -> None:
    """exp log z is written z: without z > 0 that would make any number positive."""
    p = Argument("test", sp.Gt(x - 5, 0))
    p.cite("it", "An exponential is positive.", lemmas.exp_positive(sp.log(x - 5)))
    assert "not what the lemma gives" in check(p.finish()).reason


def test_without_z3_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    with pytest.raises(SolverMissing, match="pip install"):
        load_z3()


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        (sp.exp(x) >= 1 + x + x**2 / 3, True),
        (sp.exp(x) >= 1 + x + x**2, False),
        (sp.log(1 + x) <= x * (1 - x / 10), True),
        (sp.gamma(1 + x) >= sp.Rational(22, 25), True),
        (sp.gamma(1 + x) >= sp.Rational(89, 100), False),
    ],
)
def test_interval_steps(claim: sp.Basic, holds: bool) -> None:
    p = Argument("test", claim)
    p.assume("box", "x in a box", (x >= sp.Rational(1, 10)) & (x <= 1))
    p.interval("it", "On the box.", claim, Box(((x, sp.Rational(1, 10), sp.S.One),)), "box")
    assert (check(p.finish()).holds) is holds
    outside = Argument("test", claim)
    outside.interval("it", "On no box.", claim, Box(((x, sp.Rational(1, 10), sp.S.One),)))
    assert check(outside.finish()).verdict == "failed"


def test_the_interval_steps_of_a_proof_refuse_a_false_claim() -> None:
    """Negative control: with 2 q in place of q the number below the logarithm is not positive for all q."""
    q = mean_map_error
    p = Argument("test", sp.Gt(1 - q + q * sp.exp(-1), 0, evaluate=False))
    p.cite("q <= 1", "An error is at most one,", lemmas.map_error_at_most_one())
    p.inequality("q >= 0", "and not negative.", sp.Ge(q, 0, evaluate=False))
    box = Box(((q, sp.S.Zero, sp.S.One),))
    p.interval("w > 0", "So w is positive.", p.goal, box, "q >= 0", "q <= 1")
    proof = p.finish()
    assert check(proof).holds
    step = proof.steps[-1]
    false = dataclasses.replace(step, claim=sp.Gt(step.claim.args[0] - mean_map_error, 0))
    known = {premise.name: premise.claim for premise in proof.premises}
    known |= {each.name: each.claim for each in proof.steps}
    premises = tuple(known[name] for name in step.uses)
    sorts = sorts_of(proof)
    assert kernel.check_step(step, premises, sorts).holds
    assert "it is false on" in kernel.check_step(false, premises, sorts).detail
    assert "no premise keeps" in kernel.check_step(step, premises[:1], sorts).detail


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("claim", "right", "wrong"),
    [
        (sp.Ge(v_i, 0, evaluate=False), {}, {v_i: x}),
        # What is fixed by its definition's definition is its own mean.
        (sp.Le(Expect(y), y, evaluate=False), {y: 2 * x, x: n}, {y: 2 * x}),
    ],
)
def test_an_answer_is_not_kept_for_other_definitions(
    claim: sp.Basic, right: dict, wrong: dict, order: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "_confirmed", {})
    step = kernel.Step("step", "inequality", "A claim.", claim)
    for place in order:
        defined = {read(left): read(meaning) for left, meaning in (right, wrong)[place].items()}
        for others in ({}, {read(lam_i): read(x)}):  # of which the claim says nothing
            holds = kernel.check_step(step, (), Sorts({**others, **defined}), 2.0).holds
            assert holds == (place == 0), (place, others)
    assert len(checking._confirmed) == 2


def test_without_arb_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flint", None)
    with pytest.raises(SolverMissing, match="pip install"):
        library.load_solvers()


def test_a_chain_of_relations_is_decided_with_its_sides_as_unknowns() -> None:
    """Sides that are long polynomials are taken whole; what needs their insides is not decided so."""
    u, v, w = (x**5 + k * y**7 * x for k in (1, 2, 3))
    chain = tuple(read(sp.Le(*pair, evaluate=False)) for pair in ((u, v), (v, w)))
    assert Obligation(chain, read(sp.Le(u, w, evaluate=False)))._chain()
    assert not Obligation(chain, read(sp.Le(w, u, evaluate=False)))._chain()
    assert not Obligation((*chain, read(sp.Ge(x, 1))), read(sp.Ge(2 * x, 1)))._chain()
