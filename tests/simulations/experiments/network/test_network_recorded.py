"""The packaged run is the recorded one, of the packaged data, and its recomputed metrics are those
recorded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from simulations.experiments.network.data.dataset import load_glyphs
from simulations.experiments.network.data.fingerprint import fingerprint
from simulations.experiments.network.findings.claims import CLAIMS, findings
from simulations.experiments.network.findings.fits import at_target, slopes
from simulations.experiments.network.record import trace
from simulations.experiments.network.record.measures import GROUPS, cdnv_of, errors_of
from simulations.experiments.network.record.records import study
from simulations.runtime.errors import InputError


@pytest.fixture(scope="module")
def packaged() -> trace.Trace:
    return trace.load()


def test_it_is_small_and_of_the_packaged_data(packaged: trace.Trace) -> None:
    assert (trace.PACKAGED / "trace.npz").stat().st_size <= trace.LARGEST_BYTES
    assert packaged.record["data"]["sha256"] == fingerprint(load_glyphs())
    assert {"torch", "numpy", "python"} <= set(packaged.record["versions"])


@pytest.mark.parametrize("name", ["classes", "samples", "settings"])
def test_studies_are_of_the_packaged_data(name: str, packaged: trace.Trace) -> None:
    assert study(name)["data_sha256"] == packaged.record["data"]["sha256"]


@pytest.mark.slow
def test_recomputed_metrics_equal_the_recorded_ones(packaged: trace.Trace) -> None:
    seed = packaged.record["seed"]
    for epoch in packaged.epochs:
        groups = packaged.groups(epoch)
        (then,) = [row for row in packaged.record["history"] if row["epoch"] == epoch]
        assert set(groups) == set(GROUPS)
        for name, group in groups.items():
            summary = cdnv_of(group, seed)
            for key in ("mean", "median", "low", "high"):
                assert getattr(summary, key) == pytest.approx(then["cdnv"][name][key], rel=1e-6)
    settings = packaged.record["settings"]
    again = errors_of(packaged.groups(packaged.epochs[-1])["new"], seed, shots=(5,), work=settings["work"])
    (recorded,) = [row for row in packaged.record["history"][-1]["errors"] if row["shots"] == 5]
    assert again[0].estimate.value == pytest.approx(recorded["value"], abs=1e-4)


def test_no_class_is_in_two_groups_and_training_reached_no_error(packaged: trace.Trace) -> None:
    groups = packaged.record["groups"]
    names = [set(groups[name]["classes"]) for name in ("source", "validation", "new")]
    assert len(set.union(*names)) == sum(map(len, names))
    assert groups["fresh"]["classes"] == groups["source"]["classes"]
    assert packaged.record["history"][-1]["train_error"] == 0


def test_a_tampered_copy_is_caught(tmp_path: Path) -> None:
    for name in ("trace.npz", "trace.json"):
        shutil.copy(trace.PACKAGED / name, tmp_path / name)
    with np.load(tmp_path / "trace.npz") as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["new_0"][0, 0] += np.float16(1)
    np.savez_compressed(tmp_path / "trace.npz", **arrays)
    with pytest.raises(InputError, match="not what was recorded"):
        trace.load(tmp_path)


WITHOUT_TORCH = """
import sys


class NoTorch:
    def find_spec(name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, NoTorch)
from simulations.jobs.verify.chapters import CHAPTERS
from simulations.jobs.verify.chapters.network import Network, epoch_task
from simulations.report.sections.registry import writer
from theory import catalogue
(chapter,) = [each for each in CHAPTERS if isinstance(each, Network)]
chapter.tried = (catalogue.get("exact_moment"), catalogue.get("cdnv_2022"))
results = [epoch_task(chapter.folder, 0, chapter.tried, 0)]
findings = chapter.gather(results, chapter.tests(results))
pictures = [task.function(*task.arguments) for task in writer(chapter).drawings(findings)]
html = writer(chapter).section(findings, pictures).html
assert not findings.violations and len(pictures) == 7
for part in ("curves", "bounds", "certificates", "sweeps", "claims"):
    assert f'id="network-{part}"' in html, part
print("all asserted" if __debug__ else "asserts are off", "torch" in sys.modules)
"""


@pytest.mark.slow
def test_the_main_job_has_the_chapter_without_torch() -> None:
    process = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout == "all asserted False\n"


def test_sweeps_have_their_runs_at_one_collapse() -> None:
    for name in ("classes", "samples"):
        record = study(name)
        assert len({run["seed"] for run in record["runs"]}) >= 3
        reached = [run for run in record["runs"] if at_target(run, record["target"]) is not None]
        assert len(reached) >= 0.8 * len(record["runs"])
        by_quantity = {each.quantity: each for each in slopes(record)}
        assert by_quantity["new"].seeds >= 3 and by_quantity["new"].slope is not None


def test_every_claim_is_judged_in_five_settings() -> None:
    record = study("settings")
    recipes = [run["recipe"] for run in record["runs"]]
    assert len(recipes) == 5
    assert {r["decay"] == 0 for r in recipes} == {r["shift"] == 0 for r in recipes} == {True, False}
    assert len({r["rate"] for r in recipes}) == 2
    assert len(findings(record)) == 5 * len(CLAIMS)
