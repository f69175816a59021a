"""Why a GPU cannot be used, and how its errors end the command: one line each, on the stand-in for CuPy."""

from __future__ import annotations

import pytest

from simulations.runtime import device
from tests.simulations.gpu.helpers_double import in_the_double


def test_errors_of_cupy_are_one_line_each() -> None:
    """Compile, memory and runtime: by kind, with what to do."""
    code = """
import sys
from simulations import cli
from simulations.runtime import gpu_errors
import cupy

def raised(name, text):
    kind = type(name, (RuntimeError,), {"__module__": "cupy_backends.cuda.api"})
    return kind(text + chr(10) + "more")

lines = []
said = {"OutOfMemoryError": "Out of memory allocating 9 bytes", "CompileException": "x.cu(1): error",
        "CUDARuntimeError": "cudaErrorIllegalAddress", "CUBLASError": "CUBLAS_STATUS", "Odd": "odd",
        "CUSOLVERError": "CUSOLVER_STATUS"}
for name, text in said.items():
    line = gpu_errors.gpu_error(raised(name, text))
    assert line and chr(10) not in line and text in line, line
    lines.append(line)
assert len({line.split(";")[0] for line in lines}) == 6
assert gpu_errors.gpu_error(ValueError("x")) is None
"""
    done = in_the_double(code)
    assert done.returncode == 0, done.stderr


# Classes and messages as the real wheel's: what CuPy raises, and what it lets through of others.
RAISED = """
import sys, types, cupy
from simulations import cli

def kind(name, base, module):
    return type(name, (base,), {"__module__": module})

def loader(*args, **options):
    raise ImportError('Failure finding "libcusolver.so.12 or libcusolver.so.11": No such file')

# As if the function were in a module of CuPy's.
loader = types.FunctionType(loader.__code__, vars(__builtins__) | {"__name__": "cupy_backends.cuda.libs"})
wrong = {
    "memory": kind("OutOfMemoryError", MemoryError, "cupy.cuda.memory")("Out of memory allocating 9 bytes"),
    "library": kind("DynamicLibNotFoundError", RuntimeError, "cuda.pathfinder._dynamic_libs.load_dl_common")(
        'Failure finding "libcublas.so"' + chr(10) + "more"
    ),
    "host": MemoryError(),
    "import": None,
}[sys.argv[1]]

def fails(*args, **options):
    if wrong is None:
        loader()
    raise wrong

cli.app = fails
sys.exit(cli.main(["bounds"]))
"""
LINES = {
    "memory": "collapse: the GPU has not enough memory for this; use a smaller input, or --device cpu (Out",
    "library": "collapse: a CUDA library does not load; install the extra `gpu` anew (Failure finding",
    "import": "collapse: a CUDA library does not load; install the extra `gpu` anew (Failure finding",
    "host": "collapse: not enough memory for input of this size",
}


@pytest.mark.parametrize("what", LINES)
def test_an_error_on_the_gpu_ends_in_one_line(what: str) -> None:
    """Memory of the GPU is not the host's, and a library that is missing no fault of the program."""
    done = in_the_double(RAISED, what)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1 and done.stderr.startswith(LINES[what]) and done.stdout == ""


BROKEN = {
    "cupy.sqrt": ("fails", "an elementwise function fails on the GPU: no library"),
    "cupy.ndarray.__matmul__": ("fails", "a matrix product fails on the GPU: no library"),
    "cupy.linalg.eigvalsh": ("fails", "a decomposition fails on the GPU: no library"),
    "cupy.RawModule": ("fails", "a compiled kernel fails on the GPU: no library"),
    "cupy.ndarray.__matmul__ ": ("lambda a, b: a", "a matrix product gives wrong numbers"),
    "cupy.cuda.runtime.getDeviceCount": ("lambda: 0", "no CUDA device is visible"),
    "cupy.cuda.runtime.getDeviceCount ": ("fails", "the CUDA driver answers: no library"),
}


def test_availability_needs_more_than_a_device() -> None:
    """The device is there, and a library is not: said in one line, with what fails."""
    code = f"""
import cupy
from simulations.runtime.device import gpu_refusal

def fails(*args, **options):
    raise RuntimeError("no library" + chr(10) + "more")

assert gpu_refusal() is None
for place, (damage, said) in {BROKEN!r}.items():
    owner, _, name = place.strip().rpartition(".")
    before = getattr(eval(owner), name)
    setattr(eval(owner), name, eval(damage))
    gpu_refusal.cache_clear()
    told = gpu_refusal()
    setattr(eval(owner), name, before)
    assert told is not None and told.startswith(said) and chr(10) not in told, (place, told)
"""
    done = in_the_double(code)
    assert done.returncode == 0, done.stderr


def test_products_in_tf32_are_refused() -> None:
    """The double rounds as CuPy does where CUPY_TF32 is set."""
    code = """
import os, cupy
from simulations.runtime.device import gpu_refusal

near, ones = cupy.asarray([[1.0 + 2.0**-12, -1.0]]).astype(cupy.float32), cupy.ones((2, 1), cupy.float32)
for setting in ("1", "0"):
    os.environ["CUPY_TF32"] = setting
    gpu_refusal.cache_clear()
    print(float((near @ ones)[0, 0]), gpu_refusal(), sep=chr(10))
"""
    done = in_the_double(code)
    assert done.returncode == 0, done.stderr
    rounded, refused, kept, accepted = done.stdout.splitlines()
    assert float(rounded) == 0.0 and float(kept) == 2.0**-12 and accepted == "None"
    assert refused.startswith("products of float32 numbers are rounded to TF32; unset CUPY_TF32")


def test_auto_says_why_an_installed_cupy_is_not_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody who has not installed it is told anything."""
    for reason, lines in (("no CUDA device is visible", 1), (device.WITHOUT_CUPY, 0)):
        monkeypatch.setattr(device, "gpu_refusal", lambda reason=reason: reason)
        assert device.pick("auto").kind == "cpu"
        printed = capsys.readouterr().err
        assert printed.count("\n") == lines and (
            lines == 0 or printed == f"collapse: no GPU is used: {reason}\n"
        )
