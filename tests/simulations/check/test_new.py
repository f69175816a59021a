"""`collapse new`: what it writes is accepted by `check` as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulations import cli
from simulations.cli.new import KINDS
from simulations.jobs.check.plugin_checks import check_plugin
from simulations.jobs.check.run_checks import mistakes, probe_law
from simulations.plugins.load import load_extension


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_file_loads_without_a_mistake(
    kind: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["new", kind, "my_own"]) == 0
    assert "collapse check my_own.py" in capsys.readouterr().out
    extension = load_extension(folder / "my_own.py")
    assert mistakes(extension) == []
    assert {"bound": extension.bounds, "population": extension.populations, "engine": extension.engines}[kind]
    text = (folder / "my_own.py").read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 110 and "{" + "NAME}" not in text


def test_the_new_bound_passes_the_probes(folder: Path) -> None:
    cli.main(["new", "bound", "my_own"])
    search = probe_law(str(folder / "my_own.py"), "my_own", 2, 5.0)
    assert search.applied and search.broken is None


def test_the_new_population_and_engine_pass_the_check(folder: Path) -> None:
    for kind, name in (("population", "squares"), ("engine", "plain")):
        cli.main(["new", kind, name])
    population = check_plugin(str(folder / "squares.py"), "example", 1)
    assert population.violations == () and population.compared > 20
    engine = check_plugin(str(folder / "plain.py"), "plain", 1)
    assert engine.violations == () and engine.compared > 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["theorem", "x"], "is unknown; use bound or population or engine"),
        (["bound", "My-Bound"], "is not a valid name"),
        (["bound", "class"], "is not a valid name"),
        (["bound", "there"], "exists already"),
        (["bound", "exact_moment"], "'exact_moment' is in use by this package"),
        (["population", "simplex_etf"], "'simplex_etf' is in use by this package"),
        (["engine", "direct"], "'direct' is in use by this package"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "there.py").write_text("", encoding="utf-8")
    assert cli.main(["new", *arguments]) == 2
    assert message in capsys.readouterr().err
