"""``override``: a method that does what the docstring of the one that it overrides says.

A type checker refuses it where there is nothing to override; ``help()`` shows that docstring. Python 3.12
has it in ``typing``; here it costs no import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from typing_extensions import override
else:
    Method = TypeVar("Method")

    def override(method: Method) -> Method:
        """The method as it is."""
        return method


__all__ = ["override"]
