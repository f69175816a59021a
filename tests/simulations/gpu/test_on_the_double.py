"""Everything that ``--device gpu`` does, on a strict double of CuPy (``cupy_double``): no GPU is needed, and
nothing here has run on one.

Each test runs in a process of its own, so that no other test meets the double. Crossings between host and
card are counted against stated limits: each makes one of the two wait.
"""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.simulations.gpu.helpers_double import ROOT, environment, in_the_double

CLASS_LIMIT, RUN_LIMIT = 16, 16
"""Crossings for each class of one run, all of whose episodes of a class fit one batch, and for the whole run;
however many other classes and components of proposals there are."""
POOL_LIMIT = 8 + 16
"""Crossings a group of sweeps: row numbers out, ranks back, near ties back, and their number for each own
set."""
TRANSFER_LIMIT = 60

slow = pytest.mark.slow


@functools.cache
def result(name: str, *arguments: str, sms: str = "132") -> Any:
    """What ``gpu_runs.NAME`` returns on the stand-in for a GPU with this many multiprocessors."""
    if shutil.which("g++") is None:
        pytest.skip("there is no C++ compiler (g++) to compile the kernels with")
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "error::RuntimeWarning",
            "-m",
            "tests.simulations.gpu.gpu_runs",
            name,
            *arguments,
        ],
        cwd=ROOT,
        env=environment(CUPY_DOUBLE_SMS=sms),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@slow
def test_every_engine_runs_and_agrees_with_the_cpu() -> None:
    """All engines of the registry, wherever they accept; one that accepts nothing there says so."""
    from simulations.engines.choose import ENGINES

    every = result("engines", "4", "3e4", '"cpu gpu"')
    assert {name.partition(":")[0] for name in every} == {engine.name for engine in ENGINES}
    runs = {name: row for name, row in every.items() if ":" in name}
    for name in set(every) - set(runs):
        assert set(every[name]) == {f"the {name} engine works on the host"}
    for name, row in runs.items():
        if isinstance(row["cpu"], str):
            assert row["gpu"] == row["cpu"], (name, row)
            continue
        (value, low, high), (other, below, above) = row["cpu"], row["gpu"]
        if low == high:
            assert other == pytest.approx(value, rel=1e-12), name
        else:
            assert low <= above and below <= high, (name, row)
    assert sum(not isinstance(row["cpu"], str) for row in runs.values()) > 0.8 * len(runs)
    check_crossings(runs)


@slow
def test_crossings_do_not_grow_with_the_square_of_the_classes() -> None:
    # A GPU of few multiprocessors, which take their time on the host.
    every = result("engines", "8", "1e4", '"gpu"', sms="8")
    check_crossings({name: row for name, row in every.items() if ":" in name})


def check_crossings(runs: dict[str, Any]) -> None:
    for name, row in runs.items():
        assert row["crossings"] <= CLASS_LIMIT * row["classes"] + RUN_LIMIT, (name, row["where"])


@slow
def test_numbers_depend_on_the_seed_alone() -> None:
    """Numbers do not depend on the multiprocessors of the GPU, and do depend on all bits of the seed."""
    streams, other = result("streams"), result("streams", sms="16")
    assert streams == other
    assert streams["first"] + streams["expected"][5:6] + streams["second"] == streams["expected"][:11]
    assert streams["first"] != streams["low word of the seed alone"]


@slow
def test_the_streams_have_the_moments_of_their_laws() -> None:
    streams = result("streams")
    expected = {"normal": (0.0, 1.0), "gamma": (2.5, 2.5), "chisquare": (5.0, 10.0), "integers": (5.0, 4.0)}
    for name, (mean, variance) in expected.items():
        moments = streams["moments"][name]
        assert abs(moments[0] - mean) < 5 * (variance / 40_000) ** 0.5
        assert moments[1] == pytest.approx(variance, rel=0.06)
    chances = np.array([0.2, 0.5, 0.3])
    for name, trials in (("counts", 1000), ("few", 7)):
        mean, covariance, total = streams[name]
        assert total == trials
        np.testing.assert_allclose(mean, trials * chances, atol=5 * (trials / 4 / 20_000) ** 0.5)
        exact = trials * (np.diag(chances) - np.outer(chances, chances))
        np.testing.assert_allclose(covariance, exact, atol=0.05 * trials / 4)
    mean, variance, least = streams["rare"]  # Poisson, of mean 3
    assert least == 0 and abs(mean - 3) < 5 * (3 / 5000) ** 0.5 and variance == pytest.approx(3, rel=0.12)


