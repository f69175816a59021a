from __future__ import annotations

import pytest

from simulations.engines.pool import sweeps


@pytest.fixture
def fewer_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of the episodes, for tests of what is measured and shown, not of how well it is known."""
    monkeypatch.setattr(sweeps, "MOST_GROUPS", sweeps.MOST_GROUPS // 4)
