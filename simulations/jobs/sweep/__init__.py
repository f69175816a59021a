"""Grids of populations, settings and bounds whose results are kept when the process is killed.

grid.py        the TOML form, and the tasks it stands for; points.py makes its populations when asked
error_task.py  what an error task computes; bound_task.py the same for a bound; tasks.py both, and checks
versions.py    content hashes of the code that a result depends on
store.py       one SQLite file of finished tasks; set_aside.py puts a damaged one out of the way
run.py         computes what the store lacks, in the processes of executors.py
plan.py        what a sweep will cost, said before it runs
export.py      rows with verdicts, as records, CSV or Parquet; slices.py picks those of a picture

Importing this package imports none of them: a task's key hashes whatever its module imports.
"""
