"""cupyx.scipy.special: SciPy's functions that CuPy has too."""

from cupy._functions import special_functions

globals().update(special_functions())
__all__ = list(special_functions())
