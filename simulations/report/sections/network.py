"""The section of the real network: what was trained, pictures, and tables of bounds, slopes and claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from simulations.experiments.network.findings.claims import CLAIMS
from simulations.experiments.network.findings.fits import QUANTITIES
from simulations.experiments.network.record.depth import in_words
from simulations.experiments.network.record.heads import in_words as heads_in_words
from simulations.experiments.network.record.history import MEASURED_ON, TITLES, cdnv_columns, interval
from simulations.jobs.verify.chapters.base import Findings, Task
from simulations.jobs.verify.chapters.network import SWEEPS, EpochRow, Network, NetworkDetail
from simulations.report.figures import network as figures
from simulations.report.figures import studies as study_figures
from simulations.report.figures.depth import depth_drawing
from simulations.report.figures.picture import Picture
from simulations.report.page import render
from simulations.report.sections.base import Section, SectionWriter
from simulations.runtime.errors import printable


class NetworkSection(SectionWriter):
    """What was trained, pictures, and tables of bounds, slopes and claims."""

    chapter: ClassVar[str] = "network"

    def drawings(self, findings: Findings) -> Sequence[Task]:
        """Collapse, error and bounds over training; certificates; the studies."""
        detail: NetworkDetail = findings.detail
        tasks = [
            Task(figures.cdnv_drawing, (detail.epochs,), "network: CDNV"),
            Task(figures.error_drawing, (detail.epoch_rows,), "network: error and bounds"),
            Task(study_figures.certificate_drawing, (detail.epochs[-1].certified,), "network: certificates"),
        ]
        history = detail.trace.record["history"]
        if history[-1].get("depth"):
            tasks.append(Task(depth_drawing, (history,), "network: depth"))
        if _network(findings).packaged:
            tasks.insert(0, Task(figures.contact_drawing, (), "network: contact sheet"))
        for name in SWEEPS:
            own = tuple(slope for slope in detail.slopes if slope.study == name)
            if own:
                tasks.append(Task(study_figures.sweep_drawing, (name, own), f"network: {name}"))
        return tasks

    def section(self, findings: Findings, pictures: Sequence[Picture]) -> Section:
        """The whole chapter."""
        detail: NetworkDetail = findings.detail
        record = detail.trace.record
        settings = list(dict.fromkeys(each.setting for each in detail.claims))
        by_place = {(each.claim, each.setting): each for each in detail.claims}
        certified = detail.epochs[-1].certified
        given = {c.name: None for each in certified for c in each.certificates if c.value is not None}
        html = render(
            "network.html.j2",
            record=record,
            source=printable(str(record["data"]["source"])),
            groups=record["groups"],
            last=record["history"][-1],
            history=record["history"],
            pixels=record["controls"]["pixels"],
            pictures=pictures,
            bounds=_bounds(detail.epoch_rows),
            shots=[each.row.setting.shots for each in _final(detail.epoch_rows)],
            final=_final(detail.epoch_rows),
            certified=certified,
            certificates=given,
            uncertified=[
                (c.name, c.reason) for each in certified[:1] for c in each.certificates if c.name not in given
            ],
            slopes=detail.slopes,
            quantities=QUANTITIES,
            studies=detail.studies,
            settings=settings,
            claims=[(CLAIMS[claim], [by_place[claim, name] for name in settings]) for claim in CLAIMS]
            if settings
            else [],
            packaged=_network(findings).packaged,
            cdnv_columns=cdnv_columns,
            cdnv_titles=TITLES,
            measured_on=MEASURED_ON,
            depth=record["history"][-1].get("depth", ()),
            depth_in_words=in_words,
            heads=detail.heads,
            heads_in_words=heads_in_words(detail.heads) if detail.heads else "",
            interval=interval,
        )
        return Section(html, pictures=tuple(pictures))


def _network(findings: Findings) -> Network:
    assert isinstance(findings.chapter, Network)
    return findings.chapter


def _final(epoch_rows: Sequence[EpochRow]) -> list[EpochRow]:
    last = max(each.epoch for each in epoch_rows)
    return [each for each in epoch_rows if each.epoch == last]


def _bounds(epoch_rows: Sequence[EpochRow]) -> list[tuple[str, list[Any]]]:
    """(name, verdicts at each number of shots) after the last epoch, sharpest first, those that apply."""
    final = _final(epoch_rows)
    rows = []
    for index, first in enumerate(final[0].row.verdicts):
        verdicts = [each.row.verdicts[index] for each in final]
        if any(v.value is not None for v in verdicts):
            rows.append((first.bound, verdicts))
    return sorted(rows, key=lambda row: min(v.value for v in row[1] if v.value is not None))
