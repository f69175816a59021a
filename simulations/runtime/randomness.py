"""One root seed; counter-based streams by the path of the work, so that numbers do not depend on workers.

No global seed is ever read or set.
"""

from __future__ import annotations

import hashlib

import numpy as np

ROOT_SEED = 20220425
"""Default root seed of every command (the week of ICLR 2022)."""


def stream(seed: int, *path: object) -> np.random.Generator:
    """The Philox stream of ``path`` (names and numbers) under the root ``seed``."""
    return np.random.Generator(np.random.Philox(_sequence(seed, path)))


def key(seed: int, *path: object) -> tuple[int, int]:
    """The same by a key of two 32-bit words, for generators that are not NumPy's."""
    low, high = _sequence(seed, path).generate_state(2, np.uint32)
    return int(low), int(high)


def _sequence(seed: int, path: tuple[object, ...]) -> np.random.SeedSequence:
    digest = hashlib.sha256("/".join(map(str, path)).encode()).digest()
    words = tuple(int.from_bytes(digest[start : start + 4], "little") for start in range(0, 16, 4))
    return np.random.SeedSequence(seed, spawn_key=words)
