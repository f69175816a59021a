"""The README's table names every statement, and its examples are there to be run."""

from __future__ import annotations

import re
from pathlib import Path

from simulations.report.readme import BEGIN, END
from theory import catalogue

TEXT = (Path(__file__).resolve().parents[3] / "README.md").read_text(encoding="utf-8")


def test_the_table_names_every_statement_once() -> None:
    table = TEXT[TEXT.index(BEGIN) : TEXT.index(END)]
    named = re.findall(r"`(\w+)`", table)
    assert sorted(named) == sorted(catalogue.names())


def test_every_upper_bound_on_the_few_shot_error_has_its_tightness() -> None:
    table = TEXT[TEXT.index(BEGIN) : TEXT.index(END)]
    rows = {row.split("`")[1]: row.split("|") for row in table.splitlines() if row.startswith("| `")}
    upper = {bound.name for bound in catalogue.about("few_shot_error") if bound.kind == "upper"}
    assert set(rows) == upper
    medians = [float(cells[4]) for cells in rows.values()]
    assert medians == sorted(medians, reverse=True) and 0 < min(medians) <= max(medians) <= 1


def test_each_use_has_its_commands() -> None:
    verbs = set(re.findall(r"(?m)^collapse (\w+)", TEXT))
    assert {"check", "plot", "measure", "certify"} <= verbs
