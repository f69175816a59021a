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


def document(found: Measurement, split: str | None) -> dict[str, Any]:
    """The stable JSON form of a measurement."""
    results = []
    for row in found.rows:
        entry = row_json(row)
        for bound in entry["bounds"]:
            span = found.bound_intervals.get((row.setting.shots, row.setting.ways, bound["name"]))
            bound["low"], bound["high"] = span if span is not None else (None, None)
        entry["error_on_new_classes"] = _interval(row.estimate.over_classes)
        entry["error_on_fresh_samples"] = _interval(row.estimate.over_samples)
        entry["in_words"] = headline(row, found).sentence()
        results.append(entry)
    return {
        "features": {
            "samples": len(found.file.labels),
            "classes": found.geometry.classes,
            "dimension": found.geometry.dimension,
            "split": split,
        },
        "map": None if found.file.head is None else found.file.head.to_json(),
        "collapse": {
            "estimator": found.geometry.estimator,
            "interval": "resampled classes",
            "cdnv": {name: dataclasses.asdict(spread) for name, spread in found.cdnv.items()},
            "directional_cdnv": dataclasses.asdict(found.directional),
            "unresolved_pairs": [list(pair) for pair in found.geometry.unresolved_pairs],
            "nc1": found.nc1,
            "nc2": found.nc2,
            "nc3": found.nc3,
            "nc4": found.nc4,
            "nc1_traces": found.nc["nc1_traces"].value if "nc1_traces" in found.nc else None,
            "peers": {name: dataclasses.asdict(metric) for name, metric in found.peers.items()},
            "intervals_over_samples": {
                name: {"low": metric.low, "high": metric.high} for name, metric in found.nc.items()
            },
        },
        "axes": None if found.axes is None else axes.document(found.axes),
        "class_names": list(found.geometry.names),
        "assumed": [str(assumption) for assumption in found.granted],
        "warnings": list(found.warnings),
        "advice": advice(found),
        "results": results,
    }


def _interval(found: Estimate | NotApplicable | None) -> dict[str, Any]:
    if isinstance(found, Estimate):
        return {"low": found.low, "high": found.high, "reason": None}
    return {"low": None, "high": None, "reason": None if found is None else found.reason}


def show(found: Measurement, *, verbose: bool = False) -> None:
    """The conclusion first; every bound, interval and class behind ``verbose``."""
    screen = console()
    geometry = found.geometry
    screen.print(
        cell(
            f"{found.file.path}: {len(found.file.labels)} samples, {geometry.classes} classes, "
            f"dimension {geometry.dimension}; {geometry.estimator} moments"
        )
    )
    if found.file.head is not None:
        screen.print(cell(found.file.head.sentence()))
    for warning in found.warnings:
        screen.print(cell(f"warning: {warning}"), style="yellow")
    for assumption in found.granted:
        screen.print(cell(f"vouched for by you: {assumption} ({assumption.sentence})"))
    screen.print(_conclusions(found))
    violated = sorted({v.bound for row in found.rows for v in row.verdicts if v.outcome == "violated"})
    if violated:
        screen.print(cell(f"VIOLATED: {', '.join(violated)}; --verbose tells where"), style="bold red")
    screen.print(_metrics(found, verbose))
    for line in () if found.axes is None else axes.in_words(found.axes):
        screen.print(cell(line))
    if not verbose:
        screen.print(
            cell("--verbose shows every bound, interval and class, and what would help"), style="dim"
        )
        return
    _show_everything(screen, found)


def _show_everything(screen: Console, found: Measurement) -> None:
    """Every bound with its interval, the classes with the largest errors, and what would help."""
    geometry = found.geometry
    for row in found.rows:
        screen.print()
        spans = {
            name: span
            for (n, k, name), span in found.bound_intervals.items()
            if (n, k) == (row.setting.shots, row.setting.ways)
        }
        screen.print(row_table(row, spans, found.confidence))
        for sentence in intervals_in_words(row.estimate):
            screen.print(cell(sentence))
        worst = sorted(zip(row.estimate.per_class, geometry.names, strict=True), reverse=True)[:5]
        screen.print(cell("error by class, worst first: " + ", ".join(f"{n} {e:.3g}" for e, n in worst)))
    screen.print()
    for line in dict.fromkeys(note for row in found.rows for note in notes(row)):
        screen.print(line, style="dim", markup=False)
    for line in advice(found):
        screen.print(cell(line))


def _conclusions(found: Measurement) -> Group:
    """Two tables rather than one, so that names and numbers stand whole on 80 columns."""
    percent = f"{100 * found.confidence:g} %"
    errors = _table("error", f"these classes ({percent})", f"new classes ({percent})")
    headlines = [headline(row, found) for row in found.rows]
    for each in headlines:
        errors.add_row(*map(cell, [each.where, each.error, each.fresh, each.new]))
    bounds = _table("predicted", "bound below", f"up to ({percent})", "named")
    for each in headlines:
        shown = ["-", "-", "no bound helps"]
        if each.bound is not None and each.helps:
            high = f"{each.bound.high:.3g}" if math.isfinite(each.bound.high) else "unknown"
            shown = [f"{each.bound.value:.3g}", high, each.bound.bound]
        bounds.add_row(*map(cell, [each.where, each.predicted, *shown]))
    contradictions = [cell(f"{each.where}: {text}.") for each in headlines for text in each.doubts]
    bounds.columns[-1].justify = "left"
    note = Text(f"bounds come from estimated moments, {NO_GUARANTEE}", "dim")
    return Group(errors, Text(), bounds, *contradictions, note, Text())


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _metrics(found: Measurement, verbose: bool) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("metric", "mean", "median", f"{100 * found.confidence:g} %"):
        table.add_column(heading, justify="left" if heading == "metric" else "right")
    rows = [*((f"CDNV ({name})", spread) for name, spread in found.cdnv.items())]
    rows.append(("directional CDNV", found.directional))
    for name, spread in rows:
        span = "too few classes"
        if spread.low is not None:
            span = f"[{spread.low:.4g}, {spread.high:.4g}] over classes"
        table.add_row(cell(name), cell(number(spread.mean)), cell(number(spread.median)), cell(span))
    for name, metric in (found.nc | (found.peers if verbose else {})).items():
        span = ""
        if metric.low is not None and metric.high is not None:
            span = f"[{metric.low:.4g}, {metric.high:.4g}] over samples"
        table.add_row(cell(NAMES.get(name, name.upper())), cell(number(metric.value)), "", cell(span))
    return table
