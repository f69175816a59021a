"""The attack: what it searches, its exact re-check, the controls that it must refute, and its witnesses."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from helpers_slow import rest_slow

from simulations import cli
from simulations.attack.claims import BUDGET, CONFIDENCE, Claim, claims
from simulations.attack.continuous import Spheres, spheres
from simulations.attack.exact_bound import exact_bound
from simulations.attack.families import families
from simulations.attack.fractions_error import exact_class_errors
from simulations.attack.hunt import hunt
from simulations.attack.plan import SPHERES_AFTER, Searches, Unit, units
from simulations.attack.planted import planted
from simulations.attack.probing.unit import ProbeUnit, run_probes
from simulations.attack.recheck import recheck
from simulations.attack.search import Space, search
from simulations.attack.space import GRAINS, Lattice, exact_weights
from simulations.attack.target import Target, upper_bounds
from simulations.attack.witness import read, write
from simulations.engines import estimate
from simulations.engines.enumeration import exact_errors
from simulations.populations import load, save
from simulations.populations.finite_support import FiniteSupport
from simulations.runtime.workers import open_workers
from theory import catalogue
from theory.bound import Value
from theory.bound import matrix as matrix_bound
from theory.evaluation.many_digits import NotExact
from theory.setting import Setting

SPACES: tuple[Lattice, ...] = (
    Lattice(2, 3, 1, 1),
    Lattice(2, 2, 2, 4),
    Lattice(3, 2, 3, 2),
    Lattice(3, 3, 2, math.inf, balanced=True),
    Lattice(2, 4, 4, math.inf, balanced=True),
    Lattice(2, 2, 1, 10),
)


def vectors(space: Space, count: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(7)
    low, high = np.array(space.box()).T
    for _ in range(count):
        yield low + rng.random(len(low)) * (high - low)


# -- the spaces --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("space", [*SPACES, *families()], ids=lambda space: space.label)
def test_every_vector_is_a_population_that_a_file_holds_exactly(space: Space, tmp_path: Path) -> None:
    for vector in vectors(space, 8):
        population = space.decode(vector)
        save(population, tmp_path / "p.toml")
        again = load(tmp_path / "p.toml")
        assert again.exact_points == population.exact_points
        assert again.exact_weights == population.exact_weights


@pytest.mark.parametrize("space", [space for space in SPACES if space.balanced])
def test_balanced_classes_have_proportional_lattice_means(space: Lattice) -> None:
    for vector in vectors(space, 8):
        means = [x for row in space.decode(vector).exact_means for x in row if x]
        assert all(abs(m / n) <= 36 and (m / n).denominator <= 6 for m in means for n in means)


def test_weights_are_exact_and_sum_to_one() -> None:
    for logits in ([0.0, -16.0], [-16.0, -16.0, -16.0], [-3.0, 0.0, -0.1, -9.0]):
        weights = exact_weights(np.array(logits))
        assert sum(weights) == 1
        assert all(w > 0 and GRAINS % w.denominator == 0 for w in weights)


def test_ties_and_degenerate_geometry_are_common() -> None:
    """A change of every tie into a right answer changes the error of many drawn populations."""
    tied = 0
    for vector in vectors(Lattice(2, 3, 1, 2), 60):
        population = Lattice(2, 3, 1, 2).decode(vector)
        errors = exact_errors(population, 2, [2])[0]
        nudged = [[row[:] for row in rows] for rows in population.exact_points]
        nudged[1] = [[x + Fraction(1, 10**6)] for (x,) in nudged[1]]
        other = exact_errors(type(population)(nudged, population.exact_weights), 2, [2])[0]
        tied += bool(np.max(np.abs(errors - other)) > 1e-9)
    assert tied > 15


@pytest.mark.sampled(2)
# -- the exact re-check ------------------------------------------------------------------------------------
@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.label)
def test_fractions_agree_with_floating_point(space: Lattice) -> None:
    """Two routes that share nothing but the statement: error and bound, every claim of every bound."""
    compared = 0
    for vector in vectors(space, 2):
        population = space.decode(vector)
        errors = exact_class_errors(population, space.shots)
        for name in upper_bounds():
            bound = catalogue.get(name)
            for claim in claims(bound, population, space.shots):
                exact = sum(errors) / len(errors) if claim.query is None else errors[claim.query]
                assert claim.error == pytest.approx(float(exact), rel=1e-9)
                value = float(exact_bound(bound, population, space.shots, claim.query))
                assert claim.bound == pytest.approx(value, rel=1e-8), name
                compared += 1
    assert compared >= 8


def test_the_recheck_catches_a_wrong_floating_point_value() -> None:
    """The ratio of a claim is that in fractions, even where floating point gives another."""
    bound = catalogue.get("cdnv_sharp")
    population = Lattice(2, 2, 1, 1).decode(np.array([0, 3, 4, 3, 0, -5, 0, -5]))
    claim = claims(bound, population, 1)[0]
    exact, _ = recheck(bound, population, 1, dataclasses.replace(claim, ratio=7.0, error=9.0))
    assert exact is not None
    assert exact.ratio == pytest.approx(claim.ratio, rel=1e-9)
    assert exact.ratio < 1


def three_classes() -> FiniteSupport:
    """A triangle of unequal sides whose classes step towards one another: the chosen R matters."""
    steps = [[0, 0], [1, 0], [0, 1]]
    weights = [Fraction(96, 100), Fraction(2, 100), Fraction(2, 100)]
    corners = [([0, 0], 1, 1), ([4, 1], -1, 1), ([3, 9], 1, -1)]
    points = [[[x + a * s, y + b * t] for s, t in steps] for (x, y), a, b in corners]
    return FiniteSupport(points, [weights] * 3)


@pytest.mark.parametrize("shots", [1, 3, math.inf])
def test_the_chosen_matrix_is_rechecked(shots: float) -> None:
    """`union_moment_optimal` at 400 digits: better than its closed form, the same as in doubles."""
    bound, population = catalogue.get("union_moment_optimal"), three_classes()
    answer = bound.evaluate(population.geometry(), Setting(shots, 3), population.granted())
    assert isinstance(answer, Value) and answer.per_class is not None
    for query, value in enumerate(answer.per_class):
        exact = float(exact_bound(bound, population, shots, query))
        closed = float(exact_bound(catalogue.get("union_moment"), population, shots, query))
        assert value == pytest.approx(exact, rel=1e-9)
        assert exact < closed * (1 - 1e-6)


def test_a_wrong_matrix_bound_is_distinguished_from_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: were the search to report less than its matrix gives, the re-check would not agree."""
    bound, population = catalogue.get("union_moment_optimal"), three_classes()
    right = float(exact_bound(bound, population, 1, 0))
    honest = matrix_bound._least_trace
    monkeypatch.setattr(matrix_bound, "_least_trace", lambda *a: (0.9 * (answer := honest(*a))[0], answer[1]))
    answer = bound.evaluate(population.geometry(), Setting(1, 3), population.granted())
    assert isinstance(answer, Value) and answer.per_class is not None
    assert answer.per_class[0] < 0.95 * float(exact_bound(bound, population, 1, 0))
    assert float(exact_bound(bound, population, 1, 0)) == right


