"""Array code of engines and of the transfer experiment runs on array-api-strict as on NumPy: a call that
only NumPy knows fails there. One place says whether there is a GPU, in one line."""

from __future__ import annotations

import math
from typing import Any

import array_api_strict
import numpy as np
import pytest

from simulations.cli import main
from simulations.engines import Budget, Context, Engine, Question
from simulations.engines.conditional import Conditional
from simulations.engines.direct import Direct
from simulations.engines.enumeration import Enumeration
from simulations.engines.orthant import Orthant
from simulations.engines.radial import Radial
from simulations.engines.tilted import Tilted
from simulations.engines.two_class import TwoClass
from simulations.experiments.transfer import MAPS, ClassLaw, run_transfer
from simulations.populations import from_spec
from simulations.populations.base import Population
from simulations.populations.gaussian import GaussianClasses
from simulations.populations.laplace import LaplaceClasses
from simulations.runtime import arrays, device
from simulations.runtime.gpu import PhiloxSource
from simulations.runtime.randomness import stream
from tests.simulations.helpers_engines import atoms_apart, beside_a_long_axis, isotropic, means, student


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device "strict": NumPy's numbers as array-api-strict arrays."""
    strict_stream = lambda seed, path: arrays.Draws(array_api_strict, stream(seed, *path))  # noqa: E731 - put in as it is
    monkeypatch.setitem(device.STREAMS, "strict", strict_stream)


def spiked() -> GaussianClasses:
    spread = np.ones(20)
    spread[0] = 9.0
    return GaussianClasses(means(3, 20, 5.0), [spread, 2 * spread, spread])


def full() -> GaussianClasses:
    factor = np.random.default_rng(1).standard_normal((6, 6)) / math.sqrt(6)
    return GaussianClasses(means(4, 6, 4.0), [factor @ factor.T] * 4)


def unlike() -> GaussianClasses:
    factors = np.random.default_rng(2).standard_normal((3, 6, 6)) / math.sqrt(6)
    return GaussianClasses(means(3, 6, 4.0), [factor @ factor.T for factor in factors])


def mixture(classes: int = 2) -> Population:
    parts = [{"weight": 0.3, "mean": [0.0, 0.0], "std": 0.5}, {"weight": 0.7, "mean": [1.0, 0.0], "std": 0.3}]
    one = [{"weight": 1.0, "mean": [2.0, 1.0], "std": 0.5}]
    more = [{"parts": [{"weight": 1.0, "mean": [-1.0, 2.0], "std": 0.4}]}] * (classes - 2)
    return from_spec({"family": "mixture", "classes": [{"parts": parts}, {"parts": one}, *more]})


def atoms(step: float) -> Population:
    points = [[[0.0, 0.0], [step, 0.0]], [[2.0, 0.0], [2.0, 1.0]], [[0.0, 3.0], [1.0, 1.0]]]
    classes = [{"points": each, "weights": [0.25, 0.75]} for each in points]
    return from_spec({"family": "finite_support", "classes": classes})


# Engines whose random numbers NumPy draws in the same order whatever namespace they are then moved to.
SAME: list[tuple[Engine, Population, float]] = [
    (Conditional(), isotropic(4, 24, 4.0), 5),
    (Conditional(), isotropic(3, 24, 12.0), 5),
    (Radial(), isotropic(4, 24, 4.0), 5),
    (Radial(), student(4, 24, 6.0), 3),
    (Radial(), student(4, 24, 6.0), math.inf),
    (Orthant(), full(), 3),
    (Orthant(), spiked(), 3),
    (Tilted(), spiked(), 3),
    (Tilted(), full(), math.inf),
    (Tilted(), unlike(), 3),
    (Tilted(), mixture(3), 3),
    (Tilted(), LaplaceClasses(means(3, 4, 4.0), [[1.0, 0.5, 1.0, 0.7]] * 3), 3),
    (Tilted(), student(4, 24, 6.0), 3),
    (Tilted(), student(3, 4, 4.0), math.inf),
    (Direct(), full(), 3),
    (Direct(), student(3, 5, 4.0), 2),
    (Direct(), beside_a_long_axis(), 3),
    (Direct(), beside_a_long_axis(), math.inf),
    (Enumeration(), atoms(1.0), 4),
    (Enumeration(), atoms(1.0), math.inf),
    (Enumeration(), atoms(math.pi), 40),
    (TwoClass(), isotropic(3, 8, 3.0), 4),
]


@pytest.mark.parametrize(("engine", "population", "shots"), SAME)
def test_engines_run_on_any_array_namespace(
    strict: None, engine: Engine, population: Population, shots: float
) -> None:
    ways = (2,) if isinstance(engine, TwoClass) else (2, population.classes)
    estimates = {}
    for kind in ("cpu", "strict"):
        budget = Budget(draws=3e5 if isinstance(engine, Conditional) else 2e4, device=kind)
        estimates[kind] = engine.run(population, Question(shots, ways), Context(budget, 3, 0.95, ("device",)))
    for a, b in zip(estimates["cpu"], estimates["strict"], strict=True):
        assert b.value == pytest.approx(a.value, rel=1e-10)
        assert (b.low, b.high) == pytest.approx((a.low, a.high), rel=1e-9)
        assert b.per_class == pytest.approx(a.per_class, rel=1e-10)


