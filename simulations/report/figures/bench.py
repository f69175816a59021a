"""Pictures of a bench document: efficiency against direct simulation, and growth of time."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulations.report.figures.picture import (
    BOUND,
    LINES,
    MARKERS,
    STYLE,
    TRUTH,
    Picture,
    as_picture,
    new_figure,
)

GOAL = 1000.0
AXES = {
    "k": "ways",
    "p": "dimension",
    "n": "shots",
    "C": "classes of the pool (one sweep)",
}


def drawings(document: dict[str, Any]) -> list[Picture]:
    """One picture for each of the sections `conditional` and `growth` that the document has."""
    import matplotlib

    sections, pictures = document["sections"], []
    with matplotlib.rc_context(STYLE):
        if "conditional" in sections:
            pictures.append(bars(sections["conditional"]["rows"], sections.get("engines", {})))
        if "growth" in sections:
            pictures.append(growth(sections["growth"]))
    return pictures


def measured(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows that have a ratio (no engine refused, no variance was 0)."""
    return [row for row in rows if row.get("ratio")]


def bars(rows: list[dict[str, Any]], others: dict[str, Any]) -> Picture:
    """Efficiency over that of direct simulation, largest error first; where direct saw too few errors its
    variance is the binomial's floor and the bar is hatched."""
    named = [(f"conditional, {row['means']}", row) for row in measured(rows)]
    named += [(name, row) for name, row in others.items() if row.get("ratio")]
    named.sort(key=lambda each: (not each[0].startswith("conditional"), -each[1]["engine"]["mean"]))
    figure = new_figure(8.2, 1.1 + 0.3 * len(named))
    axis = figure.subplots()
    for place, (name, row) in enumerate(named):
        floor = row["direct"].get("variance") == "binomial floor"
        axis.barh(
            place,
            row["ratio"],
            color=TRUTH if name.startswith("conditional") else LINES[1],
            alpha=0.85,
            hatch="///" if floor else None,
            edgecolor="white",
            linewidth=0.0,
        )
        axis.text(row["ratio"] * 1.15, place, f"{row['ratio']:.2g}", va="center", fontsize=8)
    axis.axvline(GOAL, color=BOUND, linewidth=1, linestyle=":")
    labels = [f"{name}: error {row['engine']['mean']:.2g}" for name, row in named]
    axis.set_yticks(range(len(named)), labels, parse_math=False)
    axis.invert_yaxis()
    axis.set_xscale("log")
    ratios = [row["ratio"] for _, row in named]
    axis.set_xlim(min(0.5, *ratios), 8 * max(ratios))
    axis.set_xlabel(
        "1 / (variance x time), over that of direct simulation\n"
        f"(hatched: direct at its floor; dotted line: {GOAL:,.0f})"
    )
    text = "; ".join(f"{label}, {ratio:.3g} times" for label, ratio in zip(labels, ratios, strict=True))
    return as_picture(figure, "efficiency", f"Efficiency against direct simulation. {text}.")


def growth(axes: dict[str, Any]) -> Picture:
    """Seconds against size, log-log, with the fitted power."""
    shown = [name for name in AXES if name in axes]
    figure = new_figure(1.0 + 2.6 * len(shown), 2.9)
    words = []
    for index, (axis, name) in enumerate(
        zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True)
    ):
        sizes, seconds = np.array(axes[name]["sizes"], dtype=float), np.array(axes[name]["seconds"])
        power = float(axes[name]["exponent"])
        middle = float(np.exp(np.mean(np.log(seconds) - power * np.log(sizes))))
        axis.plot(sizes, middle * sizes**power, "-", color=BOUND, linewidth=1, alpha=0.7)
        axis.plot(sizes, seconds, MARKERS[0], color=TRUTH, markersize=5)
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xticks(sizes, [f"{size:g}" for size in sizes])
        low, high = float(seconds.min()) / 3, float(seconds.max()) * 3
        ticks = [m * 10.0**e for e in range(-9, 5) for m in (1, 3) if low <= m * 10.0**e <= high]
        axis.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        axis.set_ylim(low, high)
        axis.minorticks_off()
        axis.set_xlabel(f"{name}: {AXES[name]}")
        axis.set_title(f"time ~ {name}^{power:.2f}", parse_math=False)
        if index == 0:
            axis.set_ylabel("seconds")
        words.append(f"{AXES[name]} {name}: exponent {power:.2f}")
    return as_picture(figure, "growth", "Growth of time. " + "; ".join(words) + ".")
