"""Where tasks run: a process pool, or Dask, both behind ``concurrent.futures.Executor``."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from simulations.runtime import workers
from simulations.runtime.errors import InputError, printable

MOST_DEATHS = 3
"""A task whose worker dies so often is given up."""


@dataclass(frozen=True)
class Workers:
    """``fresh`` makes an executor, again when one breaks; ``count`` is how many tasks run at once."""

    fresh: Callable[[], Executor]
    count: int


@contextmanager
def process_pool(jobs: int) -> Iterator[Workers]:
    """Fresh interpreters, never forked."""

    def fresh() -> Executor:
        return ProcessPoolExecutor(
            max_workers=jobs,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=workers.prepare,
            initargs=(list(workers.PREPARATIONS),),
        )

    yield Workers(fresh, jobs)


@contextmanager
def dask(address: str | None, jobs: int) -> Iterator[Workers]:
    """The Dask scheduler at ``address``, or a local cluster of ``jobs`` processes where it is None.

    Raises InputError when Dask is not installed or the scheduler does not answer.
    """
    try:
        from dask import config as dask_config
        from distributed import Client, LocalCluster
    except ImportError:
        raise InputError(
            "Dask is not installed; install neural-collapse-transfer[cluster]", field="--scheduler"
        ) from None
    try:
        if address is None:
            with dask_config.set({"distributed.scheduler.allowed-failures": MOST_DEATHS - 1}):
                cluster = LocalCluster(
                    n_workers=jobs, threads_per_worker=1, processes=True, dashboard_address=None
                )
            client = Client(cluster)
        else:
            cluster, client = None, Client(address, timeout=10)
    except (OSError, ValueError) as wrong:
        raise InputError(
            f"no scheduler answers at {printable(str(address), 80)} ({type(wrong).__name__}); start one with "
            "`dask scheduler`",
            field="--scheduler",
        ) from None
    try:
        if workers.PREPARATIONS:
            client.run(workers.prepare, list(workers.PREPARATIONS))
        count = sum(client.nthreads().values()) or jobs
        yield Workers(lambda: client.get_executor(pure=False), count)
    finally:
        client.close()
        if cluster is not None:
            cluster.close()
