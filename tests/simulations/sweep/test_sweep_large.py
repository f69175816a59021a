"""A grid of a million tasks is planned from a part of it, and its populations are made when they are
needed."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from simulations.jobs.sweep import grid as grid_module
from simulations.jobs.sweep import plan as plan_module
from simulations.jobs.sweep.grid import Grid, load_grid
from simulations.jobs.sweep.plan import Trials, plan
from simulations.jobs.sweep.points import Family, Points
from simulations.jobs.sweep.store import StoredResult, opened
from simulations.runtime.errors import InputError

LARGE = """
shots = [1, 5]
ways = [2, 3]
bounds = ["cdnv_sharp", "exact_moment", "directional_2025", "union_moment"]
draws = 1e3
[[populations]]
name = "simplex"
family = "simplex_etf"
count = 3
[populations.vary]
dimension = {dimensions}
cdnv = {levels}
"""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many populations are built, by whom."""
    counts: Counter[str] = Counter()
    for module in (grid_module, plan_module):

        def counting(spec: Any, name: str = module.__name__, real: Any = module.from_spec) -> Any:
            counts[name.rpartition(".")[2]] += 1
            return real(spec)

        monkeypatch.setattr(module, "from_spec", counting)
    return counts


def large(path: Path) -> Grid:
    levels = [round(0.01 + 0.001 * k, 6) for k in range(1000)]
    path.write_text(LARGE.format(dimensions=list(range(4, 104)), levels=levels))
    return load_grid(path)


def test_a_million_tasks_are_planned_from_a_part(tmp_path: Path, calls: Counter[str]) -> None:
    grid = large(tmp_path / "grid.toml")
    assert grid.size == 1_000_000 and calls["grid"] <= 2 * grid_module.MOST_CHECKED + 2
    ticks = itertools.count(0.0, 0.001)  # a second every thousand looks at the clock
    with opened(tmp_path / "none", write=False) as store:
        planned = plan(grid, store, 2, Trials(work=lambda *arguments: None, clock=lambda: next(ticks)))
    assert plan_module.FEWEST_CELLS <= calls["plan"] < 1000
    assert planned.tasks == 1_000_000 and planned.stored == 0 and planned.share < 0.01
    # Every cell has an error for each of two numbers of ways.
    assert sum(planned.engines.values()) == 2 * 200_000 and planned.seconds > 0


def test_a_part_that_is_stored_is_found_in_proportion(tmp_path: Path) -> None:
    """Every third cell is stored of those that the plan comes to; some hundreds are looked at."""
    grid = large(tmp_path / "grid.toml")

    class Third:
        def statuses(self) -> Any:
            return ((key, "done") for key in stored)

    cells = list(itertools.islice(plan_module._order(2 * 100_000), 1000))
    stored = {task.key for k in cells[::3] for task in grid.tasks_at(*grid.cell(k))}
    ticks = itertools.count(0.0, plan_module.COUNTING_SECONDS / 300)
    planned = plan(grid, Third(), 2, Trials(work=lambda *a: None, clock=lambda: next(ticks)))  # type: ignore[arg-type]
    assert planned.stored / planned.tasks == pytest.approx(1 / 3, abs=0.01)


def test_a_value_that_is_wrong_is_found_among_a_million(tmp_path: Path) -> None:
    levels = [round(0.01 + 0.001 * k, 6) for k in range(400)]
    for place in (0, 399):
        wrong = [*levels]
        wrong[place] = -1.0
        (tmp_path / "grid.toml").write_text(LARGE.format(dimensions=list(range(4, 104)), levels=wrong))
        with pytest.raises(InputError, match="cdnv"):
            load_grid(tmp_path / "grid.toml")


def test_points_are_the_product_of_the_axes_the_last_one_fastest() -> None:
    vary = {"dimension": [4, 8, 16], "cdnv": [1.0, 0.1], "radius": [1.0, 2.0]}
    family = Family("a", {"family": "simplex_etf"}, vary)
    expected = [dict(zip(vary, values, strict=True)) for values in itertools.product(*vary.values())]
    points = Points([family, Family("b", {}, {}), Family("c", {}, {"std": [1.0, 2.0]})])
    assert [point.axes for point in points][:12] == expected
    assert [points[k] for k in range(len(points))] == list(points) and len(points) == 15
    assert points[-1] == points[14] and points[2:4] == tuple(list(points)[2:4])
    with pytest.raises(IndexError):
        points[15]
    wide = Family("d", {}, {"dimension": list(range(30)), "std": list(range(40)), "radius": [1.0, 2.0]})
    some = [wide.point(k).axes for k in wide.samples(500)]
    assert len(some) < 300
    for name, values in wide.vary.items():
        assert {axes[name] for axes in some} == set(values)
    assert list(family.samples(12)) == list(range(12))


def test_any_beginning_of_the_order_is_spread_and_the_whole_is_complete() -> None:
    for cells in [1, 2, 3, 10, 997, random.Random(1).randrange(10**5)]:
        assert sorted(plan_module._order(cells)) == list(range(cells))
    first = sorted(itertools.islice(plan_module._order(10_000), 100))
    assert max(b - a for a, b in itertools.pairwise(first)) < 300


def test_the_same_task_of_two_entries_is_one_task(tmp_path: Path) -> None:
    text = LARGE.format(dimensions=[4], levels=[0.5])
    entry = text[text.index("[[populations]]") :].replace('"simplex"', '"again"')
    (tmp_path / "grid.toml").write_text(text + entry)
    grid = load_grid(tmp_path / "grid.toml")
    from concurrent.futures import ThreadPoolExecutor

    from simulations.jobs.sweep.run import run
    from simulations.runtime.workers import Workers

    workers = Workers(lambda: ThreadPoolExecutor(1), 1)
    with opened(tmp_path / "store") as store:
        store.add([StoredResult("0" * 64, "error", {}, None, "of another grid")])
        outcome = run(grid, store, workers)
    workers.drop()
    assert grid.size == 20 and (outcome.total, outcome.computed, outcome.failed) == (10, 10, 0)
