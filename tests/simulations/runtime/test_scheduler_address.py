"""Addresses without a Dask scheduler are refused soon and in one line, whatever program answers there."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from simulations.jobs.sweep import executors
from simulations.runtime.errors import InputError


class Quiet(BaseHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def silent() -> Iterator[str]:
    """Accepts a connection and sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def web() -> Iterator[str]:
    """Answers in another protocol."""
    with HTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    "kind", ["silent", "web", "tls://127.0.0.1:1", "nonsense://x", "", "tcp://127.0.0.1:1"]
)
def test_a_scheduler_that_does_not_answer_is_refused(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    address = request.getfixturevalue(kind) if kind in ("silent", "web") else kind
    monkeypatch.setattr(executors, "PATIENCE_SECONDS", 0.3)
    with pytest.raises(InputError, match="no scheduler answers at") as refused, executors.dask(address, 1):
        raise AssertionError("it is no scheduler")
    assert refused.value.field == "--scheduler"


def test_a_scheduler_that_answers_is_used() -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, scheduler_port=0
    )
    with (
        cluster,
        executors.dask(cluster.scheduler.contact_address or cluster.scheduler_address, 1) as workers,
    ):
        assert workers.count == 1


@dataclass(frozen=True)
class Sleep:
    """A call that outlasts its scheduler."""

    function = staticmethod(time.sleep)
    arguments = (2.0,)
    label = "sleep"
    weight = 1.0


@pytest.mark.slow
@pytest.mark.parametrize(
    "moment", ["asked for its workers", "first call", "calls run", "given up", "interrupted"]
)
def test_a_scheduler_that_goes_away_is_named(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line at whatever moment it goes; Ctrl-C stays Ctrl-C."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, scheduler_port=0
    )
    address = cluster.scheduler_address
    if moment == "asked for its workers":
        threads_of = distributed.Client.nthreads

        def gone(client: object) -> object:
            cluster.close()
            return threads_of(client)

        monkeypatch.setattr(distributed.Client, "nthreads", gone)
        monkeypatch.setattr(executors, "PATIENCE_SECONDS", 0.5)
    wanted = KeyboardInterrupt if moment == "interrupted" else InputError
    with pytest.raises(wanted) as raised, executors.dask(address, 1) as workers:
        monkeypatch.setattr(executors, "PATIENCE_SECONDS", 0.5)
        if moment == "first call":
            cluster.close()
        with closing(workers.ended([Sleep()] * 8)) as batches:
            next(batches)
            cluster.close()
            client = distributed.get_client()
            client._timeout = 0.1
            while moment != "calls run" and client.status != "closed":
                time.sleep(0.05)
            if moment == "interrupted":
                raise KeyboardInterrupt
            for _ in batches:
                pass
    if wanted is InputError:
        assert "is gone; what it had finished is stored" in str(raised.value)


@pytest.mark.slow
def test_what_goes_wrong_beside_a_scheduler_is_not_blamed_on_it() -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    with pytest.raises(ZeroDivisionError), executors.dask(None, 1):
        raise ZeroDivisionError


@pytest.mark.slow
def test_a_worker_that_replaces_another_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    limit = sys.getrecursionlimit() + 321
    for prepared in (True, False):  # without a preparation nothing is set: the control
        monkeypatch.setattr(
            executors, "PREPARATIONS", [(sys.setrecursionlimit, (limit,))] if prepared else []
        )
        with executors.dask(None, 1):
            client = distributed.get_client()
            first = client.run(os.getpid)
            client.restart_workers(list(first))
            client.wait_for_workers(1)
            second = client.run(os.getpid)
            assert set(second.values()).isdisjoint(first.values())
            assert (set(client.run(sys.getrecursionlimit).values()) == {limit}) == prepared
