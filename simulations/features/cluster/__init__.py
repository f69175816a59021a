"""Features that workers of a cluster read, by path: passes and episodes run there, and sums come back."""

from simulations.features.cluster.certificates import CertificateOptions, certify_there
from simulations.features.cluster.source import FileSource, RemoteRows, remote_file

__all__ = ["CertificateOptions", "FileSource", "RemoteRows", "certify_there", "remote_file"]
