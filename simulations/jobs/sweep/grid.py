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
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from simulations.jobs.sweep.versions import BOUND_CODE, ERROR_CODE, code_version, statement_version
from simulations.populations import from_spec
from simulations.runtime.errors import InputError, printable
from simulations.runtime.randomness import ROOT_SEED
from simulations.runtime.toml_file import read_toml
from simulations.runtime.validation import first_problem
from simulations.verdicts.evaluate import few_shot_bounds, require_distinct_means
from theory.bound import Bound

MOST_TASKS = 1_000_000


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
    shots: list[int | Literal["inf"]] = Field(min_length=1)
    ways: list[int] = Field(min_length=1)
    bounds: list[str] | None = None
    replicates: int = Field(default=1, ge=1, le=10_000)
    seed: int = Field(default=ROOT_SEED, ge=0)
    draws: float = Field(default=2e6, ge=1e3, le=1e12)
    populations: list[PopulationEntry] = Field(min_length=1)

    @field_validator("shots", mode="before")
    @classmethod
    def _shots(cls, given: Any) -> Any:
        """TOML's own ``inf`` and the word are the same."""
        if not isinstance(given, list):
            return given
        entries = ["inf" if isinstance(n, float) and n == math.inf else n for n in given]
        for n in entries:
            if n != "inf" and not _whole(n, 1, 10**9):
                raise ValueError(
                    f"{_shown(n)} is no number of shots; use whole numbers from 1 to 1e9, or inf"
                )
        return entries

    @field_validator("ways", mode="before")
    @classmethod
    def _ways(cls, given: Any) -> Any:
        for k in given if isinstance(given, list) else ():
            if not _whole(k, 2, 100_000):
                raise ValueError(f"{_shown(k)} is no number of ways; use whole numbers from 2 to 1e5")
        return given

    @model_validator(mode="after")
    def _names(self) -> GridSpec:
        names = [each.name for each in self.populations]
        if len(set(names)) < len(names):
            raise ValueError("two populations have the same name; give each its own")
        return self


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _shown(value: Any) -> str:
    return printable(repr(value), 40)


@dataclass(frozen=True)
class Point:
    """One population of the grid: its TOML form, and where on the axes it lies."""

    name: str
    spec: dict[str, Any]
    axes: dict[str, Any]


@dataclass(frozen=True)
class Task:
    """Work for one worker: plain data, and the key under which its result is stored."""

    kind: Literal["error", "bound"]
    body: dict[str, Any]
    version: str
    key: str = field(default="")

    @staticmethod
    def of(kind: Literal["error", "bound"], body: dict[str, Any], version: str) -> Task:
        text = json.dumps([kind, body, version], sort_keys=True, separators=(",", ":"))
        return Task(kind, body, version, hashlib.sha256(text.encode()).hexdigest())

    @property
    def label(self) -> str:
        what = self.body.get("bound", "error")
        return f"{what} at {self.body['shots']} shots"


@dataclass(frozen=True)
class Grid:
    spec: GridSpec
    points: tuple[Point, ...]
    bounds: tuple[Bound, ...]
    device: str = "cpu"

    def error_task(self, point: Point, shots: int | str, replicate: int) -> Task:
        body = {
            "population": point.spec,
            "shots": shots,
            "ways": self.spec.ways,
            "draws": self.spec.draws,
            "seed": self.spec.seed,
            "replicate": replicate,
        }
        if self.device != "cpu":
            body["device"] = self.device  # its numbers are others
        return Task.of("error", body, code_version(ERROR_CODE))

    def bound_task(self, point: Point, shots: int | str, bound: Bound) -> Task:
        body = {"population": point.spec, "shots": shots, "ways": self.spec.ways, "bound": bound.name}
        return Task.of("bound", body, self._bound_versions[bound.name])

    @cached_property
    def _bound_versions(self) -> dict[str, str]:
        code = code_version(BOUND_CODE)
        return {bound.name: f"{code} {statement_version(bound)}" for bound in self.bounds}

    def cells(self) -> Iterator[tuple[Point, int | Literal["inf"]]]:
        return iter(product(self.points, self.spec.shots))

    def tasks(self) -> Iterator[Task]:
        """In the order of the file: never the order in which they are run."""
        for point, shots in self.cells():
            for replicate in range(self.spec.replicates):
                yield self.error_task(point, shots, replicate)
            for bound in self.bounds:
                yield self.bound_task(point, shots, bound)

    @property
    def size(self) -> int:
        return len(self.points) * len(self.spec.shots) * (self.spec.replicates + len(self.bounds))


def shots_number(shots: int | str) -> float:
    return math.inf if shots == "inf" else float(shots)


def load_grid(path: Path) -> Grid:
    """Read and check a grid; every population is built once. Raises InputError (file, field, remedy)."""
    data = read_toml(path, "grid")
    try:
        return _grid(GridSpec.model_validate(data))
    except ValidationError as wrong:
        raise first_problem(wrong, GridSpec).within(path) from None
    except InputError as wrong:
        raise wrong.within(path) from None


def _grid(spec: GridSpec) -> Grid:
    points: list[Point] = []
    for entry in spec.populations:
        fixed = dict(entry.model_extra or {})
        count = math.prod(len(values) for values in entry.vary.values())
        if count * len(spec.shots) > MOST_TASKS:
            raise InputError(f"stands for {count} populations; use at most {MOST_TASKS} tasks", field="vary")
        for values in product(*entry.vary.values()):
            axes = dict(zip(entry.vary, values, strict=True))
            points.append(Point(entry.name, {**fixed, **axes}, axes))
    grid = Grid(spec, tuple(points), _bounds(spec.bounds))
    if grid.size > MOST_TASKS:
        raise InputError(f"stands for {grid.size} tasks; use at most {MOST_TASKS}", field="populations")
    for point in points:
        _check(point, spec)
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


def _check(point: Point, spec: GridSpec) -> None:
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
