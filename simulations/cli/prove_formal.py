"""`collapse prove --formal`: compile the Rocq proofs, or report the record where Rocq is not installed."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulations.cli.shared import print_json
from simulations.runtime.errors import InputError, printable

if TYPE_CHECKING:
    from rich.console import Console

MARKS = {"checked": "green", "recorded": "cyan", "failed": "bold red", "none": "yellow"}


@dataclass(frozen=True)
class Line:
    """A theorem's verdict, with the reason where it is not good."""

    name: str
    theorem: str
    file: str
    verdict: str
    reason: str = ""
    seconds: float = 0.0


def run_formal(name: str | None, *, as_json: bool) -> int:
    """Exit status 1 when a proof fails, or, without Rocq, when one has no valid record."""
    from proofs.formal import build as rocq
    from proofs.formal.files import theorems

    known = theorems()
    if name is not None and name not in known:
        raise InputError(
            f"'{printable(name, 60)}' has no proof in Rocq; those that have: {', '.join(known)}", field="NAME"
        )
    names = list(known) if name is None else [name]
    command = rocq.compiler()
    lines = _recorded(names) if command is None else _compiled(names)
    version = None if command is None else rocq.version(command)
    if as_json:
        print_json({"rocq": version, "formal": [vars(line) for line in lines]})
    else:
        _show(lines, version)
    if command is None:
        print(rocq.INSTALL, file=sys.stderr)
    return int(any(line.verdict in ("failed", "none") for line in lines))


def _recorded(names: list[str]) -> list[Line]:
    from proofs.formal.state import formal_state

    lines = []
    for name in names:
        state = formal_state(name)
        reason = {"recorded": "recorded, not re-run here", "checked": "checked here before"}.get(
            state.verdict, "statement, proof or library has changed since it was recorded"
        )
        lines.append(Line(name, state.theorem, state.file, state.verdict, reason))
    return lines


def _compiled(names: list[str]) -> list[Line]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from proofs.formal.compile import compile_theorems

    shown = sys.stderr.isatty()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=_stderr(),
        disable=not shown,
        transient=True,
    ) as progress:
        task = progress.add_task("compiling", total=None)

        def report(file: str, done: int, total: int) -> None:
            progress.update(task, description=file, completed=done, total=total)

        outcomes = compile_theorems(names, report=report)
    return [
        Line(
            outcome.theorem.name,
            outcome.theorem.qualified,
            f"proofs/formal/{outcome.theorem.proof}",
            "checked" if outcome.checked else "failed",
            outcome.reason,
            round(outcome.seconds, 2),
        )
        for outcome in outcomes
    ]


def _stderr() -> Console:
    from rich.console import Console

    return Console(stderr=True)


def _show(lines: list[Line], version: str | None) -> None:
    from rich.table import Table
    from rich.text import Text

    from proofs.formal.state import COVERS
    from simulations.cli.show import cell, console

    screen = console()
    table = Table(box=None, pad_edge=False)
    for heading in ("theorem", "file", "seconds", "verdict"):
        table.add_column(heading, no_wrap=heading != "file")
    for line in lines:
        seconds = f"{line.seconds:.1f}" if line.seconds else "-"
        table.add_row(
            cell(line.name), cell(line.file), cell(seconds), Text(line.verdict, MARKS[line.verdict])
        )
    screen.print(table)
    for line in lines:
        if line.verdict in ("failed", "none"):
            screen.print(cell(f"{line.name}: {line.reason}"), style="bold red")
    counts = {verdict: sum(line.verdict == verdict for line in lines) for verdict in MARKS}
    words = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    by = f"Rocq {version}" if version else "the record, not re-run here"
    screen.print(cell(f"{words} (by {by}); about {COVERS}"))