def test_what_has_no_exact_evaluation_says_so() -> None:
    population = Lattice(2, 2, 1, 1).decode(np.array([0, 3, 4, 3, 0, -5, 0, -5]))
    with pytest.raises(NotExact, match="ExactFormula"):
        exact_bound(catalogue.get("gaussian_two_class"), population, 1, 0)
    exact, why = recheck(catalogue.get("gaussian_two_class"), population, 1, Claim(1, 1, 1, 0))
    assert exact is None
    assert "ExactFormula" in why


@pytest.mark.sampled(2)
# -- what it must find -------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", sorted(planted()))
def test_a_planted_bound_is_refuted_in_exact_arithmetic(name: str) -> None:
    attacked = hunt(Target(name), seed=1, lattices=8, seconds=60)
    assert attacked.refuted
    assert attacked.exact is not None
    assert attacked.exact.ratio > 1.01
    assert attacked.seconds < 60


@pytest.mark.parametrize("name", ["planted_query_term_dropped", "planted_fourth_moment_dropped"])
def test_the_lattices_alone_refute_planted_bounds(name: str) -> None:
    """The known laws are a head start, not the search: it must manage without them."""
    attacked = hunt(Target(name), seed=2, lattices=16, seconds=60, known=False)
    assert attacked.refuted
    assert attacked.exact is not None


FAR = """
from sympy import Max

from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import PairBound, derived
from theory.quantities import d, lam_i, n, v_i, v_j

far_out = PairBound(
    name="far_out",
    statement=(4 * lam_i + (v_i + v_j) / n / Max(1, n / 30)) / d**2,
    assumptions=(FiniteVariance(), DistinctMeans()),
    provenance=derived("a test"),
)
"""


