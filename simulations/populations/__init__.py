"""Populations: what makes classes. One family per file; each can be written as a TOML file."""

from simulations.populations.base import Population, Spec
from simulations.populations.files import FAMILIES, from_spec, load, save

__all__ = ["FAMILIES", "Population", "Spec", "from_spec", "load", "save"]
