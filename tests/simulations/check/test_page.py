"""The page of `check`, and the whole command on a false bound and on statements of other kinds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulations import cli
from simulations.attack.probing.orders import orders
from simulations.attack.probing.regimes import read
from simulations.attack.probing.results import Probed
from simulations.attack.probing.search import search_law, spread_of
from simulations.attack.probing.stars import MovedMean, SteppingSimplex
from simulations.jobs.check.checked import CheckedBound
from simulations.jobs.check.matrix import measure, sharpest
from simulations.jobs.check.other_kinds import check_other_kind
from simulations.plugins.load import load_extension
from simulations.populations import load
from simulations.report.pages.check import write

FALSE = """import sympy as sp
from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import PairBound, derived
from theory.quantities import d, k, lam_i, n, v_i, v_j
capped = PairBound(
    name="capped",
    title="At most three other classes count",
    statement=(4 * lam_i + (v_i + v_j) / n) / d**2 * sp.Min(1, 1 / (k - 1)),
    assumptions=(FiniteVariance(), DistinctMeans()),
    provenance=derived("false on purpose"),
)
"""


@pytest.mark.slow
def test_the_page_says_what_was_searched_and_what_refutes(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(FALSE, encoding="utf-8")
    extension = load_extension(file)
    bound = extension.bound("capped")
    regimes = read(bound)
    spread = spread_of(bound, regimes)
    laws = tuple(
        search_law(bound, law, spread, regimes.comparisons) for law in (SteppingSimplex(), MovedMean())
    )
    cells = tuple(measure(str(file), "point against rare atom", 1.0, 1))
    checked = CheckedBound(
        bound,
        cells,
        None,
        None,
        tuple(sharpest(bound, cells)),
        None,
        Probed(regimes, laws),
        orders(bound),
    )
    assert any("simplex with steps" in line for line in checked.violations)
    assert any("the fastest proved bound" in line for line in checked.warnings)
    page = write([checked], file, tmp_path / "out").read_text(encoding="utf-8")
    for text in (
        "Regimes searched",
        "ways: changes at 2",
        "no finite number of shots above ",
        "simplex with steps",
        "Against the catalogue",
        "cdnv_sharp",
        "is below the error",
        '<p class="verdict bad">VIOLATED: capped = ',
        "collapse evaluate ",
        "one mark a setting",
    ):
        assert text in page, text
    assert page.count("<svg") >= 2
    witness = tmp_path / "out" / "witnesses" / "capped-simplex-with-steps.toml"
    population = load(witness)
    assert population.classes > 2
    assert 'bound = "capped"' in witness.read_text(encoding="utf-8")


def test_the_page_of_another_kind(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from dataclasses import replace\nfrom theory.catalogue import u_statistic_kl\n"
        "mine = replace(u_statistic_kl, name='mine')\n",
        encoding="utf-8",
    )
    extension = load_extension(file)
    bound = extension.bound("mine")
    findings = check_other_kind(extension, bound, 1, True)
    checked = CheckedBound(bound, (), None, None, (), None, findings=findings)
    assert checked.violations == ()
    page = write([checked], file, tmp_path / "out").read_text(encoding="utf-8")
    assert "What was checked" in page and "is rejected, as it must be" in page
    assert "Against the catalogue" not in page


@pytest.mark.slow
def test_a_false_bound_fails_the_quick_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.py"
    file.write_text(FALSE, encoding="utf-8")
    status = cli.main(["check", str(file), "--quick", "--out", str(tmp_path / "out"), "--json"])
    printed = capsys.readouterr()
    assert status == 1, printed.err
    (verdict,) = json.loads(printed.out)["checks"]
    assert verdict["verdict"].startswith("VIOLATED: capped = ")
    assert Path(verdict["counterexample"]["witness"]).is_file()
    assert "tasks to the first answer" in printed.err
    assert verdict["attack"] is None and verdict["properties"] is None
    assert verdict["probes"]["nearest"]["ratio"] > 10
    assert verdict["probes"]["not_searched"].startswith("no finite number of shots above")
    assert any("of regime" not in line and "proved bound" in line for line in verdict["warnings"])
