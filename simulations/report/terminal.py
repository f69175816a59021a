"""Output on the terminal: a one-screen summary, and a progress bar that is drawn on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from simulations.jobs.verify.chapters.base import OUTCOMES, StatementCount
from simulations.jobs.verify.run import Run
from simulations.runtime.errors import printable
from simulations.runtime.workers import Progress

MOST_ROWS = 20
HEADINGS = {"holds": "holds", "violated": "viol.", "undecided": "undec", "vacuous": "vac."}
HEADINGS |= {"not_applicable": "n.a."}


def summary(run: Run, page: str | Path) -> RenderableType:
    """Counts for each statement, its closest call and where; then the report's path and the verdict line.

    What fits one screen of 24 lines: statements that are violated, then those nearest to it.
    """
    statements = [statement for findings in run.chapters for statement in findings.statements]
    rows = MOST_ROWS - min(len(run.violations), 6)
    shown = {id(statement) for statement in sorted(statements, key=_urgency)[:rows]}
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    longest = max((len(statement.name) for statement in statements), default=0)
    table.add_column("statement", no_wrap=True, min_width=min(longest, 32))
    # Approximations have no verdicts, only scores, which the report shows.
    columns = [outcome for outcome in OUTCOMES if outcome in HEADINGS]
    for outcome in columns:
        table.add_column(HEADINGS[outcome], justify="right", no_wrap=True, min_width=5)
    # Only the last column gives way on a narrow screen.
    table.add_column("worst", justify="right", no_wrap=True, min_width=5)
    table.add_column("where", no_wrap=True, overflow="ellipsis")
    for statement in statements:
        if id(statement) in shown:
            style = "bold red" if statement.counts.get("violated") else ""
            counts = [str(statement.counts.get(outcome) or "·") for outcome in columns]
            worst = "" if statement.worst_ratio is None else _short(statement.worst_ratio)
            where = Text(printable(statement.worst_where))
            table.add_row(statement.name, *counts, worst, where, style=style)
    left_out = len(statements) - len(shown)
    lines = [Text(f"{left_out} more statements in the report", style="dim")] if left_out else []
    lines += [Text(f"report: {printable(str(page), 4000)}", overflow="fold")]
    lines += [Text(f"violated: {printable(each)}", style="bold red") for each in run.violations[:5]]
    if len(run.violations) > 5:
        lines.append(Text(f"... and {len(run.violations) - 5} more, all in the report"))
    return Group(table, *lines, Text(verdict_line(run), style="bold"))


def _urgency(statement: StatementCount) -> tuple[int, int, float]:
    """Violated first, then undecided, then by how near to it a statement came."""
    worst = statement.worst_ratio
    return (
        -statement.counts.get("violated", 0),
        -int(statement.counts.get("undecided", 0) > 0),
        0.0 if worst is None else -worst,
    )


def _short(ratio: float) -> str:
    """A ratio in five characters."""
    return "<.001" if 0 < ratio < 0.0005 else f"{ratio:.3f}" if ratio < 10 else f"{ratio:.3g}"


def verdict_line(run: Run) -> str:
    """The run in one line."""
    counts = run.counts()
    total = sum(counts.values())
    if run.violations:
        return f"VIOLATED: {len(run.violations)} of {total} verdicts, {run.seconds:.0f} s"
    return (
        f"OK: no claim violated in {total} verdicts ({counts.get('holds', 0)} hold, "
        f"{counts.get('undecided', 0)} undecided), {run.seconds:.0f} s"
    )


def plain_progress(step: int = 4) -> Progress:
    """A callback for a long run whose stderr is no terminal: one line on it a quarter of the tasks."""

    def report(done: int, total: int, label: str) -> None:
        if total > 2 * step and done * step // total > (done - 1) * step // total:
            print(f"collapse: {done} of {total} tasks done", file=sys.stderr, flush=True)

    return report


@contextmanager
def progress_bar() -> Iterator[Progress | None]:
    """A callback for a long run that draws on stderr, or None when stderr is no terminal."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def report(done: int, total: int, label: str) -> None:
            bar.update(task, completed=done, total=total, description=printable(label, 40))

        yield report
