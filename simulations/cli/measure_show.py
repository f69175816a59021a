"""What `collapse measure` prints: the JSON document, or tables and sentences."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from simulations.cli.show import cell, console, notes, number, row_table
from simulations.estimates import Estimate
from simulations.features import axes
from simulations.features.advice import advice
from simulations.features.measurement import Measurement
from simulations.features.words import NO_GUARANTEE, headline, intervals_in_words
from simulations.verdicts.evaluate import row_json
from theory.bound import NotApplicable

if TYPE_CHECKING:
    from rich.console import Console

NAMES = {"nc1_traces": "NC1 (traces)", "nc2_norms": "NC2 (norms)", "nc2_angles": "NC2 (angles)"}
NAMES |= {"gnc2_riesz": "GNC2 (Riesz)", "gnc2_cv": "GNC2 (variation)"}


def document(measurement: Measurement, split: str | None) -> dict[str, Any]:
    """The stable JSON form of a measurement."""
    results = []
    for row in measurement.rows:
        entry = row_json(row)
        for bound in entry["bounds"]:
            span = measurement.bound_intervals.get((row.setting.shots, row.setting.ways, bound["name"]))
            bound["low"], bound["high"] = span if span is not None else (None, None)
        entry["error_on_new_classes"] = _interval(row.estimate.over_classes)
        entry["error_on_fresh_samples"] = _interval(row.estimate.over_samples)
        entry["in_words"] = headline(row, measurement).sentence()
        results.append(entry)
    return {
        "features": {
            "samples": len(measurement.file.labels),
            "classes": measurement.geometry.classes,
            "dimension": measurement.geometry.dimension,
            "split": split,
        },
        "map": None if measurement.file.head is None else measurement.file.head.to_json(),
        "collapse": {
            "estimator": measurement.geometry.estimator,
            "interval": "resampled classes",
            "cdnv": {name: dataclasses.asdict(spread) for name, spread in measurement.cdnv.items()},
            "directional_cdnv": dataclasses.asdict(measurement.directional),
            "unresolved_pairs": [list(pair) for pair in measurement.geometry.unresolved_pairs],
            "nc1": measurement.nc1,
            "nc2": measurement.nc2,
            "nc3": measurement.nc3,
            "nc4": measurement.nc4,
            "nc1_traces": measurement.nc["nc1_traces"].value if "nc1_traces" in measurement.nc else None,
            "peers": {name: dataclasses.asdict(metric) for name, metric in measurement.peers.items()},
            "intervals_over_samples": {
                name: {"low": metric.low, "high": metric.high} for name, metric in measurement.nc.items()
            },
        },
        "axes": None if measurement.axes is None else axes.document(measurement.axes),
        "class_names": list(measurement.geometry.names),
        "assumed": [str(assumption) for assumption in measurement.granted],
        "warnings": list(measurement.warnings),
        "advice": advice(measurement),
        "results": results,
    }


def _interval(estimate: Estimate | NotApplicable | None) -> dict[str, Any]:
    if isinstance(estimate, Estimate):
        return {"low": estimate.low, "high": estimate.high, "reason": None}
    return {"low": None, "high": None, "reason": None if estimate is None else estimate.reason}


def show(measurement: Measurement, *, verbose: bool = False) -> None:
    """The conclusion first; every bound, interval and class behind ``verbose``."""
    screen = console()
    geometry = measurement.geometry
    screen.print(
        cell(
            f"{measurement.file.path}: {len(measurement.file.labels)} samples, {geometry.classes} classes, "
            f"dimension {geometry.dimension}; {geometry.estimator} moments"
        )
    )
    if measurement.file.head is not None:
        screen.print(cell(measurement.file.head.sentence()))
    for warning in measurement.warnings:
        screen.print(cell(f"warning: {warning}"), style="yellow")
    for assumption in measurement.granted:
        screen.print(cell(f"granted by you: {assumption} ({assumption.sentence})"))
    screen.print(_conclusions(measurement))
    violated = sorted({v.bound for row in measurement.rows for v in row.verdicts if v.outcome == "violated"})
    if violated:
        screen.print(cell(f"VIOLATED: {', '.join(violated)}; --verbose tells where"), style="bold red")
    screen.print(_metrics(measurement, verbose))
    for line in () if measurement.axes is None else axes.in_words(measurement.axes):
        screen.print(cell(line))
    if not verbose:
        screen.print(
            cell("--verbose shows every bound, interval and class, and what would help"), style="dim"
        )
        return
    _show_everything(screen, measurement)


def _show_everything(screen: Console, measurement: Measurement) -> None:
    """Every bound with its interval, the classes with the largest errors, and what would help."""
    geometry = measurement.geometry
    for row in measurement.rows:
        screen.print()
        spans = {
            name: span
            for (n, k, name), span in measurement.bound_intervals.items()
            if (n, k) == (row.setting.shots, row.setting.ways)
        }
        screen.print(row_table(row, spans, measurement.confidence))
        for sentence in intervals_in_words(row.estimate):
            screen.print(cell(sentence))
        worst = sorted(zip(row.estimate.per_class, geometry.names, strict=True), reverse=True)[:5]
        screen.print(cell("error by class, worst first: " + ", ".join(f"{n} {e:.3g}" for e, n in worst)))
    screen.print()
    for line in dict.fromkeys(note for row in measurement.rows for note in notes(row)):
        screen.print(line, style="dim", markup=False)
    for line in advice(measurement):
        screen.print(cell(line))


def _conclusions(measurement: Measurement) -> Group:
    """Two tables rather than one, so that names and numbers stand whole on 80 columns."""
    percent = f"{100 * measurement.confidence:.12g} %"
    errors = _table("error", f"these classes ({percent})", f"new classes ({percent})")
    headlines = [headline(row, measurement) for row in measurement.rows]
    for heading in headlines:
        errors.add_row(*map(cell, [heading.where, heading.error, heading.fresh, heading.new]))
    bounds = _table("predicted", "bound below", f"up to ({percent})", "named")
    for heading in headlines:
        shown = ["-", "-", "no bound helps"]
        if heading.bound is not None and heading.helps:
            high = f"{heading.bound.high:.3g}" if math.isfinite(heading.bound.high) else "unknown"
            shown = [f"{heading.bound.value:.3g}", high, heading.bound.bound]
        bounds.add_row(*map(cell, [heading.where, heading.predicted, *shown]))
    reservations = [cell(f"{each.where}: {text}.") for each in headlines for text in each.reservations]
    bounds.columns[-1].justify = "left"
    note = Text(f"bounds come from estimated moments, {NO_GUARANTEE}", "dim")
    return Group(errors, Text(), bounds, *reservations, note, Text())


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _metrics(measurement: Measurement, verbose: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("metric", "mean", "median", f"{100 * measurement.confidence:.12g} %"):
        table.add_column(heading, justify="left" if heading == "metric" else "right")
    rows = [*((f"CDNV ({name})", spread) for name, spread in measurement.cdnv.items())]
    rows.append(("directional CDNV", measurement.directional))
    for name, spread in rows:
        span = "too few classes"
        if spread.low is not None:
            span = f"[{spread.low:.4g}, {spread.high:.4g}] over classes"
        table.add_row(cell(name), cell(number(spread.mean)), cell(number(spread.median)), cell(span))
    for name, metric in (measurement.nc | (measurement.peers if verbose else {})).items():
        span = ""
        if metric.low is not None and metric.high is not None:
            span = f"[{metric.low:.4g}, {metric.high:.4g}] over samples"
        table.add_row(cell(NAMES.get(name, name.upper())), cell(number(metric.value)), "", cell(span))
    return table
