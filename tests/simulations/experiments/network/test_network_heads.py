"""Heads on recorded features: fitted on source samples alone, and a sentence that says what they do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers_network import fake_trace

from simulations.experiments.network.record import heads as recorded_heads
from simulations.experiments.network.record.heads import HeadMeasures, heads_of, in_words
from simulations.experiments.network.record.measures import Labelled, cdnv_of
from simulations.features.heads import Whiten
from simulations.jobs.verify.chapters.network import Network, epoch_task, heads_task
from simulations.report.sections.registry import writer
from theory import catalogue

STRETCH = np.array([8.0, 4.0, 1.0, 1.0, 0.5, 0.5])


def noisy_classes(seed: int, classes: int = 8, samples: int = 12) -> Labelled:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), samples)
    means = 5 * rng.normal(size=(classes, 6))
    return Labelled(means[labels] + rng.normal(size=(len(labels), 6)) * STRETCH, labels)


@pytest.fixture(scope="module")
def measures() -> tuple[HeadMeasures, ...]:
    return heads_of({"source": noisy_classes(0), "new": noisy_classes(1)}, 0, 1e7)


@pytest.mark.slow
def test_every_head_is_tried_and_fitted_on_source_samples(measures: tuple[HeadMeasures, ...]) -> None:
    assert [each.name for each in measures] == list(recorded_heads.TRIED)
    source, new = noisy_classes(0), noisy_classes(1)
    by_hand = Whiten().fit(source.features, source.labels)
    white = next(each for each in measures if each.name == "whiten")
    assert white.fitted_parameters == {"shrinkage": by_hand.shrinkage} and white.fitted == (96, 8)
    under = Labelled(by_hand.transform(new.features), new.labels)
    assert white.cdnv.mean == pytest.approx(cdnv_of(under, 0).mean, rel=1e-9)
    assert measures[0].cdnv.mean == cdnv_of(new, 0).mean
    row = white.row()
    assert row["map"] == "whiten" and row["fitted_on"] == {"samples": 96, "classes": 8}
    assert measures[0].row()["map"] is None and len(row["errors"]) == len(row["bounds"]) == 2


@pytest.mark.slow
def test_the_sentence_follows_the_numbers(measures: tuple[HeadMeasures, ...]) -> None:
    """Whitening helps here; in the other order of the same numbers it harms, and the sentence says so."""
    plain, white = measures[0], next(each for each in measures if each.name == "whiten")
    assert "whiten (the best of 1 tried) lowers the error" in in_words((plain, white))
    assert "the tightest bound follows it" in in_words((plain, white))
    harmed = in_words((replace(white, name=""), replace(plain, name="l2")))
    assert "no head lowers the error" in harmed and harmed.endswith("; l2 raises it.")
    assert in_words((plain,)) == "No head can be applied to the features of this network."


def test_features_without_direction_leave_their_heads_out() -> None:
    new = noisy_classes(1)
    new.features[:3] = 0
    assert [each.name for each in heads_of({"source": noisy_classes(0), "new": new}, 0, 1e6)] == [
        "", "centre,l2", "whiten",
    ]  # fmt: skip
    assert heads_of({"new": noisy_classes(1)}, 0, 1e6) == ()


@pytest.mark.slow
def test_chapter_and_page_have_them(tmp_path: Path) -> None:
    fake_trace(tmp_path)
    chapter = Network(bounds=(catalogue.get("exact_moment"),), folder=tmp_path)
    results = [heads_task(tmp_path, 0), epoch_task(tmp_path, 3, chapter.tried, 0)]
    findings = chapter.gather(results, chapter.tests(results))
    assert len(findings.data["heads"]) == len(recorded_heads.TRIED)
    html = writer(chapter).section(findings, ()).html
    assert 'id="network-heads"' in html and "centre,l2" in html and in_words(results[0]) in html
    without = chapter.gather(results[1:], 1)
    assert 'id="network-heads"' not in writer(chapter).section(without, ()).html
