"""Images by class from a folder of your own: DIR/CLASS/*.png, or *.jpg.

Each image is its own group; images in DIR/CLASS/GROUP/ are of that group (a writer, a camera, an animal),
which is then never split between training and testing, in whatever classes it occurs. Sizes are read from the
headers before any picture is decoded.
"""

from __future__ import annotations

import math
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from simulations.errors import InputError, printable
from simulations.network.dataset import ImageClasses

Array = Any
ENDINGS = (".png", ".jpg", ".jpeg")
LEAST_CLASSES, LEAST_IMAGES = 6, 6
"""Two classes each to train on, to choose settings with, and to be new; two images held out in each."""
LEAST_SIDE, LARGEST_SIDE, LARGEST_BYTES = 16, 512, 4 << 30


def load_folder(path: str | Path, *, colour: bool = False) -> ImageClasses:
    """The images of a folder, (N, H, W) uint8 grey, or (N, H, W, 3) with ``colour``.

    Transparent pictures are laid on white. Raises InputError: one line with the file at fault and the remedy.
    """
    root = Path(path)
    files = [(name, group, file) for name in _classes(root) for group, file in _class_files(root / name)]
    height, width = _common_size([file for _, _, file in files])
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
        images[row] = _pixels(file, "RGB" if colour else "L")
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
    found: list[tuple[str, Path]] = []
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
            found.append((group, file))
    if len(found) < LEAST_IMAGES:
        raise InputError(
            f"holds {len(found)} {'image' if len(found) == 1 else 'images'}; a class needs at least "
            f"{LEAST_IMAGES}: add images or move the folder away",
            file=folder,
        )
    return found


def _open(file: Path) -> Any:
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
    said = printable(str(wrong).replace(str(file), "").replace(repr(str(file)), ""), 100).strip()
    if isinstance(wrong, OSError) and wrong.strerror:
        return InputError(f"cannot be read: {wrong.strerror}; mend it or move it away", file=file)
    return InputError(f"is not a sound PNG or JPEG ({said}); save it again or move it away", file=file)


def _too_large(file: Path, pixels: str) -> InputError:
    return InputError(
        f"has {pixels} pixels; sides from {LEAST_SIDE} to {LARGEST_SIDE} are read: resize all images alike",
        file=file,
    )


def _common_size(files: list[Path]) -> tuple[int, int]:
    """(height, width) of all files, from their headers."""
    first: tuple[int, int] | None = None
    for file in files:
        with _open(file) as image:
            width, height = image.size
            mode = image.mode
        if not (min(width, height) >= LEAST_SIDE and max(width, height) <= LARGEST_SIDE):
            raise _too_large(file, f"{width} x {height}")
        if mode.startswith(("I", "F")):
            raise InputError("has more than 8 bits a pixel; save it with 8 bits a channel", file=file)
        first = first or (height, width)
        if first != (height, width):
            raise InputError(
                f"is {width} x {height} pixels where {files[0].parent.name}/{files[0].name} is "
                f"{first[1]} x {first[0]}; resize all images to one size",
                file=file,
            )
    assert first is not None
    return first


def _pixels(file: Path, mode: str) -> Array:
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
