"""The data card of the glyphs (DATA.md) and their contact sheet, from the pictures drawn. Used by the builder
alone."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulations.experiments.network.data import duplicates
from simulations.experiments.network.data.dataset import SIDE
from simulations.experiments.network.glyphs import rules
from simulations.experiments.network.glyphs.fonts import MATPLOTLIB, Face
from theory.array import Integers, NumPyArray

if TYPE_CHECKING:
    from simulations.experiments.network.glyphs.drawn import DrawnGlyphs

SHEET_ROWS, SHEET_COLUMNS = 24, 30
TEMPLATE = Path(__file__).with_name("DATA.template.md")


def write(folder: Path, wheels: Path, glyphs: DrawnGlyphs, counts: dict[str, int], content: bytes) -> None:
    """DATA.md and DATA.png of the ``DrawnGlyphs`` pictures into ``folder``; ``content`` of the data file."""
    import fontTools
    import PIL

    codes, index = np.unique(glyphs.letters, return_inverse=True)
    groups, group_names = glyphs.groups()
    has = np.zeros((len(codes), len(group_names)), bool)
    has[index, groups] = True
    samples, faces_per_letter = np.bincount(index), has.sum(axis=1)
    used = [glyphs.faces[face] for face in np.unique(glyphs.face)]
    names = [name for name in counts if not name.endswith(": letters")]
    text = TEMPLATE.read_text("utf-8").format(
        pictures=len(index),
        side=SIDE,
        letters=len(codes),
        families=len({face.family for face in used}),
        groups=len({face.group for face in used}),
        faces=len(used),
        least=samples.min(),
        largest=samples.max(),
        median=int(np.median(samples)),
        least_groups=faces_per_letter.min(),
        largest_groups=faces_per_letter.max(),
        columns=SHEET_COLUMNS,
        bytes=len(content),
        sha=hashlib.sha256(content).hexdigest(),
        threshold=duplicates.THRESHOLD,
        confusable=rules.CONFUSABLE,
        cap=rules.LARGEST,
        least_rule=rules.LEAST,
        groups_rule=rules.LEAST_GROUPS,
        steps="\n".join(f"| {name} | {counts[name]} | {counts[f'{name}: letters']} |" for name in names),
        table=_table(wheels, glyphs, used),
        classes=" ".join(chr(code) for code in codes),
        pillow=PIL.__version__,
        fonttools=fontTools.version,
    )
    (folder / "DATA.md").write_text(text, encoding="utf-8")
    (folder / "DATA.png").write_bytes(contact_sheet(glyphs.images, index))


def _table(wheels: Path, glyphs: DrawnGlyphs, used: list[Face]) -> str:
    pictures = np.bincount(glyphs.face, minlength=len(glyphs.faces))
    lines = []
    for group, family in sorted({(face.group, face.family) for face in used}):
        mine = [
            number for number, face in enumerate(glyphs.faces) if face.family == family and pictures[number]
        ]
        package, terms = licence(wheels, family)
        lines.append(f"| {group} | {family} | {package} | {terms} | {len(mine)} | {pictures[mine].sum()} |")
    return "\n".join(lines)


def contact_sheet(images: NumPyArray, labels: Integers) -> bytes:
    """A PNG, black on white: SHEET_ROWS classes, evenly chosen, SHEET_COLUMNS samples of each."""
    from PIL import Image

    chosen = np.linspace(0, labels.max(), SHEET_ROWS).astype(int)
    rows = []
    for label in chosen:
        mine = np.flatnonzero(labels == label)
        rows.append(np.hstack(images[mine[np.linspace(0, len(mine) - 1, SHEET_COLUMNS).astype(int)]]))
    sheet = Image.fromarray(255 - np.vstack(rows)).quantize(16, dither=Image.Dither.NONE)
    whole = io.BytesIO()
    sheet.save(whole, "PNG", bits=4, optimize=True)
    return whole.getvalue()


def licence(wheels: Path, family: str) -> tuple[str, str]:
    """The package and version that ``family`` comes from, and its licence as the wheel states it."""
    if family in MATPLOTLIB:
        wheel = next(iter(wheels.glob("matplotlib-*.whl")))
        file = "LICENSE_STIX" if family == "stix" else "LICENSE_DEJAVU"
        with zipfile.ZipFile(wheel) as archive:
            if not any(name.endswith(f"/ttf/{file}") for name in archive.namelist()):
                raise ValueError(f"{wheel.name} has no {file}")
        return f"matplotlib {wheel.name.split('-')[1]}", f"{file} in the wheel"
    wheel = next(iter(wheels.glob(f"fontpkg_{family.replace('-', '_')}-*.whl")))
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        lines = archive.read(metadata).decode("utf-8").splitlines()
    terms = next(line.split(": ")[1] for line in lines if line.startswith("License-Expression: "))
    return f"fontpkg-{family} {wheel.name.split('-')[1]}", terms
