"""`collapse bounds`: the catalogue."""

from __future__ import annotations

from typing import Annotated

import typer

from simulations.cli.options import AsJson
from simulations.cli.shared import print_json
from simulations.runtime.errors import InputError, printable


def run(
    name: Annotated[str | None, typer.Argument(help="One statement; all by default.")] = None,
    as_json: AsJson = False,
) -> int:
    """The catalogue: statement, assumptions, kind, provenance, proof state."""
    from simulations.cli.bounds_document import document, proof_lines, proof_state
    from simulations.cli.bounds_show import show_all, show_one
    from theory import catalogue

    if name is not None:
        try:
            chosen = [catalogue.get(printable(name, 60))]
        except KeyError as wrong:
            problem = str(wrong.args[0])
            hint = "" if "; " in problem else "; collapse bounds lists them all"
            raise InputError(problem + hint, field="NAME") from None
    else:
        chosen = list(catalogue.STATEMENTS)
    if as_json:
        print_json({"bounds": [document(bound, checked=name is not None) for bound in chosen]})
    elif name is None:
        show_all([(bound, proof_state(bound)) for bound in chosen])
    else:
        show_one(chosen[0], proof_lines(chosen[0]))
    return 0
