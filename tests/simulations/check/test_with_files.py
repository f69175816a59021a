"""`--with FILE.py` on the verbs: own bounds, families, populations and engines join without packaging."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from simulations import cli
from simulations.attack.target import Target
from simulations.jobs.verify.chapters import FewShot, Request
from simulations.plugins.join import join_everywhere, join_files
from simulations.plugins.load import load_extension
from simulations.populations.suite import entries
from simulations.runtime.workers import PREPARATIONS
from theory import catalogue

ROOT = Path(__file__).resolve().parents[3]
OWN = """
from fractions import Fraction
from typing import Literal

from simulations.engines.base import Engine
from simulations.estimates import Effort, Estimate, Exact
from simulations.populations.base import Spec
from simulations.populations.finite_support import FiniteSupport
from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import PairBound, derived
from theory.quantities import d, lam_i, n, v_i, v_j

W = Fraction(1, 6)
print("this is no part of the answer")


class DiceSpec(Spec):
    family: Literal["dice"]
    apart: float = 9.0

    def build(self):
        return Dice(self.apart)


class Dice(FiniteSupport):
    family = "dice"

    def __init__(self, apart):
        self.apart = apart
        faces = [[x] for x in range(6)]
        super().__init__([faces, [[x + apart] for (x,) in faces]], [[W] * 6, [W] * 6])

    def noise(self, rng, c, shape):
        print("nor is this")
        return super().noise(rng, c, shape)

    def spec(self):
        return {"family": "dice", "apart": self.apart}


class DiceEngine(Engine):
    name = "dice_engine"
    rank = -1

    def refusal(self, population, question, budget):
        known = population.family == "dice" and population.apart > 10
        return None if known else "knows dice that are far apart"

    def run(self, population, question, context):
        zero = Estimate.of(0.0, Exact(0.0), self.name, Effort(0.0), per_class=(0.0, 0.0))
        return [zero for _ in question.ways]


far = Dice(20.0)
twice = PairBound(
    name="twice_sharp",
    statement=2 * (4 * lam_i + (v_i + v_j) / n) / d**2,
    assumptions=(FiniteVariance(), DistinctMeans()),
    provenance=derived("a test"),
)
"""
POPULATION = 'family = "dice"\napart = 20.0\n'


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    (tmp_path / "dice.toml").write_text(POPULATION, encoding="utf-8")
    return tmp_path / "own.py"


def test_evaluate_uses_family_engine_and_bound_of_the_file(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    population = str(own.parent / "dice.toml")
    status = cli.main(["evaluate", population, "--shots", "1", "--with", str(own), "--json"])
    printed = capsys.readouterr()
    assert status == 0, printed.err
    (row,) = json.loads(printed.out)["results"]
    assert row["error"]["method"] == "dice_engine"
    values = {bound["name"]: bound["value"] for bound in row["bounds"]}
    assert values["twice_sharp"] == pytest.approx(2 * values["cdnv_sharp"])


def test_without_the_file_nothing_of_it_remains(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "twice_sharp" not in catalogue.names()
    assert cli.main(["evaluate", str(own.parent / "dice.toml"), "--shots", "1"]) == 2
    assert "unknown family 'dice'" in capsys.readouterr().err


def test_the_main_job_and_the_attack_use_them(own: Path) -> None:
    join_everywhere([str(own)])
    chapter = FewShot()
    assert "twice_sharp" in {bound.name for bound in chapter.bounds}
    assert any(task.label == "far" for task in chapter.tasks(Request(1, False, "cpu")))
    assert {entry.name: entry for entry in entries()}["far"].build().apart == 20.0
    assert Target("twice_sharp").load() is catalogue.get("twice_sharp")
    assert len(PREPARATIONS) == 1
    # A worker does the same again, and so may a second call.
    join_files([str(own)])
    assert catalogue.names().count("twice_sharp") == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("twice_sharp", "cdnv_sharp"), "`cdnv_sharp` is the name of a catalogue entry"),
        (("d**2,", "d,"), "scales like length^1"),
        (('return {"family": "dice"', 'return {"family": "bones"'), "cannot be read back"),
    ],
)
def test_a_mistake_in_the_file_is_one_line(
    own: Path, change: tuple[str, str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = own.read_text(encoding="utf-8")
    assert change[0] in text
    own.write_text(text.replace(*change), encoding="utf-8")
    population = str(own.parent / "dice.toml")
    assert cli.main(["evaluate", population, "--shots", "1", "--with", str(own)]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and message in printed.err
    assert "Traceback" not in printed.err


def test_a_name_stands_for_one_statement(own: Path) -> None:
    (bound,) = load_extension(own).bounds.values()
    catalogue.join([bound])
    catalogue.join([bound])
    with pytest.raises(ValueError, match="is the name of a catalogue entry"):
        catalogue.join([dataclasses.replace(bound, title="another")])


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["attack", "sweep", "measure"])
def test_other_verbs_in_processes(own: Path, verb: str) -> None:
    """With workers, whose prints are no part of the answer either."""
    folder = own.parent
    (folder / "grid.toml").write_text(
        'shots = [1]\nways = [2]\nbounds = ["twice_sharp"]\n'
        '[[populations]]\nname = "dice"\nfamily = "dice"\n',
        encoding="utf-8",
    )
    rng = np.random.default_rng(1)
    features = rng.standard_normal((60, 4)) + 9 * np.repeat(np.eye(3, 4), 20, axis=0)
    np.savez(folder / "features.npz", features=features, labels=np.repeat(np.arange(3), 20))
    arguments = {
        "attack": ["twice_sharp", "--searches", "1", "--jobs", "2", "--out", str(folder / "attack")],
        "sweep": [str(folder / "grid.toml"), "--jobs", "2"],
        "measure": [str(folder / "features.npz"), "--shots", "1", "--ways", "2"],
    }[verb]
    done = subprocess.run(
        [sys.executable, "-m", "simulations", verb, *arguments, "--with", str(own), "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    assert "twice_sharp" in json.dumps(json.loads(done.stdout))
