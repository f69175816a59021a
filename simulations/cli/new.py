"""`collapse new`: a commented file to start one's own bound, population or engine from."""

from __future__ import annotations

import keyword
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from simulations.runtime.errors import InputError, printable

KINDS = ("bound", "population", "engine")
SKELETONS = Path(__file__).resolve().parents[1] / "plugins" / "skeletons"


def run(
    kind: Annotated[str, typer.Argument(metavar="bound|population|engine", help="What to start.")],
    name: Annotated[str, typer.Argument(help="Its name: small letters, digits and underscores.")],
    out: Annotated[Path | None, typer.Option(help="The file; default NAME.py in this folder.")] = None,
) -> int:
    """Write a commented file to start your own bound, population or engine from.

    The file runs as it is: `collapse check NAME.py` accepts it.
    """
    from simulations.runtime.files import write_text

    if kind not in KINDS:
        raise InputError(f"'{printable(kind, 40)}' is unknown; use {' or '.join(KINDS)}", field="kind")
    if not (name.isidentifier() and name.isascii() and name == name.lower()) or keyword.iskeyword(name):
        raise InputError(
            f"'{printable(name, 40)}' is not a valid name; use small letters, digits and underscores, like "
            "my_bound",
            field="NAME",
        )
    if name in _names_in_use(kind):
        raise InputError(f"'{name}' is in use by this package; choose another name", field="NAME")
    path = Path(f"{name}.py") if out is None else out
    if path.exists():
        raise InputError("exists already; choose another name, or --out", file=path)
    write_text(path, skeleton(kind, name))
    typer.echo(f"{path}: edit it, then run: collapse check {path}")
    return 0


def _names_in_use(kind: str) -> Collection[str]:
    """Names that ``check`` would refuse in a file of the user's own."""
    if kind == "bound":
        from theory import catalogue

        return catalogue.names()
    if kind == "population":
        from simulations.populations import FAMILIES

        return FAMILIES
    from simulations.engines import ENGINES

    return [engine.name for engine in ENGINES]


def skeleton(kind: str, name: str) -> str:
    """The text of a new file. ``kind`` is one of ``KINDS``."""
    text = (SKELETONS / f"{kind}.py.txt").read_text(encoding="utf-8")
    camel = "".join(part.capitalize() for part in name.split("_") if part) or "New"
    return text.replace("{NAME}", name).replace("{CLASS}", camel)
