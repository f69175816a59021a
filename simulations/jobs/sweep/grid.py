"""The TOML form of a sweep, and the tasks that it stands for.

shots = [1, 5, 50]
ways = [2, 5]
bounds = ["cdnv_sharp", "exact_moment"]    # every few-shot bound by default

[[populations]]
name = "simplex"
family = "simplex_etf"
count = 10
[populations.vary]
dimension = [16, 64]
cdnv = [1.0, 0.1, 0.01]
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from simulations.jobs.sweep.points import Family, Lazy, Points, SweepPoint
from simulations.jobs.sweep.versions import bound_version, error_version
from simulations.populations import from_spec
from simulations.runtime.errors import InputError, printable
from simulations.runtime.randomness import ROOT_SEED
from simulations.runtime.toml_file import read_toml
from simulations.runtime.validation import first_problem
from simulations.verdicts.evaluate import few_shot_bounds, require_distinct_means
from theory.bound import Bound

MOST_TASKS = 1_000_000
MOST_CHECKED = 1000
"""Populations of an entry that are built before anything runs: all of them, or every value of every axis."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class PopulationEntry(BaseModel):
    """A population file's keys, a ``name``, and ``vary``: lists of values for some of the keys."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: str = Field(min_length=1, max_length=80)
    vary: dict[str, list[Any]] = Field(default_factory=dict)

    @field_validator("vary")
    @classmethod
    def _values(cls, vary: dict[str, list[Any]]) -> dict[str, list[Any]]:
        for key, values in vary.items():
            if not values:
                raise ValueError(f"vary.{key} is empty; give at least one value")
        return vary


class GridSpec(_Table):
    """A grid's TOML file: the axes that are crossed, and what is evaluated at every point."""

    shots: list[int | Literal["inf"]] = Field(min_length=1)
    ways: list[int] = Field(min_length=1)
    bounds: list[str] | None = None
    replicates: int = Field(default=1, ge=1, le=10_000)
    seed: int = Field(default=ROOT_SEED, ge=0)
    draws: float = Field(default=2e6, ge=1e3, le=1e12)
    populations: list[PopulationEntry] = Field(min_length=1)

    @field_validator("shots", mode="before")
    @classmethod
    def _shots(cls, given: object) -> object:
        """TOML's own ``inf`` and the word are the same."""
        if not isinstance(given, list):
            return given
        entries = ["inf" if isinstance(n, float) and n == math.inf else n for n in given]
        for n in entries:
            if n != "inf" and not _whole(n, 1, 10**9):
                raise ValueError(
                    f"{_quoted(n)} is not a number of shots; use whole numbers from 1 to 1e9, or inf"
                )
        return entries

    @field_validator("ways", mode="before")
    @classmethod
    def _ways(cls, given: object) -> object:
        for k in given if isinstance(given, list) else ():
            if not _whole(k, 2, 100_000):
                raise ValueError(f"{_quoted(k)} is not a number of ways; use whole numbers from 2 to 1e5")
        return given

    @model_validator(mode="after")
    def _names(self) -> GridSpec:
        names = [each.name for each in self.populations]
        if len(set(names)) < len(names):
            raise ValueError("two populations have the same name; give each its own")
        return self


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _quoted(value: object) -> str:
    return printable(repr(value), 40)


