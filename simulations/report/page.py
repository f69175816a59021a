"""From templates to HTML: one Jinja environment, everything escaped unless it was made here."""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path

import sympy as sp
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from simulations.report.figures.picture import Picture
from simulations.runtime.errors import printable
from theory.printing import mathml

HERE = Path(__file__).parent
SYMBOLS = {"holds": "✓", "violated": "✗", "undecided": "?", "vacuous": "○"}
SYMBOLS |= {"not_applicable": "–", "scored": "≈"}
MEANINGS = {
    "holds": "the whole interval of the error lies on the claimed side of the bound",
    "violated": "the whole interval of the error lies on the wrong side: the claim is false here",
    "undecided": "the bound lies inside the interval: more sampling would tell",
    "vacuous": "the bound gives no information, as it is 1 or more (0 or less for a lower bound)",
    "scored": "an approximation, which claims nothing: its predictions are compared with the error",
    "not_applicable": "a hypothesis is not met; the reason is in results.json",
}


@cache
def environment() -> Environment:
    """Jinja's environment for all pages: everything is escaped, and an unknown name is an error."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=harmless,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals |= {"symbols": SYMBOLS, "meanings": MEANINGS}
    env.filters |= {
        "formula": formula,
        "breadth": breadth,
        "words": lambda text: text.replace("_", " "),
        "number": number,
        "inline": inline,
        "shots": lambda n: "∞" if math.isinf(n) else f"{n:g}",
    }
    return env


def harmless(value: object) -> object:
    """Text with control and direction characters spelled out; what was made here (Markup) as it is."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return printable(" ".join(value.splitlines()), 20 * len(value) + 1)


def render(template: str, **values: object) -> str:
    """The text of a template with these values."""
    return environment().get_template(template).render(**values)


def formula(expression: sp.Basic, block: bool = True) -> Markup:
    """An expression as MathML, on a line of its own or within one; the printer escapes what it prints."""
    return Markup(mathml(expression, block=block))


def breadth(shown: Markup) -> str:
    """A class for formulas that are too broad for paper at full size: nothing scrolls there."""
    return " broadest" if len(shown) > 6000 else " broad" if len(shown) > 3000 else ""


def number(value: float | None) -> str:
    """Three significant digits; a dash for no value."""
    return "–" if value is None else f"{value:.3g}"


def inline(picture: Picture) -> Markup:
    """The SVG for the page itself: identifiers made unique, described for those who cannot see it."""
    svg = picture.svg.decode("utf-8")
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{picture.name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{picture.name}-", svg)
    svg = re.sub(r'href="#', f'href="#{picture.name}-', svg)
    words = escape(harmless(picture.alternative))
    title = f'<svg role="img" aria-label="{words}" '
    described = f"<title>{words}</title>"
    svg = svg.replace("<svg ", title, 1)
    head, rest = svg.split(">", 1)
    return Markup(f"{head}>{described}{rest}")
