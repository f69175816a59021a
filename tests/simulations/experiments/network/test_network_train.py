"""Training: the same numbers for a seed, a kill that costs at most an epoch, checkpoints that run no code."""

from __future__ import annotations

import hashlib
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch (extra `network`)")

from helpers_network import blobs  # noqa: E402 - after torch

from simulations.experiments.network.training import checkpoint  # noqa: E402 - after torch
from simulations.experiments.network.training.nets import build, features, pixels  # noqa: E402 - after torch
from simulations.experiments.network.training.recipe import Recipe  # noqa: E402 - after torch
from simulations.experiments.network.training.train import State, _shifted, train  # noqa: E402 - after torch
from simulations.runtime.errors import InputError  # noqa: E402 - after torch

DATA = blobs(classes=8)
TINY = Recipe(width=4, dimension=16, epochs=4, batch=32, shift=1)


def run(seed: int = 0, **changes: Any) -> State:
    options = {"visit": lambda state, at: True, "visits": (), **changes}
    return train(TINY, DATA.images, DATA.labels, seed=seed, **options)


def digest(state: State) -> str:
    hasher = hashlib.sha256()
    for values in state.net.state_dict().values():
        hasher.update(np.ascontiguousarray(values.numpy()))
    return hasher.hexdigest()


@pytest.mark.slow
def test_twenty_steps_twice_are_the_same_to_the_bit_and_another_seed_differs() -> None:
    first, again, other = run(steps=20), run(steps=20), run(seed=1, steps=20)
    assert digest(first) == digest(again) != digest(other)


def test_no_global_state_is_left_behind() -> None:
    before = torch.get_rng_state(), torch.are_deterministic_algorithms_enabled()
    run(steps=3)
    assert torch.equal(before[0], torch.get_rng_state())
    assert torch.are_deterministic_algorithms_enabled() == before[1]


@pytest.mark.slow
def test_it_learns_and_stops_when_the_visit_asks_for_it() -> None:
    visited: list[tuple[int, float]] = []

    def visit(state: State, at: Any) -> bool:
        visited.append((at.step, at.error))
        return at.step < 18

    run(visit=visit, visits=(0, 6, 18, 20))
    assert [step for step, _ in visited] == [0, 6, 18]
    assert visited[2][1] < 0.6 * visited[1][1]


class Stop(Exception):
    """Raised in the middle of training."""


def stop(state: State, at: Any) -> bool:
    raise Stop


@pytest.mark.slow
def test_resumed_after_every_epoch_it_ends_with_the_same_weights(tmp_path: Path) -> None:
    file, steps_per_epoch = tmp_path / "checkpoint.pt", len(DATA.labels) // TINY.batch
    for epoch in range(1, TINY.epochs):
        with pytest.raises(Stop):
            run(visit=stop, visits={epoch * steps_per_epoch + 2}, save_to=file, key="k")
    assert digest(run(save_to=file, key="k")) == digest(run())


KILLED = """
import sys, time
from pathlib import Path
import torch
torch.set_num_threads(int(sys.argv[2]))  # the order of sums, and so their rounding, depends on it
from helpers_network import blobs
from test_network_train import DATA, TINY
from simulations.experiments.network.training.train import train

def visit(state, at):
    print(at.step, flush=True)
    time.sleep(0.05)
    return True

file = Path(sys.argv[1])
train(TINY, DATA.images, DATA.labels, seed=0, visit=visit, visits=range(1, 1000), save_to=file, key="k")
"""


@pytest.mark.slow
def test_kill_nine_in_the_middle_loses_at_most_one_epoch(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pt"
    here = Path(__file__).parent
    path = os.pathsep.join([str(here), *sys.path])
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(file), str(torch.get_num_threads())],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )
    steps_an_epoch = len(DATA.labels) // TINY.batch
    assert child.stdout is not None
    done = 0
    for line in child.stdout:
        done = int(line)
        if done >= 2 * steps_an_epoch + 2:  # in the middle of the third epoch
            child.send_signal(signal.SIGKILL)
            break
    assert child.wait() == -signal.SIGKILL
    kept = checkpoint.load(file, "k")
    assert kept is not None and kept["epoch"] == 2
    assert digest(run(save_to=file, key="k")) == digest(run())
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".") and each.stat().st_size == 0]


