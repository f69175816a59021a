"""The report's section on sharpness: every number is computed anew from the witnesses, never read from their
files."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from simulations import report
from simulations.attack.target import upper_bounds
from simulations.attack.witness import FOLDER, read
from simulations.jobs.verify import run as verify
from simulations.jobs.verify.chapters import Request, Sharpness
from simulations.jobs.verify.chapters.sharpness import recompute
from theory import catalogue
from theory.quantities import d, lam_i


@pytest.fixture(scope="module")
def run() -> verify.Run:
    return verify.run(seed=7, jobs=1, chapters=(Sharpness(),))


def test_every_upper_bound_has_its_figure(run: verify.Run) -> None:
    best, everything, missing = run.chapters[0].detail
    assert [each.bound for each in best] == upper_bounds()
    assert missing == ()
    assert len(everything) == len(list(FOLDER.glob("*.toml")))
    assert all(0 < each.ratio <= 1 + 1e-9 for each in everything)
    assert run.exit_status == 0


def test_the_figures_are_those_of_the_witnesses(run: verify.Run) -> None:
    """Beside the files: the best of each bound's witnesses, to what rounding leaves."""
    kept = [read(path) for path in FOLDER.glob("*.toml")]
    for each in run.chapters[0].detail[0]:
        ratios = [witness.ratio for witness in kept if witness.bound == each.bound]
        assert each.ratio == pytest.approx(max(ratios), rel=1e-9)


def test_the_numbers_in_a_witness_file_are_not_trusted(tmp_path: Path) -> None:
    """The control: a witness with changed comments gives the same numbers."""
    text = (FOLDER / "directional_2026-n1.toml").read_text(encoding="utf-8")
    (tmp_path / "directional_2026.toml").write_text(
        text.replace("#: ratio = 0.39", "#: ratio = 0.99").replace("#: error = ", "#: error = 9"),
        encoding="utf-8",
    )
    (changed,) = recompute("directional_2026", tmp_path)
    honest = next(each for each in recompute("directional_2026") if each.shots == 1)
    assert (changed.ratio, changed.error, changed.value) == (honest.ratio, honest.error, honest.value)


def test_a_refuted_bound_is_a_violation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with a catalogue that holds a false bound under that name, the run says violated."""
    shutil.copy(FOLDER / "cdnv_sharp.toml", tmp_path)
    false = dataclasses.replace(catalogue.get("cdnv_sharp"), statement=3 * lam_i / d**2)
    monkeypatch.setitem(catalogue._by_name, "cdnv_sharp", false)
    chapter = Sharpness(["cdnv_sharp", "exact_moment"], tmp_path)
    results = [task.function(*task.arguments) for task in chapter.tasks(Request(1))]
    findings = chapter.gather(results, 1)
    assert len(findings.violations) == 1 and "witness cdnv_sharp.toml" in findings.violations[0]
    assert findings.data["no_witness"] == ["exact_moment"]


def test_the_page_shows_figure_and_table(run: verify.Run, tmp_path: Path) -> None:
    report.write(run, tmp_path)
    section = (tmp_path / "sharpness.html").read_text(encoding="utf-8")
    assert "<svg" in section
    for name in upper_bounds():
        assert f'<a href="statements/{name}.html">' in section
    assert (tmp_path / "plots" / "sharpness-sharpness.svg").is_file()
    document = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    rows = document["chapters"]["sharpness"]["sharpness"]
    assert {row["bound"] for row in rows} == set(upper_bounds())
