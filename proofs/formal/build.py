"""One build of Rocq files: which are up to date, the compiler's output for the others, and the audit."""

from __future__ import annotations

import graphlib
import hashlib
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from proofs.formal import record
from proofs.formal.files import Theorem, imports

INSTALL = (
    "Rocq is not installed: apt-get install --no-install-recommends coq libcoq-mathcomp-algebra-tactics "
    "(Debian 12), or opam install coq.8.16.1 coq-mathcomp-algebra.1.15.0 coq-mathcomp-algebra-tactics.1.0.0"
)
CLOSED = "Closed under the global context"
SILENCED = "-notation-overridden,-ambiguous-paths,-projection-no-head-constant"
LIMIT = 600
"""Seconds that one file may take."""

Report = Callable[[str, int, int], None]
"""Called with a file that is done, how many are done and how many there are."""


class NoCompiler(RuntimeError):
    """Neither coqc nor rocq is installed."""


@dataclass(frozen=True)
class Outcome:
    """The result of compiling a theorem: ``reason`` is empty when it was checked."""

    theorem: Theorem
    reason: str = ""
    seconds: float = 0.0

    @property
    def checked(self) -> bool:
        """Whether Rocq accepted the theorem and found nothing assumed."""
        return not self.reason


def compiler() -> list[str] | None:
    """The command that compiles a file, or None."""
    if coqc := shutil.which("coqc"):
        return [coqc]
    if rocq := shutil.which("rocq"):
        return [rocq, "compile"]
    return None


def version(command: list[str]) -> str:
    """The version that the compiler gives, such as 8.16.1."""
    output = subprocess.run([command[0], "--version"], capture_output=True, text=True, timeout=60).stdout
    match = re.search(r"version\s+(\S+)", output)
    return match.group(1) if match else output.strip()


def audit_text(theorem: Theorem) -> str:
    """A file that compiles only if the theorem proves the generated statement; it prints what it rests on."""
    modules = [name.rsplit(".", 1)[0] for name in (theorem.qualified, theorem.proposition)]
    lines = [f"From Collapse Require {' '.join(m.removeprefix('Collapse.') for m in modules)}."]
    lines.append(f"Definition audited : {theorem.proposition} := {theorem.qualified}.")
    return "\n".join((*lines, "Print Assumptions audited.")) + "\n"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Lock the build folder against other processes of this machine (where the system has file locks)."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            import fcntl
        except ImportError:
            yield
            return
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Build:
    """One build folder: the files to compile, which are up to date, and the compiler's output."""

    def __init__(self, command: list[str], folder: Path, texts: dict[str, str]) -> None:
        self.command, self.folder, self.replaced = command, folder, texts
        self.texts: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self.output: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        self.version = version(command)

    def prepare(self, wanted: list[Theorem], loose: Mapping[str, str] | None = None) -> None:
        """Copy the files that the theorems, and the ``loose`` files given by path and text, need; statements
        as the catalogue has them now."""
        self.texts |= dict(loose or {})
        pending = [theorem.proof for theorem in wanted]
        pending += [name for text in self.texts.values() for name in imports(text)]
        while pending:
            file = pending.pop()
            if file not in self.texts:
                self.texts[file] = self.replaced.get(file) or record.text_of(file)
                pending += imports(self.texts[file])
        for theorem in wanted:
            self.texts[audit_file(theorem)] = audit_text(theorem)
        self.needs = {file: set(imports(text)) for file, text in self.texts.items()}
        for theorem in wanted:
            self.needs[audit_file(theorem)] = {theorem.proof, theorem.statement}

    def write(self) -> None:
        """Put the files into the build folder, those that differ only."""
        for file, text in self.texts.items():
            target = self.folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.is_file() or target.read_text(encoding="utf-8") != text:
                target.write_text(text, encoding="utf-8")

    def key(self, file: str) -> str:
        """What the compiled file depends on: the compiler and all texts under it."""
        digest = hashlib.sha256(self.version.encode())
        seen, pending = set[str](), [file]
        while pending:
            name = pending.pop()
            if name not in seen:
                seen.add(name)
                pending += self.needs[name]
        for name in sorted(seen):
            digest.update(f"{name}\n{self.texts[name]}".encode())
        return digest.hexdigest()

    def run(self, jobs: int, report: Report | None) -> None:
        """Compile every file after those that it needs, ``jobs`` at a time; ``report`` is called after
        each."""
        order = graphlib.TopologicalSorter(self.needs)
        order.prepare()
        done = 0
        running: dict[Future[None], str] = {}
        with ThreadPoolExecutor(jobs) as executor:
            while order.is_active():
                running |= {executor.submit(self.compile, file): file for file in order.get_ready()}
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    file = running.pop(future)
                    future.result()
                    done += 1
                    if report:
                        report(file, done, len(self.texts))
                    order.done(file)

    def compile(self, file: str) -> None:
        """Compile one file unless it is up to date or something under it failed."""
        below = next((name for name in sorted(self.needs[file]) if name in self.failed), None)
        if below is not None:
            self.failed[file] = self.failed[below]
            return
        stamp, key = (self.folder / file).with_suffix(".stamp"), self.key(file)
        if stamp.is_file() and (self.folder / file).with_suffix(".vo").is_file():
            known, _, output = stamp.read_text(encoding="utf-8").partition("\n")
            if known == key:
                self.output[file] = output
                return
        started = time.perf_counter()
        arguments = [*self.command, "-w", SILENCED, "-Q", ".", "Collapse", file]
        try:
            ran = subprocess.run(arguments, cwd=self.folder, capture_output=True, text=True, timeout=LIMIT)
        except subprocess.TimeoutExpired:
            self.failed[file] = f"{file}: took more than {LIMIT} s"
            return
        self.seconds[file] = time.perf_counter() - started
        if ran.returncode != 0:
            stamp.unlink(missing_ok=True)
            self.failed[file] = " ".join((ran.stderr or ran.stdout).split())[:500]
            return
        self.output[file] = ran.stdout
        stamp.write_text(f"{key}\n{ran.stdout}", encoding="utf-8")

    def outcome(self, theorem: Theorem) -> Outcome:
        """The result for one theorem, with the seconds of its three files and the reason where it is not
        checked."""
        audit, own = audit_file(theorem), (theorem.proof, theorem.statement, audit_file(theorem))
        result = Outcome(theorem, seconds=sum(self.seconds.get(file, 0.0) for file in own))
        if audit in self.failed:
            return replace(result, reason=self.failed[audit])
        if self.output.get(audit, "").strip() != CLOSED:
            return replace(
                result, reason=f"rests on {' '.join(self.output.get(audit, 'nothing').split())[:300]}"
            )
        return result


def audit_file(theorem: Theorem) -> str:
    """The file that asks Rocq what the theorem rests on."""
    return f"audit/{theorem.name}.v"
