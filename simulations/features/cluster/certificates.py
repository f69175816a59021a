"""Certificates where the samples are: each setting is one task, and what it prints comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulations.features.certification import Certification, certify
from simulations.features.cluster.source import FileSource, RemoteCall, opened
from simulations.runtime.randomness import ROOT_SEED
from simulations.runtime.workers import Workers


@dataclass(frozen=True)
class CertificateOptions:
    """The keywords of ``certify`` that are the same for every setting."""

    confidence: float = 0.95
    radius: float | None = None
    seed: int = ROOT_SEED


BY_DEFAULT = CertificateOptions()


def certified(source: FileSource, shots: int, ways: int, options: CertificateOptions) -> Certification:
    """One certification, run in a worker."""
    return certify(
        opened(source),
        shots=shots,
        ways=ways,
        normalize=source.normalize,
        confidence=options.confidence,
        radius=options.radius,
        seed=options.seed,
    )


def certify_there(
    source: FileSource,
    workers: Workers,
    settings: Sequence[tuple[int, int]],
    options: CertificateOptions = BY_DEFAULT,
) -> list[Certification]:
    """``certify`` of each (shots, ways), with the same numbers. Raises InputError as it does."""
    return workers.run([RemoteCall(certified, (source, shots, ways, options)) for shots, ways in settings])
