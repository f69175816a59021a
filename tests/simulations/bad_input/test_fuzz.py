"""Malformed inputs over all verbs: no traceback, no hang, exit status 0, 1 or 2, no half-written file."""

from __future__ import annotations

import functools
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import helpers_fuzz
import pytest
from helpers_fuzz import COLD, Case, Nursery, as_process, folder, in_process
from helpers_fuzz_inputs import GROUPS, Group
from hypothesis import Phase, given, seed, settings

from simulations import cli
from simulations.runtime.errors import InputError

CI_INPUTS, FULL_TIMES = 2000, 25
# Shrinking would repeat an input that hangs for 10 s hundreds of times.
PHASES = (Phase.explicit, Phase.generate)


def many(group: Group, count: int, work: Callable[[Case], object], number: int = 0) -> None:
    """``work`` on ``count`` inputs of the group, the same ones each time."""
    from_strategy = 0 if group.strategy is None else count if group.mutants is None else count // 2
    if group.mutants is not None:
        for k in range(count - from_strategy):
            work(group.mutants(Random(f"{number} {k}")))
    if group.strategy is None or from_strategy == 0:
        return

    @seed(number)
    @settings(max_examples=from_strategy, phases=PHASES, database=None, deadline=None)
    @given(group.strategy())
    def run_example(case: Case) -> None:
        work(case)

    run_example()


def test_the_numbers_of_inputs() -> None:
    assert sum(group.count for group in GROUPS.values()) == CI_INPUTS
    assert CI_INPUTS * FULL_TIMES == 50_000


@pytest.mark.sampled(2)
@pytest.mark.slow
@pytest.mark.parametrize("name", GROUPS)
def test_in_one_process(name: str, full: bool) -> None:
    attempted = []

    def work(case: Case) -> None:
        problem = in_process(case)
        attempted.append(case)
        assert problem is None, (problem, case)

    count = GROUPS[name].count * (FULL_TIMES if full else 1)
    many(GROUPS[name], count, work)
    assert len(attempted) >= count


@pytest.mark.slow
def test_the_inputs_reach_many_different_errors(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a hundred mutated populations many are read as TOML, and some are evaluated to the end."""
    statuses, messages = [], set()
    for k in range(100):
        case = GROUPS["evaluate"].mutants(Random(f"0 {k}"))  # type: ignore[misc]
        with folder(case):
            statuses.append(cli.main(list(case.arguments)))
        messages.add(re.sub(r"[\d.]+", "0", capsys.readouterr().err))
    assert statuses.count(0) >= 5
    assert sum("not valid TOML" not in line for line in messages) >= 15


@pytest.mark.slow
def test_as_real_processes(full: bool) -> None:
    """20 of them: most forked from an interpreter that has loaded its modules, the rest (all under --full)
    started from nothing."""
    examples: list[Case] = []
    for number, group in enumerate(GROUPS.values()):
        many(group, 6, examples.append, number + 1)
    # No process can be given an argument with a zero byte.
    cases = [case for case in examples if not any("\x00" in part for part in case.arguments)][-20:]
    assert len(cases) == 20
    cold = cases if full else cases[::10]
    with Nursery() as nursery:
        for case in cases:
            problem = as_process(case, COLD) if case in cold else nursery.run(case)
            assert problem is None, (problem, case)


# -- the fuzzer notices faults ------------------------------------------------------------------------------
def _raises() -> None:
    raise ZeroDivisionError


def _hangs() -> None:
    try:
        time.sleep(60)
    except Exception:  # a careless handler must not hide the hang
        time.sleep(60)


def _leaves_a_file() -> None:
    Path("report").mkdir()
    Path("report/index.html").write_text("<html>")
    raise InputError("was wrong; mend it", field="planted")


def _leaves_a_temporary_file() -> None:
    Path(".t.csv.x1").write_text("1,2")


def _another_status() -> None:
    raise SystemExit(3)


def _says_two_lines() -> None:
    cli.typer.echo("by the way", err=True)
    raise InputError("was wrong; mend it", field="planted")


def _warns() -> None:
    import warnings

    warnings.warn("overflow", RuntimeWarning, stacklevel=1)
    raise InputError("was wrong; mend it", field="planted")


@contextmanager
def planted(work: Callable[[], None]) -> Iterator[Case]:
    before = list(cli.app.registered_commands)
    cli.app.command("planted")(work)
    try:
        yield Case(("planted",))
    finally:
        cli.app.registered_commands[:] = before


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (_raises, "ZeroDivisionError"),
        (_hangs, "no answer within"),
        (_leaves_a_file, "refused, yet left"),
        (_leaves_a_temporary_file, "half-written"),
        (_another_status, "exit status 70"),
        (_says_two_lines, "more than one line"),
        (_warns, "a warning"),
    ],
)
def test_a_planted_fault_is_caught(
    work: Callable[[], None], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if work is _hangs:
        monkeypatch.setattr(helpers_fuzz, "LONGEST", 0.3)
    with planted(work) as case:
        assert message in str(in_process(case))


def test_a_planted_fault_among_many_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """One verb that raises on one kind of input, found by the drawing itself."""
    from simulations.cli import bounds

    sound = bounds.run

    @functools.wraps(sound)
    def faulty(**options: object) -> int:
        name = options["name"]
        return sound(**options) if name is None or "\u202e" not in name else 1 // 0

    monkeypatch.setattr(bounds, "run", faulty)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        test_in_one_process("names", False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "pattern"),
    [
        ("raise ZeroDivisionError", "Traceback|traceback|exit status"),
        ("import os; os.abort()", "exit status -6"),
        ("print('x', file=__import__('sys').stderr); raise SystemExit(2)", "not a plain line"),
    ],
)
def test_a_faulty_process_is_caught(program: str, pattern: str) -> None:
    assert re.search(pattern, str(as_process(Case(("planted",)), [sys.executable, "-c", program])))


@pytest.mark.slow
def test_the_process_nursery_reports_a_signal() -> None:
    with Nursery() as nursery, planted(_raises):
        # The parent interpreter has no such verb: a usage error there, and a plain answer.
        assert nursery.run(Case(("planted",))) is None
