"""Work functions for sweeps that go wrong, in a module of their own that spawned workers can import."""

from __future__ import annotations

import math
import os
import signal
import time
from typing import Any

from simulations.jobs.sweep.tasks import compute


def kills_its_worker(kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """One task dies with its worker every time; the others take a moment, so that some are beside it."""
    if deadly(kind, body):
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return compute(kind, key, body)


def deadly(kind: str, body: dict[str, Any]) -> bool:
    return kind == "error" and body["shots"] == 50 and body["population"]["family"] == "finite_support"


def kills_its_worker_once(kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """One task dies with its worker the first time that it is tried."""
    mark = os.path.join(os.environ["SWEEP_MARKS"], key)
    if deadly(kind, body) and not os.path.exists(mark):
        open(mark, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return compute(kind, key, body)


def kills_in_two_ways(kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """One task dies with its worker every time, another one the first time; the rest are beside them."""
    mark = os.path.join(os.environ["SWEEP_MARKS"], key)
    once = kind == "error" and body["shots"] == 5 and not os.path.exists(mark)
    if once:
        open(mark, "w").close()
    if once or deadly(kind, body):
        os.kill(os.getpid(), signal.SIGKILL)
    return compute(kind, key, body)


def returns_nan(kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    result = compute(kind, key, body)
    if kind == "error":
        result["payload"]["estimates"][0]["value"] = math.nan
    return result


def answers_another_task(kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    result = compute(kind, key, body)
    return {**result, "key": "0" * 64} if kind == "bound" else result


def leaves_a_row_out(kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    result = compute(kind, key, body)
    for rows in result["payload"].values():
        rows.pop()
    return result


def raises(kind: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    raise RuntimeError("out of luck")


def ends_its_worker(status: int) -> None:
    os._exit(status)
