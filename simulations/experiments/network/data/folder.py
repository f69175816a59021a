"""Images by class from a folder of your own: DIR/CLASS/*.png, or *.jpg.

Each image is its own group; images in DIR/CLASS/GROUP/ are of that group (a writer, a camera, an animal),
which is then never split between training and testing, in whatever classes it occurs. Sizes are read from the
headers before any picture is decoded.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np

from simulations.experiments.network.data.dataset import ImageClasses
from simulations.experiments.network.data.picture_files import common_size, pixels
from simulations.runtime.errors import InputError, printable

ENDINGS = (".png", ".jpg", ".jpeg")
LEAST_CLASSES, LEAST_IMAGES = 6, 6
"""Two classes each to train on, to choose settings with, and to be new; two images held out in each."""
LARGEST_BYTES = 4 << 30


def load_folder(path: str | Path, *, colour: bool | None = None) -> ImageClasses:
    """The images of a folder, (N, H, W) uint8 grey, or (N, H, W, 3) with ``colour``.

    By default colours are kept if any picture has them; transparent pictures are laid on white.
    Raises InputError: one line with the file at fault and the remedy.
    """
    root = Path(path)
    files = [(name, group, file) for name in _classes(root) for group, file in _class_files(root / name)]
    height, width, colours = common_size([file for _, _, file in files])
    colour = colours if colour is None else colour
    shape = (len(files), height, width, *((3,) if colour else ()))
    size = math.prod(shape)
    if size > LARGEST_BYTES:
        raise InputError(
            f"holds {len(files)} images of {width} x {height}, {size >> 20} MiB in memory; "
            f"at most {LARGEST_BYTES >> 20} MiB are read: use fewer or smaller images",
            file=root,
        )
    images = np.empty(shape, np.uint8)
    for row, (_, _, file) in enumerate(files):
        images[row] = pixels(file, "RGB" if colour else "L")
    class_names, labels = np.unique([name for name, _, _ in files], return_inverse=True)
    group_names, groups = np.unique([group for _, group, _ in files], return_inverse=True)
    return ImageClasses(
        images,
        labels.astype(np.int64),
        groups.astype(np.int64),
        tuple(map(printable, class_names.tolist())),
        tuple(map(printable, group_names.tolist())),
        printable(f"images in {root}"),
    )


def _entries(folder: Path) -> list[Path]:
    """What is in a folder, hidden files left out, in order of name."""
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except OSError as wrong:
        raise InputError(
            f"cannot be read: {wrong.strerror or wrong}; give a folder with one folder of images a class",
            file=folder,
        ) from None
    return [folder / name for name in names]


def _classes(root: Path) -> list[str]:
    entries = _entries(root)
    for entry in entries:
        if not entry.is_dir():
            raise InputError(
                "is not in a folder of a class; put images in DIR/CLASS/ and move other files away",
                file=entry,
            )
    if len(entries) < LEAST_CLASSES:
        raise InputError(
            f"holds {len(entries)} {'class' if len(entries) == 1 else 'classes'} (folders of images); "
            f"at least {LEAST_CLASSES} are needed: 2 each to train on, to choose settings with and to be new",
            file=root,
        )
    return [entry.name for entry in entries]


def _class_files(folder: Path) -> list[tuple[str, Path]]:
    """(group, file) of the images of one class."""
    files: list[tuple[str, Path]] = []
    for entry in _entries(folder):
        inner = _entries(entry) if entry.is_dir() else [entry]
        for file in inner:
            if file.suffix.lower() not in ENDINGS or not file.is_file():
                raise InputError(
                    "is not an image; only .png and .jpg may be in DIR/CLASS/ and DIR/CLASS/GROUP/, "
                    "move it away",
                    file=file,
                )
            group = entry.name if entry.is_dir() else f"{folder.name}/{file.name}"
            files.append((group, file))
    if len(files) < LEAST_IMAGES:
        raise InputError(
            f"holds {len(files)} {'image' if len(files) == 1 else 'images'}; a class needs at least "
            f"{LEAST_IMAGES}: add images or move the folder away",
            file=folder,
        )
    return files
