"""The transfer experiment: learn a map on source classes, look at their new samples and at new classes."""

from simulations.experiments.transfer.classes import ClassLaw
from simulations.experiments.transfer.experiment import TransferResult, run_transfer
from simulations.experiments.transfer.maps import MAPS, FeatureMap, fit

__all__ = ["MAPS", "ClassLaw", "FeatureMap", "TransferResult", "fit", "run_transfer"]
