"""What runs on a GPU beneath every engine: compiled sources and random numbers. CuPy loads where used."""

from simulations.runtime.gpu.compiled import compiled, source_text
from simulations.runtime.gpu.source import PhiloxSource, on_gpu

__all__ = ["PhiloxSource", "compiled", "on_gpu", "source_text"]
