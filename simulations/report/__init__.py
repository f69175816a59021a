"""The report: one self-contained page, the results as JSON, the plots as files, and a terminal summary."""

from simulations.report.terminal import summary
from simulations.report.write import draw, write

__all__ = ["draw", "summary", "write"]