@pytest.fixture
def far_out(tmp_path: Path) -> Target:
    """Up to 30 shots it is true, and the known laws stop at 10."""
    file = tmp_path / "far_out.py"
    file.write_text(FAR)
    return Target("far_out", str(file))


def test_probes_are_searches_of_the_attack(far_out: Target, tmp_path: Path) -> None:
    """The first law refutes it, with a population that a file can hold, and no true bound."""
    search_result = run_probes(ProbeUnit(far_out, 0))
    assert search_result.claim is not None and search_result.claim.ratio > 1.5
    assert search_result.shots > 30
    assert isinstance(search_result.population, FiniteSupport)
    save(search_result.population, tmp_path / "found.toml")
    assert load(tmp_path / "found.toml").dimension == search_result.population.dimension
    sharp = run_probes(ProbeUnit(Target("cdnv_sharp"), 0))
    assert sharp.claim is None and sharp.evaluations > 100


@pytest.mark.slow
def test_a_bound_false_only_far_out_is_refuted_by_a_probe(far_out: Target, tmp_path: Path) -> None:
    """The control has the probes switched off."""
    attacked = hunt(far_out, seed=1, lattices=0)
    assert attacked.refuted
    assert attacked.best is not None and attacked.best.shots > 30
    write(attacked, tmp_path / "witness.toml")
    assert read(tmp_path / "witness.toml").shots == attacked.best.shots
    assert not hunt(far_out, seed=1, lattices=0, probes=False).refuted


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    ("name", "lattices"),
    rest_slow([("cdnv_sharp", 1), ("min_distance", 0)], []),
)
def test_a_true_bound_is_not_refuted(name: str, lattices: int) -> None:
    attacked = hunt(Target(name), seed=3, lattices=lattices)
    assert not attacked.refuted
    assert 0.99 < attacked.ratio <= 1
    assert [ratio for _, ratio in attacked.path] == sorted(ratio for _, ratio in attacked.path)


def test_ten_per_cent_less_of_a_tight_bound_is_refuted() -> None:
    bound = dataclasses.replace(
        catalogue.get("cdnv_optimal"),
        name="less",
        statement=sp.Rational(9, 10) * catalogue.get("cdnv_optimal").statement,
    )
    best = max(
        (
            search_result.claim.ratio
            for family in list(families())[:6]
            if (search_result := search(bound, family, 1, (), 60)).claim
        ),
        default=0.0,
    )
    assert best > 1.1


# -- the same numbers --------------------------------------------------------------------------------------
@pytest.mark.slow
def test_one_seed_gives_one_result_whatever_the_workers() -> None:
    alone = hunt(Target("cdnv_2022"), seed=5, lattices=0)
    with open_workers(2) as workers:
        together = hunt(Target("cdnv_2022"), workers, seed=5, lattices=0)
    assert alone.best is not None and together.best is not None
    assert alone.best.claim == together.best.claim
    assert alone.exact == together.exact
    assert (alone.path, alone.searches, alone.evaluations) == (
        together.path,
        together.searches,
        together.evaluations,
    )
    assert {n: best.ratio for n, best in alone.by_shots.items()} == {
        n: best.ratio for n, best in together.by_shots.items()
    }


def test_the_seed_matters() -> None:
    bound, space = catalogue.get("directional_2026"), next(f for f in families() if len(f.limits) == 3)
    first, again, other = (search(bound, space, seed, (), 60) for seed in (1, 1, 2))
    assert first.path == again.path
    assert first.path != other.path


def test_the_units_cover_the_space_that_was_promised() -> None:
    bound = catalogue.get("exact_moment")
    spaces = [
        u.space
        for u in units(Target(bound.name), bound, 1, Searches(250))
        if isinstance(u, Unit) and isinstance(u.space, Lattice)
    ]
    assert {s.classes for s in spaces} == {2, 3}
    assert {s.atoms for s in spaces} == {2, 3, 4, 5, 6}
    assert {s.dimension for s in spaces} == {1, 2, 3, 4}
    assert {s.shots for s in spaces} == {1, 2, 3, 4, math.inf}


