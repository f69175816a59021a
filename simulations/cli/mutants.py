"""`collapse attack NAME --mutants`: which changes of a bound's constants the attack notices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulations.cli.shared import print_json
from simulations.runtime.workers import open_workers

if TYPE_CHECKING:
    from simulations.attack.mutation import MutantResult

SECONDS = 60.0
OUTCOMES = {
    "units": "refused: its units do not match",
    "witness": "refuted at",
    "search": "refuted on",
    "none": "not refuted",
    "not smaller": "nowhere smaller, moved either way",
}


@dataclass(frozen=True)
class MutantSearch:
    """Effort for every mutant: ``seconds``, and ``lattices`` searches; None for the defaults."""

    seconds: float | None
    lattices: int | None
    seed: int
    jobs: int


def run(names: Sequence[str], search: MutantSearch, *, as_json: bool, report: Callable[[str], None]) -> int:
    """Exit status 0: a mutant that is not refuted is no fault of the bound."""
    from simulations.attack.mutation import attack_mutants

    mutants: list[MutantResult] = []
    with open_workers(search.jobs) if search.jobs > 1 else nullcontext() as workers:
        for name in names:
            for tried in attack_mutants(
                name,
                workers,
                seed=search.seed,
                seconds=SECONDS if search.seconds is None else search.seconds,
                lattices=10**6 if search.lattices is None else search.lattices,
                report=report,
            ):
                mutants.append(tried)
                if not as_json:
                    report("")
                    print(line(tried), flush=True)
    if as_json:
        print_json({"mutants": [document(each) for each in mutants], "seed": search.seed})
    else:
        print(_summary(mutants))
    return 0


def line(tried: MutantResult) -> str:
    """One mutant in one line: the change, the result, the largest ratio, the time."""
    outcome = OUTCOMES[tried.how]
    if tried.how in ("witness", "search"):
        outcome += f" {tried.where} ({'fractions' if tried.exact else 'doubles'})"
    if tried.above:
        outcome += f" (nowhere below {tried.above})"
    ratio = f"{tried.ratio:.6g}" if tried.ratio else "-"
    changed = f"{tried.bound}: {tried.constant} times {float(tried.factor):g}"
    return f"{changed}: {outcome}; {ratio}; {tried.seconds:.1f} s"


def document(tried: MutantResult) -> dict[str, Any]:
    """The stable JSON form."""
    return {
        "bound": tried.bound,
        "constant": str(tried.constant.value),
        "inside": str(tried.constant.node),
        "part": tried.constant.part,
        "factor": float(tried.factor),
        "outcome": tried.how.replace(" ", "_"),
        "refuted": tried.refuted,
        "ratio": tried.ratio,
        "exact": tried.exact,
        "where": tried.where or None,
        "nowhere_below": tried.above or None,
        "seconds": round(tried.seconds, 3),
    }


def _summary(mutants: Sequence[MutantResult]) -> str:
    counts = {how: sum(each.how == how for each in mutants) for how in OUTCOMES}
    implied = sum(bool(each.above) and each.how == "none" for each in mutants)
    return (
        f"{len(mutants)} mutants: {counts['units']} refused by units, {counts['witness']} refuted at a "
        f"recorded witness, {counts['search']} by search, {counts['none']} not refuted ({implied} of them "
        f"nowhere below another bound), {counts['not smaller']} nowhere smaller"
    )
