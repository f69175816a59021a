"""The time of imports and of the bare command, in fresh interpreters, against `import numpy, sympy`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

from simulations.jobs.bench.effort import BenchEffort
from simulations.jobs.bench.timing import alternate

COMMANDS = {
    "import theory": ["-c", "import theory"],
    "import numpy, sympy": ["-c", "import numpy, sympy"],
    "collapse --help": ["-m", "simulations", "--help"],
    "bare interpreter": ["-c", "pass"],
}


def measure(effort: BenchEffort) -> dict[str, Any]:
    """Seconds of imports and of the bare command, each in a fresh interpreter."""

    def task(arguments: list[str]) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)

    rounds = effort.choose(1, 3, 5)
    seconds = alternate({name: task(arguments) for name, arguments in COMMANDS.items()}, rounds)
    return {
        "seconds": seconds,
        "theory_over_numpy_sympy": seconds["import theory"] / seconds["import numpy, sympy"],
    }
