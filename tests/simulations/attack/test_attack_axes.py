"""`collapse attack` on statements about the axes of two labelings: witness, limits, and a false version."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from simulations import cli
from simulations.cli import axes_attack
from simulations.populations.labelings import gaussian_factors
from theory import catalogue
from theory.bound.confidence import AxesBound
from theory.evidence import TwoLabelings


def test_it_attains_the_bound_and_measure_reads_the_witness(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["attack", "axes_orthogonality", "--searches", "1", "--out", str(tmp_path), "--json"]
    assert cli.main(arguments) == 0
    attacked = json.loads(capsys.readouterr().out)["attacks"][0]
    assert attacked["ratio"] == pytest.approx(1, rel=1e-9) and not attacked["refuted"]
    assert attacked["cosine"] == pytest.approx(attacked["value"], rel=1e-9)
    assert cli.main(["measure", attacked["witness"], "--shots", "1", "--json"]) == 0
    axes = json.loads(capsys.readouterr().out)["axes"]
    assert "axes_orthogonality" in json.dumps(axes)


def test_the_points_of_a_law_have_its_very_moments() -> None:
    law = gaussian_factors(3, 2, 4, 0.5, 0.3)
    features, a, b = law.points()
    for first in range(3):
        for second in range(2):
            own = features[(a == first) & (b == second)]
            assert own.mean(axis=0) == pytest.approx(law.means[first, second])
            assert np.cov(own.T, bias=True) == pytest.approx(law.covariances[first, second])
    assert isinstance(law.evidence, TwoLabelings)


def test_a_false_twin_is_refuted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bound = catalogue.get("axes_orthogonality")
    assert isinstance(bound, AxesBound)
    lower = dataclasses.replace(bound, statement=0.99 * bound.statement)
    for twin, status in ((bound, 0), (lower, 1)):
        assert (
            axes_attack.run(
                twin, seed=1, starts=0, seconds=None, out=tmp_path, as_json=False, report=lambda line: None
            )
            == status
        )
    assert "is refuted" in capsys.readouterr().out


def test_time_and_mutants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "axes_orthogonality_2026"
    assert cli.main(["attack", name, "--seconds", "0.01", "--out", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["attacks"][0]["effort"]["searches"] <= 2
    assert cli.main(["attack", name, "--mutants"]) == 2
    assert "about axes" in capsys.readouterr().err
    assert cli.main(["attack", name, "--seconds", "0"]) == 2
    assert "not a valid time" in capsys.readouterr().err
