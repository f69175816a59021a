"""Tests compute with the number of threads of linear algebra that is set, by default one a process."""

from __future__ import annotations

import os

import numpy as np
from threadpoolctl import threadpool_info


def test_linear_algebra_uses_the_threads_given() -> None:
    np.linalg.eigvalsh(np.eye(3))
    pools = [pool for pool in threadpool_info() if pool["internal_api"] == "openblas"]
    wanted = int(os.environ.get("OPENBLAS_NUM_THREADS", os.cpu_count() or 1))
    assert all(pool["num_threads"] <= wanted for pool in pools), pools
