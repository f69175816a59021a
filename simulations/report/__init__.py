"""The report: pages without scripts or outside links, the results as JSON, figures as files, a summary."""

from simulations.report.terminal import summary
from simulations.report.write import draw, prepare, write

__all__ = ["draw", "prepare", "summary", "write"]
