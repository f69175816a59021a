"""Pictures of letters, each with its code point and its face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulations.experiments.network.glyphs.fonts import Face
from theory.array import AnyArray as Array


@dataclass(frozen=True, eq=False)
class DrawnGlyphs:
    """Pictures (N, SIDE, SIDE) uint8, the code point and the index of the face of each, and the faces."""

    images: Array
    letters: Array
    face: Array
    faces: tuple[Face, ...]

    def select(self, chosen: Array) -> DrawnGlyphs:
        """The pictures that ``chosen`` picks."""
        return DrawnGlyphs(self.images[chosen], self.letters[chosen], self.face[chosen], self.faces)

    def groups(self) -> tuple[Array, tuple[str, ...]]:
        """(N,) index of the family group of each picture, and the sorted names of the groups."""
        names, index = np.unique([face.group for face in self.faces], return_inverse=True)
        return index[self.face], tuple(names.tolist())
