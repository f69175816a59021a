"""The form of a refusal: exit status 2, one line on stderr with file, field and remedy."""

from __future__ import annotations

from collections.abc import Callable

Refusal = Callable[..., str]


def check_form(status: int, out: str, err: str) -> str | None:
    """What is wrong with a refusal, or None."""
    if status != 2:
        return f"exit status {status}"
    if out:
        return "something on stdout"
    if err.count("\n") != 1 or not err.endswith("\n"):
        return "not exactly one line"
    line = err.rstrip("\n")
    if not line.startswith("collapse: "):
        return "does not say who speaks"
    if "Traceback" in line or not line.isprintable() or len(line) > 1100:
        return "not a plain line"
    if "; " not in line:
        return "no remedy after a semicolon"
    return None
