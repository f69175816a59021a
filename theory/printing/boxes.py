"""Boxes that a formula is laid out in, and the two ways of writing a box: LaTeX and presentation MathML.

A printer (``layout``) turns a SymPy expression into boxes once; both notations are read off the
same boxes, so they cannot differ in content or order.
"""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass
from html import escape

from theory.inheritance import override
from theory.quantities import greek, is_greek

_LATEX_CHARACTERS = {
    "⊤": r"\top",
    "·": r"\cdot",
    "ℓ": r"\ell",
    "′": r"\prime",
    "χ": r"\chi",
    "∞": r"\infty",
    "φ": r"\varphi",
    "|F|": "|F|",
}
_ACCENTS = {"\u0302": r"\hat", "\u0304": r"\bar", "\u0332": r"\underline"}
"""Combining characters after a letter."""
_BLACKBOARD = {"ℙ": r"\mathbb{P}", "𝔼": r"\mathbb{E}"}
_OPERATORS = {
    "≤": r"\le",
    "≈": r"\approx",
    "≥": r"\ge",
    "≠": r"\ne",
    "−": "-",
    "∈": r"\in",
    "≻": r"\succ",
    "…": r"\dots",
}


class Box(ABC):
    """A laid-out piece of a formula."""

    @abstractmethod
    def latex(self) -> str:
        """LaTeX, without dollar signs."""

    @abstractmethod
    def mathml(self) -> str:
        """MathML, without the ``math`` element around it."""


@dataclass(frozen=True)
class Number(Box):
    """Digits as they are written."""

    digits: str

    @override
    def latex(self) -> str:
        return self.digits

    @override
    def mathml(self) -> str:
        return f"<mn>{escape(self.digits)}</mn>"


@dataclass(frozen=True)
class Glyph(Box):
    """A letter, a Greek letter by name or character, or an upright word such as ``tr``."""

    base: str

    @property
    def is_word(self) -> bool:
        """Whether it has several letters and is no Greek one: set upright."""
        return len(self._letter) > 1 and not is_greek(self.base)

    @property
    def _letter(self) -> str:
        """The base without a combining accent at its end."""
        decomposed = unicodedata.normalize("NFD", self.base)
        return decomposed[:-1] if decomposed[-1] in _ACCENTS else self.base

    @override
    def latex(self) -> str:
        if self._letter != self.base:
            accent = _ACCENTS[unicodedata.normalize("NFD", self.base)[-1]]
            return rf"{accent}{{{Glyph(self._letter).latex()}}}"
        if is_greek(self.base):
            return "\\" + self.base
        special = _BLACKBOARD.get(self.base) or _LATEX_CHARACTERS.get(self.base)
        if special is not None:
            return special
        return rf"\operatorname{{{self.base}}}" if self.is_word else self.base

    @override
    def mathml(self) -> str:
        if self.base == "·":
            return f"<mo>{self.base}</mo>"
        upright = ' mathvariant="normal"' if self.base in _BLACKBOARD else ""
        return f"<mi{upright}>{escape(greek(self.base))}</mi>"


@dataclass(frozen=True)
class Operator(Box):
    """An infix, prefix or separator character."""

    character: str
    form: str = "infix"

    @override
    def latex(self) -> str:
        return _OPERATORS.get(self.character, self.character)

    @override
    def mathml(self) -> str:
        return f'<mo form="{self.form}">{escape(self.character)}</mo>'


@dataclass(frozen=True)
class Space(Box):
    """Thin (0.17em) or, when ``wide``, a full em."""

    wide: bool = False

    @override
    def latex(self) -> str:
        return r"\quad" if self.wide else r"\,"

    @override
    def mathml(self) -> str:
        return f'<mspace width="{"1em" if self.wide else "0.17em"}"/>'


@dataclass(frozen=True)
class Words(Box):
    """Upright text."""

    words: str

    @override
    def latex(self) -> str:
        return rf"\text{{{self.words}}}"

    @override
    def mathml(self) -> str:
        # MathML trims ordinary spaces at the ends of a text.
        return f"<mtext>{escape(self.words.replace(' ', chr(0xA0)))}</mtext>"
