"""Files that are not features files, and damaged ones, are refused; no pickle is loaded."""

from __future__ import annotations

import io
import pickle
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers_bad_features import GOOD, SPLIT, Bomb, archive, claimed, good, npy, raw_header, zipped
from helpers_bad_populations import gaussian
from helpers_refusal import Refusal

from simulations.features import load_features
from simulations.runtime.errors import InputError


def f24(**changes: bytes) -> bytes:
    members = {"features.npy": npy(GOOD["features"]), "labels.npy": npy(GOOD["labels"])}
    return zipped(members | {f"{name}.npy": content for name, content in changes.items()})


NOT_FEATURES: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "missing": (lambda path: None, []),
    "directory": (lambda path: path.mkdir(), []),
    "empty": (lambda path: path.write_bytes(b""), ["npz"]),
    "text": (lambda path: path.write_text("features, labels\n1.0, 2\n"), ["npz"]),
    "toml": (lambda path: path.write_text(gaussian()), ["npz"]),
    "npy": (lambda path: path.write_bytes(npy(GOOD["features"])), ["npz"]),
    "pickle": (lambda path: path.write_bytes(pickle.dumps(GOOD)), ["npz"]),
    "truncated": (lambda path: path.write_bytes(archive(**GOOD)[:-200]), []),
    "other_zip": (lambda path: path.write_bytes(zipped({"readme.txt": b"hello"})), ["features", "missing"]),
    "member_text": (lambda path: path.write_bytes(f24(features=b"1.0, 2.0\n")), ["damaged"]),
    "member_pickle": (
        lambda path: path.write_bytes(f24(features=pickle.dumps(Bomb(path.with_suffix(".out"))))),
        ["damaged"],
    ),
    "member_object_pickle": (
        lambda path: path.write_bytes(f24(labels=npy(np.array([Bomb(path.with_suffix(".out"))] * 24)))),
        ["labels", "pickle", "never"],
    ),
    "member_object_header": (
        lambda path: path.write_bytes(f24(features=claimed((1,), "|O", pickle.dumps([1])))),
        ["features", "pickle", "never"],
    ),
    "header_bomb": (
        lambda path: path.write_bytes(f24(features=claimed((10**12, 10**6)))),
        ["features", "claims"],
    ),
    "header_bomb_labels": (
        lambda path: path.write_bytes(f24(labels=claimed((10**15,), "<i8"))),
        ["labels", "claims"],
    ),
    "header_bomb_width": (
        lambda path: path.write_bytes(f24(labels=claimed((2,), "<U2000000000"))),
        ["labels"],
    ),
    "header_bomb_strings": (lambda path: path.write_bytes(f24(labels=claimed((10**15,), "<U0"))), ["labels"]),
    "header_negative": (lambda path: path.write_bytes(f24(features=claimed((-4, -4)))), []),
    "header_minus_one": (lambda path: path.write_bytes(f24(features=claimed((-1, 4)))), []),
    "header_long": (
        lambda path: path.write_bytes(f24(features=raw_header("{'descr': '<f8', " + " " * 60_000 + "}"))),
        ["damaged"],
    ),
    "header_open": (
        lambda path: path.write_bytes(f24(features=raw_header("{'descr': '<f8', ("))),
        ["damaged"],
    ),
    "header_indented": (
        lambda path: path.write_bytes(f24(features=raw_header("  if x:\n y\n"))),
        ["damaged"],
    ),
    "header_code": (
        lambda path: path.write_bytes(f24(features=raw_header("__import__('os').abort()"))),
        ["damaged"],
    ),
    "header_nested": (
        lambda path: path.write_bytes(f24(features=raw_header("(" * 9000 + ")" * 900))),
        ["damaged"],
    ),
    "header_type": (
        lambda path: path.write_bytes(
            f24(features=raw_header("{'descr': [1, 2], 'fortran_order': False, 'shape': (2,)}"))
        ),
        ["damaged"],
    ),
    "header_short": (lambda path: path.write_bytes(f24(features=b"\x93NUMPY\x01\x00\xff\xff{")), ["damaged"]),
    "version": (lambda path: path.write_bytes(f24(features=b"\x93NUMPY\x09\x00" + bytes(64))), ["features"]),
    "zip_bomb": (
        lambda path: path.write_bytes(
            zipped(
                {
                    "features.npy": claimed((16, 1 << 19), data=bytes(64 << 20)),
                    "labels.npy": npy(np.arange(16)),
                }
            )
        ),
        ["features", "expands"],
    ),
    "features_twice": (
        lambda path: path.write_bytes(
            twice("features", {name: npy(GOOD[name]) for name in ("features", "labels")})
        ),
        ["features", "twice"],
    ),
    "encrypted": (lambda path: path.write_bytes(flagged(archive(**GOOD))), []),
    "bad_lzma": (lambda path: path.write_bytes(scrambled(zipfile.ZIP_LZMA)), []),
    "bad_bzip2": (lambda path: path.write_bytes(scrambled(zipfile.ZIP_BZIP2)), []),
    "bad_deflate": (lambda path: path.write_bytes(scrambled(zipfile.ZIP_DEFLATED)), []),
    "bad_checksum": (lambda path: path.write_bytes(scrambled(zipfile.ZIP_STORED)), []),
}