@slow
def test_stored_features_give_the_same_numbers_as_on_a_cpu() -> None:
    """Classes 3e-4 of the spread apart and pools far from the origin included: what float32 leaves open is
    settled in float64. So are controls and the interval over classes."""
    errors = result("pool")
    for name in ("plain", "three shots", "far off"):
        assert errors[f"{name}, gpu"] == pytest.approx(errors[f"{name}, cpu"], rel=1e-12)
        assert errors[f"{name}, crossings a group"] <= POOL_LIMIT


@slow
def test_the_transfer_experiment_agrees_with_the_cpu() -> None:
    for name, row in result("transfer").items():
        assert row["crossings"] <= TRANSFER_LIMIT, name
        for measure, (mean, spread) in row["cpu"].items():
            other, its = row["gpu"][measure]
            # 24 replicates each; heavy tails, so six standard errors.
            assert abs(other - mean) <= 6 * (spread + its) / 24**0.5 + 1e-12, (name, measure)


@slow
def test_bounds_of_a_geometry_on_the_gpu_are_the_same() -> None:
    rows = result("geometry")
    for name, (host, card) in rows.items():
        assert card is host is None or card == pytest.approx(host, rel=1e-9), name
    # Most apply, so that equal refusals are not all that was compared.
    assert sum(host is not None for host, _ in rows.values()) >= 0.8 * len(rows)


@slow
def test_measure_gives_the_same_results_on_both_devices(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    features = rng.standard_normal((300, 12)) + 2.5 * np.eye(10, 12).repeat(30, axis=0)
    np.savez(tmp_path / "f.npz", features=features, labels=np.arange(10).repeat(30))
    rows = {}
    for device in ("cpu", "gpu"):
        command = [sys.executable, "-m", "simulations", "measure", str(tmp_path / "f.npz")]
        command += ["--shots", "1,5", "--ways", "2,5", "--device", device, "--json"]
        done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
        assert done.returncode in (0, 1) and done.stderr == "", done.stderr
        rows[device] = json.loads(done.stdout)["results"]
    for a, b in zip(rows["cpu"], rows["gpu"], strict=True):
        for key in ("value", "low", "high"):
            assert b["error"][key] == pytest.approx(a["error"][key], rel=1e-12)


@slow
def test_tasks_of_every_chapter_of_the_main_job_run(full: bool) -> None:
    """A task or two of each: the whole of `verify` takes too long on a double."""
    done = result("verify", "4" if full else "1")
    assert len(done) >= 6 and min(done.values()) >= 1


REFUSED = {
    "numpy.asarray(x)": "TypeError",
    "numpy.sum(x)": "TypeError",
    "x + numpy.ones(3)": "TypeError",
    "x.__setitem__(0, numpy.ones(1)[0:1])": "TypeError",
    "[1, 2, 3][cupy.asarray(1)]": "TypeError",
    "numpy.arange(3)[:cupy.asarray(1)]": "TypeError",
    "cupy.random": "AttributeError",
    "cupy.take(x, [0], mode='clip')": "TypeError",
    "cupy.stack([numpy.ones(3)])": "TypeError",
    "kernel((1, 70000), (1,), (x,))": "RuntimeError",
    "kernel((1,), (1,), (x.astype('float32'),))": "TypeError",
    "kernel((1,), (1,), (3.0,))": "TypeError",
    "cupy.RawModule(code='#include \"philox.cuh\"')": "CompileException",
}


def test_the_double_is_as_strict_as_cupy() -> None:
    """The controls of all tests above: what CuPy refuses is refused."""
    code = f"""
import cupy, numpy
x = cupy.arange(3.0)
source = 'extern "C" __global__ void f(double* x) {{{{ x[0] = 1; }}}}'
kernel = cupy.RawModule(code=source).get_function("f")
tiny = 'extern "C" __global__ void f(double* x) {{{{ x[0] = static_cast<float>(x[0]) * 1e-30f; }}}}'
small = cupy.asarray([1e-15])
cupy.RawModule(code=tiny).get_function("f")((1,), (1,), (small,))
assert float(small[0]) == 0.0, "denormal numbers are flushed"
for line, error in {REFUSED!r}.items():
    try:
        eval(line)
    except Exception as wrong:
        assert type(wrong).__name__ == error, (line, wrong)
    else:
        raise AssertionError(line)
"""
    done = in_the_double(code)
    assert done.returncode == 0, done.stderr
