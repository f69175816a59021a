"""A real browser on a page from the disk: what the page runs and asks for, and what is wrong with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def browser_path() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@contextmanager
def browsing(path: str) -> Iterator[Any]:
    """The system's own browser: none is downloaded."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        # Root has no sandbox; what is opened was made here.
        browser = started.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu"],
            ignore_default_args=["--hide-scrollbars"],  # as people see it
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class PageVisit:
    """A page that has loaded, and what happened meanwhile."""

    page: Any
    requests: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextmanager
def opened(browser: Any, file: Path, width: int = 1280, **options: Any) -> Iterator[PageVisit]:
    """``file`` at ``width`` pixels, offline. ``scripts`` are those that the browser parsed for the page."""
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True, **options)
    try:
        page = context.new_page()
        visit, loading = PageVisit(page), True
        page.on("request", lambda request: visit.requests.append(request.url))
        page.on("pageerror", lambda wrong: visit.complaints.append(str(wrong)))
        page.on("console", lambda message: visit.complaints.append(message.text))
        page.on("dialog", lambda dialog: (visit.complaints.append(dialog.message), dialog.dismiss()))
        engine = context.new_cdp_session(page)

        def parsed(script: dict[str, Any]) -> None:
            if loading and script.get("executionContextAuxData", {}).get("isDefault"):
                visit.scripts.append(f"{script['url']}:{script['startLine']}")

        engine.on("Debugger.scriptParsed", parsed)
        engine.send("Debugger.enable")
        page.goto(file.as_uri(), wait_until="load")
        page.wait_for_timeout(50)
        loading = False
        engine.detach()
        yield visit
    finally:
        context.close()


def accessibility(page: Any) -> list[str]:
    """Serious and critical findings of axe-core, one line each."""
    from axe_playwright_python.sync_playwright import Axe

    violations = Axe().run(page).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {len(each['nodes'])} times, as {each['nodes'][0]['html'][:200]}"
        for each in violations
        if each["impact"] in ("serious", "critical")
    ]


PICTURES = """() => [...document.querySelectorAll('img, svg, canvas, object, video')].filter(
    each => !each.closest('svg svg') && !((each.tagName === 'IMG' ? each.getAttribute('alt') : null)
    || (each.getAttribute('role') === 'img' && each.getAttribute('aria-label'))
    )).map(each => each.outerHTML.slice(0, 200))"""
"""Pictures without a text alternative."""

FLAT_FRACTIONS = """() => [...document.querySelectorAll('mfrac')].filter(each => {
    const [over, under] = [...each.children].map(child => child.getBoundingClientRect());
    return each.checkVisibility() && !(over.height > 0 && over.bottom <= under.top + 1);
}).length"""
"""Visible fractions whose numerator does not stand above the denominator: MathML that is not laid out."""

EMPTY_FORMULAS = """() => [...document.querySelectorAll('math')].filter(each => {
    const box = each.getBoundingClientRect();
    return each.checkVisibility() && !(box.width > 3 && box.height > 3);
}).length"""

CUT_FIGURES = """() => [...document.querySelectorAll('figure svg')].filter(each => !each.closest('svg svg')
    && each.checkVisibility() && each.getBoundingClientRect().right
       > each.closest('.scroll').getBoundingClientRect().right + 1).length"""
"""Figures that reach beyond the box that they stand in."""

HIDDEN_BARS = """() => [...document.querySelectorAll('.scroll')].filter(each => each.checkVisibility()
    && each.scrollWidth > each.clientWidth + 1 && each.offsetHeight - each.clientHeight < 5).length"""
"""Boxes with more in them than they show, and no bar that says so."""

CUT_CLAIMS = """() => [...document.querySelectorAll('.statements .claim')].filter(each =>
    each.checkVisibility() && each.scrollWidth > each.clientWidth + 1).map(each => each.textContent)"""
"""Claims that their cell of the table of statements cuts off."""

OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

SMALLEST_TEXT = """() => Math.min(...[...document.querySelectorAll('.matrix th, .matrix td')].map(
    each => parseFloat(getComputedStyle(each).fontSize)))"""

COVERED = """() => {
    const matrix = document.querySelector('.matrix'), box = matrix.closest('.scroll');
    box.scrollLeft = box.scrollWidth;
    const frame = box.getBoundingClientRect(), last = matrix.rows[1].cells[matrix.rows[1].cells.length - 1];
    const head = matrix.rows[1].cells[0].getBoundingClientRect(), square = last.getBoundingClientRect();
    const overlap = head.right - square.left;
    return {head: head.left - frame.left, right: frame.right - square.right, overlap: overlap};
}"""
"""With the matrix scrolled to its end: the row's name still stands at the left, the last square is seen."""
