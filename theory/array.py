"""The one name for an array of any namespace: NumPy, CuPy, torch, or whatever follows the array API.

Static types cannot say "any of these"; shapes and units stand in the docstrings of public functions.
"""

from typing import Any, TypeAlias

Array: TypeAlias = Any
