"""`collapse attack` on a statement about the axes of two labelings: its laws have no shots and no ways."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simulations.attack.axes import STARTS, Extreme, searches
from simulations.attack.claims import SLACK
from simulations.cli.shared import print_json
from simulations.runtime.errors import InputError
from simulations.runtime.files import write_bytes
from simulations.verdicts.verdict import in_digits
from theory.bound.confidence import AxesBound


@dataclass(frozen=True)
class AxesHunt:
    """The largest |cosine| / bound of a hunt, and the effort behind it."""

    name: str
    best: Extreme
    searches: int
    evaluations: int
    seconds: float
    seed: int

    @property
    def refuted(self) -> bool:
        """Whether the bound lies below a cosine by more than rounding."""
        return self.best.ratio > 1 + SLACK


def run(
    bound: AxesBound,
    *,
    seed: int,
    starts: int | None,
    seconds: float | None,
    out: Path,
    as_json: bool,
    report: Callable[[str], None],
) -> int:
    """Exit status 1 where the bound is refuted."""
    hunt = _hunt(bound, seed, starts, math.inf if seconds is None else seconds, report)
    path = out / f"{bound.name}.npz"
    write_bytes(path, _features(hunt.best))
    if as_json:
        print_json({"attacks": [_json(hunt, path)]})
    else:
        _show(hunt, path)
    return int(hunt.refuted)


def _hunt(
    bound: AxesBound, seed: int, starts: int | None, seconds: float, report: Callable[[str], None]
) -> AxesHunt:
    climbs = starts if starts is not None else STARTS if math.isinf(seconds) else 10**6
    began, best, evaluations, done = time.perf_counter(), None, 0, 0
    for search in searches(bound, seed, climbs):
        for result in search:
            evaluations += 1
            if isinstance(result, Extreme) and (best is None or result.ratio > best.ratio):
                best = result
        done += 1
        ratio = 0.0 if best is None else best.ratio
        report(f"{bound.name}: {done} searches, largest |cosine| / bound {ratio:.6g}")
        if time.perf_counter() - began > seconds:
            break
    report("")
    if best is None:
        raise InputError("applies to none of the laws of two labelings that were tried", field=bound.name)
    return AxesHunt(bound.name, best, done, evaluations, time.perf_counter() - began, seed)


def _features(best: Extreme) -> bytes:
    """Samples whose means and covariances are exactly those of the law, with both labels: `collapse measure`
    reads them."""
    features, labels, labels2 = best.law.points()
    content = io.BytesIO()
    np.savez(content, features=features, labels=labels, labels2=labels2)
    return content.getvalue()


def _json(hunt: AxesHunt, path: Path) -> dict[str, Any]:
    best = hunt.best
    return {
        "name": hunt.name,
        "refuted": hunt.refuted,
        "ratio": best.ratio,
        "cosine": best.cosine,
        "value": best.bound,
        "exact": False,
        "space": best.law.name,
        "witness": str(path),
        "effort": {
            "seconds": round(hunt.seconds, 3),
            "searches": hunt.searches,
            "evaluations": hunt.evaluations,
        },
        "seed": hunt.seed,
    }


def _show(hunt: AxesHunt, path: Path) -> None:
    from simulations.cli.show import cell, console

    best, screen = hunt.best, console()
    first, second = best.law.means.shape[:2]
    lines = [
        f"{hunt.name}: largest |cosine| / bound {in_digits(best.ratio)} (|cosine| {best.cosine:.6g}, bound "
        f"{best.bound:.6g}) on {best.law.name}, {first} x {second} classes",
        f"{hunt.evaluations} evaluations in {hunt.searches} searches, {hunt.seconds:.1f} seconds; in "
        f"double precision; witness {path}, which collapse measure reads",
    ]
    for line in lines:
        screen.print(cell(line))
    if hunt.refuted:
        screen.print(cell(f"{hunt.name} is refuted"), style="bold red")
