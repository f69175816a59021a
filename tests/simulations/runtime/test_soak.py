"""Every long verb killed at random moments by each signal that ends it: nothing is lost, no process and no
temporary file stays, and one more run leaves the bytes of an undisturbed one (except for the times in it)."""

from __future__ import annotations

import random
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from helpers_survival import COLLAPSE, SHORT, of_session, started, statuses, written
from test_worker_pool import wait_until_gone

from simulations.cli.new import skeleton

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Verb:
    """``prepare`` makes the input in a folder; ``arguments`` is the command after it, to be run there."""

    prepare: Callable[[Path], None]
    arguments: tuple[str, ...]
    program: tuple[str, ...] = tuple(COLLAPSE)

    def again(self, out: Path) -> tuple[str, ...]:
        """The command that goes on after a kill."""
        resumed = "network" in self.arguments and (out / "checkpoint.pt").exists()
        return (*self.arguments, "--resume") if resumed else self.arguments


def features(folder: Path) -> None:
    labels = np.repeat(np.arange(6), 20)
    samples = np.random.default_rng(0).normal(size=(120, 8)) + 4 * np.eye(8)[labels]
    np.savez(folder / "features.npz", features=samples, labels=labels)


def user_file(folder: Path) -> None:
    (folder / "mine.py").write_text(skeleton("population", "mine"))


def images(folder: Path) -> None:
    from PIL import Image

    rng = np.random.default_rng(0)
    for label in range(6):
        (folder / f"images/{label}").mkdir(parents=True)
        for number in range(6):
            image = Image.fromarray(rng.integers(0, 256, (16, 16), dtype=np.uint8))
            image.save(folder / f"images/{label}/{number}.png")


def nothing(folder: Path) -> None:
    """The verb needs no input."""


VERBS = {
    # Its smallest chapter, and three epochs: the same pool, checkpoints, drawings and pages as the whole.
    "verify": Verb(nothing, ("verify", "--jobs", "2", "--out", "out"), tuple(SHORT)),
    "measure": Verb(
        features, ("measure", "features.npz", "--shots", "1,5", "--ways", "2,5", "--report", "out")
    ),
    "check": Verb(user_file, ("check", "mine.py", "--quick", "--jobs", "2", "--out", "out")),
    "network": Verb(images, ("network", "--quick", "--images", "images", "--out", "out"), tuple(SHORT)),
}


def whole(verb: Verb, folder: Path) -> dict[str, object]:
    """One run to its end, and what it wrote."""
    run = started(*verb.again(folder / "out"), program=list(verb.program), cwd=folder)
    _, err = run.communicate(timeout=600)
    assert run.returncode == 0 and err == "", err
    return written(folder / "out")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[dict[str, object], float]]:
    """What a verb writes when it is not disturbed, and the seconds that it takes: each verb is run once."""
    outcomes: dict[str, tuple[dict[str, object], float]] = {}

    def run(what: str) -> tuple[dict[str, object], float]:
        if what not in outcomes:
            folder = tmp_path_factory.mktemp(what)
            VERBS[what].prepare(folder)
            begun = time.monotonic()
            content = whole(VERBS[what], folder)
            outcomes[what] = content, time.monotonic() - begun
            assert content
        return outcomes[what]

    return run


SIGNALS = ("SIGTERM", "SIGHUP", "SIGKILL")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each verb is killed by one signal, so that each signal is met; every verb by every one under --full."""
    if "what" in metafunc.fixturenames:
        every = [(name, what) for what in VERBS for name in SIGNALS]
        chosen = [(SIGNALS[number % len(SIGNALS)], what) for number, what in enumerate(VERBS)]
        metafunc.parametrize(("name", "what"), every if metafunc.config.getoption("--full") else chosen)


def test_a_verb_that_is_killed_and_run_again(
    name: str,
    what: str,
    undisturbed: Callable[[str], tuple[dict[str, object], float]],
    tmp_path: Path,
    full: bool,
) -> None:
    """One kill by each signal; ten under --full, each on top of what the last one left. A run that ends
    before its signal has to be right, and the next one begins anew."""
    if what == "network":
        pytest.importorskip("torch")
    wanted, took = undisturbed(what)
    verb, out = VERBS[what], tmp_path / "out"
    verb.prepare(tmp_path)
    rng, hit, runs, slowest = random.Random(f"{what} {name}"), 0, 0, 0.0
    kills = 10 if full else 1
    while hit < kills:
        runs += 1
        assert runs <= 10 * kills, f"only {hit} signals came in time"
        killed = started(*verb.again(out), program=list(verb.program), cwd=tmp_path)
        time.sleep(rng.uniform(0.1, took))
        killed.send_signal(getattr(signal, name))
        begun = time.monotonic()
        _, err = killed.communicate(timeout=120)
        assert wait_until_gone(of_session(killed.pid)) == []
        slowest = max(slowest, time.monotonic() - begun)
        assert killed.returncode in statuses(name), (killed.returncode, err)
        if killed.returncode == 0:
            assert written(out) == wanted
            shutil.rmtree(out)
        else:
            hit += 1
        # A signal in the first moments of Python itself finds no handler, and may leave Python's own words.
        assert "Traceback" not in err or killed.returncode == -getattr(signal, name), err
    assert whole(verb, tmp_path) == wanted
    assert [path for path in tmp_path.rglob("*") if path.name.endswith(".part")] == []
    print(f"soak: {what} by {name}: {hit} kills in {runs} runs, slowest end {slowest:.1f} s of {took:.1f}")
