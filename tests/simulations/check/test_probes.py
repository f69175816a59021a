"""Probes: their errors and moments against enumeration, false bounds that they refute, and true ones that
they do not."""

from __future__ import annotations

import dataclasses
import itertools
import math
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from helpers_slow import rest_slow

from simulations.attack.fractions_error import TooMany, exact_class_errors
from simulations.attack.mutants import Constant, terms, with_term
from simulations.attack.probing import noises
from simulations.attack.probing.across import MovedAcross
from simulations.attack.probing.frequent import DrawsTogether, FrequentStar
from simulations.attack.probing.gaussians import GaussianPair, UnevenGaussians
from simulations.attack.probing.grid import LAWS, axes, points
from simulations.attack.probing.noises import CoinAcross, Cube, NormalTail
from simulations.attack.probing.orders import orders
from simulations.attack.probing.probe import Probe, ProbeLaw, ProbePoint
from simulations.attack.probing.regimes import Regimes, read
from simulations.attack.probing.results import Probed
from simulations.attack.probing.search import NO_LIMITS, SearchLimits, search_law, spread_of
from simulations.attack.probing.sparse import Atom, SparseSupport
from simulations.attack.probing.spherical import MirroredLine, WidePart
from simulations.attack.probing.stars import MovedMean, Star, SteppingSimplex, UnevenStar
from simulations.attack.probing.terms import study
from simulations.engines.enumeration import exact_errors
from theory import catalogue
from theory.assumptions import DistinctMeans, FiniteVariance, SphericallySymmetric
from theory.bound import Bound, PairBound, derived
from theory.quantities import d, k, lam_i, n, p, v_i, v_j

sys.path.insert(0, str(Path(__file__).parent))
from false_bounds import BY_KIND
from false_bounds import bounds as FALSE
from fresh_bounds import FRESH, LATER

SMALL = [
    (law, dataclasses.replace(point, level=level, variant=variant))
    for law, places in (
        (
            Star(),
            [
                ProbePoint(1, 2, 2),
                ProbePoint(3, 2, 3),
                ProbePoint(2, 4, 4),
                ProbePoint(5, 3, 2),
                ProbePoint(math.inf, 4, 4),
            ],
        ),
        (UnevenStar(), [ProbePoint(math.inf, 3, 3)]),
        (SteppingSimplex(), [ProbePoint(math.inf, 5, 1)]),
        (MovedMean(), [ProbePoint(1), ProbePoint(4), ProbePoint(math.inf)]),
        (CoinAcross(), [ProbePoint(1), ProbePoint(4), ProbePoint(9)]),
        (NormalTail(), [ProbePoint(1), ProbePoint(3), ProbePoint(6)]),
        (
            FrequentStar(),
            [ProbePoint(1, 2, 3), ProbePoint(2, 2, 2), ProbePoint(4, 2, 3), ProbePoint(math.inf, 2, 1)],
        ),
        (DrawsTogether(), [ProbePoint(4), ProbePoint(5), ProbePoint(7)]),
        (MovedAcross(), [ProbePoint(10), ProbePoint(30), ProbePoint(80)]),
        (MirroredLine(), [ProbePoint(1), ProbePoint(4), ProbePoint(7), ProbePoint(math.inf)]),
    )
    for point in places
    for variant in range(law.variants)
    for level in law.levels[-2:]
]


def probe_of(law: ProbeLaw, point: ProbePoint) -> Probe:
    probe = law.probe(point)
    assert probe is not None
    return probe


# -- the errors are true -------------------------------------------------------------------------------------
def test_the_errors_of_atomic_laws_are_reached() -> None:
    """By enumeration of the same law: exact where the probe says so, else never above."""
    ratios: dict[str, list[float]] = {}
    for law, point in SMALL:
        probe = law.probe(point)
        if probe is None or not isinstance(probe.population, SparseSupport):
            continue
        exact = exact_errors(probe.population.as_finite_support(), point.shots, [probe.population.classes])[0]
        assert np.all(probe.errors <= exact * (1 + 1e-9) + 1e-15), (law.name, point, probe.errors, exact)
        if probe.exact:
            assert np.allclose(probe.errors, exact, rtol=1e-9, atol=1e-300), (law.name, point)
        ratios.setdefault(law.name, []).append(probe.errors[0] / exact[0] if exact[0] else 1.0)
    assert sum(map(len, ratios.values())) > 150
    for name, exact in ratios.items():
        # Events that are not rare happen together, which the lower bounds leave out.
        enough = 0.5 if name in (FrequentStar.name, DrawsTogether.name) else 0.8
        assert np.mean(np.array(exact) > enough) > enough, name


