"""Where tasks run: a process pool, or Dask, both behind ``concurrent.futures.Executor``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from simulations.runtime.errors import InputError, printable
from simulations.runtime.workers import MOST_DEATHS, Pool, check_jobs, pool

process_pool = pool


@contextmanager
def dask(address: str | None, jobs: int) -> Iterator[Pool]:
    """The Dask scheduler at ``address``, or a local cluster of ``jobs`` processes where it is None.

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
    workers = Pool(lambda: client.get_executor(pure=False), sum(client.nthreads().values()) or jobs)
    try:
        yield workers
    finally:
        workers.drop()
        client.close()
        if cluster is not None:
            cluster.close()
