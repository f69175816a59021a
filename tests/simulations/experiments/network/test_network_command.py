"""`collapse network`, end to end on a miniature; one line where torch is missing or the input is wrong."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers_network import blobs
from PIL import Image

from simulations import cli
from simulations.experiments.network.record import trace
from simulations.experiments.network.record.history import TITLES, cdnv_columns, interval
from simulations.experiments.network.training import recipe as recipes

Refusal = Callable[..., str]
WITHOUT_TORCH = importlib.util.find_spec("torch") is None
needs_torch = pytest.mark.skipif(WITHOUT_TORCH, reason="training needs torch (extra `network`)")


@pytest.fixture
def refuse(capsys: pytest.CaptureFixture[str]) -> Refusal:
    def run(*arguments: object) -> str:
        status = cli.main(["network", *map(str, arguments)])
        printed = capsys.readouterr()
        assert status == 2 and printed.out == "" and printed.err.count("\n") == 1, printed
        assert "; " in printed.err and "Traceback" not in printed.err
        return printed.err

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve classes of images in families, as people keep them on disk."""
    root = tmp_path_factory.mktemp("images")
    data = blobs(classes=12, groups=8, per_class=3)
    for number, (image, label, group) in enumerate(zip(data.images, data.labels, data.groups, strict=True)):
        place = root / data.class_names[label] / data.group_names[group]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / f"{number}.png")
    return root


def test_without_torch_there_is_one_clear_line(
    refuse: Refusal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "torch" else find(name, *a)
    )
    line = refuse("--out", tmp_path)
    assert "needs torch" in line and "pip install" in line and "collapse verify" in line


def test_wrong_options_are_refused(refuse: Refusal, tmp_path: Path) -> None:
    assert "--study" in refuse("--study", "shapes", "--out", tmp_path)
    assert "--model" in refuse("--model", "resnet", "--out", tmp_path)
    assert "--full" in refuse("--quick", "--full", "--out", tmp_path)


@pytest.mark.slow
@needs_torch
def test_an_earlier_run_is_not_overwritten(refuse: Refusal, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"something")
    assert "--resume" in refuse("--out", tmp_path)
    assert "damaged" in refuse("--out", tmp_path, "--resume")
    (tmp_path / "study-classes.json").write_text("{}", encoding="utf-8")
    assert "--resume" in refuse("--study", "classes", "--out", tmp_path)
    assert "not a record of a study" in refuse("--study", "classes", "--out", tmp_path, "--resume")


@needs_torch
def test_resuming_what_is_not_there_is_refused(refuse: Refusal, tmp_path: Path) -> None:
    for out in (tmp_path / "mistyped", tmp_path):
        for study in ((), ("--study", "classes")):
            line = refuse("--quick", "--resume", *study, "--out", out)
            assert line == f"collapse: {out}: holds no run to go on with; leave out --resume\n"
    assert not list(tmp_path.iterdir())


@needs_torch
def test_bad_folders_of_images_are_refused(refuse: Refusal, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bad = tmp_path / "bad"
    assert "bad" in refuse("--images", bad, "--out", out)
    shutil.copytree(folder / "class 0", bad / "class 0")
    assert "class" in refuse("--images", bad, "--out", out)  # one class
    assert not out.exists()


@needs_torch
@pytest.mark.slow
def test_a_miniature_end_to_end(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Images in, report out: trains, measures, records, and the chapter is computed from the record."""
    small = replace(recipes.QUICK, epochs=6, width=6, dimension=24, batch=32)
    monkeypatch.setattr(recipes, "QUICK", small)
    out = tmp_path / "out"
    assert cli.main(["network", "--quick", "--images", str(folder), "--out", str(out), "--seed", "5"]) == 0
    told_on_screen = capsys.readouterr().out
    assert "report: " in told_on_screen
    run_trace = trace.load(out)
    history: Any = run_trace.record["history"]
    first, last = history[0], history[-1]
    assert first["epoch"] == 0 and last["epoch"] == 6 and last["train_error"] < 0.1
    for name in ("source", "fresh", "new"):
        assert last["cdnv"][name]["mean"] < first["cdnv"][name]["mean"]
    assert last["errors"][1]["value"] < first["errors"][1]["value"]
    page = (out / "report" / "network.html").read_text(encoding="utf-8")
    assert 'id="network-certificates"' in page and 'id="network-depth"' in page
    # Recorded at every measured epoch; the last stage is what the recorded features say, but for rounding.
    assert all(len(row["depth"]) == 4 for row in history)
    assert last["depth"][-1]["groups"]["new"]["cdnv"]["mean"] == pytest.approx(
        last["cdnv"]["new"]["mean"], rel=1e-2
    )
    # One definition under one title: every CDNV of the screen's table is in the page's table.
    assert TITLES["source"] in page and history[-1]["cdnv"] != history[-1]["cdnv_all_classes"]
    for row in (first, last):
        for spread in cdnv_columns(row).values():
            assert f"<td>{spread['mean']:.3g}<br><small>{interval(spread)}</small></td>" in page
            expected = f"{spread['mean']:.4g}".rstrip("0")
            assert expected in told_on_screen, told_on_screen
    results = json.loads((out / "report" / "results.json").read_text(encoding="utf-8"))
    chapter = results["chapters"]["network"]
    # Today's numbers from the recorded features are those that the run wrote down.
    for row in chapter["cdnv"]:
        (then,) = [each for each in history if each["epoch"] == row["epoch"]]
        for name, spread in then["cdnv"].items():
            assert row[name]["mean"] == pytest.approx(spread["mean"], rel=1e-9)
    assert np.load(out / "trace.npz")["new_6"].dtype == np.float16
    # Resumed when there is nothing left to do, it says the same again.
    before = (out / "trace.npz").read_bytes()
    assert cli.main(["network", "--images", str(folder), "--out", str(out), "--seed", "5", "--resume"]) == 0
    assert (out / "trace.npz").read_bytes() == before
