"""Shapes in the annotations of public functions of `simulations` are those of the arrays."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Annotated

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from simulations import FeatureFile, Tracker, measure
from simulations.engines import ENGINES, Budget, Context, Question, Refused, direct, enumeration, pairs
from simulations.engines.pool import pool_errors
from simulations.estimates import Effort
from simulations.experiments.transfer import MAPS, ClassLaw, run_transfer
from simulations.experiments.transfer import measures as transfer_measures
from simulations.features.heads.apply import mapped
from simulations.features.heads.maps import HEADS, parse
from simulations.populations import from_spec
from simulations.populations.base import Population
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.labelings import suite
from simulations.runtime.arrays import groups
from tests.helpers_shapes import Calls, checked, look_on, unused
from tests.simulations.gpu.gpu_engines import SETTINGS
from tests.simulations.gpu.gpu_runs import pool_of
from theory.array import Floats

PACKAGES = tuple(
    f"simulations.{each}"
    for each in ("populations", "estimates", "engines", "features", "experiments.transfer", "runtime")
)
OWN = {Population: {"classes": "classes", "dimension": "dimension"}}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    return look_on(monkeypatch, PACKAGES, OWN)


def families() -> Iterator[Population]:
    """One of every kind of law."""
    points = [{"points": [[0, c], [1, 3 * c]], "weights": [0.25, 0.75]} for c in range(4)]
    parts = [{"weight": 0.5, "mean": [float(x), 3.0 * c], "std": 0.5} for c in range(3) for x in (0, 1)]
    mixed = [{"parts": parts[2 * c : 2 * c + 2]} for c in range(3)]
    yield from_spec({"family": "finite_support", "classes": points})
    yield from_spec({"family": "mixture", "classes": mixed})
    line = [{"points": [[c], [c + 2]], "weights": [0.25, 0.75]} for c in range(2)]
    yield from_spec({"family": "finite_support", "classes": line})
    yield from_spec({"family": "simplex_etf", "count": 4, "dimension": 5, "cdnv": 0.1})
    turned = [[[2.0, c], [c, 1.0]] for c in (0.0, 0.5, -0.5)]
    unlike = [{"mean": [3.0 * c, 1.0], "covariance": each} for c, each in enumerate(turned)]
    yield from_spec({"family": "gaussian", "classes": unlike})
    for family, spread in (
        ("gaussian", {"std": 0.5}),
        ("gaussian", {"covariance": [[2.0, 1.0], [1.0, 2.0]]}),
        ("laplace", {"std_per_axis": [1.0, 2.0]}),
        ("student", {"std": 0.5, "df": 40}),
    ):
        yield from_spec({"family": family, "classes": [{"mean": [3.0 * c, 1.0], **spread} for c in range(3)]})


def use_populations() -> None:
    rng = np.random.default_rng(1)
    for population in families():
        geometry = population.geometry()
        geometry.margin_moments(3.0, 4), population.granted()
        if population.classes > 2:
            geometry.nearest_moments(3.0, 3, 3)
        population.all_differences(1.0)
        for c in range(population.classes):
            population.noise(rng, c, (4, 3)), population.centre_noise(rng, c, 5, 7)
        direct.draw_ranks(population, 5, 16, rng)
        if isinstance(population, FiniteSupport):
            enumeration.exact_errors(population, 3, [2])
    for law in list(suite())[:1]:
        law.points(), law.draw(rng, 5)


def use_transfer() -> None:
    law = ClassLaw(dimension=6, means="sphere")
    for name in sorted(MAPS):
        run_transfer(law, name, classes=4, samples=6, replicates=4)
    rng = np.random.default_rng(2)
    classes = law.draw(rng, (3, 4))
    assert classes.variances.shape == (3, 4)
    features = classes.samples(rng, 6)
    transfer_measures.mean_cdnv(features), transfer_measures.median_cdnv(features)


def test_populations_and_transfer_have_the_shapes_of_their_annotations(calls: Calls) -> None:
    name = "simulations.experiments.transfer.measures.mean_cdnv"
    assert name in unused(calls)  # as every one that is never called would be
    use_populations()
    use_transfer()
    ours = ("simulations.populations.", "simulations.experiments.")
    left = [name for name in unused(calls) if name.startswith(ours)]
    assert not left, "\n".join(left)
    assert sum(name.startswith(ours) for name in calls) > 20


def test_a_wrong_shape_is_refused(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a class too few in an argument, an axis too many in a result, one of several results."""
    with pytest.raises(TypeCheckError):
        transfer_measures.pair_cdnv(np.ones((2, 3)), np.ones((2, 3, 4)))
    population = next(families())
    monkeypatch.setattr(population, "deviations", [each[:, :1] for each in population.deviations])
    with pytest.raises(TypeCheckError):
        population.noise(np.random.default_rng(1), 0, (4,))

    def halves(rows: Annotated[Floats, "n p"]) -> tuple[Annotated[Floats, "n p"], Annotated[Floats, "n"]]:
        return rows, rows[:2, 0]

    with pytest.raises(TypeCheckError):
        checked(halves, None, "halves", Counter(), {})(np.ones((3, 2)))


def use_engines() -> None:
    """Every engine of the registry wherever it accepts; two of the settings have but two or three classes."""
    settings = [(make(4), shots) for make, shots in SETTINGS.values()]
    settings += [(population, 3) for population in families()]
    for engine, (population, shots) in itertools.product(ENGINES, settings):
        draws = 3e5 if engine.name == "conditional" else 3e4
        question = Question(shots, (2, population.classes) if population.classes > 2 else (2,))
        if not engine.refusal(population, question, Budget(draws=draws)):
            with suppress(Refused):
                engine.run(population, question, Context(Budget(draws=draws), 3, 0.9999, ("shapes",)))
    for population in families():
        ends = pairs.bracket(population, 3, 2)
        if ends is not None:
            pairs.bracketed(*ends, "pairs", Effort(0.0))


def use_features() -> None:
    features, labels = pool_of()
    weights = np.random.default_rng(3).standard_normal((6, features.shape[1]))
    file = FeatureFile.of(features, labels, weights=weights, bias=np.zeros(6))
    measure(file, [1, 3], [3], outside=features[:7] + 9.0)
    for name in sorted(HEADS):
        split = np.where(labels < 3, "source", "new")
        mapped(replace(file, split=split), parse(name))
    HEADS["l2"]().fit(features, labels)  # of which nothing is learned, so that nobody calls it
    tracker = Tracker()
    tracker.update(features, labels)
    tracker.compute(weights=weights)
    pool_errors(features, labels, 1, [3], work=2e6)
    groups(np.ones(10), 4, 1)


@pytest.mark.slow
def test_all_have_the_shapes_of_their_annotations(calls: Calls) -> None:
    use_populations()
    use_transfer()
    use_engines()
    use_features()
    left = [name for name in unused(calls) if name.startswith("simulations.")]
    assert not left, "\n".join(left)
    assert len(calls) > 60
