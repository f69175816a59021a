"""RawModule: CUDA sources run on the host, thread by thread, through a shim and g++."""

import ctypes
import hashlib
import os
import pathlib
import re
import subprocess
import tempfile

import numpy

from cupy._array import ndarray

_KINDS = {
    "float": numpy.float32,
    "double": numpy.float64,
    "int": numpy.int32,
    "unsigned": numpy.uint32,
    "wide": numpy.uint64,
    "long long": numpy.int64,
}
MOST_BLOCKS = (2**31 - 1, 65535, 65535)
_BUILT: dict = {}


class CompileException(Exception):
    """As cupy.cuda.compiler.CompileException: what the compiler says, and what it was given."""

    def __init__(self, message, source, name, options, backend="nvrtc"):
        super().__init__()
        self._message, self.source, self.name, self.options = message, source, name, options

    def __str__(self):
        return self._message


CompileException.__module__ = "cupy.cuda.compiler"


class RawKernel:
    def __init__(self, code, name, options=()):
        declaration = re.search(
            rf'extern\s+"C"\s+__global__\s+void\s+(?:__launch_bounds__\(\w+\)\s+)?{name}\s*\(([^)]*)\)', code
        )
        if declaration is None:
            raise RuntimeError(f"CUDA_ERROR_NOT_FOUND: named symbol not found ({name})")
        self.code, self.name, self.options = code, name, tuple(options)
        self.parameters = " ".join(declaration.group(1).split())

    def __call__(self, grid, block, args, *, shared_mem=0, stream=None):
        grid, block = ((*each, 1, 1)[:3] for each in (grid, block))
        if not all(0 < size <= most for size, most in zip(grid, MOST_BLOCKS, strict=True)):
            raise RuntimeError(f"CUDA_ERROR_INVALID_VALUE: invalid argument (grid {grid})")
        if not 0 < numpy.prod(block) <= 1024:
            raise RuntimeError(f"CUDA_ERROR_INVALID_VALUE: invalid argument (block {block})")
        declared = self.parameters.split(",")
        if len(args) != len(declared):
            raise TypeError(f"{self.name} takes {len(declared)} arguments, {len(args)} were given")
        passed = [self._passed(value, text.strip()) for value, text in zip(args, declared, strict=True)]
        launch = getattr(self._built(), f"launch_{self.name}")
        launch(*(ctypes.c_uint(int(size)) for size in (*grid, block[0])), *passed)

    def _passed(self, value, text):
        kind, _ = text.replace("const ", "").rsplit(" ", 1)
        wanted = numpy.dtype(_KINDS[kind.rstrip("* ")])
        where = f"{self.name}: '{text}'"
        if kind.endswith("*"):
            if not isinstance(value, ndarray) or value.dtype != wanted or not value.flags.c_contiguous:
                raise TypeError(f"{where} needs a contiguous array of {wanted} on the card, not {value!r}")
            return ctypes.c_void_p(value._on_host.ctypes.data)
        # CuPy passes a Python number as 8 bytes, whatever the kernel reads: only typed numbers are right.
        if not isinstance(value, numpy.generic) or value.dtype != wanted:
            raise TypeError(f"{where} needs a {wanted}, not {type(value)}")
        return numpy.ctypeslib.as_ctypes_type(wanted)(value.item())

    def _built(self):
        key = hashlib.sha256(repr((self.code, self.name, self.options)).encode()).hexdigest()
        if key not in _BUILT:
            _BUILT[key] = ctypes.CDLL(str(self._compiled()))
        return _BUILT[key]

    def _compiled(self):
        shim = os.environ.get("CUPY_DOUBLE_SHIM")
        if shim is None:
            raise RuntimeError("CUPY_DOUBLE_SHIM names no folder with shim.h: kernels cannot run on the host")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="cupy_double_"))
        names = ", ".join(text.rsplit(" ", 1)[-1].lstrip("*") for text in self.parameters.split(","))
        launch = (
            f'extern "C" void launch_{self.name}(unsigned gx, unsigned gy, unsigned gz, unsigned bx, '
            f"{self.parameters}) {{ shim::launch({{gx, gy, gz}}, bx, [=] {{ {self.name}({names}); }}); }}\n"
        )
        (folder / "host.cpp").write_text(f'#include "shim.h"\n{self.code}\n{launch}', encoding="utf-8")
        kept = [each for each in self.options if each.startswith(("-D", "-std"))]
        command = ["g++", "-O1", "-ffp-contract=off", "-Wno-unknown-pragmas", "-shared", "-fPIC", f"-I{shim}"]
        done = subprocess.run(
            [*command, *kept, "host.cpp", "-o", "host.so"], cwd=folder, capture_output=True, text=True
        )
        if done.returncode:
            raise CompileException(done.stderr, self.code, self.name, self.options)
        return folder / "host.so"


class RawModule:
    def __init__(self, *, code=None, options=(), backend="nvrtc"):
        if not isinstance(code, str) or not isinstance(options, tuple):
            raise TypeError("code is a text and options a tuple")
        if re.search(r'^#include "', code, re.MULTILINE):
            raise CompileException("cannot open a source file of the project", code, "module", options)
        self.code, self.options = code, options

    def get_function(self, name):
        return RawKernel(self.code, name, self.options)
