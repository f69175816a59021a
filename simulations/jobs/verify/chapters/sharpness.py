"""How sharp every upper bound is: the largest error / bound ever found, computed anew from its witnesses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from simulations.jobs.verify.chapters.base import Chapter, Findings, Request, Task
from theory.bound import Bound
from theory.inheritance import override


@dataclass(frozen=True)
class Sharp:
    """One witness of one bound, computed anew: the numbers in its file are not used.

    query : the class whose queries are meant; None for the mean over classes.
    """

    bound: str
    witness: str
    shots: float
    ways: int
    query: int | None
    error: float
    value: float
    ratio: float

    @property
    def times(self) -> float:
        """How many times too large the bound is here; infinite where nothing was found."""
        return 1 / self.ratio if self.ratio > 0 else math.inf


def recompute(name: str, folder: Path | None = None) -> list[Sharp]:
    """Every witness of the catalogue bound ``name`` (files of ``folder``), the largest ratio first."""
    from simulations.attack.claims import claims
    from simulations.attack.witness import FOLDER, read
    from theory import catalogue

    bound, recomputed = catalogue.get(name), []
    for path in sorted((folder or FOLDER).glob(f"{name}*.toml")):
        witness = read(path)
        if witness.bound != name:
            continue
        for claim in claims(bound, witness.population, witness.shots):
            if claim.query == witness.query:
                place = (path.name, witness.shots, witness.population.classes, claim.query)
                recomputed.append(Sharp(name, *place, claim.error, claim.bound, claim.ratio))
    return sorted(recomputed, key=lambda each: (-each.ratio, each.witness))


class Sharpness(Chapter):
    """Upper bounds of the catalogue (or those given) at the witnesses kept in the repository."""

    name: ClassVar[str] = "sharpness"
    title: ClassVar[str] = "How sharp the bounds are"
    place: ClassVar[float] = 30
    bounds: ClassVar[tuple[Bound, ...]] = ()
    """None of its own: the statements belong to the chapter on the few-shot error."""

    def __init__(self, names: Sequence[str] | None = None, folder: Path | None = None) -> None:
        self._names, self.folder = names, folder

    @property
    def names(self) -> list[str]:
        """The bounds that are attacked."""
        from simulations.attack.target import upper_bounds

        return upper_bounds() if self._names is None else list(self._names)

    @override
    def tasks(self, request: Request) -> Sequence[Task]:
        return [Task(recompute, (name, self.folder), f"sharpness of {name}", 0.1) for name in self.names]

    @override
    def tests(self, results: Sequence[Any]) -> int:
        return 0

    @override
    def gather(self, results: Sequence[list[Sharp]], tests: int) -> Findings:
        from simulations.attack.claims import SLACK

        best = [rows[0] for rows in results if rows]
        missing = [name for name, rows in zip(self.names, results, strict=True) if not rows]
        violations = tuple(
            f"{each.bound}: {each.value:.6g} against an error of {each.error:.6g} at witness {each.witness}"
            for each in best
            if each.ratio > 1 + SLACK
        )
        data = {"sharpness": [_plain(each) for each in best], "no_witness": missing}
        everything = tuple(each for rows in results for each in rows)
        return Findings(self, (), violations, data, (tuple(best), everything, tuple(missing)))


def _plain(each: Sharp) -> dict[str, Any]:
    shots = "inf" if math.isinf(each.shots) else int(each.shots)
    return asdict(each) | {"shots": shots}
