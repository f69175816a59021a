"""Certificates where the samples are: each setting is one task, and what it prints comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulations.features.certification import Certification, certify
from simulations.features.cluster.source import FileSource, RemoteCall, opened
from simulations.runtime.randomness import ROOT_SEED
from simulations.runtime.workers import Workers


def certified(source: FileSource, shots: int, ways: int, options: dict[str, Any]) -> Certification:
    """One certification, run in a worker."""
    return certify(opened(source), shots=shots, ways=ways, normalize=source.normalize, **options)


def certify_there(  # noqa: PLR0913 - the keywords of ``certify``, and where it runs
    source: FileSource,
    workers: Workers,
    settings: Sequence[tuple[int, int]],
    *,
    confidence: float = 0.95,
    radius: float | None = None,
    seed: int = ROOT_SEED,
) -> list[Certification]:
    """``certify`` of each (shots, ways), with the same numbers. Raises InputError as it does."""
    options = {"confidence": confidence, "radius": radius, "seed": seed}
    return workers.run([RemoteCall(certified, (source, shots, ways, options)) for shots, ways in settings])