@dataclass(frozen=True)
class SweepTask:
    """Work for one worker: plain data. ``version`` gives the version of the code, when the key is needed."""

    kind: Literal["error", "bound"]
    body: dict[str, Any]
    version: Callable[[], str]

    @cached_property
    def key(self) -> str:
        """The key under which the result is stored."""
        text = json.dumps([self.kind, self.body, self.version()], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def label(self) -> str:
        """Its label on a progress bar."""
        what = self.body.get("bound", "error")
        return f"{what} at {self.body['shots']} shots"


@dataclass(frozen=True)
class Grid:
    """A grid that was read and checked. points : the populations that its entries multiply out to."""

    spec: GridSpec
    points: Sequence[SweepPoint]
    bounds: tuple[Bound, ...]
    device: str = "cpu"

    def error_task(self, point: SweepPoint, shots: int | str, replicate: int) -> SweepTask:
        """The task that estimates the errors at every number of ways."""
        body = {
            "population": point.spec,
            "shots": shots,
            "ways": self.spec.ways,
            "draws": self.spec.draws,
            "seed": self.spec.seed,
            "replicate": replicate,
        }
        if self.device != "cpu":
            body["device"] = self.device  # it gives other numbers
        return SweepTask("error", body, lambda: self._error_version)

    def bound_task(self, point: SweepPoint, shots: int | str, bound: Bound) -> SweepTask:
        """The task that evaluates one bound at every number of ways."""
        body = {"population": point.spec, "shots": shots, "ways": self.spec.ways, "bound": bound.name}
        return SweepTask("bound", body, lambda: self._bound_versions[bound.name])

    @cached_property
    def _error_version(self) -> str:
        return error_version()

    @cached_property
    def _bound_versions(self) -> dict[str, str]:
        return {bound.name: bound_version(bound) for bound in self.bounds}

    def cells(self) -> Iterator[tuple[SweepPoint, int | Literal["inf"]]]:
        """Every population with every number of shots."""
        return ((point, shots) for point in self.points for shots in self.spec.shots)

    def tasks(self) -> Iterator[SweepTask]:
        """In the order of the file: never the order in which they are run."""
        return (task for point, shots in self.cells() for task in self.tasks_at(point, shots))

    def tasks_at(self, point: SweepPoint, shots: int | str) -> Iterator[SweepTask]:
        """Those of one population and one number of shots: an error a replicate, then the bounds."""
        for _, tasks in self.kinds_at(point, shots):
            yield from tasks

    def kinds_at(self, point: SweepPoint, shots: int | str) -> Iterator[tuple[str, Sequence[SweepTask]]]:
        """The same tasks under "error", or the name of the bound."""
        yield "error", Lazy(self.spec.replicates, lambda k: self.error_task(point, shots, k))
        for bound in self.bounds:
            yield bound.name, [self.bound_task(point, shots, bound)]

    def cell(self, index: int) -> tuple[SweepPoint, int | Literal["inf"]]:
        """The cell of that number in the order of ``cells``."""
        place, column = divmod(index, len(self.spec.shots))
        return self.points[place], self.spec.shots[column]

    @property
    def size(self) -> int:
        """How many tasks there are."""
        return len(self.points) * len(self.spec.shots) * (self.spec.replicates + len(self.bounds))


def load_grid(path: Path) -> Grid:
    """Read and check a grid: populations are built once, of a very large grid those that take each value.

    Raises InputError (file, field, remedy).
    """
    data = read_toml(path, "grid")
    try:
        return _grid(GridSpec.model_validate(data))
    except ValidationError as wrong:
        raise first_problem(wrong, GridSpec).within(path) from None
    except InputError as wrong:
        raise wrong.within(path) from None


def _grid(spec: GridSpec) -> Grid:
    families = [Family(entry.name, dict(entry.model_extra or {}), entry.vary) for entry in spec.populations]
    for family in families:
        if family.count * len(spec.shots) > MOST_TASKS:
            raise InputError(
                f"stands for {family.count} populations; use at most {MOST_TASKS} tasks", field="vary"
            )
    grid = Grid(spec, Points(families), _bounds(spec.bounds))
    if grid.size > MOST_TASKS:
        raise InputError(f"stands for {grid.size} tasks; use at most {MOST_TASKS}", field="populations")
    for family in families:
        for index in family.samples(MOST_CHECKED):
            _check(family.point(index), spec)
    return grid


def _bounds(names: list[str] | None) -> tuple[Bound, ...]:
    known = {bound.name: bound for bound in few_shot_bounds()}
    if names is None:
        return tuple(bound for bound in known.values() if bound.kind == "upper")
    for name in names:
        if name not in known:
            raise InputError(f"unknown bound '{printable(name, 60)}'; see `collapse bounds`", field="bounds")
        if known[name].kind not in ("upper", "lower", "equality"):
            raise InputError(f"'{name}' has no value on one population; leave it out", field="bounds")
    return tuple(known[name] for name in dict.fromkeys(names))


def _check(point: SweepPoint, spec: GridSpec) -> None:
    where = f"populations '{printable(point.name, 40)}'" + (f" at {point.axes}" if point.axes else "")
    try:
        population = from_spec(point.spec)
        require_distinct_means(population)
    except InputError as wrong:
        field = f"{where}: {wrong.field}" if wrong.field else where
        raise InputError(wrong.problem, field=field) from None
    most = max(spec.ways)
    if most > population.classes:
        raise InputError(
            f"{most} ways, but {where} has {population.classes} classes; use fewer ways", field="ways"
        )
