"""Hypothesis strategies for inputs made wrong from nothing, and the groups of inputs that are tried."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import helpers_fuzz_mutants as mutants
import numpy as np
from helpers_fuzz import Case
from helpers_fuzz_mutants import HOSTILE, KEYS, MANY_WAYS, NUMBERS, WORDS
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from theory import catalogue

arguments = st.one_of(
    st.sampled_from([*NUMBERS[:13], *HOSTILE, "", " ", "1,,2", "1,5,inf", "--", "-x", "l2"]),
    st.text(max_size=12),
)


# -- TOML ---------------------------------------------------------------------------------------------------
@st.composite
def toml(draw: st.DrawFn) -> bytes:
    """Keys that exist with values of any kind, in tables that may exist."""
    value = st.one_of(
        st.sampled_from(NUMBERS),
        st.floats().map(repr),
        st.lists(st.floats(-10, 10).map(repr), max_size=4).map(lambda parts: f"[{', '.join(parts)}]"),
        st.sampled_from([*mutants.FAMILIES, *HOSTILE]).map(lambda word: f"'{word}'"),
    )
    lines = []
    for _ in range(draw(st.integers(0, 12))):
        if draw(st.integers(0, 4)) == 0:
            tables = [
                "[[classes]]",
                "[classes]",
                "[[classes.parts]]",
                "[[populations]]",
                "[populations.vary]",
            ]
            lines.append(draw(st.sampled_from(tables)))
        else:
            lines.append(f"{draw(st.sampled_from(KEYS))} = {draw(value)}")
    return "\n".join(lines).encode()


def evaluate_cases() -> SearchStrategy[Case]:
    shots = st.sampled_from(["1", "5", "inf"])
    return st.builds(
        lambda text, n: Case(("evaluate", "p.toml", "--shots", n, "--ways", MANY_WAYS), {"p.toml": text}),
        toml(),
        shots,
    )


def sweep_cases() -> SearchStrategy[Case]:
    return toml().map(
        lambda text: Case(("sweep", "g.toml", "--plan", "--store", "no/such/s"), {"g.toml": text})
    )


# -- npz ----------------------------------------------------------------------------------------------------
NAMES = ["features", "labels", "split", "weights", "bias"]
DTYPES = ["f4", "f8", ">f8", "f2", "f16", "i1", "u8", "b1", "c8", "S3", "U2", "V5", "M8[s]", "m8[D]", "O"]
SHAPES: list[tuple[int, ...]] = [
    (),
    (0,),
    (24,),
    (24, 3),
    (24, 0),
    (3, 24),
    (24, 3, 1),
    (1, 1),
    (23, 3),
    (-1, 3),
]
SHAPES += [(2**31, 3), (2**62, 2**62), (10**12,), (24, 10**11)]


@st.composite
def npz(draw: st.DrawFn) -> bytes:
    """A sound zip with sound checksums; headers, types, shapes and values of any kind."""
    file = io.BytesIO()
    wrong = draw(st.sets(st.sampled_from(NAMES), min_size=1, max_size=2))
    with zipfile.ZipFile(
        file, "w", draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    ) as archive:
        with zipfile.ZipFile(io.BytesIO(mutants.archive())) as sound:
            for name in NAMES:
                if name not in wrong:
                    archive.writestr(f"{name}.npy", sound.read(f"{name}.npy"))
        for name in sorted(wrong):
            if draw(st.integers(0, 5)):
                archive.writestr(
                    f"{name}.npy", draw(st.one_of(odd_member(), odd_values(name), odd_values(name)))
                )
    return file.getvalue()


@st.composite
def odd_member(draw: st.DrawFn) -> bytes:
    """A header that may claim anything, and some bytes after it."""
    described, shape = draw(st.sampled_from(DTYPES)), draw(st.sampled_from(SHAPES))
    header = f"{{'descr': '{described}', 'fortran_order': {draw(st.booleans())}, 'shape': {shape}, }}"
    if draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(header)))
        odd = draw(st.sampled_from([*WORDS[:12], "__import__('os')", "9" * 5000, "(" * 300]))
        header = header[:at] + odd + header[at:]
    text, version = header.encode(), draw(st.sampled_from([1, 1, 1, 1, 2, 3, 9]))
    size = struct.pack("<H" if version == 1 else "<I", len(text))
    body = draw(st.sampled_from([b"", b"\x00" * 576, b"\xff" * 97]))
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + body


@st.composite
def odd_values(draw: st.DrawFn, name: str) -> bytes:
    """Values that no array of this name may hold, or that are hostile where they are named."""
    if name in ("labels", "split"):
        words = st.sampled_from([*HOSTILE, "source", "new", "", "ant"])
        array = np.array(draw(st.lists(words, min_size=24, max_size=24)))
    else:
        value = draw(st.sampled_from([np.nan, np.inf, 1e200, 1e-200, 1e308, 1e150, 0.0, -1.0]))
        array = np.full({"features": (24, 3), "weights": (4, 3), "bias": (4,)}[name], value)
        array.flat[: draw(st.integers(0, array.size))] = 1.0
    file = io.BytesIO()
    np.lib.format.write_array(file, array)
    return file.getvalue()


def npz_cases(verb: str) -> SearchStrategy[Case]:
    extra: list[tuple[str, ...]] = [(), ("--normalize", "l2"), ("--json",)]
    extra += [("--split", "source"), ("--split", "\x1b[2J")] if verb == "measure" else [("--radius", "1e-9")]
    return st.builds(
        lambda content, more: Case(
            (verb, "f.npz", "--shots", "1", "--ways", MANY_WAYS, *more), {"f.npz": content}
        ),
        npz(),
        st.sampled_from(extra),
    )


# -- names and options --------------------------------------------------------------------------------------
def real_names() -> list[str]:
    from simulations.attack.planted import planted

    return [*(bound.name for bound in catalogue.STATEMENTS), *planted()]


def named(rng: Random, name: str | None = None) -> Case:
    """A name that is none, nearly none, or not quite one of the catalogue's; never one of them."""
    if name is None:
        name = mutants.damaged(rng, rng.choice(real_names())).decode("utf-8", "backslashreplace")
    verb = rng.choice([("bounds",), ("prove",), ("attack",), ("bounds", "--json"), ("prove", "--json")])
    return Case((*verb, "--", f"{name}." if name in real_names() else name))


