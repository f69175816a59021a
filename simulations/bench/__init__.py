"""Speed, accuracy per second and memory against plain baselines, measured side by side in one run."""

from simulations.bench.recorded import recorded
from simulations.bench.run import run
from simulations.bench.table import human

__all__ = ["human", "recorded", "run"]
