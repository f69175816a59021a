"""A law of equally distant means: its errors against enumeration and draws, a false theorem that it refutes,
and the true one beside it."""

from __future__ import annotations

import numpy as np
import pytest

from simulations.attack.probing.probe import Probe, ProbePoint
from simulations.attack.probing.regimes import read
from simulations.attack.probing.search import search_law, spread_of
from simulations.attack.probing.simplices import CrowdedCorner
from simulations.attack.probing.sparse import SparseSupport
from simulations.engines.enumeration import exact_errors
from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import ClassBound, derived
from theory.expressions import MaxOver, SumOver
from theory.quantities import d, k, lam_i, n, v_i, v_j


def probe_of(shots: int, ways: int, level: float = 1.5) -> Probe:
    probe = CrowdedCorner().probe(ProbePoint(shots, ways, 1, level))
    assert probe is not None
    return probe


@pytest.mark.parametrize(("shots", "ways"), [(1, 3), (2, 3), (3, 2), (3, 3)])
def test_its_errors_are_no_more_than_the_exact_ones(shots: int, ways: int) -> None:
    probe = probe_of(shots, ways)
    assert isinstance(probe.population, SparseSupport)
    exact = exact_errors(probe.population.as_finite_support(), shots, [ways])[0]
    assert 0.4 * exact[0] < probe.errors[0] <= exact[0] * (1 + 1e-9) and np.all(probe.errors[1:] == 0)


@pytest.mark.parametrize(("shots", "ways"), [(1, 2), (4, 6), (30, 5)])
def test_its_means_are_equally_distant(shots: int, ways: int) -> None:
    distances = np.asarray(probe_of(shots, ways).geometry.distances)
    off = distances[~np.eye(ways, dtype=bool)]
    assert np.ptp(off) < 1e-9 * np.max(off)


def of_classes(name: str, centres: object) -> ClassBound:
    return ClassBound(
        name=name,
        statement=4 * (k - 1) * lam_i * MaxOver(1 / d**2) + centres,
        assumptions=(FiniteVariance(), DistinctMeans()),
        provenance=derived("a test"),
    )


def test_a_union_over_centres_that_is_forgotten_is_refuted_and_the_true_one_is_not() -> None:
    forgotten = of_classes("forgotten", (v_i + MaxOver(v_j)) / n * MaxOver(1 / d**2))
    union = of_classes("union", SumOver((v_i + v_j) / n / d**2))
    for bound, refuted in ((forgotten, True), (union, False)):
        search = search_law(bound, CrowdedCorner(), spread_of(bound, read(bound)))
        assert (search.broken is not None) == refuted
