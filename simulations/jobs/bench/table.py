"""The bench document as text for a terminal."""

from __future__ import annotations

from typing import Any


def human(document: dict[str, Any]) -> str:
    """One line a figure, grouped by section."""
    lines = [f"device {document['device']}; {document['repetitions']} repetitions; "]
    lines[0] += f"{document['seconds']:.0f} s in all"
    for name, section in document["sections"].items():
        lines.append("\n" + human_section(name, section))
    return "\n".join(lines)


def human_section(name: str, section: dict[str, Any]) -> str:
    """A section's name, and its figures a line each."""
    return "\n".join([name, *_lines(section, "  ")])


def _lines(value: object, indent: str) -> list[str]:
    if isinstance(value, dict):
        if {"engine", "direct"} <= set(value):
            return [indent + _versus(value)]
        out = []
        for key, inner in value.items():
            if isinstance(inner, dict | list) and not _flat(inner):
                out.append(f"{indent}{key}")
                out.extend(_lines(inner, indent + "  "))
            else:
                out.append(f"{indent}{key}: {_show(inner)}")
        return out
    if isinstance(value, list):
        return [line for inner in value for line in _lines(inner, indent)]
    return [f"{indent}{_show(value)}"]


def _flat(value: object) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not any(isinstance(each, dict | list) for each in inner)


def _show(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_show(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return "[" + ", ".join(map(_show, value)) + "]"
    return str(value)


def _versus(row: dict[str, Any]) -> str:
    ours, direct = row["engine"], row["direct"]
    label = f"{row['means']} d = {row['distance']:g}: " if "means" in row else ""
    if "refused" in ours:
        return f"{label}refused: {ours['refused']}"
    return (
        f"{label}error {ours['mean']:.4g}, relative error {ours['relative_error']:.1e} in "
        f"{ours['seconds'] * 1e3:.0f} ms; direct {direct['relative_error']:.1e} in "
        f"{direct['seconds'] * 1e3:.0f} ms; efficiency ratio {row['ratio']:.3g}"
    )
