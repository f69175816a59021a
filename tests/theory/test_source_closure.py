"""The import closure is read off the source, and holds whatever a run would load."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import theory
from theory import source_closure
from theory.source_closure import UnreadableImport, digest, modules

ROOT = Path(theory.__file__).parents[1]
TRACE = """
import json, sys
{code}
print(json.dumps([name for name in sys.modules if name.split(".")[0] in {packages!r}]))
"""


def traced(code: str, packages: tuple[str, ...] = source_closure.FIRST_PARTY, root: Path = ROOT) -> set[str]:
    """First-party modules that running ``code`` in a fresh process loads."""
    ran = subprocess.run(
        [sys.executable, "-c", TRACE.format(code=code, packages=packages)],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(ran.stdout.splitlines()[-1]))


@pytest.mark.parametrize("module", ["theory.geometry", "theory.catalogue", "simulations.engines"])
def test_the_closure_holds_what_an_import_loads(module: str) -> None:
    loaded = traced(f"import {module}")
    assert loaded <= set(modules([module])) and len(loaded) > 3


def test_the_comparison_sees_a_module_that_is_left_out() -> None:
    assert "theory.quantities" in traced("import theory.catalogue") - set(
        modules(["theory.catalogue"], stop=["theory.quantities"])
    )


PACKAGE = {
    "toy/__init__.py": """
import importlib
_HOMES = {"lazy": "toy.lazy_home"}
def __getattr__(name):
    if name in _HOMES:
        return importlib.import_module(_HOMES[name])
    raise AttributeError(name)
""",
    "toy/lazy_home.py": "VALUE = 1\n",
    "toy/top.py": """
from __future__ import annotations
from typing import TYPE_CHECKING
from toy.plain import x
from .relative import y
if TYPE_CHECKING:
    from toy.types_only import Z
def f():
    from toy.inside import w
    return w
""",
    "toy/plain.py": "import toy.behind as b\nx = b.x\n",
    "toy/behind.py": "x = 1\n",
    "toy/relative.py": "from . import sibling\ny = 1\n",
    "toy/sibling.py": "from toy import lazy\n",
    "toy/inside.py": "w = 1\n",
    "toy/types_only.py": "Z = int\n",
    "toy/apart.py": "n = 1\n",
    "toy/computed.py": "import importlib\nm = importlib.import_module('toy.' + 'plain')\n",
    "toy/named.py": "import importlib\nm = importlib.import_module('toy.plain')\n",
    "toy/reads/__init__.py": "import os\nT = open(os.path.dirname(__file__) + '/table.txt').read()\n",
    "toy/reads/table.txt": "1 2 3\n",
}


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in PACKAGE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(source_closure, "FIRST_PARTY", ("toy",))
    return tmp_path


def test_each_way_of_importing_is_followed(toy: Path) -> None:
    names = set(modules(["toy.top"]))
    assert names == {
        "toy",
        *(f"toy.{name}" for name in ("top", "plain", "behind", "relative", "sibling", "inside", "lazy_home")),
    }
    assert traced("import toy.top; toy.top.f()", ("toy",), toy) <= names
    assert set(modules(["toy.named"])) == {"toy", "toy.named", "toy.plain", "toy.behind"}


def test_an_import_that_cannot_be_read_is_refused(toy: Path) -> None:
    with pytest.raises(UnreadableImport, match=r"toy\.computed, line 2"):
        modules(["toy.computed"])
    with pytest.raises(ModuleNotFoundError):
        modules(["toy.nothing"])


def test_one_line_in_any_file_changes_the_digest_and_no_other_file_does(toy: Path) -> None:
    roots, inside = ["toy.top", "toy.reads"], set(modules(["toy.top", "toy.reads"]))
    for name in PACKAGE:
        before, path = digest(roots), toy / name
        text = path.read_text()
        path.write_text(text + "# another line\n")
        module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        belongs = module in inside or name == "toy/reads/table.txt"
        assert (digest(roots) != before) == belongs, name
        path.write_text(text)
        assert digest(roots) == before
