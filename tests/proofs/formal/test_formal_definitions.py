"""The quantities in the Rocq theorems equal those of theory/, compared in exact fractions."""

import random
import shutil
from fractions import Fraction
from pathlib import Path

import formal_laws as rocq
import pytest

from proofs.formal import record
from proofs.formal.build import compiler
from proofs.formal.compile import run_text
from simulations.engines.enumeration import exact_errors
from simulations.populations.finite_support import FiniteSupport

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(compiler() is None, reason="Rocq is not installed"),
]


def pairs_of_laws(count: int) -> list[tuple[rocq.Law, rocq.Law]]:
    source = random.Random(21)
    pairs = []
    while len(pairs) < count:
        dimension, size = source.choice([(1, 2), (1, 3), (2, 2), (2, 3), (3, 2)])
        i, j = (rocq.random_law(source, dimension, size) for _ in range(2))
        if rocq.mean(i) != rocq.mean(j):
            pairs.append((i, j))
    return pairs


def test_definitions_agree_with_enumeration_and_with_class_geometry(full: bool) -> None:
    pairs = pairs_of_laws(12 if full else 6)
    answers = rocq.printed(run_text(rocq.text(pairs)))
    expected = [rocq.everything(i, j) for i, j in pairs]
    assert answers == expected
    for (i, j), values in zip(pairs, answers, strict=True):
        population = FiniteSupport(
            [[z for _, z in law] for law in (i, j)], [[w for w, _ in law] for law in (i, j)]
        )
        geometry = population.geometry()
        unit = float(geometry.unit)
        measured = {
            "v_i": float(geometry.variances[0]) * unit**2,
            "trS2_i": float(geometry.squared_traces[0]) * unit**4,
            "trSS": float(geometry.trace_products[0, 1]) * unit**4,
            "M4_i": float(geometry.fourth_moments[0]) * unit**4,
            "d2": float(geometry.distances[0, 1]) ** 2 * unit**2,
            "Dt_j": float(geometry.third_moments_along[0, 1]) * unit**4,
            "DSD_i": float(geometry.directional_variances[0, 1] * geometry.distances[0, 1] ** 2) * unit**4,
            "DSD_j": float(geometry.directional_variances[1, 0] * geometry.distances[0, 1] ** 2) * unit**4,
            "error 1 1": float(exact_errors(population, 1, (2,))[0][0]),
        }
        for name, value in measured.items():
            assert value == pytest.approx(float(values[name]), rel=1e-9, abs=1e-12), name
    without = [rocq.pair_error(i, j, 1, 1, ties=False) for i, j in pairs]
    with_ties = sum(values["error 1 1"] > less for values, less in zip(answers, without, strict=True))
    assert with_ties > len(pairs) / 4


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(margin (atom x t) (atom a f) (atom b g) <= 0)", "(margin (atom x t) (atom a f) (atom b g) < 0)"),
        ("n%:R^-1 *: \\sum_s", "n.+1%:R^-1 *: \\sum_s"),
        ("R := \\tr (covariance c)", "R := 2%:R * \\tr (covariance c)"),
        ("sqlen (noise c t) ^+ 2)", "sqlen (noise c t) ^+ 3)"),
    ],
)  # fmt: skip
def test_a_wrong_definition_is_caught(right: str, wrong: str, tmp_path: Path) -> None:
    run_text(rocq.text(pairs_of_laws(1)))
    folder = tmp_path / "build"
    shutil.copytree(record.build_folder(), folder)
    original = record.text_of("library/quantities.v")
    assert original.count(right) == 1
    with pytest.raises(RuntimeError):
        run_text(
            rocq.text(pairs_of_laws(1)),
            folder=folder,
            texts={"library/quantities.v": original.replace(right, wrong)},
        )


def test_a_program_that_computes_something_else_is_not_accepted(tmp_path: Path) -> None:
    """Or, were it accepted, it would show another number: the comparison is not empty."""
    pairs = pairs_of_laws(3)
    expected = [rocq.everything(i, j) for i, j in pairs]
    expected[1]["trSS"] += Fraction(1, 1000)
    assert rocq.printed(run_text(rocq.text(pairs))) != expected
