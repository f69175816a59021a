"""Builds the packaged data set of glyphs from downloaded fonts. Run by hand, about five minutes on one core:

    python -m pip download --no-deps -d FONTS -r simulations/experiments/network/glyphs/requirements.txt
    python -m simulations.experiments.network.glyphs.build FONTS OUT

OUT receives glyphs.npz, its card DATA.md and its contact sheet DATA.png; the SHA-256 printed goes into
``simulations.experiments.network.data.dataset``. Needs Pillow and fontTools, which matplotlib brings.
"""

from __future__ import annotations

import hashlib
import io
import sys
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from simulations.experiments.network.data.dataset import STEP
from simulations.experiments.network.glyphs import card, rules
from simulations.experiments.network.glyphs.draw import Pen
from simulations.experiments.network.glyphs.drawn import DrawnGlyphs
from simulations.experiments.network.glyphs.fonts import Face, faces
from simulations.runtime.randomness import ROOT_SEED, stream
from theory.array import Floats

RANGES = ((0x0041, 0x0250), (0x0370, 0x0530), (0x1E00, 0x1F00))
"""Code points of Latin, Greek and Cyrillic."""


def candidates() -> list[int]:
    """Letters of RANGES with at most one mark on them; no ligatures of compatibility, no title case."""
    codes = []
    for code in (code for low, high in RANGES for code in range(low, high)):
        letter = chr(code)
        plain = not unicodedata.decomposition(letter).startswith("<")
        if unicodedata.category(letter) in ("Lu", "Ll") and plain:
            codes += [code] if len(unicodedata.normalize("NFD", letter)) <= 2 else []
    return codes


def draw(fonts: Path, say: Callable[[str], None]) -> DrawnGlyphs:
    """Every candidate in every face of the wheels in ``fonts``, in 16 levels of grey."""
    images: list[Floats] = []
    letters: list[int] = []
    face_index: list[int] = []
    kept: list[Face] = []
    for face in faces(fonts):
        pen = Pen(face)
        for code in candidates():
            picture = pen.letter(code)
            if picture is not None:
                images.append(((picture.astype(np.uint16) + STEP // 2) // STEP * STEP).astype(np.uint8))
                letters.append(code)
                face_index.append(len(kept))
        kept.append(face)
        say(f"{face.name}: {len(images)} pictures so far")
    return DrawnGlyphs(np.array(images), np.array(letters), np.array(face_index), tuple(kept))


def choose(glyphs: DrawnGlyphs, say: Callable[[str], None]) -> tuple[DrawnGlyphs, dict[str, int]]:
    """The rules in order, with the number of pictures and letters that each leaves."""
    counts: dict[str, int] = {}

    def left(step: str, now: DrawnGlyphs) -> DrawnGlyphs:
        counts[step] = len(now.letters)
        counts[f"{step}: letters"] = len(np.unique(now.letters))
        say(f"{step}: {counts[step]} pictures of {counts[f'{step}: letters']} letters")
        return now

    now = left("drawn", glyphs)
    pairs = rules.within_faces(now.images, now.face)
    stays = rules.distinct_letters(now.letters, now.face, pairs)
    keep = np.isin(now.letters, stays)
    both = pairs[keep[pairs].all(axis=1)]
    now = left("confusable letters dropped", now.select(keep))
    ambiguous = (np.cumsum(keep) - 1)[both.ravel()]
    keep = np.ones(len(now.letters), bool)
    keep[ambiguous] = False
    now = left("alike within a face dropped", now.select(keep))
    distinct = rules.distinct_pictures(now.images, now.letters, stream(ROOT_SEED, "glyphs", "distinct"))
    now = left("near-duplicates dropped", now.select(distinct))
    for step in ("capped", "alike across letters dropped"):
        if step != "capped":
            now = now.select(rules.unambiguous_pictures(now.images, now.letters))
        rows = rules.capped(now.letters, now.groups()[0], stream(ROOT_SEED, "glyphs", step))
        now = left(step, now.select(rows))
    return now.select(np.lexsort((now.face, now.letters))), counts


def packed(glyphs: DrawnGlyphs) -> bytes:
    """The file, the same bytes for the same arrays: an npz with LZMA inside, which numpy.load reads."""
    groups, group_names = glyphs.groups()
    codes, labels = np.unique(glyphs.letters, return_inverse=True)
    arrays = {
        "images": glyphs.images,
        "labels": labels.astype(np.int16),
        "groups": groups.astype(np.int16),
        "faces": glyphs.face.astype(np.int16),
        "class_names": np.array([chr(code) for code in codes]),
        "group_names": np.array(group_names),
        "face_names": np.array([face.name for face in glyphs.faces]),
    }
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(info, member.getvalue(), zipfile.ZIP_LZMA)
    return whole.getvalue()


def main(arguments: list[str]) -> None:
    """Build from the wheels in the first argument into the folder that is the second."""
    fonts, out = (Path(argument) for argument in arguments)
    out.mkdir(parents=True, exist_ok=True)
    glyphs, counts = choose(draw(fonts, print), print)
    content = packed(glyphs)
    sha = hashlib.sha256(content).hexdigest()
    (out / "glyphs.npz").write_bytes(content)
    card.write(out, fonts, glyphs, counts, content)
    print(f"{len(content)} bytes, SHA-256 {sha}")


if __name__ == "__main__":
    main(sys.argv[1:])
