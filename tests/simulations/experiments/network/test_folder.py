"""Folders of images: read as they are; every bad one answered in one line with the file and the remedy."""

from __future__ import annotations

import dataclasses
import os
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from helpers_images import noise_classes, noise_picture
from PIL import Image

from simulations.experiments.network.data.folder import load_folder
from simulations.experiments.network.data.material import prepare
from simulations.experiments.network.data.picture_files import common_size, pixels
from simulations.experiments.network.data.sizes import sizes_for
from simulations.runtime.errors import InputError

RNG = np.random.default_rng(3)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("images")
    for name in "abcdef":
        (root / name).mkdir()
        for number in range(6):
            Image.fromarray(noise_picture(RNG, 20, 24)).save(root / name / f"{number}.png")
    (root / ".hidden").write_text("not looked at")
    return root


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "images"))


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_folder(folder)
    line = str(caught.value)
    assert "\n" not in line and len(line) < 600
    return line


def huge_png(path: Path, width: int, height: int) -> None:
    """A PNG whose header claims width x height, in a few bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def test_a_sound_folder_is_read_as_it_is(sound: Path) -> None:
    data = load_folder(sound)
    assert data.images.shape == (36, 20, 24) and data.images.dtype == np.uint8
    assert data.class_names == tuple("abcdef") and data.counts().tolist() == [6] * 6
    assert len(np.unique(data.groups)) == 36
    row = np.flatnonzero(data.labels == 2)[3]
    assert np.array_equal(data.images[row], np.asarray(Image.open(sound / "c" / "3.png")))


def test_colours_are_kept_unless_greys_are_asked_for(folder: Path) -> None:
    picture = noise_picture(RNG, 20, 24, 3)
    Image.fromarray(picture).save(folder / "a" / "0.png")
    assert np.array_equal(load_folder(folder).images[0], picture)
    assert load_folder(folder).images.shape == (36, 20, 24, 3)
    assert load_folder(folder, colour=False).images.shape == (36, 20, 24)


def test_transparent_pictures_lie_on_white(folder: Path) -> None:
    picture = np.zeros((20, 24, 4), np.uint8)
    picture[5, 5] = (0, 0, 0, 255)
    Image.fromarray(picture).save(folder / "a" / "0.png")
    first = load_folder(folder, colour=False).images[0]
    assert first[5, 5] == 0 and (first == 255).sum() == 20 * 24 - 1


def test_folders_in_a_class_are_groups(folder: Path) -> None:
    for name in "ab":
        (folder / name / "writer").mkdir()
        for number in (0, 1):
            (folder / name / f"{number}.png").rename(folder / name / "writer" / f"{number}.png")
    data = load_folder(folder)
    mine = data.groups == data.group_names.index("writer")
    assert mine.sum() == 4 and set(data.labels[mine]) == {0, 1}


def test_odd_names_come_out_printable(folder: Path) -> None:
    (folder / "a").rename(os.fsdecode(os.fsencode(folder) + b"/a\n\xff\xe2\x80\xae"))
    names = load_folder(folder).class_names
    assert names[0].isprintable() and len(names) == 6
    "".join(names).encode()


def test_a_missing_folder_and_a_file_in_its_place(tmp_path: Path, sound: Path) -> None:
    assert "nowhere: cannot be read: No such file" in refusal(tmp_path / "nowhere")
    assert "cannot be read: Not a directory" in refusal(sound / "a" / "0.png")


def test_one_class_one_image_and_an_empty_class(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "a", tmp_path / "one" / "a")
    assert "one: holds 1 class (folders of images); at least 6" in refusal(tmp_path / "one")
    for file in sorted((folder / "d").iterdir())[1:]:
        file.unlink()
    assert "images/d: holds 1 image; a class needs at least 6" in refusal(folder)
    (folder / "d" / "0.png").unlink()
    assert "images/d: holds 0 images" in refusal(folder)


def test_mixed_sizes_name_both_files(folder: Path) -> None:
    Image.fromarray(noise_picture(RNG, 24, 20)).save(folder / "e" / "5.png")
    assert "e/5.png: is 20 x 24 pixels where a/0.png is 24 x 20; resize" in refusal(folder)


@pytest.mark.parametrize("place", ["notes.txt", "b/notes.txt", "b/writer/notes.txt"])
def test_a_text_file_is_named(folder: Path, place: str) -> None:
    (folder / place).parent.mkdir(exist_ok=True)
    (folder / place).write_text("hello")
    assert f"{place}: is not" in refusal(folder) and "move" in refusal(folder)


@pytest.mark.parametrize("content", [b"hello", b"", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"])
def test_a_file_that_only_claims_to_be_an_image(folder: Path, content: bytes) -> None:
    (folder / "b" / "2.png").write_bytes(content)
    assert "b/2.png: is not a valid PNG or JPEG" in refusal(folder)


def test_a_cut_off_image(folder: Path) -> None:
    whole = (folder / "b" / "2.png").read_bytes()
    (folder / "b" / "2.png").write_bytes(whole[: len(whole) // 2])
    assert "b/2.png: is not a valid PNG or JPEG" in refusal(folder)


@pytest.mark.parametrize("side", [513, 12000, 60000])
def test_absurdly_large_pictures_are_refused_by_their_header(folder: Path, side: int) -> None:
    huge_png(folder / "c" / "4.png", side, side)
    line = refusal(folder)
    assert "c/4.png: has" in line and "pixels; sides from 16 to 512 are read" in line


def test_tiny_pictures_and_deep_greys(folder: Path) -> None:
    Image.fromarray(noise_picture(RNG, 20, 24).astype(np.uint16) * 256).save(folder / "f" / "0.png")
    assert "f/0.png: has more than 8 bits a pixel" in refusal(folder)
    Image.fromarray(noise_picture(RNG, 2, 2)).save(folder / "c" / "4.png")
    assert "c/4.png: has 2 x 2 pixels" in refusal(folder)


def test_too_much_for_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulations.experiments.network.data.folder.LARGEST_BYTES", 1000)
    assert "images: holds 36 images of 24 x 20" in refusal(folder)


def test_animations_and_sixteen_bits_are_refused(tmp_path: Path) -> None:
    """Pillow shows the first picture of an animation, and the upper half of 16 bits, without a word."""
    rng = np.random.default_rng(0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + rng.integers(0, 256, 16 * 6, dtype=np.uint8).tobytes() for _ in range(16))
    deep = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 16, 2, 0, 0, 0))
    deep += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    (tmp_path / "deep.png").write_bytes(deep)
    with pytest.raises(InputError, match="more than 8 bits"):
        common_size([tmp_path / "deep.png"])
    pictures = [Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)) for _ in range(3)]
    pictures[0].save(tmp_path / "moving.png", save_all=True, append_images=pictures[1:])
    with pytest.raises(InputError, match="animation of 3 pictures"):
        common_size([tmp_path / "moving.png"])
    four = rng.integers(0, 256, (16, 16, 4), dtype=np.uint8)
    Image.frombytes("CMYK", (16, 16), four.tobytes()).save(tmp_path / "print.jpg")
    assert common_size([tmp_path / "print.jpg"]) == (16, 16, True)
    assert pixels(tmp_path / "print.jpg", "RGB").shape == (16, 16, 3)


def test_images_that_repeat_each_other_are_refused_before_training() -> None:
    """Held-out images that are near-duplicates of training images are dropped: here all of them."""
    data = noise_classes(6, 6, 1)
    same = dataclasses.replace(data, images=np.broadcast_to(data.images[:1], data.images.shape))
    with pytest.raises(InputError, match="once near-duplicates of training images are dropped"):
        prepare(same, sizes_for(same, False), 1)
    assert set(prepare(data, sizes_for(data, False), 1).groups) == {"source", "fresh", "validation", "new"}
