"""Boxes made of boxes: rows, fractions, roots, scripts, fences and cases, and what puts symbols together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import ClassVar

from theory.inheritance import override
from theory.printing.boxes import Box, Glyph, Number, Operator, Space
from theory.quantities import Mark, is_greek


@dataclass(frozen=True)
class Row(Box):
    """Boxes side by side."""

    parts: tuple[Box, ...]

    @override
    def latex(self) -> str:
        return " ".join(part.latex() for part in self.parts)

    @override
    def mathml(self) -> str:
        if len(self.parts) == 1:
            return self.parts[0].mathml()
        return f"<mrow>{''.join(part.mathml() for part in self.parts)}</mrow>"


@dataclass(frozen=True)
class Fraction(Box):
    """One box over another."""

    above: Box
    below: Box

    @override
    def latex(self) -> str:
        return rf"\frac{{{self.above.latex()}}}{{{self.below.latex()}}}"

    @override
    def mathml(self) -> str:
        return f"<mfrac>{self.above.mathml()}{self.below.mathml()}</mfrac>"


@dataclass(frozen=True)
class Root(Box):
    """A square root."""

    inside: Box

    @override
    def latex(self) -> str:
        return rf"\sqrt{{{self.inside.latex()}}}"

    @override
    def mathml(self) -> str:
        return f"<msqrt>{self.inside.mathml()}</msqrt>"


@dataclass(frozen=True)
class Scripts(Box):
    """A base with a subscript, a superscript or both."""

    base: Box
    sub: Box | None = None
    sup: Box | None = None

    @override
    def latex(self) -> str:
        text = self.base.latex()
        if self.sub is not None:
            text += f"_{{{self.sub.latex()}}}"
        if self.sup is not None:
            text += f"^{{{self.sup.latex()}}}"
        return text

    @override
    def mathml(self) -> str:
        base = self.base.mathml()
        if self.sub is not None and self.sup is not None:
            return f"<msubsup>{base}{self.sub.mathml()}{self.sup.mathml()}</msubsup>"
        if self.sub is not None:
            return f"<msub>{base}{self.sub.mathml()}</msub>"
        if self.sup is not None:
            return f"<msup>{base}{self.sup.mathml()}</msup>"
        return base


@dataclass(frozen=True)
class Big(Box):
    """A large operator or named reduction with what it runs over written beneath."""

    name: str
    under: Box

    _LATEX: ClassVar[dict[str, str]] = {"∑": r"\sum", "max": r"\max", "min": r"\min"}

    @override
    def latex(self) -> str:
        command = self._LATEX.get(self.name, rf"\operatorname*{{{self.name}}}")
        return rf"{command}_{{{self.under.latex()}}}"

    @override
    def mathml(self) -> str:
        if self.name == "∑":
            base = '<mo form="prefix" largeop="true" movablelimits="false">∑</mo>'
        else:
            base = f'<mo form="prefix" movablelimits="false" rspace="0.17em">{escape(self.name)}</mo>'
        return f"<munder>{base}{self.under.mathml()}</munder>"


@dataclass(frozen=True)
class Fence(Box):
    """Something between growing parentheses, or other fences."""

    inside: Box
    left: str = "("
    right: str = ")"

    @override
    def latex(self) -> str:
        return rf"\left{_fence(self.left)} {self.inside.latex()} \right{_fence(self.right)}"

    @override
    def mathml(self) -> str:
        left = f'<mo form="prefix" fence="true" stretchy="true">{self.left}</mo>'
        right = f'<mo form="postfix" fence="true" stretchy="true">{self.right}</mo>'
        return f"<mrow>{left}{self.inside.mathml()}{right}</mrow>"


def _fence(character: str) -> str:
    return {"{": r"\{", "}": r"\}", "|": "|", "⌊": r"\lfloor", "⌋": r"\rfloor"}.get(character, character)


@dataclass(frozen=True)
class Cases(Box):
    """Alternatives behind one brace: (value, condition) rows."""

    rows: tuple[tuple[Box, Box], ...]

    @override
    def latex(self) -> str:
        rows = r" \\ ".join(f"{value.latex()} & {when.latex()}" for value, when in self.rows)
        return rf"\begin{{cases}} {rows} \end{{cases}}"

    @override
    def mathml(self) -> str:
        rows = "".join(
            f'<mtr><mtd style="text-align:left;padding:.3em .8em .3em .3em">{value.mathml()}</mtd>'
            f'<mtd style="text-align:left;padding:.3em 0">{when.mathml()}</mtd></mtr>'
            for value, when in self.rows
        )
        brace = '<mo form="prefix" fence="true" stretchy="true" symmetric="true">{</mo>'
        return f'<mrow>{brace}<mtable displaystyle="true">{rows}</mtable></mrow>'


def row(*parts: Box) -> Box:
    """Boxes side by side; a lone one as it is."""
    return parts[0] if len(parts) == 1 else Row(parts)


def joined(parts: Iterable[Box], separator: Box) -> Box:
    """Boxes side by side with a separator between any two."""
    out: list[Box] = []
    for part in parts:
        out.extend([separator, part] if out else [part])
    return row(*out)


def letters(text: str) -> Box:
    """A subscript or superscript: single letters, numbers and commas, or one Greek name or word. Three
    letters or more are a word: no index has as many."""
    if is_greek(text) or text.isdigit() or (text.isalpha() and len(text) > 2):
        return Number(text) if text.isdigit() else Glyph(text)
    parts: list[Box] = []
    for character in text:
        if character.isdigit():
            parts.append(Number(character))
        elif character == ",":
            parts.append(Operator(",", "infix"))
        else:
            parts.append(Glyph(character))
    return row(*parts)


def marked(marks: Sequence[Mark]) -> Box:
    """A printed symbol: its letters with their scripts, a thin space after a word."""
    parts: list[Box] = []
    for mark in marks:
        base: Box = Glyph("𝔼" if mark.base == "E" and len(marks) > 1 else mark.base)
        if parts and isinstance(parts[-1], Glyph) and (parts[-1].is_word or parts[-1].base == "𝔼"):
            parts.append(Space())
        if mark.sub or mark.sup:
            base = Scripts(
                base,
                letters(mark.sub) if mark.sub else None,
                letters(mark.sup) if mark.sup else None,
            )
        parts.append(base)
    return row(*parts)
