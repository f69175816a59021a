"""Reading FEATURES.npz. Sizes, types and values are checked in a stream, before anything large is held, and
pickles are never loaded."""

from simulations.features.feature_file import FeatureFile, load_features, require

__all__ = ["FeatureFile", "load_features", "require"]
