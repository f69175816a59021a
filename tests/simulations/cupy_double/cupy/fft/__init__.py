"""cupy.fft."""

import numpy

from cupy._functions import plain, section

_FOUND = {name: plain(f"fft.{name}", getattr(numpy.fft, name)) for name in section("fft")}
globals().update(_FOUND)
__all__ = list(_FOUND)
