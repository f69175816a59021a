"""The whole catalogue is checked once for all tests of a process."""

from __future__ import annotations

import time

import pytest

from proofs import Ledger, prove


@pytest.fixture(scope="session")
def proved() -> tuple[dict[str, Ledger], float]:
    """All ledgers by name, and the processor time they took."""
    started = time.process_time()
    ledgers = {ledger.name: ledger for ledger in prove()}
    return ledgers, time.process_time() - started
