"""Checks, before work of a known size begins, that it fits the memory of this machine.

Otherwise the operating system would end the process minutes later without a message, or the machine would
start to swap.
"""

from __future__ import annotations

import os
from pathlib import Path

from simulations.runtime.errors import InputError

UNASKED = 512 << 20
"""Bytes that are never refused, so that small work does not depend on what else the machine runs."""
_CGROUPS = Path("/sys/fs/cgroup")


def require_memory(needed: float, what: str, remedy: str, *, field: str | None = None) -> None:
    """Raises InputError where ``what`` takes ``needed`` bytes and there are fewer to be had."""
    if needed <= UNASKED:
        return
    there = available()
    if there is not None and needed > there:
        raise InputError(
            f"{what} take about {needed / 1e9:.3g} GB of memory, and {there / 1e9:.3g} GB are available; "
            f"{remedy}",
            field=field,
        )


def available() -> int | None:
    """Bytes that this process may still take: free memory, its control group's share, its own limit. None
    where the system does not report it."""
    known = [value for value in (_free(), _share(), _own_limit()) if value is not None]
    return max(0, min(known)) if known else None


def _free() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass  # not Linux, or no such line: use the number of free pages
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # no such names on Windows
        return None


def _share() -> int | None:
    """What a container leaves: of version 2 of control groups, or of version 1."""
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            text = (_CGROUPS / limit).read_text(encoding="ascii").strip()
            return int(text) - int((_CGROUPS / used).read_text(encoding="ascii"))
        except (OSError, ValueError):  # "max" is no number: there is no limit
            continue
    return None


def _own_limit() -> int | None:
    """What ``ulimit -v`` leaves."""
    try:
        import resource

        most = resource.getrlimit(resource.RLIMIT_AS)[0]
        if most == resource.RLIM_INFINITY:
            return None
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        return most - pages * resource.getpagesize()
    except (ImportError, OSError, ValueError):
        return None