def twice(name: str, members: dict[str, bytes]) -> bytes:
    """An archive of ``members`` that holds one of them two times."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for each in [name, *members]:
            file.writestr(f"{each}.npy", members[each])
    return buffer.getvalue()


def flagged(content: bytes) -> bytes:
    """The archive with every member marked as encrypted."""
    changed_ = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            changed_[at + offset] |= 1
            at = content.find(signature, at + 4)
    return bytes(changed_)


def scrambled(method: int) -> bytes:
    """An archive whose first member's content is overwritten."""
    content = bytearray(
        zipped({"features.npy": npy(GOOD["features"]), "labels.npy": npy(GOOD["labels"])}, method)
    )
    for at in range(60, 300):
        content[at] ^= 0xA5
    return bytes(content)


@pytest.mark.parametrize("verb", ["measure", "certify"])
@pytest.mark.parametrize("case", NOT_FEATURES)
def test_files_that_are_no_features(case: str, verb: str, tmp_path: Path, refuse: Refusal) -> None:
    make, needles = NOT_FEATURES[case]
    path = tmp_path / f"{case}.npz"
    make(path)
    line = refuse(verb, path, "--shots", "1")
    for needle in [path.name, *needles]:
        assert needle in line, (needle, line)
    assert not path.with_suffix(".out").exists(), "something was unpickled"


def test_the_pickle_in_these_tests_would_run_code(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Bomb(tmp_path / "out")))
    assert (tmp_path / "out").exists()


@pytest.mark.parametrize("seed", range(4))
def test_damaged_archives_never_escape(seed: int, tmp_path: Path) -> None:
    """Bytes overwritten, cut out or doubled at random: read as features, or refused in one line."""
    rng = np.random.default_rng(seed)
    whole = archive(**good(split=SPLIT, weights=np.eye(3, 4)))
    path, refused = tmp_path / "f.npz", 0
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(int(rng.integers(1, 6))):
            at = int(rng.integers(len(content)))
            if rng.random() < 0.7:
                content[at] = int(rng.integers(256))
            elif rng.random() < 0.5:
                del content[at : at + int(rng.integers(1, 40))]
            else:
                content[at:at] = content[at : at + int(rng.integers(1, 40))]
        path.write_bytes(bytes(content))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                load_features(path).features.sum()
            except InputError as wrong:
                refused += 1
                assert "f.npz" in str(wrong) and str(wrong).isprintable() and "; " in str(wrong)
    assert refused > 20
