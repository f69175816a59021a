"""The CUDA kernels, compiled for the host, count exactly what a NumPy re-implementation counts."""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers_slow import rest_slow

from simulations.engines.base import Context
from simulations.engines.cuda import tables as prepared
from simulations.engines.cuda.kernels import FOLDER
from simulations.estimates import Effort
from simulations.populations.gaussian import GaussianClasses
from simulations.runtime.gpu import source_text
from simulations.runtime.gpu.compiled import FOLDER as HEADERS
from tests.simulations.gpu import cuda_reference as reference
from tests.simulations.helpers_engines import isotropic

HOST = Path(__file__).parent / "cuda_host"
KEY = (0x12345678, 0x9ABCDEF0)
Build = Callable[..., Any]


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """A loaded library of the kernels for (ways, rounds, sources with one text replaced by another)."""
    if shutil.which("g++") is None:
        pytest.skip("there is no C++ compiler (g++) to compile the kernels with")
    libraries: dict[Any, Any] = {}

    def load(ways: int = 5, rounds: int = 10, replace: tuple[str, str] | None = None) -> Any:
        key = (ways, rounds, replace)
        if key not in libraries:
            folder = tmp_path_factory.mktemp("cuda")
            for source in [*FOLDER.glob("*.cu*"), *HEADERS.glob("*.cu*"), *HOST.glob("*.*")]:
                text = source.read_text()
                if replace is not None and source.suffix.startswith(".cu"):
                    text = text.replace(*replace)
                (folder / source.name).write_text(text)
            command = ["g++", "-std=c++17", "-O1", "-ffp-contract=off", "-Wno-unknown-pragmas", "-shared"]
            command += ["-fPIC", f"-DWAYS={ways}", f"-DROUNDS={rounds}", "host.cpp", "-o", "host.so"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
            libraries[key] = ctypes.CDLL(str(folder / "host.so"))
        return libraries[key]

    return load


def pointer(array: Any) -> ctypes.c_void_p:
    assert array.flags.c_contiguous
    return ctypes.c_void_p(array.ctypes.data)


def philox(library: Any, counter: list[int], key: tuple[int, int]) -> list[int]:
    out = np.zeros(4, dtype=np.uint32)
    words = [ctypes.c_uint32(word) for word in key]
    library.host_philox(pointer(np.array(counter, dtype=np.uint32)), *words, pointer(out))
    return [int(word) for word in out]


def direct(library: Any, tables: Any, passes: int, first: int, episodes: int, blocks: int = 2) -> Any:
    k = tables.classes
    assert library.host_ways() == k
    ranks, moments = np.zeros((k, k), dtype=np.uint64), np.zeros((k, k), dtype=np.uint64)
    rows = (tables.means, tables.products, tables.squares, tables.spreads, tables.stds)
    library.host_direct(
        ctypes.c_uint(blocks),
        ctypes.c_uint(64),
        *map(pointer, rows),
        *(ctypes.c_int(v) for v in (tables.span, tables.dimension, passes)),
        ctypes.c_uint64(first),
        ctypes.c_uint64(episodes),
        *(ctypes.c_uint32(word) for word in KEY),
        pointer(ranks),
        pointer(moments),
    )
    return ranks.astype(np.int64), moments.astype(np.int64)


# Random123's known answers (kat_vectors): counter, key, words after 10 rounds.
PI = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]
KNOWN = [
    ([0] * 4, (0, 0), [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([2**32 - 1] * 4, (2**32 - 1, 2**32 - 1), [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (PI, (0xA4093822, 0x299F31D0), [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]),
]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_philox_gives_the_known_answers(
    build: Build, counter: list[int], key: tuple[int, int], words: list[int]
) -> None:
    assert philox(build(), counter, key) == words
    assert [int(w) for w in reference.philox([np.array(c) for c in counter], key)] == words
    # The control: one round fewer is another generator.
    assert philox(build(rounds=9), counter, key) != words


def test_fused_multiply_add_of_the_reference_is_correctly_rounded() -> None:
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal(4000).astype(np.float32) for _ in range(2))
    c = (rng.standard_normal(4000) * 2.0 ** rng.integers(-60, 30, 4000)).astype(np.float32)
    # Sums that all but cancel, and products half-way between two neighbours.
    c[:1500] = -(a[:1500] * b[:1500])
    c[1500:2500] = np.float32(2.0**25) * (a * b)[1500:2500]
    for x, y, z, result in zip(a, b, c, reference.fma(a, b, c), strict=True):
        exact = Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z))
        gap = abs(Fraction(float(result)) - exact)
        for side in (np.inf, -np.inf):
            assert gap <= abs(Fraction(float(np.nextafter(result, np.float32(side)))) - exact)


def test_normals_are_the_same_bits_and_normal(build: Build) -> None:
    rng = np.random.default_rng(1)
    words = rng.integers(0, 2**32, (60_000, 2), dtype=np.uint64).astype(np.uint32)
    edges = np.array([0, 1, 2, 2**29 - 1, 2**29, 2**30, 2**31 - 1, 2**31, 3 * 2**30, 2**32 - 1])
    words[:100] = np.stack(np.meshgrid(edges, edges), axis=2).reshape(-1, 2).astype(np.uint32)
    normals = np.zeros((len(words), 2), dtype=np.float32)
    build().host_normals(pointer(words), ctypes.c_longlong(len(words)), pointer(normals))
    expected = np.stack(reference.normal_pair(words[:, 0], words[:, 1]), axis=1)
    np.testing.assert_array_equal(normals.view(np.uint32), expected.view(np.uint32))
    # Against double precision: Box and Muller of the same words, the first cut to its 24 leading bits.
    kept = (words[:, 0] | np.uint32(1)).astype(np.float64)
    step = 2.0 ** (np.frexp(kept)[1] - 24)
    u = np.floor(kept / step) * step / 2.0**32
    angle = 2 * np.pi * (words[:, 1] + 32.0) / 2.0**32
    exact = np.sqrt(-2 * np.log(u))[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    np.testing.assert_allclose(normals[100:], exact[100:], atol=3e-6)
    from scipy.stats import kstest

    assert kstest(normals[100:].ravel(), "norm").pvalue > 1e-3


@pytest.mark.parametrize(
    ("ways", "dimension", "shots", "passes"),
    rest_slow([(2, 3, 1, 2), (3, 40, 5, 1), (5, 300, 5, 2), (8, 16, 2, 1)], [(2, 3, 1, 2), (3, 40, 5, 1)]),
)
def test_direct_counts_are_exactly_the_references(
    build: Build, ways: int, dimension: int, shots: int, passes: int
) -> None:
    tables = prepared.tables(isotropic(ways, dimension, 3.5 + dimension / 60), shots)
    first, episodes = 2**32 - 7, 13  # across the carry of the episode's number
    ranks, moments = direct(build(ways), tables, passes, first, episodes)
    expected = reference.direct(tables, passes, first, episodes, KEY)
    np.testing.assert_array_equal(ranks, expected[0])
    np.testing.assert_array_equal(moments, expected[1])
    assert ranks.sum() == episodes * 32 * passes * ways and ranks[:, 1:].sum() > 0
    # The same episodes whatever the number of blocks.
    np.testing.assert_array_equal(direct(build(ways), tables, passes, first, episodes, blocks=1)[0], ranks)


def test_a_generator_with_too_few_rounds_is_caught(build: Build) -> None:
    tables = prepared.tables(isotropic(5, 20, 3.0), 2)
    expected = reference.direct(tables, 1, 0, 8, KEY)[0]
    np.testing.assert_array_equal(direct(build(), tables, 1, 0, 8)[0], expected)
    assert np.any(direct(build(rounds=9), tables, 1, 0, 8)[0] != expected)


def test_a_wrong_rule_of_counting_is_caught(build: Build) -> None:
    """Two classes on one point with infinitely many shots: every query ties, and a tie is an error."""
    rows = [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 3.0, 0.0]]
    tables = prepared.tables(GaussianClasses(rows, [1.0, 1.0, 1.0]), math.inf)
    expected = reference.direct(tables, 1, 0, 4, KEY)[0]
    assert expected[0, 0] == expected[1, 0] == 0
    np.testing.assert_array_equal(direct(build(3), tables, 1, 0, 4)[0], expected)
    strict = build(3, replace=(">= limit[j]", "> limit[j]"))
    assert direct(strict, tables, 1, 0, 4)[0][0, 0] > 100


@pytest.mark.parametrize("ways", rest_slow([2, 3], [3]))
def test_direct_counts_give_the_true_error(build: Build, ways: int) -> None:
    from simulations.engines.conditional import Conditional
    from tests.simulations.helpers_engines import run

    population = isotropic(3, 20, 3.5)
    tables = prepared.tables(population, 3)
    ranks, moments = direct(build(3), tables, 1, 0, 2000)
    effort, context = Effort(0.0, 2000), Context(seed=0, confidence=1 - 1e-6)
    (estimate,) = prepared.estimates(tables, prepared.Counts(ranks, moments, 1), [ways], effort, context)
    truth = run(Conditional(), population, 3, ways, 3e5).value
    assert estimate.low < truth < estimate.high
    deviation = math.sqrt(estimate.rule.variance / 2000)  # type: ignore[attr-defined]
    assert abs(estimate.value - truth) < 4 * deviation < 0.1 * truth


def test_counts_of_a_warp_need_more_than_32_bits(build: Build) -> None:
    """Every lane starts with 2^31 counted queries: their sum leaves 32 bits."""
    full = "unsigned counts[WAYS][WAYS]; for (auto& row : counts) for (auto& one : row) one = 0x80000000u;"
    library = build(3, replace=("unsigned counts[WAYS][WAYS] = {};", full))
    tables = prepared.tables(isotropic(3, 8, 3.5), 2)
    ranks, _ = direct(library, tables, 1, 0, 5)
    expected = reference.direct(tables, 1, 0, 5, KEY)[0]
    lanes = 2 * 64  # two blocks of 64 threads
    np.testing.assert_array_equal(ranks, expected + lanes * 2**31)


@pytest.mark.parametrize("first", [0, 2**32 - 3])
def test_uniform_numbers_are_exactly_the_references(build: Build, first: int) -> None:
    uniforms = np.zeros(200)
    build().host_uniforms(
        ctypes.c_uint(3),
        ctypes.c_uint64(first),
        ctypes.c_uint64(100),
        *(ctypes.c_uint32(word) for word in KEY),
        pointer(uniforms),
    )
    np.testing.assert_array_equal(uniforms, reference.uniforms(KEY, first, 100))
    assert uniforms.min() > 0 and uniforms.max() < 1 and len(set(uniforms)) == 200


def test_the_text_given_to_the_compiler_holds_its_headers() -> None:
    """CuPy's cache identifies a module by its text: a changed header must change it."""
    for path in (*FOLDER.glob("*.cu"), *HEADERS.glob("*.cu")):
        text = source_text(path)
        assert "#include" not in text and "Salmon et al." in text
        assert text.startswith(path.read_text().split("\n", 1)[0])


def test_near_classes_beside_far_ones_are_not_for_float32() -> None:
    centres = [[0.0] * 8, [1e-3] + [0.0] * 7, [1.0] + [0.0] * 7]
    near = GaussianClasses(centres, [1e-8] * 3)
    assert "float32" in str(prepared.refusal(near))
    assert prepared.refusal(isotropic(5, 512, 9.0)) is None


@pytest.mark.gpu
@pytest.mark.parametrize("architecture", rest_slow(["sm_80", "sm_90"], ["sm_90"]))
@pytest.mark.parametrize("source", [FOLDER / "direct.cu", HEADERS / "draws.cu"], ids=lambda path: path.name)
def test_sources_compile_for_gpu_architectures(architecture: str, source: Path, tmp_path: Path) -> None:
    if shutil.which("nvcc") is None:
        pytest.skip("there is no nvcc to compile the kernels with")
    command = ["nvcc", "-std=c++17", "-fmad=false", f"-arch={architecture}", "-cubin"]
    command += ["-o", str(tmp_path / "out.cubin"), f"-I{HEADERS}", str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
