"""The report: pages without scripts or outside links, the results as JSON, figures as files, a summary."""

from simulations.report.terminal import summary
from simulations.report.write import draw, write

__all__ = ["draw", "summary", "write"]
