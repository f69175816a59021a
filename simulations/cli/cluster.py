"""Features that only the workers of a Dask cluster read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from simulations.runtime.errors import InputError
from simulations.runtime.workers import Workers


@contextmanager
def workers_at(scheduler: str, without: Mapping[str, object]) -> Iterator[Workers]:
    """The workers of the scheduler at an address; ``without`` are options, with what was given, that need
    the features here.

    Raises InputError for the first of them that was given, and where no scheduler answers.
    """
    from simulations.jobs.sweep import executors

    for option, given in without.items():
        if given is not None:
            raise InputError("needs the features here, and goes without --scheduler; drop one", field=option)
    with executors.dask(scheduler, 1, kept="") as workers:
        yield workers
