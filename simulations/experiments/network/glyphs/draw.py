"""Drawing one letter of one face as a small grey picture. For the builder alone: needs Pillow.

Capital H is CAPITAL pixels high in every face and the baseline lies on row BASELINE, so size and place tell c
from C; a letter that would leave the frame is moved, and if it is too large drawn smaller. Letters are drawn
FINE times as large and averaged, which leaves no trace of hinting.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from simulations.experiments.network.data.dataset import SIDE
from simulations.experiments.network.glyphs.fonts import Face
from theory.array import Floats

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

CAPITAL, BASELINE, MARGIN, FINE = 15, 21, 1, 4
LEAST_INK = 8.0
"""A letter has at least this much ink, in full pixels."""


class Pen:
    """Draws letters of one face, (SIDE, SIDE) uint8 with 0 = paper."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self._fonts: dict[int, Any] = {}
        reference = self._font(1000).getbbox("H", anchor="ls")
        self.size = round(1000 * CAPITAL * FINE / max(-reference[1], 1))
        missing = next(code for code in range(0xF0000, 0xF1000) if code not in face.letters)
        self.notdef = self._picture(missing)

    def letter(self, code: int) -> Floats | None:
        """The letter with this code point; None for one not in cmap, blank, or drawn like .notdef."""
        if code not in self.face.letters:
            return None
        picture = self._picture(code)
        if picture.sum() / 255 < LEAST_INK or np.array_equal(picture, self.notdef):
            return None
        return picture

    def _font(self, size: int) -> FreeTypeFont:
        from PIL import ImageFont

        if size not in self._fonts:
            font = ImageFont.truetype(
                io.BytesIO(self.face.content), size, layout_engine=ImageFont.Layout.BASIC
            )
            if self.face.axes is not None:
                font.set_variation_by_axes(list(self.face.axes))
            self._fonts[size] = font
        opened: FreeTypeFont = self._fonts[size]
        return opened

    def _picture(self, code: int) -> Floats:
        from PIL import Image, ImageDraw

        room = (SIDE - 2 * MARGIN) * FINE
        font = self._font(self.size)
        left, top, right, bottom = (int(edge) for edge in font.getbbox(chr(code), anchor="ls"))
        largest = max(right - left, bottom - top)
        if largest > room:
            font = self._font(self.size * room // largest)
            left, top, right, bottom = (int(edge) for edge in font.getbbox(chr(code), anchor="ls"))
        side = SIDE * FINE
        x = (side - (right - left)) // 2 - left
        y = BASELINE * FINE
        y = max(y, MARGIN * FINE - top)
        y = min(y, side - MARGIN * FINE - bottom)
        picture = Image.new("L", (side, side))
        ImageDraw.Draw(picture).text((x, y), chr(code), fill=255, font=font, anchor="ls")
        fine = np.asarray(picture, np.float32).reshape(SIDE, FINE, SIDE, FINE)
        values: Floats = np.round(fine.mean(axis=(1, 3))).astype(np.uint8)
        return values
