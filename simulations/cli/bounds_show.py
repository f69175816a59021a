"""The catalogue on a terminal: the listing, two lines a statement, and one statement with its symbols."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import sympy as sp

from simulations.cli.show import cell, console
from simulations.runtime.errors import printable
from theory import expressions
from theory.bound import Bound
from theory.printing import definitions

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text as RichText

ABOUT = {
    "few_shot_error": "the few-shot error",
    "cdnv": "CDNV",
    "mean_kernel": "the mean of a kernel",
    "transfer_error": "the transfer error",
    "axes": "the cosine of axes of two labelings",
}
KINDS = {
    "upper": "upper bound on",
    "lower": "lower bound on",
    "equality": "exact value of",
    "high_probability": "holds with high probability, about",
    "rate": "rate of",
    "existence": "existence of laws, about",
    "impossibility": "impossibility, about",
    "approximation": "approximation (no bound) of",
}
STATES = {
    "recorded formal": "formal",
    "recorded checked": "checked",
    "recorded reduced": "reduced",
    "written": "proof written, not on record",
    "published": "published, no proof here",
    "none": "no proof",
}

SAID_ELSEWHERE = ("Prob", "Expect", "KlUpper", "MixtureUpper", "Half")


def show_all(chosen: list[tuple[Bound, str]]) -> None:
    """Statements with the state of their proofs, as recorded, without checking anything."""
    screen = console()
    for bound, state in chosen:
        screen.print(cell(f"{bound.name}: {bound.title}"))
        _indented(screen, f"{_kind(bound)}; {bound.provenance.status}; {STATES[state]}", 4)
    screen.print(
        cell(
            f"{len(chosen)} statements: {_counts_by_proof(chosen)}. "
            "Formal: a proof assistant has checked it too. "
            "Checked: its proof is carried by checked steps. Reduced: to a cited theorem. Published: taken "
            "from a paper. On record for this very statement; `collapse prove` runs the proofs again. "
            "`collapse bounds NAME` shows a statement and what its symbols mean."
        ),
        style="dim",
    )


def _counts_by_proof(chosen: list[tuple[Bound, str]]) -> str:
    """How many statements of each strength there are, on record."""
    states = [state.removeprefix("recorded ") for _, state in chosen]
    words = ("formal", "checked", "reduced", "published")
    other = sum(state not in words for state in states)
    counts = [f"{states.count(word)} {word}" for word in words]
    return ", ".join([*counts, f"{other} without a proof on record"] if other else counts)


def show_one(bound: Bound, proof: list[str]) -> None:
    """Print one statement in full: relation, symbols, assumptions, source and the lines of its ``proof``."""
    screen = console()
    screen.print(cell(f"{bound.name}: {bound.title} ({_kind(bound)})"))
    _indented(screen, str(bound.relation), 2)
    if bound.for_classes:
        _indented(screen, bound.for_classes, 2)
    entries = [*_symbols(bound), *_functions(bound)]
    if entries:
        _indented(screen, "where", 2)
    for text, meaning in entries:
        _indented(screen, f"{text}: {meaning}" if meaning else text, 4)
    if bound.free is not None:
        free = bound.free
        _indented(
            screen, f"for every {free.symbol} from {free.lower} up to {free.upper}; the least is taken", 2
        )
    for assumption in bound.assumptions:
        _indented(screen, f"assumes {assumption.name}: {assumption.sentence}", 2)
    _indented(screen, f"{bound.provenance.status}: {bound.provenance.source}", 2)
    for line in proof:
        _indented(screen, line, 2)
    # On one line, whatever the width: it is there to be copied.
    screen.print(_whole(f"  LaTeX: {bound.latex()}"), soft_wrap=True)


def _kind(bound: Bound) -> str:
    return f"{KINDS[bound.kind]} {ABOUT[bound.about]}"


def _symbols(bound: Bound) -> Iterator[tuple[str, str]]:
    for each in definitions(bound):
        name = each.text.partition(" = ")[0]
        yield each.text, "" if each.meaning == name else each.meaning


def _functions(bound: Bound) -> Iterator[tuple[str, str]]:
    """The reductions that the statement's text names, in the words of their own docstrings."""
    parts = [bound.relation, *(expression for _, expression in bound.where)]
    met = {type(node) for part in parts for node in sp.preorder_traversal(part)}
    for function in sorted(met, key=lambda each: str(each.__name__)):
        name = function.__name__
        if function.__module__ == expressions.__name__ and name not in SAID_ELSEWHERE:
            yield f"{name}(...)", " ".join((function.__doc__ or "").split("\n\n")[0].split())


def _whole(text: str) -> RichText:
    """As ``cell``, of any length: formulas are long."""
    from rich.text import Text

    return Text(printable(text, 100_000))


def _indented(screen: Console, text: str, by: int) -> None:
    """Lines that run over go on two further in."""
    for number, line in enumerate(_whole(text).wrap(screen, max(20, screen.width - by - 2))):
        line.rstrip()
        screen.print(_whole(" " * (by + 2 * (number > 0))) + line)
