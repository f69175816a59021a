"""Before a bound is called violated its value is computed again in many digits, wherever that is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
import sympy as sp

from simulations.attack import claims as attack_claims
from simulations.attack.probing import search as probing_search
from simulations.attack.probing import two_sided
from simulations.attack.probing.grid import LAWS
from simulations.attack.probing.regimes import read
from simulations.engines import Budget, Context
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from simulations.verdicts import settings
from simulations.verdicts.evaluate import evaluate_population
from theory import catalogue
from theory.assumptions import DistinctMeans
from theory.bound import ClassBound, PairBound, Value, derived, rounded
from theory.expressions import SumOver
from theory.quantities import d, v_i, v_j

C = (v_i + v_j) / d**2


def rare(chance: float) -> FiniteSupport:
    """Of queries of the first class so few lie beyond the second: C is four times as much."""
    return FiniteSupport([[[0], [2]], [[1]]], [[1 - chance, chance], [1]])


RARE = rare(2.0**-60)
SMALL = GaussianClasses([[0.0], [1.0]], [0.058, 0.058])
CANCELLING = {
    "complement": 1 - (1 - 6 * C) ** 2,
    "logarithm": 6 * sp.log(1 + C),
    "root": 9 * (sp.sqrt(1 + 2 * C) - 1),
}
FEW = Context(Budget(draws=1e4))


def stated(statement: sp.Expr, shape: Any = PairBound, **more: Any) -> Any:
    return shape(
        name="own", statement=statement, assumptions=(DistinctMeans(),), provenance=derived("own"), **more
    )


@pytest.fixture
def as_double_precision_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What puts values on their safe side is switched off."""
    monkeypatch.setattr(rounded._Reading, "safe", rounded._Reading.plain)


def outcome(bound: Any, population: Any, shots: float = 1) -> str:
    (row,) = evaluate_population(population, [shots], [2], bounds=[bound], context=FEW)
    return row.verdicts[0].outcome


def without_second_evaluation(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> None:
    monkeypatch.setattr(module, "put_right", lambda bound, geometry, setting, granted, answer: answer)


@pytest.mark.parametrize("name", CANCELLING)
@pytest.mark.parametrize("shape", [PairBound, ClassBound])
@pytest.mark.usefixtures("as_double_precision_leaves_it")
def test_a_true_bound_that_double_precision_makes_0_holds(
    name: str, shape: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = stated(CANCELLING[name] if shape is PairBound else SumOver(CANCELLING[name]), shape)
    assert outcome(bound, RARE) == "holds"
    without_second_evaluation(monkeypatch, settings)
    assert outcome(bound, RARE) == "violated"


@pytest.mark.parametrize("share", [sp.Rational(1, 10**6), sp.Rational(1, 10**3)])
def test_a_false_one_is_violated_still(share: sp.Expr) -> None:
    for statement in (share * C, 1 - (1 - share * C) ** 2, share * sp.log(1 + C)):
        assert outcome(stated(statement), rare(2.0**-30)) == "violated"


@pytest.mark.usefixtures("as_double_precision_leaves_it")
def test_nor_does_the_attack_claim_it(monkeypatch: pytest.MonkeyPatch) -> None:
    bound = stated(CANCELLING["complement"])
    assert all(claim.ratio <= 1 for claim in attack_claims.claims(bound, RARE, 1))
    without_second_evaluation(monkeypatch, attack_claims)
    assert any(claim.ratio > 1 for claim in attack_claims.claims(bound, RARE, 1))


@pytest.fixture
def a_thousandth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Evaluation in double precision is wrong altogether."""
    monkeypatch.setattr(PairBound, "_evaluate", times(1e-3))


def times(factor: float) -> Callable[..., Any]:
    right = PairBound._evaluate

    def wrong(self: PairBound, *given: Any) -> Any:
        answer = right(self, *given)
        if not isinstance(answer, Value):
            return answer
        per_class = tuple(each * factor for each in answer.per_class or ())
        return Value(answer.value * factor, per_class, answer.parameters)

    return wrong


def refuting_law(bound: Any) -> str | None:
    """The first law of the attack's probes that refutes the bound: of few classes, as there is no second
    evaluation of what takes more than ``MOST_STEPS``."""
    for law in LAWS[:4]:
        every = probing_search.spread_of(bound, read(bound))
        spread = replace(every, ways=tuple(ways for ways in every.ways if ways <= 5))
        limits = probing_search.SearchLimits(most=20)
        if probing_search.search_law(bound, law, spread, limits=limits).broken is not None:
            return law.name
    return None


def excess(bound: Any) -> float:
    return two_sided.compare(bound, two_sided.TWO_SIDED[:3]).excess


CONSUMERS: dict[str, tuple[ModuleType, Callable[[Any], bool]]] = {
    "verdict": (settings, lambda bound: outcome(bound, SMALL) == "violated"),
    "sampled claims": (
        attack_claims,
        lambda bound: any(claim.ratio > 1 for claim in attack_claims.claims(bound, SMALL, 1)),
    ),
    "probes": (probing_search, lambda bound: refuting_law(bound) is not None),
}


@pytest.mark.parametrize("consumer", CONSUMERS)
@pytest.mark.parametrize("name", ["exact_moment", "cdnv_optimal"])
@pytest.mark.usefixtures("a_thousandth")
def test_whoever_says_violated_asks_many_digits(
    consumer: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, refutes = CONSUMERS[consumer]
    bound = catalogue.get(name)
    assert not refutes(bound)
    without_second_evaluation(monkeypatch, module)
    assert refutes(bound)


def test_two_sided_claims_ask_many_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lower bound that is far too large in double precision."""
    bound = stated(C / 10**4 * sp.exp(-C), kind="lower")
    before = excess(bound)
    monkeypatch.setattr(PairBound, "_evaluate", times(1e9))
    assert excess(bound) == pytest.approx(before, rel=1e-6)
    without_second_evaluation(monkeypatch, two_sided)
    assert excess(bound) > 1e6 * before
