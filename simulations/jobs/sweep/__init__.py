"""Grids of populations, settings and bounds whose results survive a kill.

grid.py     the TOML form, and the tasks it stands for
tasks.py    what one task computes, in a worker
versions.py content hashes of the code that a result depends on
store.py    one SQLite file of finished tasks
run.py      any ``concurrent.futures.Executor``, retries, refusals
export.py   rows with verdicts, as records or CSV
pictures.py phase diagram, and curves along one axis
"""

from simulations.jobs.sweep.export import read

__all__ = ["read"]
