"""The catalogue on a terminal of 80 columns, and in a pipe: whole names, whole words, every symbol
explained."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sympy as sp

from simulations import cli
from theory import catalogue
from theory.bound import ClassBound, PairBound
from theory.printing import definitions
from theory.quantities import TABLE


@pytest.fixture
def listing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(*arguments: str) -> str:
        monkeypatch.setenv("COLUMNS", "80")
        assert cli.main(["bounds", *arguments]) == 0
        return capsys.readouterr().out

    return run


def test_the_listing_cuts_no_word_at_80_columns(listing: Any) -> None:
    out = listing()
    assert "…" not in out and max(map(len, out.splitlines())) <= 80
    lines = [line.strip() for line in out.splitlines()]
    for bound in catalogue.STATEMENTS:
        assert f"{bound.name}: {bound.title}" in " ".join(lines)
    assert len(lines) <= 2 * len(catalogue.STATEMENTS) + 8


def test_list_and_detail_give_the_same_state_of_a_proof(listing: Any) -> None:
    listed = re.search(r"exact_moment: .*\n +.*; (\w+)\n", listing())
    assert listed is not None and listed[1] in ("checked", "formal")
    text = listing("exact_moment")
    assert "proof: checked" in text or "proof: formal" in text or "recorded as" in text


@pytest.mark.parametrize("bound", catalogue.STATEMENTS, ids=lambda bound: bound.name)
def test_every_symbol_of_the_text_has_its_entry(bound: Any) -> None:
    text = " ".join(each.text for each in definitions(bound))
    for symbol in bound.relation.free_symbols:
        if isinstance(symbol, sp.MatrixSymbol) or symbol.is_integer:  # sizes of matrices
            continue
        assert re.search(rf"(?<!\w){re.escape(str(symbol))}(?!\w)", text), symbol


def test_the_detail_says_what_the_page_says(listing: Any) -> None:
    out = " ".join(listing("exact_moment").split())
    for each in definitions(catalogue.get("exact_moment")):
        assert " ".join(f"{each.text}: {each.meaning}".split()) in out
    assert PairBound.for_k_classes in out and "Avg(...): Mean over ordered pairs" in listing("cdnv_2022")
    assert ClassBound.for_k_classes in " ".join(listing("min_distance").split())


def test_long_lines_are_whole(listing: Any) -> None:
    for name in ("exact_moment", "linear_maps"):
        out = listing(name)
        assert "…" not in out and catalogue.get(name).latex() in out


def test_twins_of_quantities_come_last_in_the_order_of_the_quantities() -> None:
    """They join the table of names as they are first needed, in an order that no two processes share."""
    names = [each.text for each in definitions(catalogue.get("union_moment"))]
    twins = [name for name in names if name.endswith("_at_l")]
    assert len(twins) > 4 and names[-len(twins) :] == twins
    table = [name for name in TABLE if not name.endswith("_at_l")]
    places = [table.index(name.removesuffix("_at_l")) for name in twins]
    assert places == sorted(places)
