"""One rule says which bound is the tightest, none of `measure` is called a guarantee, names are whole."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulations import FeatureFile, measure
from simulations.cli.measure_show import document, show
from simulations.engines.pool import FEWEST_ERRING
from simulations.estimates import Estimate
from simulations.features.advice import advice
from simulations.features.assume import parse
from simulations.features.tightest import tightest, why_left_out
from simulations.features.words import headline, intervals_in_words
from simulations.report.pages.measurement import page
from theory.bound import NotApplicable

pytestmark = pytest.mark.usefixtures("fewer_sweeps")

CLASSES, DIMENSION = 20, 16
LABELS = np.repeat(np.arange(CLASSES), 30)
FEATURES = 1.5 * np.random.default_rng(0).standard_normal((CLASSES, DIMENSION))[LABELS]
FEATURES = FEATURES + np.random.default_rng(1).standard_normal((len(LABELS), DIMENSION))


@pytest.fixture(scope="module")
def measurement() -> Any:
    return measure(FeatureFile.of(FEATURES, LABELS), [1, 5], [5])


@pytest.mark.slow
def test_an_undecided_bound_counts_and_more_shots_do_not_make_it_worse(measurement: Any) -> None:
    named = [tightest(row, measurement) for row in measurement.rows]
    assert named[0] is not None and named[1] is not None and named[1].end < named[0].end
    outcomes = {v.bound: v.outcome for v in measurement.rows[1].verdicts}
    assert outcomes[named[1].bound] == "undecided", "the case is to be one that the error cannot decide"


def test_what_is_named_everywhere_is_the_same(measurement: Any) -> None:
    markup = page(measurement)
    for row in measurement.rows:
        best = tightest(row, measurement)
        assert best is not None and headline(row, measurement).bound == best
        line = next(text for text in advice(measurement) if text.startswith(headline(row).where))
        assert f"is {best.bound} at {best.value:.4g} ({best.span()})" in line
        assert str(best) in headline(row, measurement).sentence() and str(best) in markup


def test_a_violated_or_refuted_bound_is_not_named(measurement: Any) -> None:
    """The control of the rule: the same row, its best bound called violated, void, or below the error."""
    row = measurement.rows[0]
    best = tightest(row, measurement)
    assert best is not None
    changed = {
        "violated": [replace(v, outcome="violated") if v.bound == best.bound else v for v in row.verdicts],
        "below": [
            replace(v, outcome="undecided", value=row.estimate.low / 2) if v.bound == best.bound else v
            for v in row.verdicts
        ],
    }
    for why, verdicts in changed.items():
        other = replace(row, verdicts=tuple(verdicts))
        verdict = next(v for v in verdicts if v.bound == best.bound)
        assert why_left_out(verdict, other, measurement) == why
        second = tightest(other, measurement)
        assert second is not None and second.bound != best.bound
    vouched = replace(
        measurement, granted=(parse("SubGaussian=0.1"),), contradicted=(parse("SubGaussian=0.1"),)
    )
    verdict = replace(row.verdicts[0], bound="subgaussian", outcome="holds", value=1e-9)
    assert why_left_out(verdict, row, vouched) == "void"
    assert why_left_out(verdict, row, replace(vouched, contradicted=())) is None
    assert (
        why_left_out(replace(verdict, outcome="undecided"), row, replace(vouched, contradicted=()))
        == "undecided"
    )


def test_errors_of_few_classes_give_no_interval_for_new_classes(measurement: Any) -> None:
    """Two of 20 classes touch, all others lie far off: the jackknife would be blind to what others may do."""
    features = FEATURES + 1e3 * np.eye(CLASSES, DIMENSION)[np.maximum(LABELS - 5, 0)] * (LABELS > 5)[:, None]
    (row,) = measure(FeatureFile.of(features, LABELS), [1], [5]).rows
    erring = sum(error > 0 for error in row.estimate.per_class)
    assert 0 < erring < FEWEST_ERRING
    over = row.estimate.over_classes
    assert isinstance(over, NotApplicable) and f"errors in {erring} of 20 classes" in over.reason
    summary = headline(row)
    assert (
        summary.new == "-"
        and over.reason in summary.sentence()
        and f"{row.estimate.value:.3g}" in summary.error
    )
    assert isinstance(measurement.rows[0].estimate.over_classes, Estimate)


def test_a_value_that_few_draws_carry_is_marked_as_such(measurement: Any) -> None:
    row = measurement.rows[1]
    few = replace(row, estimate=replace(row.estimate, low=0.0, high=max(1e3 * row.estimate.value, 1e-3)))
    assert not few.estimate.resolved
    summary = headline(few, measurement)
    assert summary.error == f"about {row.estimate.value:.3g}" and summary.fresh.startswith("below ")
    assert "The error comes from few draws" in summary.sentence()


@pytest.mark.parametrize("width", ["80", "200"])
def test_the_terminal_cuts_no_name(
    measurement: Any, width: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    show(measurement, verbose=True)
    printed = capsys.readouterr().out
    assert (
        "…" not in printed
        and "guaranteed" not in printed
        and "guarantee nothing" in " ".join(printed.split())
    )
    heading = next(line for line in printed.split("\n") if "new classes (95 %)" in line)
    assert "error" in heading and "these classes (95 %)" in heading
    for entry in document(measurement, None)["results"]:
        named = re.search(
            r"bound from estimated moments: below \S+ \(up to [^;]*; (\w+)\)", entry["in_words"]
        )
        assert named is not None and re.search(rf" {named[1]} *\n", printed)
        new = entry["error_on_new_classes"]
        assert (new["low"] is None) == (new["reason"] is not None)


def test_the_page_says_it_in_words_first_and_explains_them(measurement: Any) -> None:
    text = page(measurement)
    assert text.index('<section id="advice">') < text.index('<section id="collapse">')
    assert "guaranteed" not in text and "guarantee nothing" in text and "its <a" not in text
    for word in ("CDNV", "undecided", "scored", "vacuous"):
        assert f"<dt><strong>{word}</strong></dt>" in text
    assert not re.search(r"</table>\s*<table", text), "tables need a gap"
    assert "<td></td></tr>" not in text.split('<section id="advice">')[1].split("</section>")[1]


def test_ticks_of_classes_and_pairs_are_whole_numbers(
    measurement: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from simulations.report.figures import measurement as figures_of_measurement

    kept: list[Any] = []
    original = figures_of_measurement.as_picture
    monkeypatch.setattr(
        figures_of_measurement,
        "as_picture",
        lambda figure, *a, **k: (kept.append(figure), original(figure, *a, **k))[1],
    )
    figures_of_measurement.class_errors(measurement)
    figures_of_measurement.pair_histogram(measurement)
    for ticks in (kept[0].axes[0].get_xticks(), kept[1].axes[0].get_yticks()):
        assert len(ticks) > 1 and all(math.isclose(tick, round(tick), abs_tol=1e-9) for tick in ticks)


def test_an_interval_scales_with_its_share() -> None:
    """An exact error has confidence 1; its interval over fresh samples has not."""
    labels = np.repeat([0, 1, 2], 5)
    (row,) = measure(FeatureFile.of(np.eye(3)[labels], labels), [1]).rows
    assert row.estimate.exact and "95 % interval 0 to" in intervals_in_words(row.estimate)[0]


def test_a_bound_that_may_be_above_chance_is_marked_as_such(measurement: Any) -> None:
    row = measurement.rows[0]
    spans = {key: (low, max(high, 0.9)) for key, (low, high) in measurement.bound_intervals.items()}
    wide = replace(measurement, bound_intervals=spans)
    assert not headline(row, wide).helps and "no bound helps" in headline(row, wide).sentence()
    assert "no bound is certain to be better than guessing" in advice(wide)[0]
