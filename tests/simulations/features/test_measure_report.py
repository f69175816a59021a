"""The page of `collapse measure --report`: complete, self-contained, no markup by accident."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations import cli, measure
from simulations.features import FeatureFile, load_features
from simulations.features.assume import parse
from simulations.features.words import intervals_in_words
from simulations.report.pages.measurement import page, write
from simulations.runtime.wording import shots_in_words

pytestmark = pytest.mark.usefixtures("fewer_sweeps")

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Tags that balance, ids that are unique, and everything that would be loaded from elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        self._attributes(attributes)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._attributes(attributes)

    def _attributes(self, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name == "id":
                self.ids.append(str(value))
            if name in ("src", "href", "xlink:href"):
                self.links.append(str(value))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture
def features(tmp_path: Path) -> Path:
    return save_features(tmp_path)


def save_features(folder: Path) -> Path:
    rng = np.random.default_rng(4)
    names = np.array(["ant", "<script>alert(1)</script>", "a&b", "\x1b[31mred", "elk"])
    labels = np.repeat(names, 12)
    rows = rng.standard_normal((60, 5)) + 3 * np.repeat(np.eye(5), 12, axis=0)
    np.savez(folder / "f.npz", features=rows, labels=labels)
    return folder / "f.npz"


def measured(features: Path, **options: Any) -> Any:
    return measure(load_features(features), [1, 5], [2, 5], **options)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """What was measured, and the folder of its page: read by several tests, changed by none."""
    folder = tmp_path_factory.mktemp("measured")
    measurement = measured(save_features(folder), assumed=[parse("SubGaussian=1.5")])
    assert write(measurement, folder / "out") == folder / "out" / "index.html"
    return measurement, folder / "out"


@pytest.mark.slow
def test_the_page_holds_everything(written: tuple[Any, Path]) -> None:
    measurement, folder = written
    path = folder / "index.html"
    parsed = Page(path.read_text(encoding="utf-8"))
    text = " ".join(parsed.words)
    assert parsed.tags.count("svg") == len(measurement.rows) + 4 == 8
    for row in measurement.rows:
        assert f"{row.setting.ways} ways, {shots_in_words(row.setting.shots)}" in text
        assert f"{row.estimate.value:.3g}" in text
        fresh, new, own = intervals_in_words(row.estimate)
        assert own in text and new in text and fresh in text
        assert ("there is no interval" in new) == (row.setting.ways == 5 or row.estimate.value == 0)
        for verdict in row.verdicts:
            assert verdict.bound in text
            if verdict.value is not None:
                assert f"{verdict.value:.3g}" in text
            if verdict.reason:
                assert verdict.reason in text
    for spread in measurement.cdnv.values():
        assert f"{spread.mean:.3g}" in text and f"{spread.low:.3g}" in text
    assert "SubGaussian(sigma=1.5)" in text
    assert all(warning in text.replace("\\x1b", "\x1b") for warning in measurement.warnings)
    assert "nan" not in text.split() and "None" not in text


@pytest.mark.slow
def test_the_page_explains_itself(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    labels = np.repeat([0, 1, 2], 20)
    split = np.where(np.arange(60) % 2 == 0, "test", "train")
    file = FeatureFile.of(rng.standard_normal((60, 4)) + 3 * np.eye(3, 4)[labels], labels, split=split)
    measurement = measure(file.restrict("test"), [1], [2], seed=20261)
    text = " ".join(" ".join(Page(page(measurement)).words).split())
    assert "30 samples, only split test, 3 classes" in text
    assert f"({measurement.rows[0].estimate.effort.episodes} episodes, seed 20261)" in text
    assert "2 ways, 1 shot" in text and " 1 shots" not in text
    for phrase in ("spread within classes", "regular simplex", "No NC3 and NC4"):
        assert phrase in text
    assert "what the estimated moments leave open" in text and "A dash: none was computed" in text
    assert "all splits together (test, train)" in page(measure(file, [1], [2]))
    assert "split" not in page(measure(FeatureFile.of(file.features, labels), [1], [2]))


def test_the_page_is_self_contained(written: tuple[Any, Path]) -> None:
    text = (written[1] / "index.html").read_text(encoding="utf-8")
    parsed = Page(text)
    figures = [link for link in parsed.links if link.startswith("plots/")]
    parsed.links = [link for link in parsed.links if link not in figures]
    assert len(figures) == 3 * (4 + 4) and all((written[1] / link).is_file() for link in figures)
    assert not {"script", "link", "img", "iframe", "math"} & set(parsed.tags)
    assert all(link.startswith("#") for link in parsed.links)
    assert all(link[1:] in parsed.ids for link in parsed.links)
    assert len(parsed.ids) == len(set(parsed.ids))
    assert not re.search(r"url\((?!#)|@import", text)
    assert not {"\x1b", "\x07"} & set(text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text and "a&amp;b" in text


@pytest.mark.parametrize("text", ["<p><b></p>", "<p>", "<ul><li></ul>"])
def test_the_parser_sees_tags_that_do_not_balance(text: str) -> None:
    with pytest.raises(AssertionError):
        Page(text)


@pytest.mark.slow
def test_pictures_are_written_and_do_not_change(features: Path, tmp_path: Path) -> None:
    first, second = (write(measured(features), tmp_path / name).parent for name in ("a", "b"))
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) == 1 + 4 * (4 + 4)
    for each in files:
        assert (first / each).read_bytes() == (second / each).read_bytes(), each


def test_every_figure_is_there_as_pdf_and_as_numbers(written: tuple[Any, Path]) -> None:
    measurement, folder = written
    plots = folder / "plots"
    kinds = {name: {path.stem for path in plots.glob(f"*.{name}")} for name in ("svg", "png", "pdf", "csv")}
    assert len(kinds["svg"]) == 8 and all(names == kinds["svg"] for names in kinds.values())
    assert all(path.read_bytes().startswith(b"%PDF") for path in plots.glob("*.pdf"))
    for row in measurement.rows:
        name = f"measured-{row.setting.ways}-way-{row.setting.shots_text}-shot"
        with (plots / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            table = {line["quantity"]: line for line in csv.DictReader(file)}
        assert float(table["error"]["high"]) == row.estimate.high
        values = {v.bound: v.value for v in row.verdicts if v.value is not None}
        fresh = table.pop("error on fresh samples")
        assert float(fresh["low"]) == row.estimate.over_samples.low < float(table["error"]["low"])
        assert {key: float(line["value"]) for key, line in table.items() if key != "error"} == values


def test_nothing_to_draw(tmp_path: Path) -> None:
    """Fully collapsed classes: the error and every bound are 0."""
    labels = np.repeat([0, 1, 2], 5)
    np.savez(tmp_path / "f.npz", features=np.eye(3)[labels], labels=labels)
    text = page(measure(load_features(tmp_path / "f.npz"), [1]))
    assert Page(text).tags.count("svg") == 1 + 4


@pytest.mark.slow
def test_the_option(features: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "deep" / "out"
    assert cli.main(["measure", str(features), "--shots", "1", "--json", "--report", str(out)]) == 0
    assert (out / "index.html").exists() and capsys.readouterr().out.startswith("{")
    (tmp_path / "file").write_text("in the way")
    assert cli.main(["measure", str(features), "--shots", "1", "--report", str(tmp_path / "file")]) == 2
    printed = capsys.readouterr()
    assert (
        printed.out == "" and printed.err.count("\n") == 1 and "; " in printed.err and "file" in printed.err
    )