def test_foreign_and_damaged_checkpoints_are_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pt"
    run(steps=12, save_to=file, key="one run")
    with pytest.raises(InputError, match="other settings"):
        run(steps=12, save_to=file, key="another run")
    content = file.read_bytes()
    for bad in (content[: len(content) // 2], b"", b"no checkpoint"):
        file.write_bytes(bad)
        with pytest.raises(InputError, match="damaged"):
            checkpoint.load(file, "one run")
    torch.save({"key": "one run"}, file)
    with pytest.raises(InputError, match="not a checkpoint of this command"):
        checkpoint.load(file, "one run")


class Harmful:
    def __init__(self, victim: Path) -> None:
        self.victim = victim

    def __reduce__(self) -> Any:
        return (Path.touch, (self.victim,))


def test_a_checkpoint_with_code_in_it_runs_nothing(tmp_path: Path) -> None:
    victim, file = tmp_path / "touched", tmp_path / "checkpoint.pt"
    torch.save({"key": "k", "net": Harmful(victim)}, file)
    with pytest.raises(InputError):
        checkpoint.load(file, "k")
    assert not victim.exists()
    # The control: a reader that unpickles would have run it.
    pickle.loads(pickle.dumps(Harmful(victim)))
    assert victim.exists()


def test_shifts_move_images_and_nothing_else() -> None:
    images = DATA.images[:50]
    shifted_images = _shifted(images, 2, np.random.default_rng(0))
    assert shifted_images.shape == images.shape and shifted_images.dtype == np.uint8
    inner = (slice(4, 12), slice(4, 12))
    for image, shifted in zip(images, shifted_images, strict=True):
        candidates = [
            np.pad(image, 2, mode="edge")[a : a + 16, b : b + 16] for a in range(5) for b in range(5)
        ]
        assert any(np.array_equal(shifted[inner], each[inner]) for each in candidates)
    assert not np.array_equal(shifted_images, images)
    assert _shifted(images, 0, np.random.default_rng(0)) is images


def test_a_learning_rate_that_is_too_high_is_reported() -> None:
    wild = Recipe(width=4, dimension=16, epochs=40, batch=32, rate=1e18, decay=1.0)
    with pytest.raises(InputError, match="not a number at step"):
        train(wild, DATA.images, DATA.labels, seed=0, visit=lambda state, at: True, visits=())


@pytest.mark.parametrize("model", ["conv4", "wrn-28-4"])
@pytest.mark.parametrize("channels", [1, 3])
def test_networks_take_grey_and_colour(model: str, channels: int) -> None:
    images = np.zeros((2, 16, 16) if channels == 1 else (2, 16, 16, 3), np.uint8)
    net = build(Recipe(model=model, dimension=32, width=4), channels, 5, seed=0)
    assert features(net, images).shape == (2, 256 if model == "wrn-28-4" else 32)
    assert net(pixels(images)).shape == (2, 5)


@pytest.mark.slow
def test_wide_network_is_the_published_one() -> None:
    # Zagoruyko and Komodakis 2016: 28 layers, widening 4, 5.8 million weights with a classifier for ten.
    count = sum(weights.numel() for weights in build(Recipe(model="wrn-28-4"), 3, 10, seed=0).parameters())
    assert 5.7e6 < count < 5.95e6


@pytest.mark.slow
def test_time_of_a_run_counts_all_its_parts(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pt"
    begun = time.perf_counter()
    first = run(save_to=file, key="k")
    assert 0 < first.seconds <= time.perf_counter() - begun
    assert run(save_to=file, key="k").seconds == pytest.approx(first.seconds, abs=0.5)
