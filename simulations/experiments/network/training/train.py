"""Training, the same numbers for a seed on one machine, stopped and resumed at will.

The order of samples and their shifts come from a stream for each epoch, so a resumed run repeats exactly
what an uninterrupted one does.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional

from simulations.experiments.network.training import checkpoint
from simulations.experiments.network.training.nets import Classifier, build, pixels
from simulations.experiments.network.training.recipe import Recipe
from simulations.runtime.errors import InputError
from simulations.runtime.randomness import stream
from theory.array import Floats, NumPyArray

if TYPE_CHECKING:
    from torch.optim import Optimizer


@dataclass
class Progress:
    """Where a run is: after ``step`` of ``steps`` steps; loss and error are means over the last epoch's."""

    epoch: int
    step: int
    steps: int
    loss: float
    error: float


@dataclass
class State:
    """A network with the record of its training: ``history`` is plain data, ``kept`` holds arrays."""

    net: Classifier
    history: list[dict[str, Any]] = field(default_factory=list)
    kept: dict[str, Floats] = field(default_factory=dict)
    seconds: float = 0.0


Visit = Callable[[State, Progress], bool]
"""Called at chosen steps; False stops the run."""


@contextmanager
def _deterministic() -> Iterator[None]:
    """Sets torch's flag for the time of a run, as it is global."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)


def train(  # noqa: PLR0913 - one keyword for each way to follow a run
    recipe: Recipe,
    images: NumPyArray,
    labels: NumPyArray,
    *,
    seed: int,
    visit: Visit,
    visits: Collection[int],
    steps: int | None = None,
    save_to: Path | None = None,
    key: str = "",
    report: Callable[[Progress], None] | None = None,
) -> State:
    """Train on uint8 ``images`` with ``labels`` 0 to classes - 1; ``visit`` is called after each step of
    ``visits`` (0: before the first). A checkpoint is written after every epoch and continued where it fits.

    steps : stop the schedule there instead of after ``recipe.epochs`` epochs.
    Raises InputError when the loss is no longer a number, and on a checkpoint of another run.
    """
    begun = time.perf_counter()
    channels = 1 if images.ndim == 3 else images.shape[3]
    classes = int(np.max(labels)) + 1
    state = State(build(recipe, channels, classes, seed))
    optimizer = torch.optim.SGD(
        state.net.parameters(), lr=recipe.rate, momentum=recipe.momentum, weight_decay=recipe.decay
    )
    batch = min(recipe.batch, len(labels))
    steps_per_epoch = len(labels) // batch
    total = recipe.epochs * steps_per_epoch if steps is None else steps
    loop = Loop(recipe, state.net, optimizer, images, labels, total, seed)
    epoch, done = 0, Progress(0, 0, total, math.nan, math.nan)
    saved = checkpoint.load(save_to, key) if save_to is not None else None
    if saved is not None:
        epoch = saved["epoch"]
        state.net.load_state_dict(saved["net"])
        optimizer.load_state_dict(saved["optimizer"])
        state.history = json.loads(saved["history"])
        state.kept = {name: values.numpy() for name, values in saved["kept"].items()}
        state.seconds = saved["seconds"]
    elif 0 in visits and not visit(state, done):
        return state
    earlier = state.seconds
    with _deterministic():
        while epoch * steps_per_epoch < total:
            stopped = False
            for done in _epoch(loop, epoch):
                if report is not None:
                    report(done)
                if done.step in visits and not visit(state, done):
                    stopped = True
                    break
            epoch += 1
            state.seconds = earlier + time.perf_counter() - begun
            if stopped:
                break
            if save_to is not None:
                checkpoint.save(save_to, _saved(key, epoch, state, optimizer))
    return state


def _saved(key: str, epoch: int, state: State, optimizer: Optimizer) -> dict[str, Any]:
    return {
        "key": key,
        "epoch": epoch,
        "net": state.net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "history": json.dumps(state.history),
        "kept": {name: torch.from_numpy(np.ascontiguousarray(v)) for name, v in state.kept.items()},
        "seconds": state.seconds,
    }


@dataclass(frozen=True, eq=False)
class Loop:
    """What every epoch of a run shares; ``total`` steps are the end of the schedule."""

    recipe: Recipe
    net: Classifier
    optimizer: Optimizer
    images: NumPyArray
    labels: NumPyArray
    total: int
    seed: int


def _epoch(loop: Loop, epoch: int) -> Iterator[Progress]:
    """One pass over the samples in a new order; ends early when the schedule does."""
    recipe, net, optimizer, total = loop.recipe, loop.net, loop.optimizer, loop.total
    images, labels = loop.images, loop.labels
    rng = stream(loop.seed, "network", "epoch", epoch)
    order = rng.permutation(len(labels))
    batch = min(recipe.batch, len(labels))
    steps_per_epoch = len(labels) // batch
    losses, wrong = 0.0, 0.0
    for index in range(min(steps_per_epoch, total - epoch * steps_per_epoch)):
        step = epoch * steps_per_epoch + index
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * 0.5 * (1 + math.cos(math.pi * step / total))
        rows = order[index * batch : (index + 1) * batch]
        given = _shifted(images[rows], recipe.shift, rng)
        wanted = torch.from_numpy(np.ascontiguousarray(labels[rows])).long()
        net.train()
        optimizer.zero_grad()
        logits = net(pixels(given))
        loss = functional.cross_entropy(logits, wanted)
        loss.backward()
        optimizer.step()
        losses += loss.item()
        wrong += (logits.argmax(1) != wanted).float().mean().item()
        if not math.isfinite(losses):
            raise InputError(f"the loss is not a number at step {step + 1}; lower the rate {recipe.rate:g}")
        yield Progress(epoch + 1, step + 1, total, losses / (index + 1), wrong / (index + 1))


def _shifted(images: NumPyArray, most: int, rng: np.random.Generator) -> Floats:
    """Every image moved by up to ``most`` pixels each way; what enters repeats the edge."""
    if most == 0:
        return images
    height, width = images.shape[1:3]
    padding = [(0, 0), (most, most), (most, most), *[(0, 0)] * (images.ndim - 3)]
    wide = np.pad(images, padding, mode="edge")
    down, across = rng.integers(0, 2 * most + 1, (2, len(images), 1))
    rows = down + np.arange(height)
    columns = across + np.arange(width)
    values: Floats = wide[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]
    return values
