"""The page of a bench: `collapse bench --out DIR`, and ``bench.html`` beside the report of `verify`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from simulations.jobs.bench.recorded import finite
from simulations.report.figures.bench import drawings
from simulations.report.figures.picture import Picture
from simulations.report.page import HERE, render
from simulations.runtime.errors import printable
from simulations.runtime.files import write_bytes, write_text
from simulations.runtime.version import version


def write(document: dict[str, Any], folder: str | Path, name: str = "index.html") -> Path:
    """Write the page, its figures under ``plots/`` and the figures themselves as ``bench.json``; returns the
    path of the page. Raises InputError when the folder cannot be written."""
    out, document = Path(folder), finite(document)
    pictures = drawings(document)
    for picture in pictures:
        write_bytes(out / "plots" / f"bench-{picture.name}.svg", picture.svg)
        write_bytes(out / "plots" / f"bench-{picture.name}.png", picture.png)
    write_text(out / "bench.json", json.dumps(document, indent=1, allow_nan=False) + "\n")
    write_text(out / name, page(document, pictures))
    return out / name


def page(document: dict[str, Any], pictures: list[Picture]) -> str:
    """The whole page as text: no script, nothing loaded from elsewhere."""
    sections = document["sections"]
    conditional = sections.get("conditional", {})
    rows = [(f"conditional, {row['means']}", row) for row in conditional.get("rows", [])]
    rows += [(name, row) for name, row in sections.get("engines", {}).items()]
    return render(
        "bench.html.j2",
        document=document,
        machine={key: printable(str(value)) for key, value in document["machine"].items()},
        pictures=pictures,
        rows=rows,
        accurate=[row for row in conditional.get("large_budget", []) if "mean" in row],
        families=sections.get("families", {}).get("rows", []),
        growth=sections.get("growth", {}),
        facts=_facts(sections),
        version=version(),
        style=(HERE / "templates" / "style.css").read_text(encoding="utf-8"),
    )


def _facts(sections: dict[str, Any]) -> list[tuple[str, str]]:
    """Single figures with what they are, of the sections that were measured."""
    facts = []
    if "conditional" in sections:
        seconds = sections["conditional"]["setup_seconds"]
        facts.append(("set-up of the conditional engine at p = 512", f"{seconds * 1e3:.0f} ms"))
    if "enumeration" in sections:
        measured = sections["enumeration"]
        where = f"enumeration, 5 classes of 8 atoms, {measured['shots']} shots"
        facts.append((f"{where}, on a lattice", f"{measured['seconds']:.2f} s"))
        facts.append((f"{where}, off it", f"{measured['off_lattice_seconds']:.2f} s"))
    for name, measured in sections.get("pool", {}).items():
        facts.append(
            (f"episodes from stored features over a batched loop, {name}", f"{measured['ratio']:.3g} times")
        )
    if "verify" in sections:
        facts += _verify_facts(sections["verify"])
    if "geometry" in sections:
        facts += _geometry_facts(sections["geometry"])
    for key, words in FEATURES.items():
        for name, ratio in sections.get("features", {}).get(key, {}).items():
            if name.startswith("over_"):
                facts.append((f"{words}, over plain {LIBRARIES[name]}", f"{ratio:.3g}"))
    return facts


def _geometry_facts(each: dict[str, Any]) -> list[tuple[str, str]]:
    shape = " x ".join(map(str, each["shape"]))
    return [(f"{words}, {shape}", f"{each[key]:.3g}") for key, words in GEOMETRY.items() if key in each]


def _verify_facts(each: dict[str, Any]) -> list[tuple[str, str]]:
    where = "settings of the verdict matrix"
    ratio, strict = each["ratio"], each["ratio_at_the_verdicts_confidence"]
    facts = [(f"{where}: exact", f"{each['exact']} of {each['settings']}")]
    facts.append((f"{where}: exact, or ten times narrower", f"{each['at_least_10_or_exact']:.1%}"))
    if each.get("least") is not None:
        facts.append((f"{where}: direct simulation's interval over ours, at the least", each["least"]))
    if ratio["settings"]:
        what = "the others: direct simulation's interval over ours, in the same time"
        for words, widths in (("at 95 %", ratio), ("at the verdicts' confidence", strict)):
            numbers = [f"{widths[key]:.3g}" for key in ("lower_quartile", "median", "upper_quartile")]
            facts.append((f"{what}, {words}: quartiles", ", ".join(numbers)))
    return facts


LIBRARIES = {"over_numpy": "NumPy", "over_torch": "torch"}
FEATURES = {
    "metrics": "CDNV and NC1 to NC3 of stored features, noise taken out and with intervals: time",
    "dimensions": "largest eigenvalues and directional variances of 60 samples: time",
    "tracker": "the same while training, batch by batch: time",
    "memory": "CDNV and NC1 to NC3 of a file: peak memory",
}
GEOMETRY = {
    "cdnv_over_floor": "CDNV of all pairs: time over one cast, means and one product of the means",
    "directional_over_product": "directional variances: rate over that of a float64 matrix product",
    "directional_after_means_over_product": "the same, means known",
    "traces_over_product": "tr(S_i S_j): rate over that of a float64 matrix product",
}
