"""Assumptions about how classes, samples and feature maps came about."""

from theory.sampling.base import SampleAssumption
from theory.sampling.classes import (
    BoundedCdnv,
    DistinctClassesFromPool,
    EnoughClasses,
    IndependentClasses,
    MinimumClasses,
)
from theory.sampling.maps import (
    BoundedLinearMaps,
    FiniteFamilyOfMaps,
    FixedFeatureMap,
    LearnedFromOtherBlocks,
    Stability,
)
from theory.sampling.samples import BoundedFeatures, IndependentSamples, MinimumSamples

__all__ = [
    "BoundedCdnv",
    "BoundedFeatures",
    "BoundedLinearMaps",
    "DistinctClassesFromPool",
    "EnoughClasses",
    "FiniteFamilyOfMaps",
    "FixedFeatureMap",
    "IndependentClasses",
    "IndependentSamples",
    "LearnedFromOtherBlocks",
    "MinimumClasses",
    "MinimumSamples",
    "SampleAssumption",
    "Stability",
]
