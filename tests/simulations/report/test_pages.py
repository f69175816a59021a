"""The reports in a real browser: readable, accessible, printable, without scripts or requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers_browser import (
    COVERED,
    CUT_CLAIMS,
    CUT_FIGURES,
    EMPTY_FORMULAS,
    FLAT_FRACTIONS,
    HIDDEN_BARS,
    OVERFLOW,
    PICTURES,
    SMALLEST_TEXT,
    accessibility,
    browser_path,
    browsing,
    opened,
)
from helpers_pages import HOSTILE, PAGES, make_pages

from simulations import report
from simulations.report.overview.statements import claim_for_table
from simulations.report.page import formula
from theory import catalogue

STYLE = (Path(report.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")

pytestmark = pytest.mark.slow

WIDTHS = (1280, 400)
LARGEST = 5_000_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = browser_path()
    if path is None:
        pytest.skip("there is no chromium on this machine; apt-get install chromium")
    with browsing(path) as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_pages(tmp_path_factory.mktemp("pages"))


@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_and_nothing_is_asked_for(name: str, browser: Any, pages: dict[str, Path]) -> None:
    file = pages[name]
    assert file.stat().st_size < LARGEST
    with opened(browser, file) as visit:
        assert visit.requests == [file.as_uri()]
        assert visit.scripts == [] and visit.complaints == []
        assert "ran" not in visit.page.title().split()
        assert visit.page.locator("script, iframe, object, embed, link, form, base").count() == 0
        text = visit.page.locator("body").text_content()
    hostile_texts = {"check": HOSTILE[:2], "verify, few-shot": HOSTILE[:3], "measure": HOSTILE[:3]}.get(
        name, ()
    )
    assert all(hostile in text for hostile in hostile_texts)
    assert not {"\x1b", "\x07", "\u202e", "\u2066"} & set(text)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_it_is_read_at_any_width(name: str, width: int, browser: Any, pages: dict[str, Path]) -> None:
    with opened(browser, pages[name], width) as visit:
        page = visit.page
        assert page.evaluate(OVERFLOW) <= 0
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        assert page.evaluate(OVERFLOW) <= 0
        assert page.evaluate(CUT_FIGURES) == 0 and page.evaluate(HIDDEN_BARS) == 0
        assert page.evaluate(PICTURES) == []
        if name != "verify, few-shot":
            assert page.locator("svg[role=img]").count() > 0
        if name in ("verify", "verify, statement", "check"):
            assert page.locator("math").count() > 0
            assert page.evaluate(EMPTY_FORMULAS) == 0 and page.evaluate(FLAT_FRACTIONS) == 0
        if name == "verify, few-shot":
            assert page.evaluate(SMALLEST_TEXT) >= 10
            end = page.evaluate(COVERED)
            assert abs(end["head"]) < 2 and end["right"] > -2 and end["overlap"] <= 1, end


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_it_is_accessible(name: str, colours: str, browser: Any, pages: dict[str, Path]) -> None:
    width = 1280 if colours == "light" else 400
    with opened(browser, pages[name], width, color_scheme=colours) as visit:
        assert accessibility(visit.page) == []


@pytest.mark.parametrize("name", PAGES)
def test_it_prints(name: str, browser: Any, pages: dict[str, Path]) -> None:
    """On A4 at 96 dots an inch, from a dark screen: dark ink on white, nothing beyond the edge."""
    with opened(browser, pages[name], 718, color_scheme="dark") as visit:
        visit.page.emulate_media(media="print", color_scheme="dark")
        assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert not visit.page.locator("nav").is_visible() if name != "check" else True
        assert visit.page.evaluate(OVERFLOW) <= 0
        assert [each for each in accessibility(visit.page) if "contrast" in each] == []
        assert visit.page.pdf(format="A4", margin=dict.fromkeys(("left", "right"), "1cm")).startswith(b"%PDF")


# -- the checks can fail ------------------------------------------------------------------------------------
HEAD = (
    "<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>t</title></head><body><main><h1>t</h1>"
)


def faulty(folder: Path, body: str) -> Path:
    (folder / "page.html").write_text(HEAD + body, encoding="utf-8")
    return folder / "page.html"


@pytest.mark.parametrize("body", ["<script>1 + 1</script>", "<img alt='a' src='data:,x' onerror='1 + 1'>"])
def test_a_script_is_seen(body: str, browser: Any, tmp_path: Path) -> None:
    with opened(browser, faulty(tmp_path, body)) as visit:
        assert visit.scripts


def test_a_request_is_seen(browser: Any, tmp_path: Path) -> None:
    with opened(browser, faulty(tmp_path, "<img alt='a' src='https://example.org/a.png'>")) as visit:
        assert visit.requests[1:] == ["https://example.org/a.png"]


def test_faults_of_a_page_are_seen(browser: Any, tmp_path: Path) -> None:
    body = (
        "<img src='data:,x'><svg width='9' height='9'></svg><p style='width: 2000px'>wide</p>"
        "<p style='color: #aaa; background: #fff'>pale</p>"
        "<math><mfrac style='display: block'><mi>a</mi><mi style='position: relative; top: -60px'>b</mi>"
        "</mfrac>"
        "<mi></mi></math><math></math>"
    )
    with opened(browser, faulty(tmp_path, body)) as visit:
        assert len(visit.page.evaluate(PICTURES)) == 2
        assert visit.page.evaluate(OVERFLOW) > 500
        assert visit.page.evaluate(FLAT_FRACTIONS) == 1 and visit.page.evaluate(EMPTY_FORMULAS) >= 1
        complaints = " ".join(accessibility(visit.page))
        assert "image-alt" in complaints and "color-contrast" in complaints


def test_cut_figures_and_hidden_bars_are_seen(browser: Any, tmp_path: Path) -> None:
    wide = "<svg width='2000' height='9' role='img' aria-label='wide'></svg>"
    body = "<style>.scroll { overflow-x: auto; scrollbar-width: none; }</style>"
    body += f"<figure><div class='scroll'>{wide}</div></figure>"
    with opened(browser, faulty(tmp_path, body)) as visit:
        assert visit.page.evaluate(CUT_FIGURES) == 1 and visit.page.evaluate(HIDDEN_BARS) == 1


def test_no_claim_of_the_catalogue_is_cut_off(browser: Any, tmp_path: Path) -> None:
    claims = {name: claim_for_table(catalogue.get(name)) for name in catalogue.names()}
    whole = formula(catalogue.get("margin_order_8").relation, block=False)
    for cells, cut in ((claims.values(), 0), ([whole], 1)):
        rows = "".join(f"<tr><td class='claim'>{claim}</td></tr>" for claim in cells)
        file = faulty(
            tmp_path,
            f"<style>{STYLE}</style><table class='plain statements' style='width:auto'>{rows}</table>",
        )
        with opened(browser, file) as visit:
            assert visit.page.locator(".claim math").count() == len(cells)
            assert len(visit.page.evaluate(CUT_CLAIMS)) == cut


def test_a_covered_matrix_is_seen(browser: Any, pages: dict[str, Path], tmp_path: Path) -> None:
    text = (
        pages["verify, few-shot"].read_text(encoding="utf-8").replace("position: sticky", "position: static")
    )
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    with opened(browser, tmp_path / "page.html", 400) as visit:
        assert visit.page.evaluate(COVERED)["head"] < -2
