"""The page of one measurement: `collapse measure --report DIR`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from simulations.estimates import Estimate
from simulations.features.advice import advice
from simulations.features.axes import Axes
from simulations.features.measurement import Measurement
from simulations.features.resampling import SPLITS
from simulations.features.words import NO_GUARANTEE, error_in_words, headline, intervals_in_words
from simulations.report.figures.bounds import PlottedPoint, Span, measured_drawing
from simulations.report.figures.measured_axes import axes_exhibit
from simulations.report.figures.measurement import Exhibit, as_csv, exhibits, worst_pairs
from simulations.report.figures.picture import Picture
from simulations.report.page import HERE, render
from simulations.report.pages.measurement_words import GLOSSARY, NC_NAMES, NC_WORDS, SPREAD_WORDS
from simulations.runtime.errors import printable
from simulations.runtime.files import write_bytes, write_text
from simulations.runtime.version import version
from simulations.runtime.wording import shots_in_words
from simulations.verdicts.chance import chance, from_above, remark
from simulations.verdicts.evaluate import Row
from simulations.verdicts.verdict import Verdict

WORST_CLASSES = 20
MOST_SPLITS = 5


def write(measurement: Measurement, folder: str | Path) -> Path:
    """Write ``index.html`` and ``plots/*.svg, *.png, *.pdf, *.csv``; returns the path of the page.

    Raises InputError when the folder cannot be written.
    """
    out = Path(folder)
    settings, shown = [_chart(measurement, row) for row in measurement.rows], exhibits(measurement)
    axes = _axes(measurement)
    for exhibit in [*settings, *shown, *axes]:
        picture = exhibit.picture
        for kind, content in (("svg", picture.svg), ("png", picture.png), ("pdf", picture.pdf)):
            write_bytes(out / "plots" / f"{picture.name}.{kind}", content)
        write_text(out / "plots" / f"{picture.name}.csv", exhibit.csv)
    write_text(out / "index.html", page(measurement, settings, shown, axes))
    return out / "index.html"


def page(
    measurement: Measurement,
    settings: list[Exhibit] | None = None,
    shown: list[Exhibit] | None = None,
    axes: list[Exhibit] | None = None,
) -> str:
    """The whole page as text: no script, nothing loaded from elsewhere."""
    settings = [_chart(measurement, row) for row in measurement.rows] if settings is None else settings
    pictures = [each.picture for each in settings]
    metrics = [
        (f"CDNV, {name.replace('_', ' ')}", spread, SPREAD_WORDS[name])
        for name, spread in measurement.cdnv.items()
    ]
    return render(
        "measurement.html.j2",
        measurement=measurement,
        headlines=[printable(headline(row, measurement).sentence(), 1000) for row in measurement.rows],
        exhibits=[each.picture for each in (exhibits(measurement) if shown is None else shown)],
        worst=[(printable(a, 80), printable(b, 80), value) for a, b, value in worst_pairs(measurement)],
        nc=[
            (NC_NAMES.get(name, name.upper()), metric, NC_WORDS.get(name, ""))
            for name, metric in (measurement.nc | measurement.peers).items()
        ],
        source=printable(str(measurement.file.path)),
        samples=len(measurement.file.labels),
        split=_split(measurement),
        axes_pictures=[each.picture for each in (_axes(measurement) if axes is None else axes)],
        axes_worst=[] if measurement.axes is None else _worst_axes(measurement.axes),
        resamples=SPLITS,
        metrics=[*metrics, ("directional CDNV", measurement.directional, SPREAD_WORDS["directional"])],
        glossary=GLOSSARY.items(),
        no_guarantee=NO_GUARANTEE.replace("`", ""),
        warnings=[printable(text, 1000) for text in measurement.warnings],
        advice=[printable(text, 1000) for text in advice(measurement)],
        sections=[
            _section(measurement, row, picture)
            for row, picture in zip(measurement.rows, pictures, strict=True)
        ],
        version=version(),
        style=(HERE / "templates" / "style.css").read_text(encoding="utf-8"),
    )


def _axes(measurement: Measurement) -> list[Exhibit]:
    return [] if measurement.axes is None or measurement.axes.reason else [axes_exhibit(measurement.axes)]


def _worst_axes(axes: Axes) -> list[tuple[str, str, float, list[float]]]:
    return [
        (printable(a, 160), printable(b, 160), cosine, list(bounds.values()))
        for a, b, cosine, bounds in axes.worst()
    ]


def _split(measurement: Measurement) -> str:
    """Which samples were measured; empty for a file that names no splits."""
    if measurement.file.split is None:
        return ""
    names = sorted(set(measurement.file.split.tolist()))
    shown = ", ".join(printable(str(name), 40) for name in names[:MOST_SPLITS])
    more = ", ..." if len(names) > MOST_SPLITS else ""
    return f"only split {shown}" if len(names) == 1 else f"all splits together ({shown}{more})"


def _interval(measurement: Measurement, row: Row, bound: str) -> tuple[float | None, float | None]:
    low, high = measurement.bound_intervals.get((row.setting.shots, row.setting.ways, bound), (None, None))
    return low, high if high is not None and math.isfinite(high) else None


def _title(row: Row) -> str:
    return f"{row.setting.ways} ways, {shots_in_words(row.setting.shots)}"


def _chart(measurement: Measurement, row: Row) -> Exhibit:
    """Every bound of one setting beside the measured error."""
    spans = [
        Span(verdict.bound, verdict.value, *_interval(measurement, row, verdict.bound))
        for verdict in row.verdicts
        if verdict.value is not None
    ]
    spans.sort(key=lambda span: span.value)
    estimate = row.estimate
    error = PlottedPoint(row.setting.shots, estimate.value, estimate.low, estimate.high, None)
    fresh = estimate.over_samples
    fresh_ends = (fresh.low, fresh.high) if isinstance(fresh, Estimate) else None
    name = f"measured-{row.setting.ways}-way-{row.setting.shots_text}-shot"
    table: list[list[Any]] = [["quantity", "value", "low", "high"]]
    table.append(["error", estimate.value, estimate.low, estimate.high])
    if fresh_ends is not None:
        table.append(["error on fresh samples", estimate.value, *fresh_ends])
    table += [[s.name, s.value, *("" if x is None else x for x in (s.low, s.high))] for s in spans]
    picture = measured_drawing(
        name, _title(row), error, [span for span in spans if span.value > 0], fresh_ends
    )
    return Exhibit(picture, as_csv(table))


def _remark(row: Row, verdict: Verdict) -> str:
    if verdict.outcome not in ("holds", "vacuous") or not from_above(verdict.bound):
        return ""
    return remark(verdict.value, row.setting.ways).removeprefix("vacuous: ")


def _section(measurement: Measurement, row: Row, picture: Picture) -> dict[str, Any]:
    by_class = zip(row.estimate.per_class, measurement.geometry.names, strict=True)
    errors = sorted(by_class, key=lambda pair: -pair[0])  # equal ones in the order of the file
    return {
        "anchor": picture.name,
        "title": _title(row),
        "estimate": row.estimate,
        "error": error_in_words(row.estimate, 3),
        "chance": chance(row.setting.ways),
        "intervals": [printable(text, 1000) for text in intervals_in_words(row.estimate)],
        "picture": picture,
        "bounds": [
            (verdict, *_interval(measurement, row, verdict.bound), _remark(row, verdict))
            for verdict in row.verdicts
            if verdict.outcome != "not_applicable"
        ],
        "absent": [verdict for verdict in row.verdicts if verdict.outcome == "not_applicable"],
        "classes": [(printable(name, 80), error) for error, name in errors[:WORST_CLASSES]],
        "more": max(len(errors) - WORST_CLASSES, 0),
    }
