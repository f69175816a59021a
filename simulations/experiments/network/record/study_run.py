"""One run of a study: train, measure as its plan says, and return plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from simulations.experiments.network.data.material import Images, Material
from simulations.experiments.network.record.measures import Labelled, bounds_of, errors_of
from simulations.experiments.network.training.nets import features
from simulations.experiments.network.training.recipe import Recipe, Sizes
from simulations.experiments.network.training.train import Progress, State, train
from simulations.runtime.errors import InputError
from simulations.verdicts.evaluate import few_shot_bounds
from theory import collapse
from theory.array import Floats, to_numpy
from theory.bound import Value

TARGET = 0.13
"""Median CDNV over pairs of source classes: a few pairs dominate the mean."""
STEPS = 1500
WORK = 2e8
GRID = (10, 14, 20, 30, 40, 55, 75, 100, 130, 170, 220, 290, 380, 500, 650, 850, 1100, 1500)
NEAR = 3.0
"""Until the source CDNV is within this factor of the target, nothing else is measured."""
MOST_CLASSES = 80
"""Source classes that CDNV is measured on: a statistic over their pairs."""
SWEEP = Recipe(width=16, decay=2e-3)
CLASSES = (10, 20, 40, 80, 160, 320)
SAMPLES = (5, 10, 20, 40, 80)
NEW = 60
SIZES = {
    "classes": Sizes(max(CLASSES), 5, NEW, 40),
    "samples": Sizes(80, 5, NEW, max(SAMPLES)),
    "settings": Sizes(120, 5, NEW, 40),
}
SETTINGS: dict[str, Recipe] = {
    "rate 0.1, decay 0.002": SWEEP,
    "rate 0.1, no decay": replace(SWEEP, decay=0.0),
    "rate 0.1, decay 0.002, shifts": replace(SWEEP, shift=2),
    "rate 0.02, decay 0.002": replace(SWEEP, rate=0.02),
    "rate 0.02, no decay, shifts": replace(SWEEP, rate=0.02, decay=0.0, shift=2),
}
SETTING_EPOCHS = 16
SHARES = (0.02, 0.06, 0.2, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class StudyPlan:
    """One run: ``size`` classes or samples, or a setting by name."""

    study: str
    seed: int
    size: int | None = None
    setting: str | None = None

    @property
    def name(self) -> str:
        """How the run is called in a progress line."""
        return f"{self.study} {self.setting or self.size}, seed {self.seed}"


def run_plan(
    plan: StudyPlan, material: Material, report: Callable[[Progress], None] | None
) -> dict[str, Any]:
    """Train one run and measure it at the steps of the grid (settings: at shares of its training)."""
    recipe, steps, visits = SWEEP, STEPS, set(GRID)
    if plan.setting is not None:
        recipe = replace(SETTINGS[plan.setting], epochs=SETTING_EPOCHS)
        steps_per_epoch = len(material.groups["source"].labels) // recipe.batch
        steps = recipe.epochs * steps_per_epoch
        visits = {max(1, round(steps * share)) for share in SHARES}
    elif plan.study == "classes":
        material = reduced(material, plan.size, None)
    else:
        material = reduced(material, None, plan.size)
    rows: list[dict[str, Any]] = []
    last: dict[str, Labelled] = {}

    def visit(state: State, at: Progress) -> bool:
        last["source"] = _with_features(state, measured["source"])
        reached = _cdnv(last["source"])[1]
        if plan.setting is None and reached > NEAR * TARGET and at.step < steps:
            return True
        last.update({name: _with_features(state, measured[name]) for name in ("fresh", "new")})
        rows.append(_row(state, at, last, plan))
        return plan.setting is not None or reached > TARGET

    source = material.groups["source"]
    measured = reduced(material, min(len(np.unique(source.labels)), MOST_CLASSES), None).groups
    train(
        recipe,
        source.images,
        source.labels,
        seed=plan.seed,
        visit=visit,
        visits=visits,
        steps=steps,
        report=report,
    )
    record: dict[str, Any] = {
        "seed": plan.seed,
        "size": plan.size,
        "classes": len(np.unique(source.labels)),
        "samples": len(source.labels) // len(np.unique(source.labels)),
        "rows": rows,
    }
    if plan.setting is not None:
        record |= {
            "setting": plan.setting,
            "recipe": asdict(recipe),
            "bounds": _bounds(last["new"], plan.seed),
        }
    return record


def reduced(material: Material, classes: int | None, samples: int | None) -> Material:
    """The first ``classes`` source classes and the first ``samples`` training samples of each: nested."""
    groups = dict(material.groups)
    count = len(np.unique(groups["source"].labels))
    if classes is not None and classes > count:
        raise InputError(f"{classes} source classes are wanted, but there are {count}; use a larger data set")
    for name in ("source", "fresh"):
        group = groups[name]
        most = samples if name == "source" else None
        rows = [np.flatnonzero(group.labels == c)[:most] for c in range(classes or count)]
        chosen = np.concatenate(rows)
        groups[name] = Images(group.images[chosen], group.labels[chosen])
    return replace(material, groups=groups)


def _with_features(state: State, group: Images) -> Labelled:
    return Labelled(features(state.net, group.images), group.labels)


def _cdnv(group: Labelled) -> tuple[float, float, Floats]:
    """Mean and median over the resolved pairs, and the median over every class's pairs."""
    geometry = group.geometry()
    values = np.where(to_numpy(geometry.resolved), np.nan_to_num(to_numpy(collapse.cdnv(geometry))), np.nan)
    np.fill_diagonal(values, np.nan)
    return float(np.nanmean(values)), float(np.nanmedian(values)), np.nanmedian(values, axis=1)


def _row(state: State, at: Progress, by_group: Mapping[str, Labelled], plan: StudyPlan) -> dict[str, Any]:
    row: dict[str, Any] = {"step": at.step, "loss": _finite(at.loss)}
    for name in ("source", "fresh", "new"):
        row[f"{name}_mean"], row[name], by_class = _cdnv(by_group[name])
        if plan.setting is not None:
            row[f"{name}_by_class"] = [round(float(x), 6) for x in by_class]
    for error in errors_of(by_group["new"], plan.seed, shots=(1, 5), work=WORK):
        row[f"error_{error.shots}"] = error.estimate.value
        if plan.setting is not None:
            row[f"error_{error.shots}_by_class"] = [round(x, 6) for x in error.estimate.per_class]
    if plan.setting is not None:
        source = by_group["source"]
        weights, bias = (x.detach().numpy() for x in (state.net.head.weight, state.net.head.bias))
        guessed = np.argmax(source.features @ weights.T + bias, axis=1)
        row["train_error"] = float(np.mean(guessed != source.labels))
    return row


def _bounds(new: Labelled, seed: int) -> list[dict[str, Any]]:
    """Every bound at the end of a run, beside the measured error."""
    errors = errors_of(new, seed, work=WORK)
    bounds = few_shot_bounds()
    return [
        {
            "shots": each.shots,
            "ways": each.ways,
            "error": each.estimate.value,
            "error_low": each.estimate.low,
            "values": {
                bound.name: answer.value
                for bound, answer in zip(bounds, answers, strict=True)
                if isinstance(answer, Value) and np.isfinite(answer.value)
            },
        }
        for each, answers in zip(errors, bounds_of(new, bounds, errors), strict=True)
    ]


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
