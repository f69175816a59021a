"""Rules of this project that no linter has: short functions, telling names, and a reason for whatever
silences a check."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
FLOORS = ("theory", "proofs", "simulations")
LONGEST = 60
"""Lines of a function. Its docstring isn't counted, nor are the options of a verb: they are its help."""
SILENCERS = (
    re.compile(r"# (?:ruff: )?noqa: [A-Z0-9, ]+(?P<reason> - \S.*)?$"),
    re.compile(r"# type: ignore\[[a-z, -]+\](?P<reason>  # \S.*)?$"),
)
UNTELLING = frozenset(
    (
        "told",
        "said",
        "held",
        "made",
        "found",
        "asked",
        "taken",
        "drawn",
        "judged",
        "sought",
        "newcomer",
        "spoiled",
    )
)
"""Participles and filler that name a value without saying what it is."""
STORED = {("simulations/experiments/network/training/recipe.py", "held")}
"""Names that recorded files have as keys."""
parsed = cache(ast.parse)
"""Several rules walk the same trees."""
BARE = re.compile(r"# (?:noqa|type: ignore)\s*$")


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    """Names and texts of the Python files."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef, *, options: bool) -> int:
    """Its lines of code, with its parameters where ``options`` says so."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not body:
        return 0
    whole = (function.end_lineno or 0) - body[0].lineno + 1
    return whole + (function.body[0].lineno - function.lineno if options else 0)


def too_long(name: str, text: str) -> list[str]:
    """Functions of more than ``LONGEST`` lines."""
    verb = name.startswith("simulations/cli/")
    functions = (n for n in ast.walk(parsed(text)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return [
        f"{name}: {function.name} has {lines} lines"
        for function in functions
        if (lines := lines_of(function, options=not (verb and function.name == "run"))) > LONGEST
    ]


def without_reason(name: str, text: str) -> list[str]:
    """Lines that silence a linter, the type checker or an exception and don't say why."""
    unexplained_lines = []
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        silences = next((match for rule in SILENCERS if (match := rule.search(line))), None)
        unexplained = silences is not None and silences["reason"] is None
        swallowed = line.strip() == "pass" and lines[number - 2].lstrip().startswith("except")
        if unexplained or swallowed or BARE.search(line):
            unexplained_lines.append(f"{name}:{number}: {line.strip()}")
    return unexplained_lines


def bound_names(text: str) -> Iterator[tuple[int, str]]:
    """Line and name of whatever a module gives a name to, but for what it imports."""
    for node in ast.walk(parsed(text)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.lineno, node.name
            case ast.arg():
                yield node.lineno, node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.lineno, node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.lineno, node.attr


def untelling(name: str, text: str) -> list[str]:
    """Names of functions, classes, fields, arguments and variables that do not describe what they hold."""
    return [
        f"{name}:{line}: {each}"
        for line, each in bound_names(text)
        if each.strip("_").lower() in UNTELLING and (name, each) not in STORED
    ]


def test_functions_are_short() -> None:
    assert [line for name, text in sources(*FLOORS) for line in too_long(name, text)] == []


def test_a_long_function_is_found() -> None:
    """The control: one line too many, but not in a docstring."""
    body = "    x = 1\n" * (LONGEST - 1)
    assert too_long("a.py", f'def f():\n    """\n{body}    """\n{body}') == []
    assert too_long("a.py", f"def f():\n    y = 2\n{body}") == [f"a.py: f has {LONGEST + 1} lines"]


def test_names_say_what_is_named() -> None:
    assert [line for name, text in sources(*FLOORS, "tests") for line in untelling(name, text)] == []


def test_names_in_tests_are_looked_at() -> None:
    """The control: this file is among those the rule reads, and a line more in it is refused."""
    name = str(Path(__file__).relative_to(ROOT))
    text = dict(sources(*FLOORS, "tests"))[name]
    assert untelling(name, text) == []
    assert len(untelling(name, text + "\nfound = 1\n")) == 1


def test_a_name_that_says_nothing_is_found() -> None:
    """The control: every kind of thing that has a name, and words that only hold one of these."""
    kinds = (
        "def told():\n    return 1",
        "class Found:\n    pass",
        "class A:\n    held: int",
        "def f(asked):\n    return asked",
        "f = lambda drawn: drawn",
        "for made in (1, 2):\n    print(made)",
        "with open('a') as _said:\n    pass",
        "a = [taken for taken in (1, 2)]",
        "self.judged = 1",
        "if found := f():\n    pass",
    )
    for text in kinds:
        assert len(untelling("a.py", text)) == 1, text
    assert untelling("a.py", "pairs_found = held_out = drawn_rows = seen = f(found=1)") == []


def test_whatever_silences_a_check_says_why() -> None:
    assert [line for name, text in sources(*FLOORS) for line in without_reason(name, text)] == []
    tests = (line for name, text in sources("tests") for line in without_reason(name, text))
    # Types of tests are not checked; what ignores them only marks where a test is wrong on purpose.
    assert [line for line in tests if "type: ignore[" not in line and __name__ not in line] == []


def test_silence_without_a_reason_is_found() -> None:
    """The control: every kind, without and with its reason."""
    silent = ["x = 1  # noqa: E501", "x = f()  # type: ignore[misc]", "x = 1  # noqa", "# ruff: noqa: F401"]
    for line in silent:
        assert without_reason("a.py", line) == [f"a.py:1: {line}"]
    explained = [
        "x = 1  # noqa: E501 - a URL",
        "x = f()  # type: ignore[misc]  # untyped",
        "# ruff: noqa: F401 - a",
    ]
    for line in explained:
        assert without_reason("a.py", line) == []
    assert without_reason("a.py", "try:\n    f()\nexcept OSError:\n    pass") == ["a.py:4: pass"]
    assert without_reason("a.py", "try:\n    f()\nexcept OSError:\n    pass  # not there") == []
