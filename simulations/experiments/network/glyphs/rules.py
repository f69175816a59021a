"""Which drawn letters become the data set: the rules, each a function of the pictures alone.

1. Two letters are confusable when they are near-duplicates (``duplicates``) in more than CONFUSABLE of the
   faces that have both. Letters without marks are taken first, then by falling number of faces, then by code
   point; one that is confusable with a letter already taken is dropped (of A, А and Α the Latin one stays).
2. In a face where two letters that stay are near-duplicates all the same (small capitals), both pictures go.
3. Within a letter no two pictures are near-duplicates; one of a pair goes, whichever families they are of.
4. At most LARGEST pictures a letter, taken from the family groups in turn; a letter with fewer than LEAST
   pictures, or of fewer than LEAST_GROUPS family groups, goes.
5. Pictures of different letters that are near-duplicates (l of one family, I of another) go, all of them, and
   then the letters that rule 4 no longer lets stay.
"""

from __future__ import annotations

import unicodedata

import numpy as np

from simulations.experiments.network.data.duplicates import pairs_within
from theory.array import Flags, Integers, NumPyArray

CONFUSABLE = 0.05
LARGEST, LEAST, LEAST_GROUPS = 200, 100, 12


def within_faces(images: NumPyArray, faces: Integers) -> Integers:
    """(P, 2) pairs of pictures of one face and different letters that are near-duplicates."""
    alike = [np.empty((0, 2), np.int64)]
    for face in np.unique(faces):
        rows = np.flatnonzero(faces == face)
        alike.append(rows[pairs_within(images[rows])])
    return np.concatenate(alike)


def distinct_letters(letters: Integers, faces: Integers, pairs: Integers) -> Integers:
    """Rule 1: the letters that stay, given the pairs of ``within_faces``."""
    known, index = np.unique(letters, return_inverse=True)
    face_index = np.unique(faces, return_inverse=True)[1]
    has = np.zeros((face_index.max() + 1, len(known)), np.float32)
    has[face_index, index] = 1
    alike = np.zeros((len(known), len(known)))
    np.add.at(alike, (index[pairs[:, 0]], index[pairs[:, 1]]), 1)
    confusable = (alike + alike.T) > CONFUSABLE * (has.T @ has)
    chosen: list[int] = []
    marked = np.array([len(unicodedata.normalize("NFD", chr(code))) > 1 for code in known])
    for letter in np.lexsort((known, -has.sum(axis=0), marked)):
        if not confusable[letter, chosen].any():
            chosen.append(int(letter))
    return np.sort(known[chosen])


def distinct_pictures(images: NumPyArray, letters: Integers, rng: np.random.Generator) -> Integers:
    """Rule 3: (N,) bool, pictures that stay, chosen greedily in random order."""
    stay = np.ones(len(images), bool)
    for letter in np.unique(letters):
        rows = rng.permutation(np.flatnonzero(letters == letter))
        rivals: list[list[int]] = [[] for _ in rows]
        for first, second in pairs_within(images[rows]).tolist():
            rivals[second].append(first)
        for place, row in enumerate(rows):
            stay[row] = not any(stay[rows[rival]] for rival in rivals[place])
    return stay


def unambiguous_pictures(images: NumPyArray, letters: Integers) -> Flags:
    """Rule 5: (N,) bool, pictures without a near-duplicate among the other letters."""
    pairs = pairs_within(images)
    pairs = pairs[letters[pairs[:, 0]] != letters[pairs[:, 1]]]
    stay = np.ones(len(images), bool)
    stay[pairs.ravel()] = False
    return stay


def capped(letters: Integers, groups: Integers, rng: np.random.Generator) -> Integers:
    """Rule 4: sorted indices of the pictures that stay."""
    kept = [np.empty(0, np.int64)]
    for letter in np.unique(letters):
        rows = rng.permutation(np.flatnonzero(letters == letter))
        if len(rows) < LEAST or len(np.unique(groups[rows])) < LEAST_GROUPS:
            continue
        turn = np.zeros(len(rows), np.int64)
        for group in np.unique(groups[rows]):
            mine = groups[rows] == group
            turn[mine] = np.arange(mine.sum())
        kept.append(rows[np.argsort(turn, kind="stable")][:LARGEST])
    return np.sort(np.concatenate(kept))
