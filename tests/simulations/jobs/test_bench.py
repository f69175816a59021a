"""`collapse bench` gives every figure it promises; a GPU that is not there is said to be so in one line."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations.estimates import Effort, Estimate, Exact, Replicates
from simulations.jobs.bench import human, run
from simulations.jobs.bench.recorded import joined, path_of, record, recorded
from simulations.jobs.bench.timing import efficiency, exponent
from simulations.jobs.bench.verify import WidthRow, summary
from simulations.report.pages import bench as bench_page
from simulations.report.pages.bench import _verify_facts, write
from simulations.runtime import device
from simulations.runtime.errors import InputError


def test_features_beside_plain_formulas() -> None:
    """The plain formulas are those of ``theory.collapse``, so what is timed is the same metric."""
    from simulations.features import FeatureFile
    from simulations.jobs.bench import features
    from theory import ClassGeometry, collapse

    rows, labels, weights = features._cube(6, 400, 10)
    geometry = ClassGeometry.from_features(rows, labels, estimator="plugin")
    plain = features.plain(np, rows.astype(np.float64), labels, weights)
    expected = [collapse.nc1(geometry), collapse.nc3(geometry, weights), *collapse.nc2(geometry).values()]
    assert [plain[1], plain[3], *plain[4:]] == pytest.approx(expected, rel=1e-6)
    assert features.ours(FeatureFile.of(rows, labels), weights) == pytest.approx(plain, rel=0.05, abs=0.01)
    timings = run("cpu", sections=("features",), repetitions=2)["sections"]["features"]
    assert timings["metrics"]["over_numpy"] > 0 and timings["dimensions"]["over_numpy"] > 0
    assert timings["tracker"]["error_at_offset"] < 1e-3 < timings["tracker"]["numpy_error_at_offset"]
    assert timings["memory"]["peak_mib"]["ours"] > 0
    facts = [words for words, _ in bench_page._facts({"features": timings})]
    assert sum("over plain NumPy" in words for words in facts) == 4


@pytest.mark.slow
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


def test_intervals_of_the_verdict_matrix_against_direct_simulation() -> None:
    """Exact settings count as such; whatever engine is chosen gains."""
    timings = run("cpu", sections=("verify",), repetitions=2)["sections"]["verify"]
    sampled = timings["ratio"]["settings"]
    assert timings["settings"] == timings["exact"] + sampled and timings["exact"] >= 2 and sampled >= 3
    # Direct simulation is given its own narrow intervals here: about what a normal one is.
    assert timings["by_engine"]["conditional"]["median"] > 5
    assert all(each["median"] > 1 for name, each in timings["by_engine"].items() if name != "direct")
    assert json.loads(json.dumps(timings)) == timings
    text = dict(_verify_facts(timings))
    assert text["settings of the verdict matrix: exact"] == f"{timings['exact']} of {timings['settings']}"


def test_the_summary_counts_and_compares() -> None:
    def estimate(width: float, method: str) -> Estimate:
        rule: Any = Exact(0.25) if width == 0 else Replicates(64, 0.25, width)
        return Estimate.of(0.25, rule, method, Effort(1.0))

    sharp, wide = estimate(0.001, "orthant"), estimate(0.05, "direct")
    rows = [WidthRow("a", estimate(0, "enumeration"), 1.0), WidthRow("b", sharp, 1.0, wide, 1.0)]
    rows += [WidthRow("c", wide, 2.0, sharp, 1.0)]
    totals = summary(rows)
    assert (totals["settings"], totals["exact"]) == (3, 1)
    assert totals["by_engine"]["orthant"]["median"] == pytest.approx(50)
    assert totals["by_engine"]["direct"]["median"] == pytest.approx(1 / 50)
    assert totals["ratio"]["median"] == pytest.approx((50 + 1 / 50) / 2)
    assert totals["at_least_10_or_exact"] == pytest.approx(2 / 3)
    assert totals["direct_seconds_over_ours"] == pytest.approx(2 / 3)
    assert totals["least"].startswith("c (direct)")
    text = dict(_verify_facts(totals))
    assert text["settings of the verdict matrix: exact, or ten times narrower"] == "66.7%"


def figures() -> dict[str, Any]:
    """A document with every section that the page shows, of made-up figures."""
    row = {"engine": {"mean": 0.3, "relative_error": 1e-3, "seconds": 0.1, "efficiency": 2e4}}
    row |= {"direct": {"mean": 0.3, "relative_error": 0.1, "seconds": 0.2, "efficiency": 10.0}, "ratio": 2e3}
    rare = {**row, "direct": {**row["direct"], "variance": "binomial floor"}, "ratio": 9e5}
    refused = {"engine": {"refused": "no <control>"}, "direct": row["direct"]}
    places = [{"means": "simplex", "distance": d, **each} for d, each in ((5, row), (9, rare), (12, refused))]
    axis = {"sizes": [3, 5, 10], "seconds": [0.1, 0.2, 0.4], "exponent": 1.15}
    return {
        "schema": 1,
        "device": "cpu",
        "machine": {"python": "3"},
        "repetitions": 64,
        "seconds": 1.0,
        "sections": {
            "conditional": {"rows": places, "large_budget": [], "setup_seconds": 0.05},
            "engines": {"orthant, full": row},
            "growth": {"k": axis, "C": axis},
        },
    }


def test_the_page_shows_bars_and_growth(tmp_path: Path) -> None:
    page = write(figures(), tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "9e+05" in text and "exponent 1.15" in text and "refused: no &lt;control&gt;" in text
    assert text.count("<svg") == 2 and "<script" not in text
    assert {path.name for path in (tmp_path / "plots").iterdir()} == {
        f"bench-{name}.{kind}" for name in ("efficiency", "growth") for kind in ("svg", "png")
    }
    assert json.loads((tmp_path / "bench.json").read_text())["sections"]["growth"]["k"]["exponent"] == 1.15
    again = write(figures(), tmp_path / "again")
    assert again.read_bytes() == page.read_bytes()
    noted = write({**figures(), "notes": ["on <two> cores"]}, tmp_path / "noted").read_text(encoding="utf-8")
    assert "on &lt;two&gt; cores" in noted and "on &lt;two&gt;" not in text


def test_figures_of_a_gpu_are_absent_unless_measured() -> None:
    assert recorded("NVIDIA H100 80GB HBM3") is None
    assert path_of("NVIDIA H100 80GB HBM3").name == "nvidia-h100-80gb-hbm3.json"
    kept = recorded("cpu")
    assert kept is None or kept["device"] == "cpu"


def test_a_section_joins_the_recorded_ones_and_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[record.__module__], "FOLDER", tmp_path)
    before = figures()
    record(before)
    machine = {"python": "3.99", "numpy": "9", "platform": "Other", "cores": 5}
    later = {**before, "machine": machine, "repetitions": 7, "seconds": 9.0, "sections": {"features": {}}}
    record(joined(later))
    kept = recorded("cpu")
    assert kept is not None and set(kept["sections"]) == {*before["sections"], "features"}
    assert kept["machine"] == before["machine"] and kept["repetitions"] == before["repetitions"]
    assert kept["separate"] == {"features": {"machine": machine, "repetitions": 7, "seconds": 9.0}}
    text = write(kept, tmp_path / "page").read_text(encoding="utf-8")
    assert "Section features was measured separately: 7 repetitions, 9 s, Python 3.99" in text
    assert "measured separately" not in write(before, tmp_path / "before").read_text(encoding="utf-8")


def test_unknown_section_and_device() -> None:
    with pytest.raises(InputError, match="unknown section 'speed'"):
        run("cpu", sections=("speed",))
    with pytest.raises(InputError, match="'tpu' is not a device"):
        run("tpu", sections=())


def test_a_missing_gpu_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(device, "gpu_refusal", lambda: "no CUDA device is visible")
    with pytest.raises(InputError) as caught:
        device.pick("gpu")
    assert "no CUDA device is visible" in str(caught.value) and "\n" not in str(caught.value)
    assert device.pick("auto").kind == "cpu"
    assert capsys.readouterr().err == "collapse: no GPU is used: no CUDA device is visible\n"


def test_efficiency_is_measured_over_repetitions() -> None:
    statistics = efficiency(lambda seed: 1.0 + 0.1 * (-1) ** seed, 64)
    assert statistics["mean"] == pytest.approx(1.0)
    assert statistics["relative_error"] == pytest.approx(0.1 * math.sqrt(64 / 63))
    assert exponent([1, 10, 100], [2.0, 20.0, 200.0]) == pytest.approx(1.0)