def test_the_moments_of_sparse_laws_are_those_of_finite_supports() -> None:
    for law, point in SMALL[::3]:
        probe = law.probe(point)
        if probe is None or not isinstance(probe.population, SparseSupport):
            continue
        own, other = probe.geometry, probe.population.as_finite_support().geometry()
        for field in (
            "variances",
            "largest_eigenvalues",
            "distances",
            "squared_traces",
            "trace_products",
            "fourth_moments",
            "third_moments_along",
            "directional_variances",
        ):
            ours, theirs = (np.asarray(getattr(g, field)) for g in (own, other))
            assert np.allclose(ours, theirs, rtol=1e-7, atol=1e-12), (law.name, point, field)


def test_a_law_of_thousands_of_axes_has_the_moments_of_its_atoms() -> None:
    """The path without dense arrays, against the dense one on the same atoms."""
    probe = probe_of(Star(), ProbePoint(2, 2, 700, 2.0, 1))
    population = probe.population
    assert isinstance(population, SparseSupport)
    assert not population._is_dense(0)
    sparse = population._sparse_moments(0, 1.0)
    dense = population._dense_moments(0, 1.0)
    assert np.allclose(sparse.covariance, dense.covariance, atol=1e-14)
    assert sparse.fourth == pytest.approx(dense.fourth)
    assert sparse.third is not None and np.allclose(sparse.third, dense.third, atol=1e-14)


def test_the_error_of_the_cube_is_at_least_its_stated_lower_bound() -> None:
    rng = np.random.default_rng(5)
    for shots, dimension, level in ((1, 64, 0.3), (4, 256, 0.3), (10, 400, 1.0)):
        probe = probe_of(Cube(), ProbePoint(shots, 2, dimension, level))
        spread = probe.population.spread  # type: ignore[attr-defined]
        query = rng.choice([-1.0, 1.0], (2000, dimension))
        centre = 2 * rng.binomial(shots, 0.5, (2000, dimension)) / shots - 1
        own = spread**2 * np.sum((query - centre) ** 2, axis=1)
        wrong = np.mean(spread**2 * dimension + 1 <= own)
        assert wrong + 4 * math.sqrt(wrong * (1 - wrong) / 2000 + 1e-6) >= probe.errors[0]
        noise = probe.population.noise(rng, 0, (500,))
        assert np.allclose(np.abs(noise[:, :-1]), spread) and np.all(noise[:, -1] == 0)


def test_the_error_of_gaussians_of_unequal_spread_is_as_stated() -> None:
    """By drawing episodes with numpy alone, in every shape."""
    rng = np.random.default_rng(11)
    episodes, law = 20_000, UnevenGaussians()
    for variant in range(law.variants):
        point = ProbePoint(3, 2, 4, 1.0, variant)
        probe = probe_of(law, point)
        stds = np.sqrt([each.covariance for each in probe.population.moments(1.0)])
        assert stds.shape == (2, 4)
        for c in (0, 1):
            queries = rng.standard_normal((episodes, 4)) * stds[c] + probe.population.means[c]
            away = [
                queries
                - probe.population.means[other]
                - rng.standard_normal((episodes, 4)) * stds[other] / 3**0.5
                for other in (c, 1 - c)
            ]
            own, other = (np.sum(gap**2, axis=1) for gap in away)
            wrong = float(np.mean(other <= own))
            spread = math.sqrt(probe.errors[c] * (1 - probe.errors[c]) / episodes)
            assert abs(wrong - probe.errors[c]) < 5 * spread + 1e-3, (variant, c)


def test_the_error_of_a_rare_wide_part_is_as_stated() -> None:
    rng, episodes = np.random.default_rng(3), 40_000
    for variant in range(WidePart.variants):
        probe = probe_of(WidePart(), ProbePoint(math.inf, 2, 1, 0.3, variant))
        queries = np.asarray(probe.population.noise(rng, 0, (episodes,)))
        wrong = float(np.mean(np.sum((queries - probe.population.means[1]) ** 2, 1) <= np.sum(queries**2, 1)))
        assert abs(wrong - probe.errors[0]) < 5 * math.sqrt(probe.errors[0] / episodes), variant
        assert "SphericallySymmetric" in probe.granted


