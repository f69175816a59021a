"""What runs on a GPU beneath every engine: compiled sources and random numbers. CuPy loads where used."""

from simulations.runtime.card.compiled import compiled, source_text
from simulations.runtime.card.source import PhiloxSource, on_card

__all__ = ["PhiloxSource", "compiled", "on_card", "source_text"]
