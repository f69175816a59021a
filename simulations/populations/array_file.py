"""Large arrays of a population file lie beside it in an npz file, named by the key ``arrays``.

A list of numbers in the TOML file may then be the name of an array: ``covariance = "classes_0_covariance"``.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from simulations.runtime.errors import InputError, printable
from simulations.runtime.memory import require_memory

KEY = "arrays"
LARGE = 4096
"""Numbers from which a list moves into the npz file, where one is written."""
MOST_INLINE = 200_000
"""Numbers that a TOML file holds by itself."""
LARGEST_BYTES = 1 << 30
LARGEST_RATIO = 1000
READ_BYTES = 10
"""Bytes held at once for each byte of an array that is read: its numbers pass through lists."""


def split(data: Mapping[str, Any], name: str) -> tuple[dict[str, Any], bytes | None]:
    """The plain data of a population for the TOML file, and the npz file ``name`` beside it: None where all
    of it fits the TOML file."""
    if _count(data) <= MOST_INLINE:
        return dict(data), None
    arrays: dict[str, Any] = {}
    moved = {key: _arrays_taken_out(entry, f"_{key}", arrays) for key, entry in data.items()}
    body = {"family": data["family"], KEY: name, **moved}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return body, buffer.getvalue()


def joined(data: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The plain data of the TOML file ``path`` with every name of an array replaced by its numbers."""
    if KEY not in data:
        return dict(data)
    name = data[KEY]
    if not isinstance(name, str) or not name.endswith(".npz") or Path(name).name != name:
        raise InputError("is not the name of an npz file in the same folder", field=KEY)
    arrays = _read(path.with_name(name))
    body = {key: value for key, value in data.items() if key != KEY}
    return {key: v if key == "family" else _arrays_put_back(v, key, arrays) for key, v in body.items()}


def _count(value: object) -> int:
    if isinstance(value, Mapping):
        return sum(map(_count, value.values()))
    return sum(map(_count, value)) if isinstance(value, list) else 1


def _arrays_taken_out(value: object, place: str, arrays: dict[str, Any]) -> object:
    if isinstance(value, Mapping):
        return {key: _arrays_taken_out(entry, f"{place}_{key}", arrays) for key, entry in value.items()}
    if not isinstance(value, list):
        return value
    # Decimals of exact populations are not floats: they stay in the text.
    if _count(value) >= LARGE and _all_floats(value):
        name = place.lstrip("_")
        arrays[name] = np.array(value, dtype=np.float64)
        return name
    return [_arrays_taken_out(entry, f"{place}_{index}", arrays) for index, entry in enumerate(value)]


def _all_floats(value: object) -> bool:
    return all(map(_all_floats, value)) if isinstance(value, list) else type(value) is float


def _arrays_put_back(value: object, field: str, arrays: Mapping[str, Any]) -> object:
    if isinstance(value, Mapping):
        return {key: _arrays_put_back(entry, f"{field}.{key}", arrays) for key, entry in value.items()}
    if isinstance(value, list):
        return [_arrays_put_back(entry, f"{field}[{index}]", arrays) for index, entry in enumerate(value)]
    if not isinstance(value, str):
        return value
    if value not in arrays:
        raise InputError(
            f"'{printable(value, 60)}' is not an array of the npz file; it has "
            f"{', '.join(sorted(arrays)[:5])}",
            field=field,
        )
    return arrays[value].tolist()


def _read(path: Path) -> dict[str, Any]:
    """Raises InputError on anything wrong with the npz file; pickles are never loaded."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.file_size > LARGEST_BYTES or entry.file_size > LARGEST_RATIO * max(
                    entry.compress_size, 1024
                ):
                    raise InputError(f"expands to {entry.file_size >> 20} MiB; save it again", file=path)
            unpacked = sum(entry.file_size for entry in archive.infolist())
        require_memory(READ_BYTES * unpacked, "its arrays", "use fewer classes or dimensions")
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except InputError as wrong:
        raise wrong.within(path) from None
    except OSError as wrong:
        raise InputError(
            f"cannot be read: {wrong.strerror or wrong}; put it beside the TOML file", file=path
        ) from None
    except MemoryError:
        raise
    except Exception as wrong:  # whatever error occurs while unpacking, the file is at fault
        raise InputError(f"is damaged: {printable(str(wrong), 200)}; save it again", file=path) from None
    for name, values in arrays.items():
        if values.dtype.kind not in "fiu":
            raise InputError(f"holds {values.dtype}, not numbers; save floats", file=path, field=name)
    return arrays