# -- the command -------------------------------------------------------------------------------------------
def test_a_refutation_is_status_1_with_a_witness(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = cli.main(
        ["attack", "planted_union_dropped", "--jobs", "1", "--out", str(tmp_path), "--seed", "4", "--json"]
    )
    document = json.loads(capsys.readouterr().out)["attacks"][0]
    assert status == 1
    assert document["refuted"] and document["exact"]
    assert Path(document["witness"]).is_file()
    assert (tmp_path / "planted_union_dropped.svg").read_bytes().startswith(b"<?xml")
    # What `evaluate` says of the witness is what refuted the bound.
    assert cli.main(["evaluate", document["witness"], "--shots", str(document["shots"]), "--json"]) == 0
    error = json.loads(capsys.readouterr().out)["results"][0]["error"]
    query = document["query"]
    again = error["value"] if query is None else error["per_class"][query]
    assert again == pytest.approx(document["error"], rel=1e-9) and again > document["value"]


@pytest.mark.slow
def test_evaluate_reproduces_a_witness(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        cli.main(["attack", "cdnv_sharp", "--jobs", "1", "--searches", "0", "--out", str(tmp_path), "--json"])
        == 0
    )
    attacked = json.loads(capsys.readouterr().out)["attacks"][0]
    assert 0.99 < attacked["ratio"] <= 1  # a true bound, and sharp
    assert cli.main(["evaluate", attacked["witness"], "--shots", str(attacked["shots"]), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)["results"][0]
    bound = next(each for each in row["bounds"] if each["name"] == "cdnv_sharp")
    if attacked["query"] is None:
        ratio = bound["ratio"]
    else:
        ratio = row["error"]["per_class"][attacked["query"]] / bound["per_class"][attacked["query"]]
    assert ratio == pytest.approx(attacked["ratio"], rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "no statement is called 'nonsense'"),
        (["cdnv_shar"], "did you mean cdnv_sharp"),
        (["gaussian_two_class"], "not an upper bound on the few-shot error"),
        ([], "give the name of one bound, or --all"),
        (["cdnv_sharp", "--all"], "cdnv_sharp: and --all were both given; drop one"),
        (["cdnv_sharp", "--seconds", "0"], "use for example 60"),
        (["cdnv_sharp", "--searches", "-1"], "searches"),
    ],
)
def test_wrong_input_is_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["attack", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert message in printed.err


def test_the_console_command_runs() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "simulations", "attack", "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "--seconds" in done.stdout


# -- families that are known to an interval --------------------------------------------------------------
def test_a_wide_interval_makes_no_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound within a few interval widths of the error: no ratio, whichever side it lies on."""
    population = next(iter(spheres())).decode(np.array([-0.5, -0.6]))
    exact = estimate(population, Setting(1, 2), budget=BUDGET, path=("attack",))
    # Engines get better: the width is given here, so that it doesn't depend on which of them answers.
    error = dataclasses.replace(exact, value=0.104, low=0.102, high=0.106, confidence=CONFIDENCE)
    monkeypatch.setattr(error.__class__, "at", lambda self, confidence: error)

    def claims_at(value: float) -> list[Claim]:
        bound = dataclasses.replace(
            catalogue.get("cdnv_sharp"), name="flat", statement=sp.Float(value, 17), assumptions=()
        )
        return claims(bound, population, 1)

    width = error.high - error.low
    assert claims_at(error.low + 2 * width) == []
    assert claims_at(error.low - 2 * width) == []
    (far,) = claims_at(error.low + 9 * width)
    assert far.ratio < 1 and far.error == error.low
    (refuted,) = claims_at(error.low - 9 * width)
    assert refuted.ratio > 1


def test_spherical_classes_refute_a_bound_that_two_atoms_cannot() -> None:
    """`exact_moment` with 0.9 in place of 1 where the margin's mean is negative: wide against narrow."""
    bound = catalogue.get("exact_moment")
    capped = bound.statement.subs(sp.S.One, sp.Rational(9, 10))
    false = dataclasses.replace(bound, name="capped", statement=capped)
    space = next(s for s in spheres() if s.dimension == 64 and s.shots == 1)
    assert all(claim.ratio < 1 for claim in claims(bound, space.decode([-1.16, 0.17]), 1))
    true = search(bound, space, 1, (), 30).claim
    assert true is None or true.ratio < 1
    search_result = search(false, space, 1, (), 30)
    assert search_result.claim is not None and search_result.claim.ratio > 1.01


def test_spheres_take_part_after_the_first_lattices() -> None:
    bound = catalogue.get("exact_moment")
    target = Target(bound.name)
    spaces = [unit.space for unit in units(target, bound, 1, Searches(SPHERES_AFTER + 1, probes=False))]
    kinds = [type(space).__name__ for space in spaces]
    assert kinds.index("Spheres") > kinds.index("Lattice")
    assert len({space.label for space in spaces if isinstance(space, Spheres)}) == len(list(spheres()))
    early = [unit.space for unit in units(target, bound, 1, Searches(SPHERES_AFTER, probes=False))]
    assert not any(isinstance(space, Spheres) for space in early)
