"""The reference run: train, measure at epochs on a log scale, record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from simulations.experiments.network.data.dataset import ImageClasses
from simulations.experiments.network.data.fingerprint import fingerprint
from simulations.experiments.network.data.material import Material, prepare
from simulations.experiments.network.record import trace
from simulations.experiments.network.record.measures import SHOTS, WAYS, WORK
from simulations.experiments.network.record.observe import KEPT, kept_rows, observer, pixel_control
from simulations.experiments.network.training.recipe import Recipe, Sizes, log_epochs
from simulations.experiments.network.training.train import Progress, State, train
from simulations.experiments.network.training.versions import versions
from simulations.runtime.randomness import ROOT_SEED

WATCHED, RECORDED = 12, 6


@dataclass(frozen=True)
class Watch:
    """What a progress bar shows: where training is, and the last measured epoch (None before the first)."""

    at: Progress
    seen: dict[str, Any] | None


@dataclass(frozen=True)
class TrainingPlan:
    """What is trained, on how many classes and samples, and where its random numbers begin."""

    recipe: Recipe
    sizes: Sizes
    seed: int = ROOT_SEED


def run(
    data: ImageClasses, plan: TrainingPlan, out: Path, *, report: Callable[[Watch], None] | None = None
) -> State:
    """Train and write ``trace.npz`` and ``trace.json`` into ``out``; ``checkpoint.pt`` is there on the way.

    A run that was stopped goes on from its last finished epoch. Raises InputError on images that do not allow
    these splits, on a checkpoint of another run, and where ``out`` cannot be written.
    """
    recipe, seed = plan.recipe, plan.seed
    material = prepare(data, plan.sizes, seed)
    source = material.groups["source"]
    steps_per_epoch = len(source.labels) // min(recipe.batch, len(source.labels))
    recorded = log_epochs(recipe.epochs, RECORDED)
    watched = sorted({*log_epochs(recipe.epochs, WATCHED), *recorded})
    observe = observer(material, seed, steps_per_epoch, recorded, WORK)
    measured: list[dict[str, Any]] = []

    def visit(state: State, at: Progress) -> bool:
        going = observe(state, at)
        measured.append(state.history[-1])
        return going

    key = recipe.key(plan.sizes, seed, fingerprint(data), WORK)
    state = train(
        recipe,
        source.images,
        source.labels,
        seed=seed,
        visit=visit,
        visits={epoch * steps_per_epoch for epoch in watched},
        save_to=out / "checkpoint.pt",
        key=key,
        report=None if report is None else lambda at: report(Watch(at, measured[-1] if measured else None)),
    )
    record = {
        "recipe": asdict(recipe),
        "sizes": asdict(plan.sizes),
        **_record(data, material, state, seed),
    }
    trace.write(out, record | {"recorded_epochs": list(recorded)}, state.kept | _labels(material, seed))
    return state


def _labels(material: Material, seed: int) -> dict[str, Any]:
    return {
        f"{name}_labels": group.labels[kept_rows(group.labels, KEPT[name], seed, name)].astype(np.int16)
        for name, group in material.groups.items()
    }


def _record(data: ImageClasses, material: Material, state: State, seed: int) -> dict[str, Any]:
    new = material.groups["new"]
    return {
        "data": {"source": data.source, "sha256": fingerprint(data)},
        "seed": seed,
        "settings": {"shots": list(SHOTS), "ways": WAYS, "work": WORK},
        "versions": versions(),
        "threads": torch.get_num_threads(),
        "seconds": round(state.seconds, 1),
        "groups": {
            name: {"classes": list(material.names[name]), "samples": len(group.labels)}
            for name, group in material.groups.items()
        },
        "controls": {"pixels": pixel_control(new, seed, WORK)},
        "history": state.history,
    }
