"""The check of refusals, used by the tests beside it, can itself fail."""

from __future__ import annotations

import pytest
from helpers_refusal import check_form

from simulations.runtime.errors import printable


@pytest.mark.parametrize(
    ("status", "out", "err"),
    [
        (0, "", "collapse: x; y\n"),
        (2, "{}", "collapse: x; y\n"),
        (2, "", "collapse: x; y\nand more\n"),
        (2, "", "collapse: x\n"),
        (2, "", "x; y\n"),
        (2, "", "collapse: \x1b[31m; y\n"),
        (2, "", ""),
    ],
)
def test_the_check_itself_can_fail(status: int, out: str, err: str) -> None:
    assert check_form(status, out, err) is not None


def test_printable_escapes_everything_a_terminal_obeys() -> None:
    for code in [*range(32), 127, *range(0x80, 0xA0), 0x200B, 0x202E, 0x2066, 0xFEFF]:
        assert printable(chr(code)).isascii(), hex(code)
    assert printable("Grün 日本") == "Grün 日本"
    assert len(printable("x" * 10_000)) == 400
