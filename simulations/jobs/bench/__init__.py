"""Speed, accuracy per second and memory against plain baselines, measured side by side in one run."""

from simulations.jobs.bench.recorded import recorded
from simulations.jobs.bench.run import run
from simulations.jobs.bench.table import human

__all__ = ["human", "recorded", "run"]
