"""Which Rocq files there are, and what each is about: found by looking, never listed by hand."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from proofs.few_shot.ordering import ORDERINGS
from theory import catalogue
from theory.bound import Statement

FOLDER = Path(__file__).parent
LIBRARY, STATEMENTS = "library", "statements"
_IMPORT = re.compile(r"From\s+Collapse\.([\w.]+)\s+Require\s+(?:Import\s+|Export\s+)?([^.]*)\.")


@dataclass(frozen=True)
class Theorem:
    """A theorem with a proof in Rocq: its name in the catalogue and its files, relative to this folder."""

    name: str
    proof: str
    statement: str
    claim: Statement

    @property
    def qualified(self) -> str:
        """The theorem's full name in Rocq."""
        return f"Collapse.{self.proof[:-2].replace('/', '.')}.{self.name}"

    @property
    def proposition(self) -> str:
        """The statement's full name in Rocq."""
        return f"Collapse.{self.statement[:-2].replace('/', '.')}.{self.name}_statement"


def home(claim: Statement) -> str:
    """The theory file that a statement stands in, without suffix: ``few_shot/cdnv_sharp``.

    A comparison of bounds has a name and no file there: ``few_shot/ordering_cdnv``.
    """
    if claim in ORDERINGS:
        return f"few_shot/{claim.name}"
    places: list[list[str]] = [
        module[len("theory.") :].split(".")
        for module, content in list(sys.modules.items())
        if module.startswith("theory.") and vars(content).get(claim.name) is claim
    ]
    # Where no file has the start of its name, the statement is made in the one file that has it, no package.
    fitting = [place for place in places if claim.name.startswith(str(place[-1]))] or [
        place for place in places if len(place) == 2
    ][:1]
    if not fitting:
        raise ValueError(f"no file of theory/ is named for the statement '{claim.name}'")
    longest: list[str] = sorted(fitting, key=_leaf_length)[-1]
    return "/".join(longest)


def _leaf_length(place: list[str]) -> int:
    return len(place[-1])


@cache
def theorems() -> dict[str, Theorem]:
    """The theorems that have a proof file, by name, in the order of the catalogue."""
    by_name = {}
    claims: list[Statement] = [*catalogue.STATEMENTS, *ORDERINGS]
    for claim in claims:
        try:
            place = home(claim)
        except ValueError:
            continue  # a user's or a plug-in's statement
        if (FOLDER / f"{place}.v").is_file():
            by_name[claim.name] = Theorem(claim.name, f"{place}.v", f"{STATEMENTS}/{place}.v", claim)
    return by_name


def sources() -> list[str]:
    """Every file to compile, relative to this folder."""
    return sorted(
        str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.v") if not path.name.startswith(".")
    )


def imports(text: str) -> Iterator[str]:
    """The files of this folder that a Rocq text requires."""
    for folder, names in _IMPORT.findall(text):
        yield from (f"{folder.replace('.', '/')}/{name}.v" for name in names.split())


def closure(file: str) -> list[str]:
    """A file and all that it requires, directly or not, sorted."""
    reached: set[str] = set()
    pending = [file]
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending += imports((FOLDER / name).read_text(encoding="utf-8"))
    return sorted(reached)
