"""Shared options: `pytest --full` runs large counts; under CI=true a skip is a failure (GPU excepted)."""

from __future__ import annotations

import importlib
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_limits

from simulations.runtime.workers import THREADS

settings.register_profile("suite", deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
# The same examples in every run of CI, so that a failure there can be replayed here: CI=true pytest ...
settings.register_profile("ci", settings.get_profile("suite"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "suite")


# pytest's processes are one a core: with more threads of linear algebra they would wait for each other. The
# names are for what is loaded or started later; plugins have loaded NumPy by now.
if not any(name in os.environ for name in THREADS):
    os.environ.update(dict.fromkeys(THREADS, "1"))
    threadpool_limits(1, user_api="blas")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run tests with their full counts (long)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a test marked ``sampled(n)`` each n-th case runs, the same ones in every run (from the case number
    ``first`` on, where that is given); all of them under --full."""
    if config.getoption("--full"):
        return
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    turns: Counter[str] = Counter()
    for item in items:
        mark = item.get_closest_marker("sampled")
        if mark is not None:
            test = item.nodeid.partition("[")[0]
            turns[test] += 1
            if (turns[test] - 1 - mark.kwargs.get("first", 0)) % mark.args[0]:
                left_out.append(item)
                continue
        kept.append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether large counts were requested."""
    return bool(request.config.getoption("--full"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI") == "true" and item.get_closest_marker("gpu") is None:
        if hasattr(report, "wasxfail"):
            return
        report.outcome = "failed"
        report.longrepr = (
            f"{item.nodeid} was skipped, which counts as a failure under CI=true: {report.longrepr}"
        )


@pytest.fixture(autouse=True)
def own_families_and_engines() -> Iterator[None]:
    """What a user's file adds to this process does not outlive its test."""
    from simulations.plugins import load
    from simulations.plugins.load import EXTENSION
    from simulations.populations import suite
    from simulations.populations.files import FAMILIES
    from simulations.runtime import workers
    from theory import catalogue
    from theory.assumptions.base import REGISTRY, TESTED

    choose: Any = importlib.import_module(
        "simulations.engines.choose"
    )  # its package has a function of that name
    families, engines = dict(FAMILIES), choose.ENGINES
    statements, by_name = catalogue.STATEMENTS, dict(catalogue._by_name)
    yield
    for registry in (REGISTRY, TESTED):
        for name in [name for name, kind in registry.items() if kind.__module__.startswith(EXTENSION)]:
            del registry[name]
    catalogue.STATEMENTS = statements
    catalogue._by_name.clear()
    catalogue._by_name.update(by_name)
    suite.JOINED.clear()
    workers.PREPARATIONS.clear()
    load.forget()
    FAMILIES.clear()
    FAMILIES.update(families)
    choose.ENGINES = engines