def test_fractions_of_too_many_digits_are_refused_at_once() -> None:
    """A million shots of a coin: one fraction of a million factors for each of a million centres."""
    population = probe_of(Star(), ProbePoint(10, 2, 2, 2.0, 1)).population
    assert isinstance(population, SparseSupport)
    law = population.as_finite_support()
    for shots in (1e3, 1e6):
        with pytest.raises(TooMany):
            exact_class_errors(law, shots)


def test_margins_of_sparse_laws_have_the_moments_of_finite_supports() -> None:
    counted = 0
    for law, point in SMALL[::5]:
        probe = law.probe(point)
        if probe is None or not isinstance(probe.population, SparseSupport):
            continue
        ours = probe.population.margin_moments(point.shots, 6, 1.0)
        theirs = probe.population.as_finite_support().margin_moments(point.shots, 6, 1.0)
        assert ours is not None and theirs is not None
        assert np.allclose(ours, theirs, rtol=1e-9, atol=1e-9 * np.max(np.abs(theirs)))
        counted += 1
    assert counted > 10


FAR = (1e7 + 1, 1e9, 1e12, 1e15, 1e18, 1e20, math.inf)
"""A climb doubles the shots up to forty times, from as many as a change of regime is followed to."""
LARGE = (ProbePoint(10, 96, 96), ProbePoint(1, 2, 16_384), ProbePoint(1e18, 32, 32), ProbePoint(1e18, 2, 512))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_laws_exist_or_not_at_any_number_of_shots(law: ProbeLaw) -> None:
    """Once the ways to choose forty of 1e9 draws were more than double precision holds, and coins as many as
    the root of the shots were enumerated."""
    shots = [n for n in FAR if (law.at_infinity if math.isinf(n) else law.at_finite and "n" in law.varies)]
    places = [ProbePoint(n, 2, 2) for n in shots] + [
        each for each in LARGE if ("k" if each.ways > 2 else "p") in law.varies and law.at_finite
    ]
    for place, variant in itertools.product(places, range(law.variants)):
        level = law.levels[(variant + len(law.levels) // 2) % len(law.levels)]
        probe = law.probe(dataclasses.replace(place, level=level, variant=variant))
        if probe is not None:
            assert np.all((probe.errors >= 0) & (probe.errors <= 1)), (place, variant, probe.errors)
            assert np.all(np.isfinite(probe.population.means))


def test_many_coins_are_those_that_are_counted_from_below() -> None:
    """Spreads go like the fourth root of the shots: the errors stay."""
    for own, other in ((30.0, 0.0), (40.0, 12.0), (9.0, 90.0)):
        counted = noises._coin_error(10**6, own, other)
        assert 0.95 * counted < noises._many_coins_error(10**6, own, other) < counted < 0.5
        assert noises._coin_error(10**18, own * 1000, other * 1000) == pytest.approx(counted, rel=0.05)


def test_a_climb_far_out_ends() -> None:
    """A false bound whose nearest probes lie at more and more shots."""
    equal = sp.And(v_i <= v_j * sp.Rational(101, 100), v_j <= v_i * sp.Rational(101, 100))
    sharp = (4 * lam_i + (v_i + v_j) / n) / d**2
    capped = pair(sp.Piecewise((sp.Min(sp.Rational(1, 2), sharp), equal), (sharp, True)))
    assert search_law(capped, DrawsTogether(), axes(Regimes())).reach.shots > 1e12
    assert search_law(capped, FrequentStar(), axes(Regimes())).broken is not None


def test_a_climb_is_counted_apart() -> None:
    moment = dataclasses.replace(catalogue.get("exact_moment"), name="mine")
    search = search_law(moment, CoinAcross(), axes(Regimes()))
    assert search.climbed > 0
    assert search.applied <= search.tried <= search.evaluated <= search.planned


# -- every term of a proved bound is felt ------------------------------------------------------------
def test_a_bound_without_one_of_its_terms_is_refuted() -> None:
    results = list(
        study(catalogue.get("cdnv_sharp"), (Star(), MovedMean()), factors=(Fraction(0), Fraction(1, 2)))
    )
    assert len(results) == 8
    assert all(each.refuted for each in results)


@pytest.mark.slow
def test_a_term_that_matters_on_one_law_only_is_missed_without_it() -> None:
    """tr(S_i S_j) in the variance of a margin: a search without noise across the line once missed it."""

    def alone(term: Constant) -> bool:
        return str(term.value) == "4*trSS"

    bound, dropped = catalogue.get("exact_moment"), (Fraction(0),)
    (result,) = study(bound, (CoinAcross(),), dropped, only=alone)
    assert result.refuted and result.decrease > 0.1
    (missed,) = study(bound, (Cube(), NormalTail(), GaussianPair()), dropped, only=alone)
    assert not missed.refuted


SOME = SearchLimits(most=600)
"""Points of each law: half of `4 tr S_i^2` is refuted at the 301st or later, so 300 would not do."""


@pytest.mark.sampled(3)
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "alive"),
    [
        ("cdnv_optimal", set()),
        ("directional_second_moment", set()),
        ("exact_moment", {"trS2_i*(2*n - 2)", "trS2_j*(2*n - 2)"}),
        ("fourth_moment", {"trS2_i*(2*n - 2)", "trS2_j*(2*n - 2)"}),
        ("min_distance", set()),
    ],
)
def test_no_term_of_a_sharp_bound_can_be_dropped(name: str, alive: set[str], full: bool) -> None:
    """``alive``: terms whose loss may go unrefuted; they are nowhere more than a seventh of their bound."""
    for each in study(catalogue.get(name), factors=(Fraction(0),), limits=NO_LIMITS if full else SOME):
        if each.decrease and not each.refuted:
            assert str(each.term.value) in alive, each.text
            assert each.decrease < 1 / 6, each.text


