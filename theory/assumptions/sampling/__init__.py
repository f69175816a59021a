"""Assumptions about how classes, samples and feature maps came about."""

from theory.assumptions.sampling.base import SampleAssumption
from theory.assumptions.sampling.classes import (
    BoundedCdnv,
    DistinctClassesFromPool,
    EnoughClasses,
    IndependentClasses,
    MinimumClasses,
)
from theory.assumptions.sampling.labelings import IndependentBalancedLabelings
from theory.assumptions.sampling.maps import (
    BoundedLinearMaps,
    FiniteFamilyOfMaps,
    FixedFeatureMap,
    LearnedFromOtherBlocks,
    Stability,
)
from theory.assumptions.sampling.samples import BoundedFeatures, IndependentSamples, MinimumSamples

__all__ = [
    "BoundedCdnv",
    "BoundedFeatures",
    "BoundedLinearMaps",
    "DistinctClassesFromPool",
    "EnoughClasses",
    "FiniteFamilyOfMaps",
    "FixedFeatureMap",
    "IndependentBalancedLabelings",
    "IndependentClasses",
    "IndependentSamples",
    "LearnedFromOtherBlocks",
    "MinimumClasses",
    "MinimumSamples",
    "SampleAssumption",
    "Stability",
]
