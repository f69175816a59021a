"""Studies: every run is written down when it is done, none is repeated, and sizes are nested."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch (extra `network`)")

from helpers_network import blobs

from simulations.experiments.network.data.material import prepare
from simulations.experiments.network.findings.claims import CLAIMS, findings
from simulations.experiments.network.findings.fits import at_target
from simulations.experiments.network.record import study, study_run
from simulations.experiments.network.training.recipe import Recipe, Sizes
from simulations.runtime.errors import InputError

pytestmark = pytest.mark.slow

DATA = blobs(classes=22, groups=10, per_class=2)
SIZES = Sizes(12, 2, 6, 8)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = Recipe(width=4, dimension=16, batch=16)
    changes: dict[str, Any] = {
        "SIZES": dict.fromkeys(("classes", "samples", "settings"), SIZES),
        "CLASSES": (4, 12),
        "SAMPLES": (3, 8),
        "SWEEP": recipe,
        "SETTINGS": {"one": recipe, "other": Recipe(width=4, dimension=16, batch=16, rate=0.02)},
        "TARGET": 0.2,
        "STEPS": 40,
    }
    for name, value in changes.items():
        monkeypatch.setattr(study_run, name, value)
        monkeypatch.setattr(study, name, value)
    monkeypatch.setattr(study_run, "GRID", (2, 5, 10, 20, 40))
    monkeypatch.setattr(study_run, "SETTING_EPOCHS", 2)
    monkeypatch.setattr(study_run, "WORK", 1e6)


def test_a_stopped_study_goes_on_and_repeats_nothing(
    small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished: list[str] = []
    real = study.run_plan

    def broken(plan: Any, *rest: Any) -> Any:
        if len(finished) == 1:
            raise KeyboardInterrupt
        finished.append(plan.name)
        return real(plan, *rest)

    monkeypatch.setattr(study, "run_plan", broken)
    with pytest.raises(KeyboardInterrupt):
        study.run_study("classes", DATA, tmp_path, seeds=[3])
    monkeypatch.setattr(
        study, "run_plan", lambda plan, *rest: finished.append(plan.name) or real(plan, *rest)
    )
    path = study.run_study("classes", DATA, tmp_path, seeds=[3])
    assert finished == ["classes 4, seed 3", "classes 12, seed 3"]
    record = json.loads(path.read_text(encoding="utf-8"))
    assert [run["classes"] for run in record["runs"]] == [4, 12]
    assert [run["samples"] for run in record["runs"]] == [8, 8]
    reading = at_target(record["runs"][0], record["target"])
    assert reading is None or reading["source"] == record["target"]
    with pytest.raises(InputError, match="other images"):
        study.run_study("classes", blobs(classes=22, groups=10, per_class=2, seed=1), tmp_path, seeds=[3])


def test_every_setting_is_judged(small: None, tmp_path: Path) -> None:
    path = study.run_study("settings", DATA, tmp_path, seeds=[3])
    rows = findings(json.loads(path.read_text(encoding="utf-8")))
    assert {(each.claim, each.setting) for each in rows} == {
        (claim, name) for claim in CLAIMS for name in ("one", "other")
    }


def test_smaller_sizes_are_part_of_larger_ones() -> None:
    material = prepare(DATA, SIZES, 0)
    large, few = study_run.reduced(material, 8, 6), study_run.reduced(material, 4, 3)
    for name in ("source", "fresh"):
        ours = {image.tobytes() for image in few.groups[name].images}
        assert ours <= {image.tobytes() for image in large.groups[name].images}
    assert np.bincount(few.groups["source"].labels).tolist() == [3] * 4
    assert few.groups["new"] is material.groups["new"]
    with pytest.raises(InputError, match="13 source classes"):
        study_run.reduced(material, 13, None)