VERBS = {
    "evaluate": ["--shots", "--seed", "--confidence", "--ways"],
    "measure": [
        "--shots",
        "--seed",
        "--confidence",
        "--split",
        "--estimator",
        "--normalize",
        "--assume",
    ],
    "certify": ["--shots", "--ways", "--confidence", "--radius", "--normalize", "--seed"],
    "verify": ["--seed", "--out", "--full"],
    "attack": ["--seed", "--searches", "--out", "--all", "--jobs"],
    "check": ["--seed", "--out", "--jobs"],
    "sweep": ["--jobs", "--axes", "--cluster", "--scheduler", "--csv"],
    "bench": ["--repetitions", "--device"],
    "bounds": ["--json", "--jobs"],
    "prove": ["--json", "--seed"],
    "network": ["--images", "--model", "--study", "--seed"],
}
LAST_STRAW = {
    "evaluate": ["p.toml", "--ways", MANY_WAYS],
    "measure": ["f.npz", "--ways", MANY_WAYS],
    "certify": ["f.npz", "--ways", MANY_WAYS],
    "verify": ["--jobs", "0"],
    "attack": ["--seconds", "-1"],
    "check": ["b.py", "--seconds", "0"],
    "sweep": ["g.toml", "--store", "no/such/s"],
    "bench": ["--device", "abacus"],
    "bounds": ["no_such_bound"],
    "prove": ["no_such_bound"],
    "network": ["--quick", "--full"],
}
FLAGS = ("--all", "--json", "--full", "--quick")


@st.composite
def option_cases(draw: st.DrawFn) -> Case:
    """Options of every verb with values of any kind, twice or in any order; sound files."""
    verb = draw(st.sampled_from(sorted(VERBS)))
    given = ["--shots", "1"] if verb in ("evaluate", "measure", "certify") else []
    odd = ["--nonsense"] if draw(st.integers(0, 5)) == 0 else []
    for option in draw(st.lists(st.sampled_from([*VERBS[verb], *odd]), min_size=1, max_size=4)):
        given.append(option)
        if option not in FLAGS or draw(st.integers(0, 9)) == 0:
            given.append(draw(arguments))
    files = {"p.toml": mutants.population_texts()[-2].encode(), "f.npz": mutants.archive()}
    files |= {"g.toml": mutants.grid_texts()[0].encode(), "b.py": b"raise RuntimeError\n"}
    return Case((verb, *given, *LAST_STRAW[verb]), files)


@dataclass(frozen=True)
class Group:
    """``mutants`` and ``strategy`` each give half of ``count`` inputs, in CI; more under ``--full``."""

    mutants: Callable[[Random], Case] | None
    strategy: Callable[[], SearchStrategy[Case]] | None
    count: int


def name_cases() -> SearchStrategy[Case]:
    return st.builds(named, st.randoms(use_true_random=False), arguments)


GROUPS = {
    "evaluate": Group(mutants.evaluate, evaluate_cases, 500),
    "sweep": Group(mutants.sweep, sweep_cases, 300),
    "measure": Group(mutants.measure, lambda: npz_cases("measure"), 400),
    "certify": Group(mutants.certify, lambda: npz_cases("certify"), 300),
    "names": Group(named, name_cases, 200),
    "check": Group(mutants.check, None, 100),
    "options": Group(None, option_cases, 200),
}
