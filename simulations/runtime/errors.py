"""The one exception for wrong input: file, field, and what to do about it, in one line."""

from __future__ import annotations

from pathlib import Path


class InputError(ValueError):
    """Wrong input. ``str()`` is one line: ``FILE: field: what is wrong; what to do``."""

    def __init__(self, problem: str, *, file: str | Path | None = None, field: str | None = None) -> None:
        self.problem, self.file, self.field = problem, file, field
        super().__init__(self._line())

    def _line(self) -> str:
        parts = [printable(str(part)) for part in (self.file, self.field) if part]
        return ": ".join([*parts, printable(self.problem)])

    def within(self, file: str | Path) -> InputError:
        """The same problem, located in ``file``."""
        return InputError(self.problem, file=self.file or file, field=self.field)


def printable(text: str, limit: int = 400) -> str:
    """``text`` on one line with control and direction characters escaped, safe for a terminal."""
    shown = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
