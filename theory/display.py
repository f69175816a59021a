"""How statements and geometries show themselves: a table that the printers fill.

``Bound`` and ``ClassGeometry`` look their LaTeX, MathML and HTML up here, so that nothing imports the
printers from below. ``theory.printing`` registers them when it is imported; the package itself says how to
import it, and that happens when something is first shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

Form = Literal["latex", "mathml", "html"]
_PRINTERS: dict[tuple[Form, type], Callable[[Any], str]] = {}
_LOADERS: list[Callable[[], object]] = []
_Printer = TypeVar("_Printer", bound=Callable[[Any], str])


def prints(form: Form, kind: type) -> Callable[[_Printer], _Printer]:
    """Decorator: the function prints objects of ``kind`` (and of its subclasses) in that ``form``."""

    def register(printer: _Printer) -> _Printer:
        _PRINTERS[form, kind] = printer
        return printer

    return register


def load_with(loader: Callable[[], object]) -> None:
    """``loader`` imports printers; it is called before anything is shown."""
    _LOADERS.append(loader)


def rendered(form: Form, value: object) -> str:
    """``value`` in that form, by the printer of the nearest of its classes.

    Raises LookupError where no printer is registered for any of them.
    """
    while _LOADERS:
        _LOADERS.pop()()
    for kind in type(value).__mro__:
        printer = _PRINTERS.get((form, kind))
        if printer is not None:
            return printer(value)
    raise LookupError(f"nothing prints a {type(value).__name__} as {form}; import theory.printing")
