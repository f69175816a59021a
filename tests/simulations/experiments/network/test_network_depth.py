"""Collapse across depth: what is recorded of a stage, sentence, figure, and the stages of the networks."""

from __future__ import annotations

import copy
import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from helpers_network import blobs, fake_trace

from simulations.experiments.network.record.depth import SHOWN, depth_row, in_words, tightest, upper_bounds
from simulations.experiments.network.record.measures import GRANTED, Labelled, cdnv_of
from simulations.jobs.verify.chapters.network import Network, epoch_task
from simulations.report.figures.depth import depth_drawing
from simulations.report.sections.registry import writer
from theory import catalogue
from theory.bound import Value
from theory.setting import Setting


def noisy_classes(noise: float, seed: int = 0, classes: int = 6, dimension: int = 12) -> Labelled:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), 9)
    means = np.random.default_rng(99).normal(size=(classes, dimension))
    return Labelled(means[labels] + noise * rng.normal(size=(len(labels), dimension)), labels)


def groups(noise: float) -> dict[str, Labelled]:
    return {name: noisy_classes(noise, seed) for seed, name in enumerate(SHOWN)}


@cache
def stage(noise: float) -> dict[str, Any]:
    return depth_row("block", groups(noise), 0, 1e6)


def history(*noises: float) -> list[dict[str, Any]]:
    depth = [{**stage(noise), "stage": f"block {at}"} for at, noise in enumerate(noises)]
    return copy.deepcopy([{"epoch": epoch, "depth": depth} for epoch in (0, 3)])


def test_a_stage_is_measured_as_everything_else_is() -> None:
    row = depth_row("block 1", groups(0.6), 0, 1e7)
    assert row["stage"] == "block 1" and row["dimension"] == 12 and list(row["groups"]) == list(SHOWN)
    for name, group in groups(0.6).items():
        measures = row["groups"][name]
        assert measures["cdnv"]["mean"] == pytest.approx(cdnv_of(group, 0).mean, rel=1e-12)
        assert measures["error"]["low"] <= measures["error"]["value"] <= measures["error"]["high"]
        setting = Setting(measures["error"]["shots"], measures["error"]["ways"])
        answers = [bound.evaluate(group.geometry(), setting, GRANTED) for bound in upper_bounds()]
        values = [answer.value for answer in answers if isinstance(answer, Value)]
        assert measures["bound"]["value"] == min(values) < 1
        named = catalogue.get(measures["bound"]["name"]).evaluate(group.geometry(), setting, GRANTED)
        assert isinstance(named, Value) and named.value == measures["bound"]["value"]


def test_vacuous_bounds_are_reported_as_no_bound() -> None:
    assert tightest(noisy_classes(30.0).geometry(), Setting(5, 5)) is None


def test_a_class_of_few_samples_has_fewer_shots() -> None:
    few = noisy_classes(0.5)
    kept = np.arange(len(few.labels)) % 9 < 3
    row = depth_row("block 1", {"new": Labelled(few.features[kept], few.labels[kept])}, 0, 1e6)
    assert row["groups"]["new"]["error"]["shots"] == 2


def test_the_sentence_says_what_falls_and_what_does_not() -> None:
    falling, mixed = in_words(history(1.0, 0.6, 0.3)), in_words(history(0.6, 0.3, 0.5))
    assert "it falls at every stage after the first" in falling
    assert "it falls at 1 of the stages after the first" in mixed
    assert "After epoch 3" in falling and "5-shot error" in falling
    for place, noise in ((0, 1.0), (-1, 0.3)):
        mean = cdnv_of(groups(noise)["new"], 0).mean
        assert f"{mean:.2g}" in falling.split("new classes ")[1].split(" to ")[-place].split(";")[0]


def test_the_figure_and_the_page() -> None:
    rows = history(1.0, 0.6, 0.3)
    picture = depth_drawing(rows)
    assert picture.alternative == in_words(rows) and b"epoch 3" in picture.svg
    undefined = history(1.0, 0.3)
    undefined[-1]["depth"][0]["groups"]["new"]["cdnv"]["mean"] = None
    assert "undefined" in depth_drawing(undefined).alternative


def test_a_record_without_depth_has_no_such_section(tmp_path: Any) -> None:
    fake_trace(tmp_path)
    chapter = Network(bounds=(catalogue.get("exact_moment"),), folder=tmp_path)
    results = [epoch_task(tmp_path, 3, chapter.tried, 0)]
    findings = chapter.gather(results, 1)
    assert "network-depth" not in writer(chapter).section(findings, ()).html
    findings.detail.trace.record["history"][-1]["depth"] = history(1.0, 0.5)[-1]["depth"]
    html = writer(chapter).section(findings, ()).html
    assert 'id="network-depth"' in html and "<td>new classes</td>" in html


@pytest.mark.parametrize(("model", "count"), [("conv4", 4), ("wrn-28-4", 3)])
def test_the_last_stage_is_the_features(model: str, count: int) -> None:
    pytest.importorskip("torch", reason="training needs torch (extra `network`)")
    from simulations.experiments.network.training.nets import build, features, features_by_stage
    from simulations.experiments.network.training.recipe import Recipe

    images = blobs(classes=4).images[:6]
    net = build(Recipe(model=model, width=4, dimension=16), 1, 4, 0)
    stages = features_by_stage(net, images, batch=4)
    assert len(stages) == count
    *_, last = stages.values()
    assert np.array_equal(last, features(net, images, batch=4))
    sizes = [values.shape[1] for values in stages.values()]
    assert sizes == sorted(sizes, reverse=True) and all(map(math.isfinite, last.ravel()))
