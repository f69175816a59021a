"""Features that workers of a cluster read, by path: passes and episodes run there, and sums come back."""

from simulations.features.cluster.certificates import certify_there
from simulations.features.cluster.source import RemoteRows, Source, remote_file

__all__ = ["RemoteRows", "Source", "certify_there", "remote_file"]
