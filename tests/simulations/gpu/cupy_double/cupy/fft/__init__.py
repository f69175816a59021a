"""cupy.fft."""

import numpy

from cupy._functions import plain, section

_TRANSFORMS = {name: plain(f"fft.{name}", getattr(numpy.fft, name)) for name in section("fft")}
globals().update(_TRANSFORMS)
__all__ = list(_TRANSFORMS)
