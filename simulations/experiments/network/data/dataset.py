"""Images by class, and the packaged data set of glyphs from published fonts (see ../glyphs/DATA.md).

Rasterisation differs between versions of FreeType, so the arrays are the data set, not the fonts: one
compressed file, checked by its SHA-256 whenever it is loaded.
``simulations.experiments.network.glyphs.build`` makes it.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulations.runtime.errors import InputError
from theory.array import Flags, Integers, NumPyArray

SIDE = 28
"""Height and width of a glyph image, in pixels."""
STEP = 17
"""Greys have 16 levels, 0, 17, ..., 255: anti-aliasing needs no more, and they compress well."""
GLYPHS = Path(__file__).parent.parent / "glyphs" / "glyphs.npz"
GLYPHS_SHA256 = "fd741e0fb870a9fd4c5c3b27834c98c5bab63fecda2d820049131436497be65c"


@dataclass(frozen=True, eq=False)
class ImageClasses:
    """Labelled images whose samples come in groups that must not be split between training and testing.

    images (N, H, W) uint8, grey, 0 = background (of colour images: (N, H, W, 3)); labels (N,) int64 into
    class_names; groups (N,) int64 into group_names (families of fonts; each image its own in a folder);
    source says in words where the images come from.
    """

    images: NumPyArray
    labels: NumPyArray
    groups: Integers
    class_names: tuple[str, ...]
    group_names: tuple[str, ...]
    source: str

    def select(self, chosen: Integers | Flags) -> ImageClasses:
        """The samples that ``chosen`` (N,) bool or indices picks; the names stay as they are."""
        return ImageClasses(
            self.images[chosen],
            self.labels[chosen],
            self.groups[chosen],
            self.class_names,
            self.group_names,
            self.source,
        )

    def counts(self) -> Integers:
        """(classes,) samples of each class."""
        return np.bincount(self.labels, minlength=len(self.class_names))


def load_glyphs(path: str | Path = GLYPHS) -> ImageClasses:
    """The packaged glyphs. Raises InputError when the file is missing or not the one that belongs here."""
    content = _checked_bytes(Path(path))
    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return ImageClasses(
            stored["images"],
            stored["labels"].astype(np.int64),
            stored["groups"].astype(np.int64),
            tuple(stored["class_names"].tolist()),
            tuple(stored["group_names"].tolist()),
            f"glyphs of {len(stored['group_names'])} font families (sha256 {GLYPHS_SHA256[:12]})",
        )


def _checked_bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as wrong:
        raise InputError(
            f"cannot be read: {wrong.strerror or wrong}; install the package again", file=path
        ) from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != GLYPHS_SHA256:
        raise InputError(
            f"has SHA-256 {digest[:12]}..., not {GLYPHS_SHA256[:12]}...; install the package again",
            file=path,
        )
    return content
