"""Pictures of letters, each with its code point and its face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulations.experiments.network.glyphs.fonts import Face
from theory.array import Flags, Integers, NumPyArray


@dataclass(frozen=True, eq=False)
class DrawnGlyphs:
    """Pictures (N, SIDE, SIDE) uint8, the code point and the index of the face of each, and the faces."""

    images: NumPyArray
    letters: Integers
    face: Integers
    faces: tuple[Face, ...]

    def select(self, chosen: Integers | Flags) -> DrawnGlyphs:
        """The pictures that ``chosen`` picks."""
        return DrawnGlyphs(self.images[chosen], self.letters[chosen], self.face[chosen], self.faces)

    def groups(self) -> tuple[Integers, tuple[str, ...]]:
        """(N,) index of the family group of each picture, and the sorted names of the groups."""
        names, index = np.unique([face.group for face in self.faces], return_inverse=True)
        return index[self.face], tuple(names.tolist())
