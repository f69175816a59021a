"""`collapse prove`: run the proofs, print the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulations.cli.options import AsJson
from simulations.cli.shared import print_json
from simulations.runtime.errors import InputError, printable

if TYPE_CHECKING:
    from proofs.kernel import Outcome, Step

MARKS = {
    "formal": "bold green",
    "checked": "green",
    "reduced": "yellow",
    "published": "cyan",
    "failed": "bold red",
    "no proof": "dim",
}


def run(
    name: Annotated[str | None, typer.Argument(help="One statement; all by default.")] = None,
    formal: Annotated[
        bool, typer.Option("--formal", help="Compile the proofs in Rocq instead (only what changed).")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Run the proofs, print the ledger.

    Exit status 1 when a proof fails; a statement without a proof is listed and does not count as failed.
    """
    if formal:
        from simulations.cli.prove_formal import run_formal

        return run_formal(name, as_json=as_json)
    import proofs

    if name is not None and name not in proofs.names():
        import difflib

        from theory import catalogue

        if name in catalogue.names():
            kind = catalogue.get(name).kind
            raise InputError(
                f"'{name}' has no proof to run, as {'an ' if kind[0] in 'aeiou' else 'a '}"
                f"{kind.replace('_', ' ')}; `collapse bounds {name}` says what is known of it",
                field="NAME",
            )

        near = difflib.get_close_matches(name, proofs.names(), n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `collapse bounds`"
        raise InputError(f"no statement is called '{printable(name, 60)}'; {hint}", field="NAME")
    try:
        ledgers = proofs.prove(name)
    except (ImportError, RuntimeError) as wrong:
        raise InputError(f"{wrong}; pip install 'neural-collapse-transfer[prove]'") from None
    if as_json:
        print_json({"proofs": [ledger.to_json() for ledger in ledgers]})
    else:
        _show(ledgers, whole=name is not None)
    return int(any(ledger.verdict == "failed" for ledger in ledgers))


def _show(ledgers: list[Any], *, whole: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    from proofs.ledger import words
    from simulations.cli.show import cell, console

    screen = console()
    table = Table(box=None, pad_edge=False)
    for heading in ("theorem", "steps by kind", "lemmas", "seconds", "verdict"):
        table.add_column(heading, no_wrap=heading in ("theorem", "verdict"))
    for ledger in ledgers:
        steps = ", ".join(f"{count} {kind}" for kind, count in ledger.by_kind.items() if count)
        table.add_row(
            cell(ledger.name),
            cell(steps),
            cell(", ".join(ledger.lemmas)),
            cell(f"{ledger.seconds:.2f}"),
            Text(ledger.verdict, MARKS[ledger.verdict]),
        )
    screen.print(table)
    for ledger in ledgers:
        if whole:
            for step, outcome in ledger.steps:
                screen.print(cell(f"  {step.name} ({step.kind}): {step.says}  [{_word(step, outcome)}]"))
            if ledger.lemmas:
                screen.print(
                    "  cited: the lemma is taken as true; that its hypotheses are met here is checked"
                )
        for line in words.hypotheses(ledger):
            screen.print(cell(f"{ledger.name}: a hypothesis of its proof: {line}"))
        if ledger.verdict == "failed":
            screen.print(cell(f"{ledger.name}: {ledger.reason}"), style="bold red")
    screen.print(cell(words.counts(ledgers)))


def _word(step: Step, outcome: Outcome) -> str:
    """A cited lemma is taken as true; what is checked is that its hypotheses are met here."""
    if not outcome.holds:
        return "not checked"
    return "cited, on trust" if step.kind == "cited" else "checked"
