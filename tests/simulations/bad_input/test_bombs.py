"""Files that ask for more than there is: refused in one line, by size, with little memory and no wait."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.slow

MOST_MIB = 300
"""Memory that a refusal may take above that of the command before it looks at its input."""
LONGEST = 10.0

# Everything is loaded first and each answer comes from a fork, so that the increase is the input's own.
PROGRAM = """
import contextlib, io, json, os, resource, sys, time
import simulations.cli.certify, simulations.cli.evaluate, simulations.cli.measure
import simulations.cli.sweep, simulations.jobs.sweep.grid, simulations.jobs.sweep.plan
from simulations import cli

def held():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

for line in sys.stdin:
    if child := os.fork():
        os.waitpid(child, 0)
        continue
    before, start, said, out = held(), time.process_time(), io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(out):
        status = cli.main(json.loads(line))
    found = {"status": status, "mib": held() - before, "seconds": time.process_time() - start}
    print(json.dumps({**found, "said": said.getvalue()}), flush=True)
    os._exit(0)
"""
Refused = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def refused() -> Iterator[Refused]:
    """What a refusal says and takes, measured in a process of its own."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin is not None and parent.stdout is not None
        ask, answers = parent.stdin, parent.stdout

        def run(*arguments: str) -> dict[str, Any]:
            ask.write(json.dumps(arguments) + "\n")
            ask.flush()
            answer: dict[str, Any] = json.loads(answers.readline())
            return answer

        yield run
        ask.close()


# -- npz ----------------------------------------------------------------------------------------------------
def header(shape: tuple[int, ...], described: str = "<f8") -> bytes:
    text = f"{{'descr': '{described}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    text += b" " * (53 - len(text) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


Member = Callable[[zipfile.ZipFile, str], None]


def plain(content: bytes) -> Member:
    return lambda archive, name: archive.writestr(name, content)


def zeros(shape: tuple[int, ...], described: str = "<f8") -> Member:
    """All its bytes are there, a thousandth of them in the file."""
    size = int(described[2:]) * (4 if described[1] == "U" else 1)
    for length in shape:
        size *= length

    def write(archive: zipfile.ZipFile, name: str) -> None:
        with archive.open(name, "w", force_zip64=True) as file:
            file.write(header(shape, described))
            for begin in range(0, size, 1 << 22):
                file.write(b"\x00" * min(1 << 22, size - begin))

    return write


