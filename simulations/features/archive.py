"""The arrays of an npz file by their headers, whole or in chunks. Sizes are checked before any allocation."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Literal, TypeVar

import numpy as np

from simulations.runtime.errors import InputError, printable
from theory.array import Floats

Read = TypeVar("Read")
LARGEST_BYTES = 8 << 30
SUSPICIOUS_RATIO, SUSPICIOUS_BYTES = 200, 64 << 20
CHUNK_BYTES = 1 << 22
LOCAL_LENGTHS = 26
"""Where a member's local header holds the lengths of its name and of its extra field."""

FIELDS = ("features", "labels", "split", "weights", "bias", "classes", "labels2")
"""Names of the arrays in a file of stored features, in the order of shards and siblings; the first two are
required."""


@dataclass(frozen=True)
class Member:
    """An array of the file as its header says; check is the checksum of its bytes."""

    name: str
    file: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    order: Literal["C", "F"]
    check: int


def members(archive: zipfile.ZipFile) -> dict[str, Member]:
    """Raises InputError on a missing array, on sizes that cannot be true, and on Python objects."""
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        if name in entries and name in FIELDS:
            raise InputError("is there twice, and it is unclear which one counts; keep one", field=name)
        entries[name] = info
    for name in ("features", "labels"):
        if name not in entries:
            raise InputError(
                f"is missing; the file has {', '.join(sorted(entries)) or 'nothing'}", field=name
            )
    wanted = {name: info for name, info in entries.items() if name in FIELDS}
    _check_sizes(wanted)
    return {name: _sound(name, partial(_member, archive, info, name)) for name, info in wanted.items()}


def read(archive: zipfile.ZipFile, member: Member) -> Floats:
    """The whole array."""

    def whole() -> Floats:
        with archive.open(member.file) as file:
            return np.lib.format.read_array(file, allow_pickle=False)

    return _sound(member.name, whole)


def stored_at(path: Path, archive: zipfile.ZipFile, member: Member) -> int | None:
    """Where its numbers begin in the file; None where they are compressed, encrypted or by columns."""
    info = archive.getinfo(member.file)
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 or member.order != "C":
        return None
    with archive.open(info) as file:
        _header(file, member.name)
        header = file.tell()
    with path.open("rb") as raw:
        raw.seek(info.header_offset + LOCAL_LENGTHS)
        name, extra = struct.unpack("<HH", raw.read(4))
    return int(info.header_offset + LOCAL_LENGTHS + 4 + name + extra + header)


def chunks(archive: zipfile.ZipFile, member: Member) -> Iterator[Floats]:
    """Its numbers in the order of the file, one-dimensional pieces of at most 4 MiB."""
    with _sound(member.name, lambda: archive.open(member.file)) as file:
        _sound(member.name, lambda: _header(file, member.name))
        size, left = member.dtype.itemsize, int(np.prod(member.shape, dtype=object))
        while left:
            count = min(left, max(CHUNK_BYTES // size, 1))
            data = _sound(member.name, partial(_exactly, file, count * size))
            yield np.frombuffer(data, member.dtype)
            left -= count


def _exactly(file: IO[bytes], length: int) -> bytes:
    parts = []
    while length:
        part = file.read(length)
        if not part:
            raise EOFError("it ends too early")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Member:
    with archive.open(info) as file:
        shape, fortran, dtype = _header(file, name)
    if dtype.hasobject:
        raise InputError(
            "holds Python objects (a pickle), which are never loaded; save plain numbers or strings",
            field=name,
        )
    if any(length < 0 for length in shape):
        raise InputError(f"its header claims the shape {shape}; save it again", field=name)
    claimed = dtype.itemsize * int(np.prod(shape, dtype=object))
    if claimed > info.file_size:
        raise InputError(
            f"its header claims {claimed} bytes but the file holds {info.file_size}; save it again",
            field=name,
        )
    return Member(name, info.filename, shape, dtype, "F" if fortran else "C", info.CRC)


def _sound(name: str, act: Callable[[], Read]) -> Read:
    try:
        return act()
    except (InputError, MemoryError):
        raise
    except Exception as wrong:  # whatever goes wrong while unpacking foreign bytes, the file is at fault
        raise InputError(f"is damaged: {printable(str(wrong), 200)}; save it again", field=name) from None


def _check_sizes(wanted: dict[str, zipfile.ZipInfo]) -> None:
    # Features that lie in the file as they are are read by blocks: their size does not matter.
    total = sum(info.file_size for info in wanted.values() if info.compress_type != zipfile.ZIP_STORED)
    if total > LARGEST_BYTES:
        raise InputError(f"expands to {total >> 20} MiB; at most {LARGEST_BYTES >> 20} MiB are read")
    suspicious = 0
    for name, info in wanted.items():
        ratio = info.file_size / max(info.compress_size, 1)
        suspicious += info.file_size if ratio > SUSPICIOUS_RATIO else 0
        if ratio > SUSPICIOUS_RATIO and suspicious > SUSPICIOUS_BYTES:
            raise InputError(
                f"expands {ratio:.0f}-fold, which no real features do; save it with numpy.savez", field=name
            )


def _header(file: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise InputError(f"has npy format version {version}; save it with numpy.savez", field=name)
    return readers[version](file)
