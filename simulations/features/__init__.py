"""A user's own features. Sizes, types and values are checked in a stream, before anything large is held,
and pickles are never loaded."""

from simulations.features.feature_file import FeatureFile, require
from simulations.features.inputs import load_features

__all__ = ["FeatureFile", "load_features", "require"]
