"""Reading a TOML file from an untrusted source: its size is checked before it is parsed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulations.runtime.errors import InputError, printable
from simulations.runtime.files import require_regular

LARGEST_FILE = 16 * 1024 * 1024
MOST_ENTRIES = 1_000_000
"""Each takes about a hundred bytes once parsed, whatever its length in the file."""
LONGEST_NUMBER = 1000
# The parser's time grows with the square of the number of parts of a dotted key.
_ENDLESS_KEY = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){64}""")


def read_toml(  # noqa: C901 - one clause for each thing that can be wrong with a file
    path: Path, what: str, parse_float: Callable[[str], Any] = float
) -> dict[str, Any]:
    """The tables of a file that holds ``what`` ("population", "grid").

    Raises InputError (one line: file, problem, remedy), as ``parse_float`` may do for a number.
    """
    require_regular(path, "give the path of a TOML file")
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"is larger than {LARGEST_FILE >> 20} MiB; a {what} is far smaller", file=path)
        text = path.read_bytes().decode("utf-8")
        if text.count(",") + text.count("\n") > MOST_ENTRIES:
            raise InputError(
                f"holds more than {MOST_ENTRIES} entries; a {what} is far smaller: use fewer", file=path
            )
        if _ENDLESS_KEY.search(text):
            raise InputError(f"is nested too deeply; a {what} needs three levels", file=path)
        return tomllib.loads(text, parse_float=parse_float)
    except InputError as wrong:
        raise wrong.within(path) from None
    except OSError as wrong:
        raise InputError(
            f"cannot be read: {wrong.strerror or wrong}; give the path of a TOML file", file=path
        ) from None
    except UnicodeDecodeError:
        raise InputError(f"is not a text file; a {what} is written in TOML", file=path) from None
    except RecursionError:
        raise InputError(f"is nested too deeply; a {what} needs three levels", file=path) from None
    except tomllib.TOMLDecodeError as wrong:
        raise InputError(f"is not valid TOML: {printable(str(wrong), 200)}; correct it", file=path) from None
    except ValueError as wrong:
        problem = str(wrong)
        if "digits" in problem:
            problem = f"a whole number of too many digits; use at most {LONGEST_NUMBER}"
        raise InputError(f"holds {printable(problem, 200)}; correct it", file=path) from None
