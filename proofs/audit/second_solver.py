"""cvc5 in a process of its own, because its time limit is not always kept: script in, answer out."""

from __future__ import annotations

import signal
import subprocess
import sys

from proofs.kernel.solver import SolverMissing

_PROGRAM = """
import math, sys
try:
    import resource
    most = math.ceil(float(sys.argv[1])) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
except ImportError:
    pass  # no limit where the system has none: the caller's own clock ends the process
import cvc5
solver = cvc5.Solver()
parser = cvc5.InputParser(solver)
parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.stdin.read(), "obligation")
symbols = parser.getSymbolManager()
while not (command := parser.nextCommand()).isNull():
    print(str(command.invoke(solver, symbols)).strip())
"""


_WALL = 10
"""How much longer than its processor time a run may take: the machine may be busy."""


def ask_cvc5(script: str, seconds: float) -> str:
    """``unsat``, ``sat`` or ``unknown`` (also when out of processor time). Raises ``SolverMissing``."""
    try:
        import cvc5  # noqa: F401 - only whether it is there
    except ImportError:
        raise SolverMissing("the second solver is missing: pip install cvc5") from None
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, str(seconds)],
            input=script,
            capture_output=True,
            text=True,
            timeout=_WALL * (seconds + 1),
        )
    except subprocess.TimeoutExpired:
        return "unknown"
    if -done.returncode in (signal.SIGKILL, getattr(signal, "SIGXCPU", signal.SIGKILL)):
        return "unknown"
    answers = [line for line in done.stdout.split() if line in ("sat", "unsat", "unknown")]
    if done.returncode or not answers:
        raise RuntimeError(f"cvc5 refuses the script: {done.stderr.strip().splitlines()[-1:]}")
    return answers[-1]
