"""Statements on settings of their own: true ones hold, and a formula or a limit made wrong is violated."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import sympy as sp

from simulations.jobs.verify.chapters import FewShot, OwnSettings, Request
from simulations.jobs.verify.chapters.own_settings import CENTRES, count_queries, has_own_settings
from simulations.report.sections.registry import writer
from simulations.verdicts.evaluate import few_shot_bounds
from simulations.verdicts.limits import limit_cases
from theory import catalogue
from theory.bound import ExistenceStatement
from theory.few_shot.cdnv_is_optimal import cdnv_is_optimal


@pytest.fixture(scope="module")
def results() -> list[Any]:
    return [task.function(*task.arguments) for task in OwnSettings().tasks(Request(seed=3))]


def test_every_statement_is_judged_somewhere() -> None:
    beside_populations = {bound.name for bound in FewShot().bounds}
    alone = {bound.name for bound in OwnSettings().bounds}
    assert beside_populations | alone == {bound.name for bound in few_shot_bounds()}
    assert not beside_populations & alone and alone == {"gaussian_given_centres", "cdnv_is_optimal"}


@pytest.mark.slow
def test_true_statements_hold(results: list[Any]) -> None:
    findings = OwnSettings().gather(results, 6)
    assert findings.violations == ()
    counts = {count.name: count.counts for count in findings.statements}
    assert counts["cdnv_is_optimal"]["holds"] >= 10
    assert counts["gaussian_given_centres"]["holds"] == len(CENTRES)


def test_the_ratio_tends_to_its_limit_from_the_right_side(results: list[Any]) -> None:
    """The gap shrinks in proportion to the noise."""
    by_noise: dict[float, float] = {}
    for case in results[0]:
        by_noise[case.noise] = max(by_noise.get(case.noise, -1.0), abs(case.gap))
    gaps = [by_noise[noise] for noise in sorted(by_noise)]
    assert gaps == sorted(gaps) and gaps[0] < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("more", [100, 2000])
def test_a_limit_that_is_too_high_is_violated(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One hundredth more, or one two-thousandth, which no law is claimed to reach."""
    raised = cdnv_is_optimal.statement * (1 + sp.Rational(1, more))
    bold = dataclasses.replace(cdnv_is_optimal, statement=raised)
    monkeypatch.setitem(catalogue._by_name, bold.name, bold)
    monkeypatch.setattr(catalogue, "STATEMENTS", [bold])
    chapter = OwnSettings()
    assert has_own_settings(bold) and isinstance(bold, ExistenceStatement)
    tasks = chapter.tasks(Request(seed=3))
    findings = chapter.gather([task.function(*task.arguments) for task in tasks], 6)
    assert findings.violations
    assert all("below the claimed limit" in sentence for sentence in findings.violations)


def test_a_wrong_formula_is_violated(results: list[Any]) -> None:
    """The error of a query of half its variance."""
    wrong = [
        dataclasses.replace(case, error=case.error * 0.9) if hasattr(case, "wrong") else case
        for case in results
    ]
    findings = OwnSettings().gather(wrong, 6)
    assert findings.violations and all(s.startswith("gaussian_given_centres") for s in findings.violations)


def test_the_count_depends_on_the_seed_alone() -> None:
    assert count_queries(2, False, 5) == count_queries(2, False, 5) != count_queries(2, False, 6)


def test_each_statement_has_a_page_with_its_cases(results: list[Any]) -> None:
    findings = OwnSettings().gather(results, 6)
    section = writer(findings.chapter).section(findings, ())
    pages = {page.bound.name: page.html for page in section.statements}
    assert "claimed limit" in pages["cdnv_is_optimal"] and "noise" in pages["cdnv_is_optimal"]
    assert all(where in pages["gaussian_given_centres"] for where, _, _ in CENTRES)
    assert len(limit_cases(cdnv_is_optimal, 1)) == pages["cdnv_is_optimal"].count("<tr>") - 1
