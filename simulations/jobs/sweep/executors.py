"""Where tasks run: a process pool, or Dask, both behind ``concurrent.futures.Executor``."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from simulations.runtime.errors import InputError, printable
from simulations.runtime.workers import MOST_DEATHS, PREPARATIONS, Workers, check_jobs, prepare

if TYPE_CHECKING:
    from distributed import Client

PATIENCE_SECONDS = 10.0
LOGGERS = ("distributed", "tornado", "asyncio")


async def _ask(address: str) -> None:
    """Checks that a scheduler answers at an address. A ``Client`` waits without end for what accepts a
    connection and sends nothing, or what is no answer."""
    from distributed.core import rpc

    async with rpc(address) as scheduler:
        await scheduler.identity()


def _client(address: str) -> Client:
    """Raises InputError where no scheduler answers."""
    from distributed import Client

    try:
        asyncio.run(asyncio.wait_for(_ask(address), PATIENCE_SECONDS))
        return Client(address, timeout=PATIENCE_SECONDS)
    except Exception as wrong:  # any program may listen there and send anything
        raise InputError(
            f"no scheduler answers at {printable(address, 80)} ({type(wrong).__name__}); start one with "
            "`dask scheduler`",
            field="--scheduler",
        ) from None


def _answers(address: str) -> bool:
    try:
        asyncio.run(asyncio.wait_for(_ask(address), PATIENCE_SECONDS))
    except Exception:  # whatever it is, it is no scheduler's answer
        return False
    return True


@contextmanager
def _or_gone(address: str, gone: InputError) -> Iterator[None]:
    """Raises ``gone`` for whatever goes wrong while no scheduler answers at an address: each call of Dask has
    its own error then, by the moment at which the connection broke."""
    try:
        yield
    except InputError:
        raise
    except Exception:
        if _answers(address):
            raise
        raise gone from None


@contextmanager
def _silent() -> Iterator[None]:
    """Dask's own records of a connection that broke go nowhere: the command says it in one line."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in LOGGERS]
    loggers = [logging.getLogger(name) for name in names]  # children of one may have levels of their own
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def _prepared(client: Client) -> Iterator[None]:
    """Every worker prepares itself, those too that join later or replace one that is lost; later users of the
    scheduler find its workers unchanged."""
    if not PREPARATIONS:
        yield
        return
    from distributed import WorkerPlugin

    preparations, name = list(PREPARATIONS), f"collapse-{os.getpid()}-{time.monotonic_ns()}"

    class Prepared(WorkerPlugin):  # type: ignore[misc]  # its types are not read here
        def setup(self, worker: object) -> None:
            prepare(preparations)

    client.register_plugin(Prepared(), name=name)
    try:
        yield
    finally:
        with suppress(Exception):  # a scheduler that is gone has no such registration any more
            client.unregister_worker_plugin(name)


@contextmanager
def dask(address: str | None, jobs: int, kept: str = "what it had finished is stored: ") -> Iterator[Workers]:
    """The Dask scheduler at ``address``, or a local cluster of ``jobs`` processes where it is None; ``kept``
    is part of the message when the scheduler goes away.

    Raises InputError when Dask is not installed or the scheduler does not answer.
    """
    check_jobs(jobs)
    try:
        from dask import config as dask_config
        from distributed import Client, LocalCluster
    except ImportError:
        raise InputError(
            "Dask is not installed; install neural-collapse-transfer[cluster]", field="--scheduler"
        ) from None
    if address is None:
        with dask_config.set({"distributed.scheduler.allowed-failures": MOST_DEATHS - 1}):
            cluster = LocalCluster(
                n_workers=jobs, threads_per_worker=1, processes=True, dashboard_address=None
            )
        client = Client(cluster)
    else:
        cluster, client = None, _client(address)
    gone = InputError(
        f"the scheduler at {printable(str(address or 'this machine'), 80)} is gone; {kept}start one and run "
        "the same command again",
        field="--scheduler",
    )

    def tend() -> None:
        """A local worker that is lost for good is replaced; a scheduler that went away is waited for."""
        if cluster is not None and len(cluster.workers) < jobs:
            cluster.scale(jobs)
        begun = time.monotonic()
        while client.status != "running":
            if time.monotonic() - begun > PATIENCE_SECONDS:
                raise gone
            time.sleep(0.2)

    workers = Workers(lambda: client.get_executor(pure=False), jobs, tend)
    with ExitStack() as stack:
        stack.enter_context(_silent())
        if cluster is not None:
            stack.callback(cluster.close)
        stack.callback(client.close)
        stack.callback(workers.drop)
        stack.enter_context(_or_gone(address or cluster.scheduler_address, gone))  # before anything is closed
        workers.count = sum(client.nthreads().values()) or jobs
        stack.enter_context(_prepared(client))
        yield workers
