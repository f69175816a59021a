"""Claims in the table of all statements: whole where they fit, else with what they depend on."""

from __future__ import annotations

import pytest

from simulations.figures.curves import claim_label
from simulations.report.overview.statements import BROADEST_CLAIM, claim_for_table
from simulations.report.page import formula
from theory import catalogue
from theory.printing import breadth


@pytest.mark.parametrize("name", catalogue.names())
def test_every_claim_fits_its_cell(name: str) -> None:
    bound = catalogue.get(name)
    whole, claim = formula(bound.relation, block=False), claim_for_table(bound)
    assert breadth(claim) <= BROADEST_CLAIM
    assert (claim == whole) == (breadth(whole) <= BROADEST_CLAIM)


def test_a_claim_in_short_names_what_it_depends_on() -> None:
    claim = claim_for_table(catalogue.get("directional_2025"))
    assert claim != formula(catalogue.get("directional_2025").relation, block=False)
    assert "<mi>f</mi>" in claim and "<mi>k</mi>" in claim and "<mi>n</mi>" in claim


def test_breadth_grows_with_what_is_shown() -> None:
    names = (
        "cdnv_sharp",
        "min_distance",
        "margin_order_6",
        "margin_order_8",
    )  # in the order a browser measures
    whole = [breadth(formula(catalogue.get(name).relation, block=False)) for name in names]
    assert whole == sorted(whole) and whole[-1] > 4 * whole[0]


@pytest.mark.parametrize("name", catalogue.names())
def test_every_statement_has_a_label_with_its_formula_in_figures(name: str) -> None:
    from matplotlib.mathtext import MathTextParser

    label = claim_label(name)
    assert label.startswith(f"{name}: $") and MathTextParser("path").parse(label).width > 0


def test_what_the_catalogue_lacks_is_labelled_by_its_name() -> None:
    assert claim_label("my_own_bound") == "my_own_bound"


def test_words_in_scripts_are_upright_and_indices_are_not() -> None:
    assert r"_{\operatorname{vote}}" in catalogue.get("vote_certificate").latex()
    assert "M_{i j}" in catalogue.get("cdnv_sharp").latex()
