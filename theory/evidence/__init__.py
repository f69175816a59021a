"""What samples and source classes give, and where a map comes from."""

from theory.evidence.evidence import (
    BlockErrors,
    EpisodeErrors,
    Evidence,
    KernelSample,
    SourceClasses,
    SourceSamples,
)
from theory.evidence.labelings import TwoLabelings

__all__ = [
    "BlockErrors",
    "EpisodeErrors",
    "Evidence",
    "KernelSample",
    "SourceClasses",
    "SourceSamples",
    "TwoLabelings",
]
