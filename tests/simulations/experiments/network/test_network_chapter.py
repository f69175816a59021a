"""The chapter of the real network: computed from recorded features; tampering and false bounds are
noticed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from helpers_network import fake_trace

from simulations import report
from simulations.cli.network import _show
from simulations.experiments.network.record import trace
from simulations.experiments.network.record.history import narrow_interval
from simulations.jobs.verify import run as verify
from simulations.jobs.verify.chapters.network import Network, epoch_task
from simulations.runtime.errors import InputError
from theory import catalogue
from theory.bound import PairBound, derived
from theory.quantities import d, lam_i

pytestmark = pytest.mark.slow
FEW = tuple(catalogue.get(name) for name in ("exact_moment", "cdnv_2022", "gaussian_two_class"))


def false_bound() -> PairBound:
    return PairBound(
        name="planted",
        title="A planted false bound",
        statement=lam_i / (1000 * d**2),
        assumptions=(),
        provenance=derived("made wrong on purpose"),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trace")
    fake_trace(folder)
    return folder


@pytest.fixture(scope="module")
def finished_run(folder: Path) -> verify.Run:
    return verify.run(seed=3, jobs=1, chapters=(Network(bounds=(*FEW, false_bound()), folder=folder),))


def test_a_planted_false_bound_is_caught_and_true_ones_are_not(finished_run: verify.Run) -> None:
    assert finished_run.exit_status == 1
    assert {each.split(":")[0] for each in finished_run.violations} == {"planted"}
    (chapter,) = finished_run.chapters
    bounds, certificates = chapter.statements
    assert bounds.counts["violated"] == len(finished_run.violations) and certificates.counts["violated"] == 0
    assert sum(bounds.counts.values()) == 2 * 3 * 4


def test_numbers_come_from_the_features(folder: Path, tmp_path: Path) -> None:
    other = fake_trace(tmp_path, seed=1)
    ours = epoch_task(folder, 3, FEW, 0).cdnv["new"].mean
    assert ours != epoch_task(tmp_path, 3, FEW, 0).cdnv["new"].mean
    changed = dict(other.arrays)
    changed["new_3"] = (changed["new_3"] * np.float16(2)).astype(np.float16)
    record = {key: value for key, value in other.record.items() if key not in ("schema", "features_sha256")}
    trace.write(tmp_path, record, changed)
    again = epoch_task(tmp_path, 3, FEW, 0).cdnv["new"].mean
    assert again == pytest.approx(trace_cdnv(other), rel=1e-2)  # CDNV has no scale


def trace_cdnv(recorded: trace.Trace) -> float:
    from simulations.experiments.network.record.measures import cdnv_of

    return cdnv_of(recorded.groups(3)["new"], 0).mean


def test_the_page_shows_it_and_escapes_what_it_was_given(finished_run: verify.Run, tmp_path: Path) -> None:
    report.write(finished_run, tmp_path)
    page = (tmp_path / "network.html").read_text(encoding="utf-8")
    assert "noise &lt;b&gt;" in page and "noise <b>" not in page
    for name in ("network-curves", "network-bounds", "network-certificates"):
        assert f'id="{name}"' in page
    assert "network-sweeps" not in page  # studies belong to the packaged run
    names = {each.name for each in report.draw(finished_run)["network"]}
    assert names == {"cdnv", "error-and-bounds", "certificates"}
    json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("where", ["features", "labels", "size"])
def test_a_tampered_trace_is_caught(where: str, tmp_path: Path) -> None:
    fake_trace(tmp_path)
    file = tmp_path / "trace.npz"
    if where == "size":
        file.write_bytes(file.read_bytes() + b"x")
    else:
        with np.load(file) as stored:
            arrays = {name: stored[name] for name in stored.files}
        arrays["new_3" if where == "features" else "new_labels"][0] += 1
        np.savez_compressed(file, **arrays)
    with pytest.raises(InputError, match="not what was recorded"):
        trace.load(tmp_path)


def test_files_that_are_not_records_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        trace.load(tmp_path)
    fake = fake_trace(tmp_path)
    good = (tmp_path / "trace.json").read_text(encoding="utf-8")
    for bad in ("", "[]", "{}", good.replace('"schema": 1', '"schema": 2')):
        (tmp_path / "trace.json").write_text(bad, encoding="utf-8")
        with pytest.raises(InputError, match="not a record of a run"):
            trace.load(tmp_path)
    record = {key: value for key, value in fake.record.items() if key not in ("schema", "features_sha256")}
    trace.write(tmp_path, record, {k: v for k, v in fake.arrays.items() if k != "new_0"})
    with pytest.raises(InputError, match="lacks group new of epoch 0"):
        trace.load(tmp_path)
    trace.write(tmp_path, record, fake.arrays | {"new_0": np.full_like(fake.arrays["new_0"], np.nan)})
    with pytest.raises(InputError, match="no finite half-precision"):
        trace.load(tmp_path)


def test_the_terminal_shows_history_within_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _show(list(trace.load().record["history"]), Path("here"))
    printed = capsys.readouterr().out
    assert "…" not in printed and all(
        each in printed for each in ("0.0503", ".049–.052", "0.0022", "10-shot")
    )
    assert narrow_interval({"low": None, "high": None}) == ""


@pytest.mark.slow
def test_a_claim_that_fails_is_not_marked_as_a_violation(tmp_path: Path) -> None:
    chapter = Network(bounds=FEW)
    report.write(verify.run(seed=3, jobs=1, chapters=(chapter,)), tmp_path)
    page = (tmp_path / "network.html").read_text(encoding="utf-8")
    claims = page[page.index('id="network-claims"') :]
    claims = claims[: claims.index("</table>")]
    assert claims.count("▽</span> fails:") == claims.count("fails:") > 0
    assert "✗" not in claims and "nothing is violated by it" in claims
    document = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    claimed = document["chapters"]["network"]["claims"]
    assert {frozenset(claim) for claim in claimed} == {frozenset({"claim", "setting", "outcome", "told"})}
