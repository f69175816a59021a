"""Witnesses: a population file whose comment lines (``#: key = value``) say what it is a witness of.

`collapse evaluate` reads it as it is. The numbers in the comments are not trusted: ``verify`` computes them
anew.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulations.attack.claims import Claim, claims
from simulations.attack.probing.results import Nearest
from simulations.attack.recheck import recheck
from simulations.attack.records import ExactRatio, Hunt
from simulations.populations import FAMILIES, Population, load
from simulations.populations.files import to_toml
from simulations.runtime.errors import InputError
from simulations.runtime.files import write_text
from theory.bound import Bound

MARK = "#: "
FOLDER = Path(__file__).resolve().parent / "witnesses"


@dataclass(frozen=True)
class Witness:
    """A population and the claim it tests: of which bound, at how many shots, for which query class."""

    bound: str
    shots: float
    query: int | None
    ratio: float
    population: Population


def write(hunt: Hunt, path: Path, shots: float | None = None) -> None:
    """Write the best population of ``found`` (at ``shots``); raises ValueError when there is none."""
    best, ratio, exact = hunt.best, hunt.ratio, hunt.exact
    if shots is not None:
        at = hunt.by_shots[shots]
        best, ratio, exact = at.result, at.ratio, at.exact
    if best is None or best.population is None or best.claim is None:
        raise ValueError(f"nothing was found for {hunt.bound}")
    facts: dict[str, Any] = {
        "bound": hunt.bound,
        "shots": best.shots,
        "ways": best.population.classes,
        **({} if best.claim.query is None else {"query": best.claim.query}),
        "error": best.claim.error,
        "value": best.claim.bound,
        "ratio": ratio,
        "exact": exact is not None,
        "space": best.space,
        "evaluations": hunt.evaluations,
        "seed": hunt.seed,
    }
    head = "".join(f"{MARK}{key} = {_plain(value)}\n" for key, value in facts.items())
    write_text(path, head + to_toml(best.population.spec()))


def probe_text(bound: str, nearest: Nearest, population: Population) -> str:
    """The file of a probe that refutes ``bound``.

    Raises InputError when no file holds the population: it has too many numbers, or is of no family that
    files know.
    """
    if population.family not in FAMILIES:
        raise InputError(f"no file holds a population of family {population.family}")
    point = nearest.point
    facts: dict[str, Any] = {
        "bound": bound,
        "shots": point.shots,
        "ways": population.classes,
        **({} if nearest.claim.query is None else {"query": nearest.claim.query}),
        "error": nearest.claim.error,
        "value": nearest.claim.bound,
        "ratio": nearest.ratio,
        "exact": nearest.exact,
        "space": nearest.law,
    }
    head = "".join(f"{MARK}{key} = {_plain(value)}\n" for key, value in facts.items())
    return head + to_toml(population.spec())


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else repr(value)


def read(path: Path) -> Witness:
    """Raises InputError when the file is no witness."""
    population = load(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    try:
        facts = tomllib.loads("\n".join(line[len(MARK) :] for line in lines if line.startswith(MARK)))
        query = None if "query" not in facts else int(facts["query"])
        return Witness(str(facts["bound"]), float(facts["shots"]), query, float(facts["ratio"]), population)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as wrong:
        raise InputError(
            f"has no valid '{MARK.strip()}' lines ({wrong}); write it with collapse attack", file=path
        ) from None


def claim_of(witness: Witness, bound: Bound) -> Claim:
    """The witness's claim, computed anew. Raises ValueError when the bound does not make it."""
    for claim in claims(bound, witness.population, witness.shots):
        if claim.query == witness.query:
            return claim
    raise ValueError(f"{bound.name} does not apply to this witness")


def recheck_witness(witness: Witness, bound: Bound) -> tuple[ExactRatio | None, str]:
    """Error in fractions, bound at 400 digits; None and why where that is not possible."""
    return recheck(bound, witness.population, witness.shots, claim_of(witness, bound))
