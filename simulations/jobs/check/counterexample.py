"""The refutations that a file can hold, the simplest first, and the command that reproduces them."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simulations.attack.probing.results import Nearest, Probed
from simulations.attack.witness import probe_text
from simulations.runtime.errors import InputError
from simulations.runtime.wording import slug


@dataclass(frozen=True)
class Counterexample:
    """One refutation: its sentence, and the population's file (None where it has too many numbers for one).

    ratio : error / bound; infinite where the bound is 0. file : its name in the folder of witnesses.
    contents : what stands in it.
    """

    text: str
    shots: float
    ways: int
    ratio: float
    file: str | None = None
    contents: str | None = None

    def path(self, folder: Path) -> Path | None:
        """Where the file lies when the page is written to ``folder``."""
        return None if self.file is None else folder / "witnesses" / self.file

    def command(self, source: Path, folder: Path) -> str | None:
        """The command that evaluates it again, with the user's file."""
        path = self.path(folder)
        if path is None:
            return None
        shots = "inf" if math.isinf(self.shots) else f"{self.shots:.0f}"
        return (
            f"collapse evaluate {shlex.quote(str(path))} --shots {shots} --ways {self.ways} "
            f"--with {shlex.quote(str(source))}"
        )


def of_probes(name: str, probed: Probed) -> Iterator[Counterexample]:
    """One for every law that refutes the bound ``name``: what is reported is what is written."""
    for law in probed.refuting:
        assert law.witness is not None and law.population is not None
        text, shots, ratio = probe_line(name, law.witness), law.witness.point.shots, law.witness.claim.ratio
        ways = law.population.classes
        try:
            contents = probe_text(name, law.witness, law.population)
        except InputError:  # no file can hold it: a cube in many dimensions, say
            yield Counterexample(text, shots, ways, ratio)
            continue
        yield Counterexample(text, shots, ways, ratio, f"{slug(name)}-{slug(law.law)}.toml", contents)


def probe_line(name: str, nearest: Nearest) -> str:
    """A refutation by a probe in one line."""
    claim = nearest.claim
    who = "the mean over classes" if claim.query is None else f"queries of class {claim.query}"
    value, error_text = apart(claim.bound, claim.error)
    error = f"the error {error_text}" if nearest.exact else f"the error, which is at least {error_text},"
    return f"{name} = {value} is below {error} on {nearest.law} for {who} at {nearest.where}: ratio " + (
        apart(claim.ratio, 1.0)[0] if math.isfinite(claim.ratio) else "infinite"
    )


def apart(one: float, other: float) -> tuple[str, str]:
    """Two numbers with three digits, or as many as it takes to tell them apart."""
    for digits in range(3, 17):
        first, second = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if first != second or one == other:
            return first, second
    return repr(one), repr(other)
