"""Public name: ``from simulations.sweep import read``. The code is in ``simulations.jobs.sweep``."""

from simulations.jobs.sweep.export import read

__all__ = ["read"]
