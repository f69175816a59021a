"""Which source files made a value: those of a module and of everything that it imports, read without running.

A key or fingerprint that hashes them changes whenever any of them does; no list is kept by hand. Imports
inside functions count, imports for type checkers alone do not. Where a package looks names up lazily
(``__getattr__``), the modules that it names as strings count for whoever asks it for such a name. A module
whose imports cannot be read off (``import_module`` of a computed name) is refused. A module that mentions
``__file__`` reads files beside it: those in its folder count as well.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FIRST_PARTY = ("theory", "proofs", "simulations")
"""Packages whose files are followed, beside those of the modules asked for."""
DYNAMIC = ("import_module", "__import__", "iter_modules", "walk_packages")


class UnreadableImport(ValueError):
    """A module imports something that cannot be determined without running it."""


@dataclass(frozen=True)
class _Request:
    """``from module import names`` (names empty for a plain ``import``), ``level`` dots before it."""

    module: str
    names: tuple[str, ...]
    level: int


@dataclass(frozen=True)
class _Source:
    """What can be read off a module's text: its imports, the names that it binds, and how it looks others
    up."""

    requests: tuple[_Request, ...]
    bound: frozenset[str]
    lazy: bool
    strings: tuple[str, ...]
    unreadable: int | None
    reads_files: bool


def modules(roots: Iterable[str], stop: Iterable[str] = ()) -> dict[str, Path]:
    """Files by module name: ``roots`` and all that they import, but nothing of ``stop`` or behind it.

    Raises ModuleNotFoundError when a root has no source, and UnreadableImport.
    """
    requested, barred = list(roots), set(stop)
    packages = {*FIRST_PARTY, *(name.split(".")[0] for name in requested)}
    for name in requested:
        if _file(name) is None:
            raise ModuleNotFoundError(f"no source of {name}")
    files: dict[str, Path] = {}
    waiting = [ancestor for name in requested for ancestor in _with_parents(name)]
    while waiting:
        name = waiting.pop()
        file = None if name in files or name in barred or name.split(".")[0] not in packages else _file(name)
        if file is None:
            continue
        files[name] = file
        source = _source(file.read_bytes())
        if source.unreadable is not None:
            raise UnreadableImport(
                f"{name}, line {source.unreadable}: what is imported there cannot be read off the source"
            )
        for wanted in _imported(name, file, source):
            waiting.extend(_with_parents(wanted))
    return files


def digest(roots: Iterable[str], stop: Iterable[str] = ()) -> str:
    """SHA-256 over the files of ``modules`` and over the files beside those that read some."""
    total = hashlib.sha256()
    for name, file in sorted(modules(roots, stop).items()):
        content = file.read_bytes()
        beside = _data_files(file.parent) if _source(content).reads_files else ()
        for part, data in ((name, content), *((f"{name}/{path.name}", path.read_bytes()) for path in beside)):
            total.update(f"{part}\0".encode())
            total.update(hashlib.sha256(data).digest())
    return total.hexdigest()


def _data_files(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix not in (".py", ".pyc") and "__pycache__" not in path.parts and path.is_file()
    ]


def _with_parents(name: str) -> Iterator[str]:
    """Importing a.b.c runs a and a.b as well."""
    parts = name.split(".")
    return (".".join(parts[: k + 1]) for k in range(len(parts)))


def _file(name: str) -> Path | None:
    """The source file of a module, found by its path: nothing is imported for it."""
    loaded = getattr(sys.modules.get(name), "__file__", None)
    if loaded is not None and loaded.endswith(".py"):
        return Path(loaded)
    first, *rest = name.split(".")
    try:
        top = importlib.util.find_spec(first)
    except (ImportError, ValueError):
        return None
    if top is None or top.origin is None:
        return None
    if not rest:
        return Path(top.origin) if top.origin.endswith(".py") else None
    for place in top.submodule_search_locations or ():
        path = Path(place).joinpath(*rest)
        for candidate in (path / "__init__.py", path.with_suffix(".py")):
            if candidate.is_file():
                return candidate
    return None


def _imported(name: str, file: Path, source: _Source) -> Iterator[str]:
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for request in source.requests:
        base = request.module
        if request.level:
            above = package.split(".")[: len(package.split(".")) - request.level + 1]
            base = ".".join([*above, *([request.module] if request.module else [])])
        yield base
        for wanted in request.names:
            yield from _attribute(base, wanted)


def _attribute(base: str, wanted: str) -> Iterator[str]:
    """Modules behind the name ``wanted`` of the module ``base``."""
    submodule = f"{base}.{wanted}"
    if _file(submodule) is not None:
        yield submodule
        return
    home = _file(base) if base.split(".")[0] in FIRST_PARTY else None
    if home is None:
        return
    there = _source(home.read_bytes())
    if wanted == "*" or (there.lazy and wanted not in there.bound):
        for text in there.strings if there.lazy else ():
            yield from (name for name in (text, f"{base}.{text}") if _file(name) is not None)


@lru_cache(maxsize=4096)
def _source(content: bytes) -> _Source:
    tree = ast.parse(content)
    reader = _Reader()
    reader.visit(tree)
    lazy = any(isinstance(node, ast.FunctionDef) and node.name == "__getattr__" for node in tree.body)
    strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    named = tuple(text for text in strings if isinstance(text, str) and _module_like(text))
    for alias, module in reader.plain.items():
        reader.requests.append(_Request(module, tuple(sorted(reader.attributes.get(alias, ()))), 0))
    return _Source(
        tuple(reader.requests),
        frozenset(reader.bound(tree)),
        lazy,
        named if lazy else (),
        reader.unreadable,
        b"__file__" in content or b"importlib.resources" in content,
    )


def _module_like(text: str) -> bool:
    return bool(text) and all(part.isidentifier() for part in text.split("."))


class _Reader(ast.NodeVisitor):
    def __init__(self) -> None:
        self.requests: list[_Request] = []
        self.plain: dict[str, str] = {}
        self.attributes: dict[str, set[str]] = {}
        self.unreadable: int | None = None

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.requests.append(_Request(alias.name, (), 0))
            # ``import a.b`` binds a; ``import a.b as c`` binds a.b.
            self.plain[alias.asname or alias.name.split(".")[0]] = (
                alias.name if alias.asname else alias.name.split(".")[0]
            )

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        names = tuple(alias.name for alias in node.names)
        self.requests.append(_Request(node.module or "", names, node.level))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name):
            self.attributes.setdefault(node.value.id, set()).add(node.attr)
        self.generic_visit(node)

    def visit_If(self, node: ast.If) -> None:
        test = node.test
        if getattr(test, "id", getattr(test, "attr", None)) == "TYPE_CHECKING":
            for other in node.orelse:
                self.visit(other)
        else:
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name == "__getattr__":
            before = self.unreadable
            self.generic_visit(node)
            self.unreadable = before  # its strings are followed instead
        else:
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        called = getattr(node.func, "attr", getattr(node.func, "id", None))
        if called in DYNAMIC:
            first = node.args[0] if node.args else None
            if called == "import_module" and isinstance(first, ast.Constant) and isinstance(first.value, str):
                self.requests.append(_Request(first.value, (), 0))
            else:
                self.unreadable = node.lineno
        self.generic_visit(node)

    @staticmethod
    def bound(tree: ast.Module) -> Iterator[str]:
        """Names that the module binds at its top level."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
            elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                yield node.name
            elif isinstance(node, ast.Import | ast.ImportFrom):
                yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
