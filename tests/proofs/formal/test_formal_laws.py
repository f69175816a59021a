"""The named laws of the Rocq statements are the suite's populations of those names, atom by atom."""

from fractions import Fraction

import pytest

from proofs.formal.build import compiler
from proofs.formal.compile import run_text
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.laws import CdnvIsOptimal, ConstantIsSharp
from theory.few_shot.cdnv_is_optimal import cdnv_is_optimal
from theory.few_shot.constant_is_sharp import constant_is_sharp
from theory.printing.rocq import statement
from theory.printing.rocq.laws import LAWS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(compiler() is None, reason="Rocq is not installed"),
]

HEAD = """From mathcomp Require Import all_ssreflect all_algebra.
From Collapse.library Require Import vectors expectation quantities laws.
Set Implicit Arguments.
Unset Strict Implicit.
Import GRing.Theory.
Local Open Scope ring_scope.
"""
PROOF = " Proof. rewrite ?mxE; apply/eqP; vm_compute; reflexivity. Qed."


def number(value: Fraction) -> str:
    size = f"({abs(value.numerator)}%:R / {value.denominator}%:R)"
    return f"(- {size} : rat)" if value < 0 else f"({size} : rat)"


def axis(r: int, dimension: int) -> str:
    return f"(@Ordinal {dimension} {r} isT)"


def text(population: FiniteSupport, definitions: str, atoms: list[list[str]]) -> str:
    """Every weight and coordinate of ``ci`` and ``cj`` as an equation to be proved, then what each proof
    rests on."""
    equations = []
    for c, (law, names) in enumerate(zip(("ci", "cj"), atoms, strict=True)):
        points, weights = population.exact_points[c], population.exact_weights[c]
        assert len(points) == len(names)
        for point, weight, name in zip(points, weights, names, strict=True):
            equations.append(f"weight {law} {name} = {number(weight)}")
            for s, coordinate in enumerate(point):
                place = f"atom {law} {name} 0 {axis(s, len(point))}"
                equations.append(f"{place} = {number(coordinate)}")
    lines = [f"Lemma holds_{k} : {each}.{PROOF}" for k, each in enumerate(equations)]
    lines += [f"Print Assumptions holds_{k}." for k in range(len(equations))]
    return "\n".join([HEAD + definitions, *lines]) + "\n"


def half_way(q: Fraction, d: Fraction) -> str:
    row = "(\\row_(s < 1) {} : 'rV[rat]_1)"
    law = LAWS["constant_is_sharp"]
    definitions = f"""Definition q := {number(q)}.
Definition mui := {row.format(number(Fraction(0)))}.
Definition muj := {row.format(number(d))}.
Definition ci := {law.own}.
Definition cj := {law.other}.
"""
    return text(ConstantIsSharp(q, d), definitions, [["true", "false"], ["true", "false"]])


def rare_draws(dimension: int, shots: int, t: Fraction, values: dict[str, Fraction]) -> str:
    law = LAWS["cdnv_is_optimal"]
    numbers = {"d": Fraction(1), "lam_i": values["lam"], "v_i": values["v_i"], "v_j": values["v_j"], "t": t}
    definitions = f"Definition p := {dimension - 1}%N.\nDefinition n := {shots}%N.\n"
    definitions += "".join(f"Definition {name} := {number(value)}.\n" for name, value in numbers.items())
    definitions += f"Definition ci := {law.own}.\nDefinition cj := {law.other}.\n"
    aside = [f"({axis(r, dimension)}, {sign})" for r in range(1, dimension) for sign in ("true", "false")] * (
        values["v_i"] > values["lam"]
    )
    own = [f"({axis(0, dimension)}, true)", f"({axis(0, dimension)}, false)", *aside]
    population = CdnvIsOptimal(t, dimension, shots, **values)
    return text(population, definitions, [own, ["false", "true"]])


RARE = {"lam": Fraction(1), "v_i": Fraction(3, 2), "v_j": Fraction(1)}
TEXTS = {
    "half way": lambda: half_way(Fraction(1, 10), Fraction(3)),
    "half way on another scale": lambda: half_way(Fraction(5, 7), Fraction(1, 2)),
    "rare draws in the plane": lambda: rare_draws(2, 2, Fraction(1, 16), RARE),
    "rare draws in space": lambda: rare_draws(3, 1, Fraction(1, 32), RARE),
    "rare draws on a line": lambda: rare_draws(1, 3, Fraction(1, 16), {**RARE, "v_i": Fraction(1)}),
}


@pytest.mark.parametrize("which", list(TEXTS))
def test_a_named_law_is_the_population_of_its_name(which: str) -> None:
    written = TEXTS[which]()
    output = run_text(written)
    assert output.count("Closed under the global context") == written.count("Lemma holds_") >= 8


@pytest.mark.parametrize("which", ["half way", "rare draws in the plane"])
def test_another_law_is_not(which: str) -> None:
    right = TEXTS[which]()
    last = right.rindex(" = (")
    wrong = right[:last] + " = 1 + (" + right[last + len(" = (") :]
    with pytest.raises(RuntimeError):
        run_text(wrong)


def test_both_statements_are_about_these_laws() -> None:
    for bound in (constant_is_sharp, cdnv_is_optimal):
        assert LAWS[bound.name].own in statement(bound)
        assert LAWS[bound.name].other in statement(bound)