HALVED: dict[str, set[str]] = {
    "cdnv_sharp": set(),
    "cdnv_optimal": set(),
    "exact_moment": {"trS2_i*(2*n - 2)"},
    "fourth_moment": {"trS2_i*(2*n - 2)", "v_j**2*(n - 1)"},
}
"""Terms of which one half goes unrefuted. The first comes from pairs of draws: in few dimensions |a|^2 is
about a chi-square, beyond whose tail Cantelli's inequality keeps a factor 4, and in many dimensions |a|^2 is
certain. The last one moves the other centre away from the query, which causes no error by itself."""


@pytest.mark.sampled(2)
@pytest.mark.slow
@pytest.mark.parametrize("name", HALVED)
def test_half_of_a_term_is_too_little(name: str, full: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """The power of the probes: of each term of the pair bounds that are tight, is there a law at which half
    of it does not do?"""
    smaller = [
        each
        for each in study(catalogue.get(name), factors=(Fraction(1, 2),), limits=NO_LIMITS if full else SOME)
        if each.decrease
    ]
    with capsys.disabled():
        print(f"\n{name}: {sum(each.refuted for each in smaller)} of {len(smaller)} halved terms are refuted")
    assert {str(each.term.value) for each in smaller if not each.refuted} <= HALVED[name]


TENTH = {
    "cdnv_sharp": {"4*lam_i", "(v_i + v_j)/n", "v_i", "v_j"},
    "exact_moment": {"4*d**2*dir_i", "4*d**2*dir_j/n", "4*trSS", "M4_i"},
}


@pytest.mark.slow
def test_a_tenth_less_of_a_term_is_too_little_where_it_is_all(capsys: pytest.CaptureFixture[str]) -> None:
    """Terms that some law makes all of the variance of a margin, or all of a Chebyshev bound."""
    refuted = {
        (name, str(each.term.value))
        for name in TENTH
        for each in study(catalogue.get(name), (Star(), MovedAcross()), (Fraction(9, 10),))
        if each.refuted
    }
    with capsys.disabled():
        print(f"\n{len(refuted)} terms are refuted when lowered by a tenth")
    assert refuted >= {(name, term) for name, known in TENTH.items() for term in known}


def test_an_understated_weight_would_be_noticed() -> None:
    """The control of the comparison above: a law whose error is overstated by a tenth fails it."""
    probe = probe_of(Star(), ProbePoint(3, 2, 3, 2.0, 2))
    assert isinstance(probe.population, SparseSupport)
    exact = exact_errors(probe.population.as_finite_support(), 3, [2])[0]
    assert not np.all(1.1 * probe.errors <= exact)


# -- regimes are read off the statement ---------------------------------------------------
def pair(statement: sp.Expr, name: str = "mine") -> PairBound:
    return PairBound(
        name=name,
        statement=statement,
        assumptions=(FiniteVariance(), DistinctMeans()),
        provenance=derived("a test"),
    )


@pytest.mark.parametrize(
    ("statement", "shots", "ways", "dimensions"),
    [
        (v_j * sp.Min(1 / n, 16 / n**2) / d**2, {16}, set(), set()),
        (v_j / d**2 * sp.Piecewise((1, n <= 100), (sp.Rational(1, 2), True)), {100}, set(), set()),
        (v_j * 2 / (n + n**2 / 50) / d**2, {50}, set(), set()),
        (v_j * sp.Min(1, 5 / (k - 1)) / d**2, set(), {6}, set()),
        (v_j * sp.Min(p, 1000) / d**2, set(), set(), {1000}),
        (v_j * sp.Max(p, sp.sqrt(p) * 9) / d**2, set(), set(), {81}),
    ],
)
def test_a_change_of_regime_is_found(
    statement: sp.Expr, shots: set[int], ways: set[int], dimensions: set[int]
) -> None:
    regimes = read(pair(statement))
    for wanted, numbers in ((shots, regimes.shots), (ways, regimes.ways), (dimensions, regimes.dimensions)):
        assert wanted <= {round(x, 6) for x in numbers}


def test_each_side_of_a_change_is_tried_and_far_beyond() -> None:
    spread = axes(Regimes(shots=(70_000.0,), ways=(20.0,), dimensions=(5000.0,)))
    assert {69_999.0, 70_000.0, 70_001.0} <= set(spread.shots)
    assert max(x for x in spread.shots if math.isfinite(x)) >= 7e7
    assert {19, 20, 21, 40} <= set(spread.ways)
    assert max(spread.dimensions) >= 16_000


@pytest.mark.slow
def test_comparisons_of_moments_are_met_on_both_sides_or_named() -> None:
    low = pair(sp.Piecewise((v_j / d**2, lam_i > 10**9 * d**2), (4 * lam_i + v_i + v_j, True)))
    regimes = read(low)
    law = search_law(low, MovedMean(), spread_of(low, regimes), regimes.comparisons)
    unreached = Probed(regimes, (law,)).unreached
    assert len(unreached) == 1 and "lam_i" in unreached[0] and ">" in unreached[0]
    optimal = catalogue.get("cdnv_optimal")
    regimes = read(optimal)
    laws = tuple(
        search_law(optimal, law, spread_of(optimal, regimes), regimes.comparisons)
        for law in (Star(), Cube(), MovedMean())
    )
    assert Probed(regimes, laws).unreached == ()


# -- false bounds fall, true ones stand ----------------------------------------------------
def test_one_term_of_the_variance_of_a_margin_cannot_be_halved() -> None:
    """4 tr(S_i S_j) / n, which only a far query that meets a moved centre has for nearly all of it."""
    (term,) = (each for each in terms(catalogue.get("exact_moment")) if str(each.value) == "4*trSS")
    halved = with_term(catalogue.get("exact_moment"), term, Fraction(1, 2))
    regimes = read(halved)
    search = search_law(halved, MovedAcross(), spread_of(halved, regimes), regimes.comparisons)
    assert search.broken is not None and search.broken.ratio > 1.4


def test_a_false_bound_for_spherically_symmetric_classes_is_refuted() -> None:
    """4 lam is enough for every law, and 2 lam for one that is symmetric about its mean, but not 1.9 lam."""
    for factor, false in ((sp.Rational(19, 10), True), (sp.Integer(2), False)):
        bound = PairBound(
            name="mine",
            statement=(factor * lam_i + 4 * (v_i + v_j) / n) / d**2,
            assumptions=(FiniteVariance(), SphericallySymmetric(), DistinctMeans()),
            provenance=derived("a test"),
        )
        search = search_law(bound, MirroredLine(), axes(Regimes()))
        assert search.applied > 50 and (search.broken is not None) == false


QUICK = (UnevenStar(), CoinAcross(), MovedMean(), GaussianPair())
GROUPS = {**BY_KIND, "fresh": FRESH, "later": LATER}
SLOW = {"fresh_false_27"}
"""A bound on four moments of the margin, of which each value takes milliseconds."""


def refuted(bound: Bound, first: Sequence[ProbeLaw] = ()) -> bool:
    """Whether some law refutes it; ``first`` are evaluated first, which only saves time."""
    regimes = read(bound)
    laws = dict.fromkeys([*first, *LAWS])
    return any(
        search_law(bound, law, spread_of(bound, regimes), regimes.comparisons).broken is not None
        for law in {type(law): law for law in laws}.values()
    )


@pytest.mark.parametrize("every", rest_slow([2, 12], [12]))
@pytest.mark.parametrize("kind", sorted(GROUPS))
def test_every_false_bound_is_refuted(kind: str, every: int, full: bool) -> None:
    """51 false bounds that were written before the search was, 40 by an author who had not seen it, 14 of new
    sorts. All of them under --full, each second with the slow tests, else each twelfth of its kind."""
    first = (Cube(), Star(), *QUICK) if kind == "dimension" else (Star(), Cube(), *QUICK)
    group = [bound for bound in GROUPS[kind] if bound.name not in SLOW]
    assert len(group) >= 4
    group = group[:: 1 if full else every]
    assert [bound.name for bound in group if not refuted(bound, first)] == []


@pytest.mark.slow
def test_the_slowest_false_bounds_are_refuted() -> None:
    slow = [bound for group in GROUPS.values() for bound in group if bound.name in SLOW]
    assert len(slow) == len(SLOW)
    assert all(refuted(bound, (MovedMean(),)) for bound in slow)


def test_a_true_bound_is_not_refuted_and_nearly_attained() -> None:
    sharp = dataclasses.replace(catalogue.get("cdnv_sharp"), name="mine")
    regimes = read(sharp)
    search = search_law(sharp, Star(), spread_of(sharp, regimes))
    assert search.broken is None
    assert search.nearest is not None and 0.999 < search.nearest.ratio <= 1
    assert not any(order.suspicious for order in orders(sharp))


@pytest.mark.sampled(5)
@pytest.mark.slow
@pytest.mark.parametrize("name", [b.name for b in catalogue.about("few_shot_error") if b.kind == "upper"])
def test_no_catalogue_bound_raises_an_alarm(name: str, full: bool) -> None:
    bound = dataclasses.replace(catalogue.get(name), name="mine")
    regimes = read(bound)
    for law in LAWS:
        limits = SearchLimits(seconds=10 if full else 0.5)
        search = search_law(bound, law, spread_of(bound, regimes), regimes.comparisons, limits)
        assert search.broken is None, (law.name, search.broken)


def test_a_bound_that_falls_too_fast_is_warned_of() -> None:
    by_ray = {order.ray: order for order in orders(FALSE["shots_squared"])}
    assert by_ray["n"].suspicious and by_ray["n"].slope == pytest.approx(-2, abs=0.05)
    assert by_ray["n"].proved_slope == pytest.approx(-1, abs=0.05)
    assert not by_ray["v"].suspicious
    assert {o.ray for o in orders(FALSE["moments_square"]) if o.suspicious} >= {"n", "v"}


def test_probe_points_cover_the_stated_ranges() -> None:
    spread = axes(Regimes())
    for law in LAWS:
        every = list(points(law, spread))
        assert len(every) == len(set(every)), law.name
        if "n" in law.varies and law.at_finite:
            assert {1.0, 10_000.0} <= {point.shots for point in every}
        if "k" in law.varies:
            assert {law.fewest_ways, 64} <= {point.ways for point in every}
        if "p" in law.varies:
            assert 4096 in {point.dimension for point in every}


def test_atoms_of_no_weight_are_left_out() -> None:
    population = SparseSupport([[Atom(1.0, {0: 1.0}), Atom(0.0, {1: 5.0})], [Atom(1.0, {})]], 2)
    assert len(population.atoms[0]) == 1
    assert float(np.sum(population.geometry().variances)) == 0.0


def test_enumeration_takes_more_dimensions_than_an_array_has_axes() -> None:
    probe = probe_of(UnevenStar(), ProbePoint(2, 3, 3, 1.5, 1))
    assert probe.population.dimension > 64
    assert isinstance(probe.population, SparseSupport)
    exact = exact_errors(probe.population.as_finite_support(), 2, [3])[0]
    assert np.all(probe.errors <= exact * (1 + 1e-9))