@pytest.mark.parametrize(
    "population",
    [mixture(), atoms(0.7), atoms_apart(), LaplaceClasses(means(3, 4, 3.0), [[1.0, 0.5, 0.2, 1.0]] * 3)],
    ids=lambda population: population.family,
)
def test_direct_draws_laws_that_numpy_draws_otherwise(strict: None, population: Population) -> None:
    """Laplace, mixtures and atoms are made of uniforms and binomials where NumPy's own are missing."""
    ways = population.classes
    a, b = (
        Direct().run(
            population, Question(3, (ways,)), Context(Budget(draws=3e5, device=kind), 1, 0.9999, ("d",))
        )[0]
        for kind in ("cpu", "strict")
    )
    assert a.low <= b.high and b.low <= a.high
    assert a.value > 0.01


def test_tilted_part_counts_are_drawn_on_any_array_namespace(strict: None) -> None:
    a, b = (
        Tilted().run(
            mixture(3), Question(2e5, (2, 3)), Context(Budget(draws=3e5, device=kind), 1, 0.9999, ("d",))
        )
        for kind in ("cpu", "strict")
    )
    for here, there in zip(a, b, strict=True):
        assert here.low <= there.high and there.low <= here.high
        assert 0 < here.high - here.low < 0.1 * here.value


def test_draws_have_the_moments_of_their_laws() -> None:
    rng = arrays.Draws(array_api_strict, np.random.default_rng(0))
    laplace = np.asarray(rng.laplace(0.0, 1.0, (40_000,)))
    assert abs(laplace.mean()) < 0.03 and laplace.var() == pytest.approx(2.0, rel=0.05)
    assert np.mean(laplace**4) == pytest.approx(24.0, rel=0.2)
    chosen = np.asarray(rng.choice(3, (40_000,), p=[0.2, 0.5, 0.3]))
    np.testing.assert_allclose(np.bincount(chosen) / 40_000, [0.2, 0.5, 0.3], atol=0.012)
    counts = np.asarray(rng.multinomial(7, [0.2, 0.5, 0.3], size=40_000))
    assert np.all(counts.sum(axis=1) == 7)
    np.testing.assert_allclose(counts.mean(axis=0), [1.4, 3.5, 2.1], rtol=0.03)
    assert np.cov(counts.T)[0, 1] == pytest.approx(-7 * 0.2 * 0.5, rel=0.1)


def test_every_law_draws_no_numbers_where_none_are_asked_for() -> None:
    """A class of a mixture may have no episode in one of its parts."""
    numbers = lambda first, blocks: array_api_strict.zeros(2 * blocks) + 0.25  # noqa: E731 - put in as it is
    rng = arrays.Draws(array_api_strict, PhiloxSource(numbers))
    assert rng.multinomial(10**6, [0.2, 0.8], size=0).shape == (0, 2)
    for empty in (
        rng.random((0, 3)),
        rng.standard_normal((0, 3)),
        rng.standard_gamma(2.0, (0, 3)),
        rng.chisquare(3.0, (0, 3)),
        rng.laplace(0.0, 1.0, (0, 3)),
        rng.integers(0, 5, (0, 3)),
        rng.choice(3, (0, 3), p=[0.2, 0.5, 0.3]),
    ):
        assert empty.shape == (0, 3)


@pytest.mark.parametrize("name", sorted(set(MAPS)))
def test_the_transfer_experiment_runs_on_any_array_namespace(strict: None, name: str) -> None:
    for law in (
        ClassLaw(dimension=6, covariance="wishart", means="clusters", tail=5.0),
        ClassLaw(dimension=6, means="sphere", bounded=True),
    ):
        a, b = (
            run_transfer(law, name, classes=5, samples=8, replicates=3, device=kind)
            for kind in ("cpu", "strict")
        )
        for measure in a.values:
            np.testing.assert_allclose(b.values[measure], a.values[measure], rtol=1e-6)


def test_numpy_only_code_is_caught(strict: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: one call that only NumPy knows."""
    plain = Orthant()
    monkeypatch.setattr("simulations.engines.orthant.cholesky", lambda joint: np.linalg.cholesky(joint))
    with pytest.raises((TypeError, AttributeError, ValueError, RuntimeError)):
        plain.run(full(), Question(3, (4,)), Context(Budget(draws=1e4, device="strict"), 3, 0.95, ()))


VERBS = [
    ["verify"],
    ["evaluate", "p.toml", "--shots", "1"],
    ["measure", "f.npz", "--shots", "1"],
    ["sweep", "g.toml"],
    ["bench"],
]


@pytest.mark.parametrize("arguments", VERBS, ids=lambda arguments: arguments[0])
def test_every_verb_says_in_one_line_why_there_is_no_gpu(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "g.toml").write_text(
        'shots = [1]\nways = [2]\n[[populations]]\nname = "s"\nfamily = "simplex_etf"\n'
        "count = 3\ndimension = 4\ncdnv = 1.0\n"
    )
    monkeypatch.setattr(device, "gpu_refusal", lambda: "no CUDA device is visible")
    assert main([*arguments, "--device", "gpu"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.strip().count("\n") == 0
    assert "--device" in printed.err and "no CUDA device is visible" in printed.err
