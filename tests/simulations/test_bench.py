"""`collapse bench` gives every figure it promises; a GPU that is not there is said to be so in one line."""

from __future__ import annotations

import json
import math

import pytest

from simulations import device
from simulations.bench import human, run
from simulations.bench.timing import efficiency, exponent
from simulations.errors import InputError


def test_sections_are_json_and_readable() -> None:
    document = run("cpu", sections=("geometry", "enumeration", "pool", "sweep"), repetitions=2)
    again = json.loads(json.dumps(document))
    assert again["sections"]["geometry"]["cdnv_extra_mib"] > 0
    assert set(again["sections"]["pool"]) == {"n = 1", "n = 5", "n = 20"}
    assert "enumeration would take about" in again["sections"]["enumeration"]["refusal"]
    assert again["sections"]["sweep"]["tasks"] == [500, 1000]
    assert math.isfinite(again["sections"]["sweep"]["seconds_a_task"])
    text = human(document)
    assert "cdnv_over_plain" in text and "efficiency" in text


def test_unknown_section_and_device() -> None:
    with pytest.raises(ValueError, match="unknown section 'speed'"):
        run("cpu", sections=("speed",))
    with pytest.raises(InputError, match="'tpu' is not a device"):
        run("tpu", sections=())


def test_a_missing_gpu_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "gpu_refusal", lambda: "no CUDA device is visible")
    with pytest.raises(InputError) as caught:
        device.pick("gpu")
    assert "no CUDA device is visible" in str(caught.value) and "\n" not in str(caught.value)
    chosen = device.pick("auto")
    assert chosen.kind == "cpu" and chosen.reason == "no CUDA device is visible"


def test_efficiency_is_measured_over_repetitions() -> None:
    found = efficiency(lambda seed: 1.0 + 0.1 * (-1) ** seed, 64)
    assert found["mean"] == pytest.approx(1.0)
    assert found["relative_error"] == pytest.approx(0.1 * math.sqrt(64 / 63))
    assert exponent([1, 10, 100], [2.0, 20.0, 200.0]) == pytest.approx(1.0)
