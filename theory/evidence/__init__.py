"""What samples and source classes give, and where a map comes from."""

from theory.evidence.evidence import (
    BlockErrors,
    EpisodeErrors,
    Evidence,
    KernelSample,
    SourceClasses,
    SourceSamples,
)

__all__ = [
    "BlockErrors",
    "EpisodeErrors",
    "Evidence",
    "KernelSample",
    "SourceClasses",
    "SourceSamples",
]
