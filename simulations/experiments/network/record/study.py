"""Sweeps over classes, samples and settings: many short runs, each written down as soon as it is done.

`collapse network --study classes|samples|settings`. A stopped study goes on where it was; runs are never
repeated. Conclusions are computed elsewhere, from the record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from simulations.experiments.network.data.dataset import ImageClasses
from simulations.experiments.network.data.fingerprint import fingerprint
from simulations.experiments.network.data.material import prepare
from simulations.experiments.network.record.measures import WAYS
from simulations.experiments.network.record.study_run import (
    CLASSES,
    SAMPLES,
    SETTINGS,
    SIZES,
    STEPS,
    SWEEP,
    TARGET,
    StudyPlan,
    run_plan,
)
from simulations.experiments.network.training.train import Progress
from simulations.experiments.network.training.versions import versions
from simulations.runtime.errors import InputError
from simulations.runtime.files import write_text
from simulations.runtime.randomness import ROOT_SEED

SEEDS = 5
"""Of the studies on classes and on samples."""


def plans(study: str, seeds: Sequence[int]) -> list[StudyPlan]:
    """All runs of a study, seed by seed, so that a stopped one has whole seeds. Settings are compared at the
    first seed alone."""
    if study == "settings":
        return [StudyPlan(study, seeds[0], setting=name) for name in SETTINGS]
    sizes = CLASSES if study == "classes" else SAMPLES
    return [StudyPlan(study, seed, size=size) for seed in seeds for size in sizes]


def run_study(
    study: str,
    data: ImageClasses,
    out: Path,
    *,
    seeds: Sequence[int] = range(ROOT_SEED, ROOT_SEED + SEEDS),
    report: Callable[[int, int, str, Progress | None], None] | None = None,
) -> Path:
    """Run what is missing of a study and return the path of its record, ``out/study-NAME.json``.

    Raises InputError when the record there belongs to other data, or is no record.
    """
    path = out / f"study-{study}.json"
    wanted = plans(study, seeds)
    record = _started(path, study, fingerprint(data))
    done = {(run["seed"], run.get("size"), run.get("setting")) for run in record["runs"]}
    material, of_seed = None, -1
    for index, plan in enumerate(wanted):
        if (plan.seed, plan.size, plan.setting) in done:
            continue

        def report_run(at: Progress, index: int = index, plan: StudyPlan = plan) -> None:
            if report is not None:
                report(index, len(wanted), plan.name, at)

        if material is None or plan.seed != of_seed:
            material, of_seed = prepare(data, SIZES[study], plan.seed), plan.seed
        record["runs"].append(run_plan(plan, material, report_run))
        record["versions"] = versions()
        write_text(path, json.dumps(record, allow_nan=False) + "\n")
    return path


def _started(path: Path, study: str, data_sha256: str) -> dict[str, Any]:
    empty = {
        "schema": 1,
        "study": study,
        "data_sha256": data_sha256,
        "target": TARGET,
        "ways": WAYS,
        "recipe": asdict(SWEEP),
        "steps": STEPS,
        "runs": [],
    }
    if not path.exists():
        return empty
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        same = all(record[key] == value for key, value in empty.items() if key != "runs")
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError("is not a record of a study; remove it to start anew", file=path) from None
    if not same:
        raise InputError("belongs to other images or settings; choose another --out", file=path)
    return dict(record)
