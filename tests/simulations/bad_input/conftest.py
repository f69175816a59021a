"""The fixture ``refuse``: run the command on wrong input and check the form of its refusal."""

from __future__ import annotations

import warnings

import pytest
from helpers_refusal import Refusal, check_form

from simulations import cli


@pytest.fixture
def refuse(capsys: pytest.CaptureFixture[str]) -> Refusal:
    """Run the command, check that it refuses in the agreed form, and return its one line."""

    def run(*arguments: object) -> str:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            status = cli.main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert check_form(status, printed.out, printed.err) is None, (status, printed.out, printed.err)
        assert not caught, [str(each.message) for each in caught]
        return printed.err.rstrip("\n")

    return run
