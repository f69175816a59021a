"""Whole commands as processes of their own, what is left of them, and what they wrote."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from test_worker_pool import alive, listening

COLLAPSE = [sys.executable, "-m", "simulations"]
SHORT = [sys.executable, str(Path(__file__).with_name("helpers_soak.py"))]
TIMES = (
    rb"; seconds by part[^<]*",  # the longest first: the order differs too
    rb'"(seconds|wall_seconds|began|ended|date|time)": [^,\n}]+',
    rb"\b\d+(\.\d+)?(e[-+]?\d+)?(\s|&nbsp;)?(s|ms|seconds|minutes|min)\b",
)
"""What may differ between two runs of one command."""


def started(*arguments: object, program: list[str] | None = None, **options: Any) -> subprocess.Popen[str]:
    """The command in a session of its own, with its pipes."""
    return subprocess.Popen(
        [*(COLLAPSE if program is None else program), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=listening,
        **options,
    )


def of_session(number: int) -> list[int]:
    """Processes that a command has started, itself included."""
    processes = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and alive(int(path.name)):
            try:
                fields = (path / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            processes += [int(path.name)] if int(fields[3]) == number else []
    return processes


def statuses(name: str) -> set[int]:
    """What a command killed by the signal ``name`` ends with: it may have been done just before."""
    number = getattr(signal, name)
    return {0, -number} if name == "SIGKILL" else {0, -number, 128 + number}


def written(folder: Path) -> dict[str, object]:
    """Everything in a folder by its relative path, without the times in it."""
    contents: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            contents[str(path.relative_to(folder))] = (
                _checkpoint(content) if path.suffix == ".pt" else content
            )
    return {name: _timeless(content) for name, content in contents.items()}


def _timeless(content: object) -> object:
    if isinstance(content, bytes) and not content.startswith((b"\x89PNG", b"PK")):
        for times in TIMES:
            content = re.sub(times, b"TIME", content)
    return content


def _checkpoint(content: bytes) -> object:
    """A checkpoint of torch as plain data, whose file holds the seconds too."""
    import torch

    state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    del state["seconds"]
    return _plain(state)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return value.numpy().tobytes() if hasattr(value, "numpy") else value