LABELS = plain(header((4,), "<i8") + bytes(32))
SMALL = plain(header((4, 2)) + bytes(64))
BOMBS: dict[str, tuple[dict[str, Member], str]] = {
    "10 TB claimed": ({"features": plain(header((125 * 10**9, 10)) + bytes(64)), "labels": LABELS}, "claims"),
    "10 TB of labels": ({"features": SMALL, "labels": plain(header((10**13,), "|S1"))}, "claims"),
    "more than any number": ({"features": plain(header((2**62, 2**62))), "labels": LABELS}, "claims"),
    "long strings": ({"features": SMALL, "labels": plain(header((4,), "<U500000000"))}, "claims"),
    "a thousandfold": ({"features": zeros((50 << 20, 1)), "labels": LABELS}, "expands 10"),
    "many a thousandfold": (
        {
            "features": zeros((1 << 22, 1)),
            "labels": zeros((1 << 22,), "<i8"),
            "split": zeros((1 << 22,), "<U2"),
        },
        "expands 10",
    ),
    "in an array that is not read": (
        {"features": SMALL, "labels": plain(header((3,), "<i8") + bytes(24)), "other": zeros((50 << 20, 1))},
        "labels",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_an_npz_bomb(name: str, tmp_path: Path, refused: Refused) -> None:
    members, message = BOMBS[name]
    with zipfile.ZipFile(tmp_path / "f.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for each, write in members.items():
            write(archive, f"{each}.npy")
    verb = "certify" if name == "a thousandfold" else "measure"
    check(refused(verb, str(tmp_path / "f.npz"), "--shots", "1"), message, "f.npz")


# -- TOML ---------------------------------------------------------------------------------------------------
TOML: dict[str, tuple[Callable[[], str], str]] = {
    "larger than any": (lambda: "a = '" + "x" * (17 << 20) + "'", "is larger than 16 MiB"),
    "millions of numbers": (lambda: "a = [" + "1.5," * (4 << 20 - 1) + "]", "holds more than"),
    "as many as are read": (lambda: "a = [" + "1.5," * 990_000 + "]", "family"),
    "millions of tables": (lambda: "[[classes]]\n" * 1_200_000, "holds more than"),
    "an endless key": (lambda: "a." * (6 << 20) + "b = 1", "nested too deeply"),
    "one long word": (lambda: "x" * (15 << 20), "not valid TOML"),
    "a million brackets": (lambda: "a = " + "[" * (1 << 20), "nested too deeply"),
    "huge classes": (lambda: etf(50, 1_000_000), "use fewer classes"),
    "very many classes": (lambda: etf(7_000, 7_000), "use fewer classes"),
    "beyond the limits": (lambda: etf(10**15, 10**15), "count"),
    "one dimension for each": (lambda: etf(2, 10**12), "dimension"),
}


def etf(count: int, dimension: int) -> str:
    return f'family = "simplex_etf"\ncount = {count}\ndimension = {dimension}\ncdnv = 0.5\n'


@pytest.mark.parametrize("name", TOML)
def test_a_population_too_large(name: str, tmp_path: Path, refused: Refused) -> None:
    content, message = TOML[name]
    (tmp_path / "p.toml").write_text(content())
    check(refused("evaluate", str(tmp_path / "p.toml"), "--shots", "1"), message, "p.toml")


@pytest.mark.parametrize(
    ("count", "varied", "message"),
    [
        (7_000, {"dimension": [7_000]}, "use fewer classes"),
        (5, {"dimension": [8] * 2000, "cdnv": [0.5] * 2000}, "use at most 1000000 tasks"),
    ],
)
def test_a_grid_too_large(
    count: int, varied: dict[str, list[float]], message: str, tmp_path: Path, refused: Refused
) -> None:
    varied = {"cdnv": [0.5], **varied}
    axes = "\n".join(f"{key} = {values}" for key, values in varied.items())
    text = f"shots = [1]\nways = [2]\n[[populations]]\nname = 'a'\nfamily = 'simplex_etf'\ncount = {count}\n"
    (tmp_path / "g.toml").write_text(f"{text}[populations.vary]\n{axes}\n")
    check(refused("sweep", str(tmp_path / "g.toml"), "--plan"), message, "g.toml")
    assert os.listdir(tmp_path) == ["g.toml"]


def check(answer: dict[str, Any], message: str, file: str) -> None:
    assert answer["status"] == 2, answer
    line = str(answer["said"])
    assert line.count("\n") == 1 and message in line and file in line
    assert float(answer["mib"]) < MOST_MIB, answer
    assert float(answer["seconds"]) < LONGEST, answer


def test_the_measurement_sees_memory(tmp_path: Path, refused: Refused) -> None:
    """Features stored by columns are read whole, others by blocks: of 400 MiB by columns the same measurement
    shows that they were read."""
    by_columns = header((50 << 14, 64)).replace(b"False", b"True ")
    with zipfile.ZipFile(tmp_path / "f.npz", "w") as archive:
        with archive.open("features.npy", "w", force_zip64=True) as file:
            file.write(by_columns)
            for _ in range(100):
                file.write(b"\x00" * (1 << 22))
        archive.writestr("labels.npy", header((50 << 14,), "|u1") + bytes([0, 1]) * (25 << 14))
    answer = refused("measure", str(tmp_path / "f.npz"), "--shots", "1")
    assert answer["status"] == 2 and "coincide" in answer["said"] and float(answer["mib"]) > MOST_MIB


def honest(path: Path, value: float, *, labels: int, mib: int = 600) -> None:
    """A features file of ``mib`` MiB of float32 noise, its last number ``value``, of 64 dimensions."""
    samples = (mib << 20) // 256
    block = np.random.default_rng(0).standard_normal((1 << 12, 64)).astype(np.float32)
    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("features.npy", "w", force_zip64=True) as file:
            file.write(header((samples, 64), "<f4"))
            for _ in range(samples // len(block) - 1):
                file.write(block.tobytes())
            block[-1, -1] = value
            file.write(block.tobytes())
        archive.writestr("labels.npy", header((samples,), "|u1") + bytes(i % labels for i in range(samples)))


@pytest.mark.parametrize(
    ("value", "labels", "options", "message"),
    [
        (float("nan"), 10, ("--shots", "1"), "sample 2457599"),
        (-float("inf"), 10, ("--shots", "1"), "sample 2457599"),
        (1.0, 10, ("--shots", "1000000"), "too few for 1000000 shots"),
        (1.0, 10, ("--shots", "1", "--ways", "20"), "there are 10 classes"),
        (1.0, 1, ("--shots", "1"), "at least 2 are needed"),
        (1.0, 10, ("--shots", "1", "--split", "new"), "split"),
    ],
)
def test_a_large_valid_file_with_one_fault(
    value: float, labels: int, options: tuple[str, ...], message: str, tmp_path: Path, refused: Refused
) -> None:
    """Its 600 MiB need not be held to see the fault: the last number, or the labels."""
    honest(tmp_path / "f.npz", value, labels=labels)
    answer = refused("measure", str(tmp_path / "f.npz"), *options)
    check(answer, message, "" if "--ways" in options else "f.npz")
