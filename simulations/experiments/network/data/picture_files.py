"""Pictures from files of unknown origin: refused by their headers where too large, and never with a
traceback."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulations.runtime.errors import InputError, printable
from theory.array import Floats

if TYPE_CHECKING:
    from PIL import Image

LEAST_SIDE, LARGEST_SIDE = 16, 512
GREY = ("1", "L", "LA")
"""Pillow's modes of pictures without colours."""


def common_size(files: list[Path]) -> tuple[int, int, bool]:
    """Height and width in pixels of all files, and whether any has colours, from their headers.

    Raises InputError naming the file that is damaged, too large, too small, of another size, animated, or of
    more than 8 bits a channel.
    """
    first: tuple[int, int] | None = None
    colours = False
    for file in files:
        with _open(file) as image:
            width, height = image.size
            mode = image.mode
            frames = getattr(image, "n_frames", 1)
        if not (min(width, height) >= LEAST_SIDE and max(width, height) <= LARGEST_SIDE):
            raise _too_large(file, f"{width} x {height}")
        if frames > 1:
            raise InputError(f"is an animation of {frames} pictures; save each as a file", file=file)
        if mode.startswith(("I", "F")) or _sixteen_bits(file):
            raise InputError("has more than 8 bits a pixel; save it with 8 bits a channel", file=file)
        colours = colours or mode not in GREY
        first = first or (height, width)
        if first != (height, width):
            raise InputError(
                f"is {width} x {height} pixels where {files[0].parent.name}/{files[0].name} is "
                f"{first[1]} x {first[0]}; resize all images to one size",
                file=file,
            )
    assert first is not None
    return (*first, colours)


def _sixteen_bits(file: Path) -> bool:
    """Whether a PNG has 16 bits a channel: Pillow reads coloured ones as if they had 8."""
    with file.open("rb") as content:
        header = content.read(25)
    return header[:4] == b"\x89PNG" and header[24:] == b"\x10"


def pixels(file: Path, mode: str) -> Floats:
    """(H, W) uint8 with mode L, (H, W, 3) with RGB; transparency on white. Raises InputError."""
    from PIL import Image

    image = _open(file)
    try:
        with image:
            if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
                clear = image.convert("RGBA")
                paper = Image.new("RGBA", clear.size, "white")
                image = Image.alpha_composite(paper, clear)
            return np.asarray(image.convert(mode))
    except Exception as wrong:  # whatever goes wrong while unpacking foreign bytes, the file is at fault
        raise _damaged(file, wrong) from None


def _open(file: Path) -> Image.Image:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # Large pictures are refused by their size below; Pillow's own warning would be a second line.
            warnings.simplefilter("ignore")
            return Image.open(file, formats=("PNG", "JPEG"))
    except Image.DecompressionBombError:
        raise _too_large(file, "hundreds of millions of") from None
    except Exception as wrong:
        raise _damaged(file, wrong) from None


def _damaged(file: Path, wrong: Exception) -> InputError:
    message = printable(str(wrong).replace(str(file), "").replace(repr(str(file)), ""), 100).strip()
    if isinstance(wrong, OSError) and wrong.strerror:
        return InputError(f"cannot be read: {wrong.strerror}; mend it or move it away", file=file)
    return InputError(f"is not a valid PNG or JPEG ({message}); save it again or move it away", file=file)


def _too_large(file: Path, pixels: str) -> InputError:
    return InputError(
        f"has {pixels} pixels; sides from {LEAST_SIDE} to {LARGEST_SIDE} are read: resize all images alike",
        file=file,
    )
