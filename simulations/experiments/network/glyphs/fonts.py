"""Faces of the fonts that the glyphs are drawn from: one per file or instance, with its family group.

For the builder alone: needs fontTools. Fonts are read out of downloaded wheels; nothing is installed.
"""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIBLINGS = {
    "roboto": ("roboto", "roboto-slab", "roboto-mono", "roboto-condensed"),
    "noto, open-sans": ("noto-sans", "noto-serif", "noto-sans-display", "open-sans"),
    "source": ("source-sans-3", "source-serif-4", "source-code-pro"),
    "ibm-plex": ("ibm-plex-sans", "ibm-plex-serif", "ibm-plex-mono"),
    "fira": ("fira-sans", "fira-code"),
    "geist": ("geist", "geist-mono"),
    "cormorant": ("cormorant", "cormorant-garamond"),
    "nunito": ("nunito", "nunito-sans", "mulish"),
    "pt": ("pt-sans", "pt-serif"),
    "merriweather": ("merriweather", "merriweather-sans"),
    "dejavu": ("dejavu-sans", "dejavu-serif", "dejavu-mono"),
}
"""Families of one designer's system, or derived from one another, are one group."""
MATPLOTLIB = {
    "dejavu-sans": "DejaVuSans",
    "dejavu-serif": "DejaVuSerif",
    "dejavu-mono": "DejaVuSansMono",
    "stix": "STIXGeneral",
}


@dataclass(frozen=True)
class Face:
    """One way of drawing: a font file, coordinates on its axes if it has any, and its cmap."""

    family: str
    group: str
    name: str
    content: bytes
    axes: tuple[float, ...] | None
    letters: frozenset[int]


def group_of(family: str) -> str:
    """The family group that ``family`` belongs to; its own name where it has no siblings."""
    return next((group for group, members in SIBLINGS.items() if family in members), family)


def faces(wheels: Path) -> Iterator[Face]:
    """All faces of the wheels (``fontpkg_*.whl`` and matplotlib's) in a folder, in a fixed order."""
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for family, files in sorted(_families(wheel, archive).items()):
                fonts = {name: archive.read(name) for name in files}
                yield from _chosen(family, fonts)


def _families(wheel: Path, archive: zipfile.ZipFile) -> dict[str, list[str]]:
    names = sorted(name for name in archive.namelist() if name.lower().endswith((".ttf", ".otf")))
    if wheel.name.startswith("fontpkg_"):
        return {wheel.name.split("-")[0].removeprefix("fontpkg_").replace("_", "-"): names}
    families: dict[str, list[str]] = {}
    for family, stem in MATPLOTLIB.items():
        styles = (
            "",
            "-Bold",
            "-Oblique",
            "-BoldOblique",
            "-Italic",
            "-BoldItalic",
            "Bol",
            "Italic",
            "BolIta",
        )
        wanted = {f"{stem}{style}.ttf" for style in styles}
        families[family] = [name for name in names if Path(name).name in wanted]
    return families


def _chosen(family: str, fonts: dict[str, bytes]) -> Iterator[Face]:
    from fontTools.ttLib import TTFont

    opened = {name: TTFont(io.BytesIO(content), lazy=True) for name, content in fonts.items()}
    static: dict[bool, dict[float, str]] = {}
    for name, font in opened.items():
        if "fvar" not in font:
            static.setdefault("Ita" in name or "Oblique" in name, {})[float(font["OS/2"].usWeightClass)] = (
                name
            )
    kept = {by[weight] for by in static.values() for weight in spread(sorted(by))}
    for name, font in opened.items():
        letters = frozenset(font.getBestCmap())
        if "fvar" in font:
            for axes in instances(font["fvar"].axes):
                label = " ".join(f"{value:g}" for value in axes)
                yield Face(family, group_of(family), f"{Path(name).stem} {label}", fonts[name], axes, letters)
        elif name in kept:
            yield Face(family, group_of(family), Path(name).stem, fonts[name], None, letters)


def spread(weights: list[float]) -> list[float]:
    """At most 4 of the weights offered: the ends, and those nearest to 400 and 700, at least 150 apart."""
    wanted = [min(weights, key=lambda weight: abs(weight - aim)) for aim in (400, 700)]
    kept = [wanted[0]]
    for weight in (wanted[1], weights[-1], weights[0]):
        if all(abs(weight - other) >= 150 for other in kept):
            kept.append(weight)
    return sorted(kept)


def instances(axes: list[Any]) -> list[tuple[float, ...]]:
    """Coordinates of the instances of a variable font: weights at the default width; ends of the other axes
    at weights 400 and 700 only."""
    weights, others = [400.0], []
    for axis in axes:
        if axis.axisTag == "wght":
            low, high = max(axis.minValue, 100.0), min(axis.maxValue, 1000.0)
            grid = [value for value in range(100, 1001, 100) if low <= value <= high]
            weights = spread([float(value) for value in grid])
        elif axis.axisTag in ("wdth", "slnt", "SHRP", "opsz"):
            ends = {axis.minValue, axis.maxValue} - {axis.defaultValue}
            others += [(axis.axisTag, end) for end in sorted(ends)]
    middle = [weight for weight in weights if 300 <= weight <= 700] or weights[:1]
    plans = [(weight, None) for weight in weights] + list(itertools.product(middle, others))
    return [
        tuple(
            weight
            if axis.axisTag == "wght"
            else other[1]
            if other is not None and other[0] == axis.axisTag
            else axis.defaultValue
            for axis in axes
        )
        for weight, other in plans
    ]
