"""The section of a claim: its statements, coverage table, rates and pictures."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from simulations.jobs.verify.chapters.base import Findings, Picture, Section, slug
from simulations.jobs.verify.chapters.claims import Claim
from simulations.report.page import render
from theory.printing import definitions


def section(chapter: Claim, findings: Findings, pictures: Sequence[Picture]) -> Section:
    statements = [
        (
            f"{chapter.name}-{slug(bound.name)}",
            bound,
            [(Markup(each.mathml), each.meaning) for each in definitions(bound)],
        )
        for bound in chapter.bounds
    ]
    html = render(
        "claims.html.j2",
        chapter=chapter,
        coverages=findings.detail.coverages,
        rates=findings.detail.rates,
        statements=statements,
        pictures=pictures,
    )
    return Section(html, tuple((anchor, b.title) for anchor, b, _ in statements), tuple(pictures))
