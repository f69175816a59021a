"""Compile the Rocq proofs in parallel, only what changed, and audit every theorem.

A theorem counts as checked when its files compile, the theorem has exactly the type of the generated
statement, and ``Print Assumptions`` finds nothing it rests on. ``python -m proofs.formal.compile`` compiles
everything and writes the record that is shipped.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from proofs.formal import record
from proofs.formal.build import INSTALL, Build, NoCompiler, Outcome, Report, alone, compiler, version
from proofs.formal.files import theorems

LOOSE = "loose/text.v"


def compile_theorems(
    names: Iterable[str] | None = None,
    *,
    jobs: int | None = None,
    folder: Path | None = None,
    report: Report | None = None,
    texts: dict[str, str] | None = None,
) -> list[Outcome]:
    """Compile what the named theorems need (all by default) and audit them.

    ``texts`` replaces the text of files, by path: how a test tries a broken statement. Raises ``NoCompiler``.
    """
    command = compiler()
    if command is None:
        raise NoCompiler(INSTALL)
    known = theorems()
    wanted = [known[name] for name in (known if names is None else names)]
    place = folder or record.build_folder()
    build = Build(command, place, dict(texts or {}))
    build.prepare(wanted)
    with alone(place):
        build.write()
        build.run(jobs or os.cpu_count() or 1, report)
    outcomes = [build.outcome(theorem) for theorem in wanted]
    if not texts:
        checked = [outcome.theorem.name for outcome in outcomes if outcome.checked]
        local = place / record.local_record().name
        record.write(local, version(command), checked, record.read(local))
    return outcomes


def run_text(text: str, *, folder: Path | None = None, texts: dict[str, str] | None = None) -> str:
    """What the compiler prints for a text that uses the library: how the definitions are evaluated.

    Raises ``NoCompiler``; RuntimeError with the compiler's message where the text, or a file that it
    requires, does not compile.
    """
    command = compiler()
    if command is None:
        raise NoCompiler(INSTALL)
    place = folder or record.build_folder()
    build = Build(command, place, dict(texts or {}))
    build.prepare([], {LOOSE: text})
    with alone(place):
        build.write()
        build.run(os.cpu_count() or 1, None)
    if LOOSE in build.failed:
        raise RuntimeError(build.failed[LOOSE])
    return build.output[LOOSE]


def main() -> int:
    """Compile everything and, if all is well, write the record that is shipped."""

    def show(file: str, done: int, total: int) -> None:
        print(f"{done}/{total} {file}", file=sys.stderr)

    started = time.perf_counter()
    outcomes = compile_theorems(report=show)
    for outcome in outcomes:
        print(f"{outcome.theorem.name}: {outcome.reason or 'checked'} ({outcome.seconds:.1f} s)")
    print(f"{time.perf_counter() - started:.0f} s")
    if any(not outcome.checked for outcome in outcomes):
        return 1
    command = compiler()
    assert command is not None
    record.write(record.RECORD, version(command), [outcome.theorem.name for outcome in outcomes])
    return 0


if __name__ == "__main__":
    sys.exit(main())
