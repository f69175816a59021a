"""cvc5 in a process of its own, because its time limit is not always kept: script in, answer out."""

from __future__ import annotations

import subprocess
import sys

from proofs.smt import SolverMissing

_PROGRAM = """
import sys, cvc5
solver = cvc5.Solver()
parser = cvc5.InputParser(solver)
parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.stdin.read(), "obligation")
symbols = parser.getSymbolManager()
while not (command := parser.nextCommand()).isNull():
    print(str(command.invoke(solver, symbols)).strip())
"""


def ask_cvc5(script: str, seconds: float) -> str:
    """``unsat``, ``sat`` or ``unknown`` (also when out of time). Raises ``SolverMissing``."""
    try:
        import cvc5  # noqa: F401
    except ImportError:
        raise SolverMissing("the second solver is missing: pip install cvc5") from None
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            input=script,
            capture_output=True,
            text=True,
            timeout=seconds + 1,
        )
    except subprocess.TimeoutExpired:
        return "unknown"
    answers = [line for line in done.stdout.split() if line in ("sat", "unsat", "unknown")]
    if done.returncode or not answers:
        raise RuntimeError(f"cvc5 refuses the script: {done.stderr.strip().splitlines()[-1:]}")
    return answers[-1]
