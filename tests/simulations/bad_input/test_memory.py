"""Input that would not fit the memory is refused before any is allocated, with the size that it needs."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers_refusal import Refusal

from simulations.runtime import memory
from simulations.runtime.errors import InputError

ABSURD = {
    "corners of a simplex": "family = 'simplex_etf'\ncount = 100000\ndimension = 1000000\ncdnv = 0.5\n",
    "few of them, far up": "family = 'simplex_etf'\ncount = 40\ndimension = 999999\ncdnv = 0.5\n",
    "drawn means": "family = 'random_means'\ncount = 50000\ndimension = 1000\nseed = 1\nstd = 0.5\n",
    "classes": "family = 'gaussian'\n" + "[[classes]]\nmean = [0.5]\nstd = 0.1\n" * 2_000,
    "atoms": "family = 'finite_support'\n[[classes]]\n"
    f"points = {[[k] for k in range(2_000)]}\nweights = {[5e-4] * 2_000}\n"
    "[[classes]]\npoints = [[0.5]]\nweights = [1]\n",
    "parts": "family = 'mixture'\n[[classes]]\n"
    + "[[classes.parts]]\nweight = 0.0005\nmean = [0.5, 1.0]\nstd = 0.1\n" * 2_000
    + "[[classes]]\n[[classes.parts]]\nweight = 1\nmean = [0.0, 0.0]\nstd = 0.1\n",
}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 100 MB to spare: the tests are the same on every machine, and their input is small."""
    monkeypatch.setattr(memory, "available", lambda: 10**8)
    monkeypatch.setattr(memory, "UNASKED", 10**6)


@pytest.fixture
def peak() -> Callable[[], float]:
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1] / 1e6  # type: ignore[misc]
    tracemalloc.stop()


@pytest.mark.parametrize("what", ABSURD)
@pytest.mark.usefixtures("small")
def test_a_population(what: str, tmp_path: Path, refuse: Refusal, peak: Callable[[], float]) -> None:
    file = tmp_path / "p.toml"
    file.write_text(ABSURD[what])
    line = refuse("evaluate", file, "--shots", "1")
    assert "p.toml" in line and " GB of memory" in line and "use fewer classes" in line
    assert peak() < 50  # the text and its numbers, not what they stand for


@pytest.mark.usefixtures("small")
def test_a_grid(tmp_path: Path, refuse: Refusal) -> None:
    """The largest of the values that vary counts."""
    file = tmp_path / "g.toml"
    file.write_text(
        "shots = [1]\nways = [2]\n[[populations]]\nname = 'a'\nfamily = 'simplex_etf'\ncount = 40\n"
        "cdnv = 0.5\n[populations.vary]\ndimension = [64, 999999]\n"
    )
    for option in ([], ["--plan"]):
        line = refuse("sweep", file, *option)
        assert "'a' at {'dimension': 999999}" in line and " GB of memory" in line
    assert not (tmp_path / "g.sweep").exists()


@pytest.mark.usefixtures("small")
def test_arrays_beside_a_population(tmp_path: Path, refuse: Refusal) -> None:
    np.savez(tmp_path / "big.npz", a=np.random.default_rng(0).normal(size=(1500, 1500)))
    (tmp_path / "p.toml").write_text("family = 'gaussian'\narrays = 'big.npz'\n")
    assert "its arrays take about 0.18 GB of memory" in refuse("evaluate", tmp_path / "p.toml", "--shots", 1)


@pytest.mark.parametrize("verb", ["measure", "certify"])
@pytest.mark.usefixtures("small")
def test_features_of_many_classes(verb: str, tmp_path: Path, refuse: Refusal) -> None:
    labels = np.repeat(np.arange(20_000), 3)
    features = np.random.default_rng(0).normal(size=(60_000, 2)).astype(np.float32)
    np.savez(tmp_path / "f.npz", features=features, labels=labels)
    line = refuse(verb, tmp_path / "f.npz", "--shots", "1", "--ways", "2")
    assert "f.npz: labels: " in line and " GB of memory" in line and "--min-samples" in line


def test_what_fits_every_machine_is_never_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: 0)
    memory.require_memory(memory.UNASKED, "the least", "use less")
    with pytest.raises(InputError, match=r"the most take about 0\.537 GB of memory, and 0 GB .*; use less"):
        memory.require_memory(memory.UNASKED + 1, "the most", "use less")
    monkeypatch.setattr(memory, "available", lambda: None)  # a system that does not report it
    memory.require_memory(1e30, "the most", "use less")


def test_the_limit_of_the_process_itself_counts() -> None:
    """``ulimit -v``, in a process of its own."""
    pytest.importorskip("resource")
    code = (
        "import resource\nfrom simulations.runtime import memory\nbefore = memory.available()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "print(before, memory.available())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = map(int, ran.stdout.split())
    assert 0 < after < 1 << 30 and before > 0


@pytest.mark.parametrize(("limit", "used", "left"), [("1000", "400", 600), ("max", "400", None)])
def test_the_share_of_a_container_counts(
    limit: str, used: str, left: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text(f"{used}\n")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path)
    assert memory._share() == left
