"""cupy.linalg."""

from numpy.linalg import LinAlgError

from cupy._functions import linear_algebra

globals().update(linear_algebra())
__all__ = [*linear_algebra(), "LinAlgError"]
