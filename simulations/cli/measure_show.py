"""What `collapse measure` prints: the JSON document, or tables and sentences."""

from __future__ import annotations

import dataclasses
from typing import Any

from rich.table import Table

from simulations.cli.show import cell, console, notes, number, row_table
from simulations.estimates import Estimate
from simulations.features.advice import advice
from simulations.features.measurement import Measurement
from simulations.features.words import intervals_in_words
from simulations.verdicts.chance import above_chance, from_above
from simulations.verdicts.evaluate import row_json
from theory.bound import NotApplicable


def document(found: Measurement, split: str | None) -> dict[str, Any]:
    """The stable JSON form of a measurement."""
    results = []
    for row in found.rows:
        entry = row_json(row)
        for bound in entry["bounds"]:
            span = found.bound_intervals.get((row.setting.shots, row.setting.ways, bound["name"]))
            bound["low"], bound["high"] = span if span is not None else (None, None)
            value = bound["value"] if from_above(bound["name"]) else None
            bound["above_chance"] = above_chance(value, row.setting.ways)
        entry["error_on_new_classes"] = _new_classes(row.estimate.over_classes)
        results.append(entry)
    return {
        "features": {
            "samples": len(found.file.labels),
            "classes": found.geometry.classes,
            "dimension": found.geometry.dimension,
            "split": split,
        },
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
        },
        "class_names": list(found.geometry.names),
        "assumed": [str(assumption) for assumption in found.granted],
        "warnings": list(found.warnings),
        "advice": advice(found),
        "results": results,
    }


def _new_classes(found: Estimate | NotApplicable | None) -> dict[str, Any]:
    if isinstance(found, Estimate):
        return {"low": found.low, "high": found.high, "reason": None}
    return {"low": None, "high": None, "reason": None if found is None else found.reason}


def show(found: Measurement) -> None:
    screen = console()
    geometry = found.geometry
    screen.print(
        cell(
            f"{found.file.path}: {len(found.file.labels)} samples, {geometry.classes} classes, "
            f"dimension {geometry.dimension}; {geometry.estimator} moments"
        )
    )
    for assumption in found.granted:
        screen.print(cell(f"vouched for by you: {assumption} ({assumption.sentence})"))
    for warning in found.warnings:
        screen.print(cell(f"warning: {warning}"), style="yellow")
    table = Table(title="collapse", title_justify="left", box=None, pad_edge=False)
    for heading in ("metric", "mean", "median", f"{100 * found.confidence:g} % over classes"):
        table.add_column(heading, justify="left" if heading == "metric" else "right")
    rows = [*((f"CDNV ({name})", spread) for name, spread in found.cdnv.items())]
    rows.append(("directional CDNV", found.directional))
    for name, spread in rows:
        span = "too few classes" if spread.low is None else f"[{spread.low:.4g}, {spread.high:.4g}]"
        table.add_row(cell(name), cell(number(spread.mean)), cell(number(spread.median)), cell(span))
    screen.print(table)
    screen.print(
        cell(
            f"NC1 {found.nc1:.4g}   NC2 norms {found.nc2['norms']:.4g}, angles {found.nc2['angles']:.4g}   "
            f"NC3 {number(found.nc3)}   NC4 {number(found.nc4)}"
        )
    )
    for row in found.rows:
        screen.print()
        spans = {
            name: span
            for (n, k, name), span in found.bound_intervals.items()
            if (n, k) == (row.setting.shots, row.setting.ways)
        }
        screen.print(row_table(row, spans))
        for sentence in intervals_in_words(row.estimate):
            screen.print(cell(sentence))
        worst = sorted(zip(row.estimate.per_class, geometry.names, strict=True), reverse=True)[:5]
        screen.print(cell("error by class, worst first: " + ", ".join(f"{n} {e:.3g}" for e, n in worst)))
    screen.print()
    for line in dict.fromkeys(note for row in found.rows for note in notes(row)):
        screen.print(line, style="dim", markup=False)
    for line in advice(found):
        screen.print(cell(line))
