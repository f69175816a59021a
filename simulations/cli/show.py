"""Tables on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from simulations.runtime.errors import printable
from simulations.verdicts.chance import GUESSING, above_chance, chance, from_above

if TYPE_CHECKING:
    from simulations.estimates import Estimate
    from simulations.verdicts.evaluate import Row

MOST_DIGITS = 12
"""To which an interval's ends are told apart."""
STYLES = {
    "holds": "green",
    "violated": "bold red",
    "undecided": "yellow",
    "vacuous": "dim",
    "not_applicable": "dim",
    "scored": "cyan",
}


class Screen(Console):
    """Rich ends the program where the reader has closed the pipe (`| head`); here ``exits`` decides what that
    means."""

    def on_broken_pipe(self) -> None:
        """Raises BrokenPipeError."""
        raise BrokenPipeError

    def print(self, *objects: object, **options: Any) -> None:  # noqa: ANN401 - as Rich takes them
        """As Rich does, with control characters in plain text spelled out: paths and names are users'."""
        super().print(*(_harmless(each) if isinstance(each, str) else each for each in objects), **options)


def _harmless(text: str) -> str:
    return "\n".join(printable(line, len(line) * 12 + 1) for line in text.split("\n"))


def console() -> Console:
    """The screen that results go to, with neither highlighting nor soft wraps."""
    return Screen(highlight=False, soft_wrap=False)


def cell(text: object) -> Text:
    """Plain text: nothing in it is markup or a control character."""
    return Text(printable(str(text)))


def number(value: float | None) -> str:
    """Four significant digits, or a dash for None."""
    return "-" if value is None else f"{value:.4g}"


def _with_ends(estimate: Estimate, digits: int) -> str:
    """``0.1606 [0.1605, 0.1607]`` in at least so many digits, and in as many as tell the ends apart."""
    while digits < MOST_DIGITS and f"{estimate.low:.{digits}g}" == f"{estimate.high:.{digits}g}":
        digits += 1
    return f"{estimate.value:.{digits}g} [{estimate.low:.{digits}g}, {estimate.high:.{digits}g}]"


def error_text(row: Row) -> str:
    """``0.0123 [0.0119, 0.0127] (95 %, direct)``."""
    estimate = row.estimate
    if estimate.exact:
        return f"{estimate.value:.6g} (exact, {estimate.method})"
    if estimate.certain:
        return f"{_with_ends(estimate, 6)} (rigorous interval, {estimate.method})"
    if not estimate.resolved:
        return f"{estimate.formatted()} ({100 * estimate.confidence:.12g} %, {estimate.method})"
    return (
        f"{_with_ends(estimate, 4)} "
        f"({100 * estimate.confidence:.12g} % over {estimate.resampled}{_by(estimate)})"
    )


def _by(estimate: Estimate) -> str:
    """The method, unless the description of its interval names it already."""
    return "" if estimate.method == estimate.resampled else f", {estimate.method}"


def row_table(
    row: Row, intervals: dict[str, tuple[float, float]] | None = None, confidence: float = 0.95
) -> Group:
    """One setting: every bound with its value, verdict and error / bound; ``confidence`` of ``intervals``."""
    title = f"{row.setting.ways}-way {row.setting.shots_text}-shot   error {error_text(row)}"
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("bound", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    if intervals:
        # Numbers stay whole; only words are wrapped where the terminal is narrow.
        table.add_column(f"{100 * confidence:.12g} % of moments", justify="right", no_wrap=True)
    table.add_column("verdict")
    table.add_column("error/bound", justify="right", min_width=len("error/bound"))
    for verdict in row.verdicts:
        if verdict.outcome == "not_applicable":
            continue
        line: list[Any] = [cell(verdict.bound), cell(number(verdict.value))]
        if intervals:
            span = intervals.get(verdict.bound)
            line.append(cell("" if span is None else f"[{span[0]:.3g}, {span[1]:.3g}]"))
        outcome = verdict.outcome.replace("_", " ")
        if verdict.outcome == "holds" and verdict.value is not None and from_above(verdict.bound):
            outcome += ", above chance" * bool(above_chance(verdict.value, row.setting.ways))
        line += [
            Text(outcome, STYLES[verdict.outcome]),
            cell(verdict.shown_ratio()),
        ]
        table.add_row(*line)
    # Not the table's own title, which is wrapped to the width of its columns.
    return Group(Text(title, "italic"), table)


def notes(row: Row) -> list[str]:
    """One line for each bound that does not apply and each verdict that has a reason, and one about chance
    level."""
    ways = row.setting.ways
    useless = any(
        v.outcome == "holds" and from_above(v.bound) and above_chance(v.value, ways) for v in row.verdicts
    )
    lines = [f"above chance ({chance(ways):.3g} at {ways} ways): {GUESSING}"] if useless else []
    return lines + [
        printable(f"{verdict.bound}: {verdict.outcome.replace('_', ' ')}: {verdict.reason}")
        for verdict in row.verdicts
        if verdict.reason
    ]
