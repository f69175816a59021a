"""The record of a network in training: metrics of every watched epoch, features of some."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulations.experiments.network.data.material import Images, Material
from simulations.experiments.network.record.depth import depth_row, recorded_groups
from simulations.experiments.network.record.measures import (
    GROUPS,
    Labelled,
    cdnv_of,
    cdnv_row,
    collapse_of,
    error_row,
    errors_of,
)
from simulations.experiments.network.training.nets import features, features_by_stage
from simulations.experiments.network.training.train import Progress, State, Visit
from simulations.runtime.errors import InputError
from simulations.runtime.randomness import stream
from theory.array import Floats, NumPyArray


@dataclass(frozen=True)
class Keep:
    """How much of a group is recorded: ``classes`` at most (None: all), ``samples`` of each at most."""

    classes: int | None
    samples: int


KEPT: Mapping[str, Keep] = {
    "source": Keep(24, 14),
    "fresh": Keep(24, 14),
    "validation": Keep(None, 12),
    "new": Keep(None, 18),
}


def kept_rows(labels: NumPyArray, keep: Keep, seed: int, name: str) -> Floats:
    """Indices of the recorded samples, by class. Source and new samples share their classes."""
    names = np.unique(labels)
    chosen = stream(seed, "network", "kept classes").permutation(names)[: keep.classes]
    rng = stream(seed, "network", "kept samples", name)
    rows = [rng.permutation(np.flatnonzero(labels == c))[: keep.samples] for c in np.sort(chosen)]
    return np.concatenate(rows)


def observer(
    material: Material, seed: int, epoch_steps: int, recorded: Collection[int], work: float
) -> Visit:
    """A visit that measures every group, and records features in float16 at the epochs ``recorded``."""
    rows = {name: kept_rows(group.labels, KEPT[name], seed, name) for name, group in material.groups.items()}

    def visit(state: State, at: Progress) -> bool:
        epoch = at.step // epoch_steps
        by_group = {name: features(state.net, group.images) for name, group in material.groups.items()}
        kept = {name: _half(by_group[name][rows[name]], epoch) for name in rows}
        if epoch in recorded:
            state.kept |= {f"{name}_{epoch}": values for name, values in kept.items()}
        group = GroupFeatures(material, by_group, kept, rows)
        state.history.append({"epoch": epoch, **_measured(state, at, group, seed, work)})
        return True

    return visit


def _half(values: Floats, epoch: int) -> Floats:
    """Metrics of recorded groups are of the rounded numbers: the record can then be checked to the digit."""
    halves = values.astype(np.float16)
    if not np.all(np.isfinite(halves)):
        raise InputError(f"features of epoch {epoch} are beyond half precision; lower the rate")
    return halves


@dataclass(frozen=True, eq=False)
class GroupFeatures:
    """Features of every group by name: all of them, and those in float16 of the samples ``rows``."""

    material: Material
    features_by_group: Mapping[str, Floats]
    kept: Mapping[str, Floats]
    rows: Mapping[str, Floats]


def _measured(
    state: State,
    at: Progress,
    observed: GroupFeatures,
    seed: int,
    work: float,
) -> dict[str, Any]:
    material, by_group, kept, rows = (
        observed.material,
        observed.features_by_group,
        observed.kept,
        observed.rows,
    )
    source = Labelled(by_group["source"].astype(np.float64), material.groups["source"].labels)
    weights = state.net.head.weight.detach().numpy().astype(np.float64)
    bias = state.net.head.bias.detach().numpy().astype(np.float64)
    guessed = np.argmax(source.features @ weights.T + bias, axis=1)
    recorded = {
        name: Labelled(kept[name], material.groups[name].labels[rows[name]])
        for name in GROUPS
        if name in kept
    }
    everything = {"source": source}
    if "fresh" in by_group:
        everything["fresh"] = Labelled(by_group["fresh"], material.groups["fresh"].labels)
    return {
        "step": at.step,
        "loss": at.loss if at.step else None,
        "train_error": float(np.mean(guessed != source.labels)),
        "cdnv": {name: cdnv_row(cdnv_of(group, seed)) for name, group in recorded.items()},
        "cdnv_all_classes": {name: cdnv_row(cdnv_of(group, seed)) for name, group in everything.items()},
        "collapse": collapse_of(source, weights, bias),
        "errors": [error_row(each) for each in errors_of(recorded["new"], seed, work=work)],
        "depth": _depth(state, material, rows, seed, work),
    }


def _depth(
    state: State, material: Material, rows: Mapping[str, Floats], seed: int, work: float
) -> list[dict[str, Any]]:
    """Every stage of the network, on the samples that are recorded."""
    groups = {name: group for name, group in material.groups.items() if name in rows}
    by_stage = {
        name: features_by_stage(state.net, group.images[rows[name]]) for name, group in groups.items()
    }
    labels = {name: group.labels[rows[name]] for name, group in groups.items()}
    return [
        depth_row(
            stage, recorded_groups({name: each[stage] for name, each in by_stage.items()}, labels), seed, work
        )
        for _, stage in state.net.stages
    ]


def pixel_control(group: Images, seed: int, work: float) -> dict[str, Any]:
    """CDNV and few-shot errors of the images themselves as features."""
    flat = Labelled(group.images.reshape(len(group.images), -1).astype(np.float64) / 255, group.labels)
    return {
        "cdnv": cdnv_row(cdnv_of(flat, seed)),
        "errors": [error_row(each) for each in errors_of(flat, seed, work=work)],
    }
