"""Lower bounds, equalities and existence statements: on their own law, and on exact probes."""

from __future__ import annotations

from dataclasses import replace

from simulations.attack.probing.two_sided import Range, TwoSided, compare
from simulations.engines import Budget, Question, estimate_ways
from simulations.jobs.check.finding import Finding
from simulations.plugins.load import Extension
from simulations.verdicts.limits import LAW_PARAMETERS, has_noise, law_of, law_populations, limit_cases
from simulations.verdicts.verdict import in_digits, outcome_of_ratio
from theory.bound import Bound, ExistenceStatement, Value
from theory.setting import Setting

BUDGET = Budget(seconds=0.5, draws=4e5)
WEAK = 0.25
"""Fewer kinds of probes than this share that satisfy the assumptions make a weak test."""


def check_equality_or_lower(
    extension: Extension, bound: Bound, seed: int, quick: bool
) -> tuple[Finding, ...]:
    """Findings on its own law, where it names one, or else on the probes; the suite's populations are judged
    in the verdict matrix."""
    law = law_of(bound)
    compared = compare(bound) if law is None else _on_its_law(bound, law, seed)
    if compared.worst is None:
        return (
            Finding(
                "exact laws",
                "undecided",
                f"{bound.name}: no law with an exact error meets its assumptions; the verdicts on the "
                "suite's populations are all that was checked",
            ),
        )
    outcome, worst = outcome_of_ratio(compared.excess), compared.worst
    line = f"{bound.name}: largest bound / error {in_digits(compared.excess)}"
    line += f" on {compared.applied} laws with exact errors"
    if outcome == "violated":
        error, word = (worst.high, "above") if worst.value > worst.high else (worst.low, "below")
        line = f"{bound.name} = {worst.value!r} is {word} the error {error!r} on {worst.where}"
    exact = Finding("exact laws", outcome, line, {"ratio": compared.excess})
    if law is not None or outcome == "violated" or compared.met >= WEAK * compared.laws:
        return (exact,)
    text = (
        f"{bound.name}: only {compared.met} of {compared.laws} kinds of probes satisfy its assumptions with "
        "an error that is known from above; this is a weak test"
    )
    return (exact, Finding("exact laws", "weak", text))


def _on_its_law(bound: Bound, law: str, seed: int) -> TwoSided:
    """On the populations of the law that the statement names, where their error is exact."""
    result = TwoSided(1, 0, 0)
    for name, population, shots in law_populations(law):
        question = Question(shots, (population.classes,))
        estimate = estimate_ways(population, question, budget=BUDGET, seed=seed)[0]
        answer = bound.evaluate(
            population.geometry(), Setting(shots, population.classes), population.granted()
        )
        if not estimate.exact or not isinstance(answer, Value):
            continue
        row = [Range(name, estimate.value, estimate.value, answer.value)]
        if answer.per_class is not None:
            pairs = zip(estimate.per_class, answer.per_class, strict=True)
            row += [Range(name, error, error, value) for error, value in pairs]
        result = replace(result.with_row(row, bound.kind), met=1)
    return result


def check_existence(extension: Extension, bound: Bound, seed: int, quick: bool) -> tuple[Finding, ...]:
    """Findings on the law that the statement names: error over the bound that it is about, as the noise goes
    to 0."""
    assert isinstance(bound, ExistenceStatement)
    if not has_noise(law_of(bound)):
        return (
            Finding(
                "its law",
                "undecided",
                f"{bound.name}: needs FollowsLaw(name) with the name of a family (a Spec) that has a "
                "parameter `noise`, which goes to 0",
            ),
        )
    smallest = min(LAW_PARAMETERS["noise"])
    cases = [case for case in limit_cases(bound, seed) if case.noise == smallest]
    if not cases:
        return (Finding("its law", "undecided", f"{bound.name}: its law has no exact error here"),)
    worst = max(cases, key=lambda case: case.gap - case.allowed)
    text = (
        f"{bound.name}: claims that error / {bound.of} tends to at least {worst.claimed:.6g}; it is "
        f"{worst.ratio:.6g} on {worst.where}"
    )
    if worst.outcome == "holds":
        text += f", and a claim is refuted from {worst.allowed:.1g} above that on"
    return (Finding("its law", worst.outcome, text, {"gap": worst.gap}),)
