"""`collapse check`: the README's example, authors' mistakes, false bounds, and plug-in packages."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from simulations import cli
from simulations.attack.hunt import hunt
from simulations.attack.records import Hunt
from simulations.attack.target import Target
from simulations.cli.check_show import document
from simulations.jobs.check.checked import CheckedBound, verdict_of
from simulations.jobs.check.matrix import measure
from simulations.jobs.check.matrix import sharpest as _sharpest
from simulations.jobs.check.plugin_checks import check_plugin
from simulations.jobs.check.properties import Properties, check_properties
from simulations.jobs.check.proving import prove
from simulations.jobs.check.run_checks import mistakes
from simulations.jobs.check.statement_mistakes import problems
from simulations.plugins.fields import wrong_field
from simulations.plugins.load import load_extension
from simulations.populations import from_spec
from simulations.report.pages.check import write
from theory import catalogue
from theory.quantities import d, lam_i, v_i

ROOT = Path(__file__).resolve().parents[3]
HEAD = """from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import PairBound, derived
from theory.quantities import d, lam_i, M4_i, n, v_i, v_j, local
"""


def readme_example() -> str:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (example,) = [block for block in blocks if block.startswith("# my_bound.py")]
    return example


def a_bound(name: str, statement: str, assumptions: str = "FiniteVariance(), DistinctMeans()") -> str:
    return HEAD + (
        f"b = PairBound(name={name!r}, statement={statement}, assumptions=({assumptions},), "
        "provenance=derived('a test'))\n"
    )


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = cli.main(["check", *arguments])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


# -- the example of the README ---------------------------------------------------------------------
@pytest.mark.slow
def test_the_readme_example_passes(tmp_path: Path) -> None:
    example = readme_example()
    assert len(example.splitlines()) < 40
    file = tmp_path / "my_bound.py"
    file.write_text(example, encoding="utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "simulations", "check", str(file), "--out", str(tmp_path / "out")),
            *("--seconds", "2", "--jobs", "2", "--json"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    (result,) = json.loads(done.stdout)["checks"]
    assert result["verdicts"]["holds"] > 20
    assert result["properties"]["applied"] > 20
    assert 0 < result["attack"]["ratio"] < 1
    assert result["sharpest"]["compared"] > 50
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "LogConcave" in page
    assert page.count("<svg") >= 2
    assert (tmp_path / "out" / "witnesses" / "log_concave.toml").is_file()


# -- authors' mistakes ------------------------------------------------------------------------------
MISTAKES = {
    "from theory.quantities import lam\n": "line 1: `lam` is not a quantity; did you mean `lam_i`?",
    HEAD + "x = lam_1 / d\n": "`lam_1` is not defined; did you mean `lam_i`?",
    HEAD + "x = (\n": "line 4: '(' was never closed; correct it",
    HEAD + "raise SystemExit(0)\n": "line 4: SystemExit: 0; correct it",
    HEAD: "defines no Bound, Population or Engine",
    a_bound("cdnv_sharp", "v_i / d**2"): "`cdnv_sharp` is the name of a catalogue entry",
    a_bound("m", "M4_i / d**4"): "uses `M4_i`",
    a_bound("m", "v_i / d**2", "FiniteVariance()"): "add DistinctMeans()",
    a_bound("m", "v_i / d"): "scales like length^1, but a bound on an error has no unit; divide by d\n",
    a_bound("m", "(v_i + d) / d**2"): "adds or compares",
    "from dataclasses import replace\nfrom theory.catalogue import exact_moment\n"
    "b = replace(exact_moment, name='m', where=exact_moment.where[1:])\n": (
        "`EM` is not a quantity; exact_moment defines it for itself; to use it pass that on: "
        "where=exact_moment.where"
    ),
    a_bound("m", "local('vi', 'typo') / d**2"): "`vi` is not a quantity; did you mean `v_i`?",
    HEAD
    + "from theory.assumptions import Assumption\n"
    + "class Nobody(Assumption):\n    sentence = 'nobody satisfies this'\n"
    + a_bound("m", "v_i / d**2", "Nobody(), FiniteVariance(), DistinctMeans()"): (
        "no population here satisfies Nobody"
    ),
    a_bound("m", "v_i / d**2, kind='uper'"): "b: `kind` is 'uper': input should be 'upper', ",
    a_bound("m", "v_i / d**2, title=3"): "b: `title` is 3: input should be a valid string",
    a_bound("m", "v_i / d**2").replace("derived('a test')", "None"): "b: `provenance` is None: ",
    HEAD
    + "from theory.assumptions import MinimumShots\n"
    + a_bound("m", "v_i / d**2", "MinimumShots('5'), FiniteVariance(), DistinctMeans()"): (
        "MinimumShots takes a number of at least 1, or math.inf, not '5'"
    ),
    a_bound("../m", "v_i / d**2"): "b: `name` is '../m'; write at most 80 letters",
    a_bound("m", "v_i / d**2").replace("'a test'", "5"): "b: `provenance`: `source` is 5: input should be",
    HEAD
    + "from theory.assumptions import Assumption\n"
    + "class Own(Assumption):\n    sentence = 'typo'\n    implies = ('Gausian',)\n"
    + a_bound("m", "v_i / d**2", "Own(), FiniteVariance(), DistinctMeans()"): (
        "Own: `implies` names 'Gausian', which is no assumption"
    ),
    HEAD
    + "from theory.assumptions import Assumption\n"
    + "class Own(Assumption):\n    sentence = 'x'\n    def holds(population):\n        return True\n"
    + a_bound(
        "m", "v_i / d**2", "Own(), FiniteVariance(), DistinctMeans()"
    ): "Own: `holds` is no static method",
    HEAD
    + "from theory.assumptions import Assumption\n"
    + "class Own(Assumption):\n    sentence = 'x'\n    @staticmethod\n    def holds(population):\n"
    + "        return population.none\n"
    + a_bound("m", "v_i / d**2", "Own(), FiniteVariance(), DistinctMeans()"): ("Own: `holds` fails on a "),
    HEAD
    + "from theory.bound import ExistenceStatement\n"
    + a_bound("m", "v_i / d**2, kind='existence', of='nobound'").replace(
        "PairBound(", "ExistenceStatement("
    ): ("`of`: no statement is called 'nobound'"),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_reported_in_one_line(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(text, encoding="utf-8")
    status, out, err = run([str(file), "--out", str(tmp_path / "out")], capsys)
    assert status == 2
    assert out == ""
    assert MISTAKES[text] in err
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run([str(tmp_path / "none.py")], capsys)
    assert status == 2
    assert "is not a file" in err


def test_a_file_that_fails_leaves_no_quantities_behind(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    text = "from theory.quantities import quantity\nq = quantity('q_new', 'new', 'variances', 'i')\n"
    file.write_text(text + "boom\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(ValueError, match="line 3: `boom` is not defined"):
            load_extension(file)


def test_the_catalogue_itself_has_no_mistakes() -> None:
    for bound in catalogue.STATEMENTS:
        assert problems(dataclasses.replace(bound, name="another")) == [], bound.name
        assert wrong_field(bound) is None


# -- false bounds are caught --------------------------------------------------------------------------
def test_properties_catch_a_false_bound() -> None:
    sharp = catalogue.get("cdnv_sharp")
    assert check_properties(sharp, 1, draws=1).violations == ()
    false = dataclasses.replace(sharp, name="false", statement=lam_i / d**2)
    assert any("below the error" in line for line in check_properties(false, 1, draws=1).violations)


def test_properties_catch_a_bound_that_depends_on_the_unit() -> None:
    """Beside the check of dimensions: an offset in the features changes nothing either."""
    wrong = dataclasses.replace(catalogue.get("cdnv_sharp"), name="wrong", statement=v_i / d)
    assert any("scales like length^1" in line for line in problems(wrong))


def test_a_false_bound_is_violated_with_its_numbers(tmp_path: Path) -> None:
    """The battery without its matrix (that runs in the test of the README's example)."""
    file = tmp_path / "mine.py"
    file.write_text(a_bound("too_small", "3 * lam_i / d**2 + (v_i + v_j) / (2 * n * d**2)"), encoding="utf-8")
    extension = load_extension(file)
    bound = extension.bound("too_small")
    attacked = hunt(Target("too_small", str(file)), seed=1, lattices=0)
    checked = CheckedBound(bound, (), check_properties(bound, 1, draws=1), attacked, (), None)
    assert attacked.refuted and attacked.exact is not None
    assert sum("is below the error" in line for line in checked.violations) >= 2
    assert document(checked)["attack"]["refuted"]
    page = write([checked], file, tmp_path / "out")
    assert "is below the error" in page.read_text(encoding="utf-8")


def test_a_refuted_bound_is_sharpest_nowhere(tmp_path: Path) -> None:
    """Half of exact_moment is below every catalogue bound somewhere, and below the error as well."""
    file = tmp_path / "mine.py"
    file.write_text(
        "from dataclasses import replace\nfrom theory.catalogue import exact_moment\n"
        "half, whole = (replace(exact_moment, name=name, statement=exact_moment.statement * c)\n"
        "               for name, c in (('half', 0.5), ('whole', 1)))\n",
        encoding="utf-8",
    )
    extension = load_extension(file)
    cells = measure(str(file), "point against rare atom", 1.0, 1)
    checks = {}
    for name in ("half", "whole"):
        bound = extension.bound(name)
        attacked, calm = Hunt(name, None, None, "", 0, 0, 0.0, 1), Properties(1, 1, 0.5, ())
        checks[name] = CheckedBound(bound, tuple(cells), calm, attacked, tuple(_sharpest(bound, cells)), None)
    assert len(checks["half"].sharpest) == 1 and checks["half"].sharpest[0][1] < checks["half"].sharpest[0][3]
    assert checks["half"].violations and checks["half"].wins == ()
    assert "not ranked: it is violated" in checks["half"].standing
    assert document(checks["half"])["sharpest"] == {"compared": 1, "ties": 0, "at": []}
    # Equal to exact_moment, so sharper than nothing.
    assert checks["whole"].violations == () and checks["whole"].wins == () and checks["whole"].ties == 1
    assert checks["whole"].standing == (
        "sharpest at 0 of 1 settings where it has a value, equal to the sharpest at 1"
    )


def test_a_proof_of_another_statement_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    proof = "from proofs.few_shot.cdnv_sharp import proof\n"
    right = a_bound("mine", "(4 * lam_i + (v_i + v_j) / n) / d**2") + proof
    file.write_text(right, encoding="utf-8")
    extension = load_extension(file)
    assert prove(extension, extension.bound("mine")).verdict == "checked"
    smaller = dataclasses.replace(extension.bound("mine"), statement=3 * lam_i / d**2)
    assert prove(extension, smaller).verdict == "failed"


# -- assumptions, populations, families and engines of a file ---------------------------------------------
EVERYTHING_NEW = (
    HEAD
    + """
from dataclasses import dataclass
from typing import Literal

from simulations.engines.base import Engine
from simulations.estimates import Effort, Estimate, Exact
from simulations.populations.base import Spec
from simulations.populations.finite_support import FiniteSupport
from theory.assumptions import Assumption


class CoinsSpec(Spec):
    family: Literal["two_coins"]
    apart: float

    def build(self):
        return Coins(self.apart)


class Coins(FiniteSupport):
    family = "two_coins"

    def __init__(self, apart):
        self.apart = apart
        super().__init__([[[0], [1]], [[apart], [apart + 1]]], [[0.5, 0.5]] * 2)

    def spec(self):
        return {"family": "two_coins", "apart": self.apart}


@dataclass(frozen=True)
class FairCoins(Assumption):
    sentence = "every class is a fair coin"

    @staticmethod
    def holds(population):
        return population.family == "two_coins"


class CoinEngine(Engine):
    name = "coin_engine"
    rank = -1

    def refusal(self, population, question, budget):
        coins = population.family == "two_coins" and population.apart > 2
        lattice = population.family == "finite_support" and LIES
        return None if coins or lattice else "knows coins that are far apart"

    def run(self, population, question, context):
        zero = Estimate.of(0.0, Exact(0.0), self.name, Effort(0.0), per_class=(0.0, 0.0))
        return [zero for _ in question.ways]


LIES = False
engine = CoinEngine()
far_coins = CoinsSpec(family="two_coins", apart=9.0).build()
b = PairBound(name="coins", statement=lam_i / d**2 * 40, assumptions=(FairCoins(), DistinctMeans()),
              provenance=derived("a test"))
"""
)


def test_an_assumption_a_family_and_an_engine_of_a_file_join(tmp_path: Path) -> None:
    """The new population meets the new bound by the new engine, in what a worker runs."""
    file = tmp_path / "new_kinds.py"
    file.write_text(
        EVERYTHING_NEW.replace("FairCoins(), ", "FairCoins(), FiniteVariance(), "), encoding="utf-8"
    )
    extension = load_extension(file)
    assert set(extension.assumptions) == {"FairCoins"}
    assert mistakes(extension) == []
    (cell,) = measure(str(file), "far_coins", 5.0, 1)
    assert cell.row.estimate.method == "coin_engine"
    assert verdict_of(cell.row, "coins").outcome == "holds"
    (elsewhere,) = measure(str(file), "point against coin", 5.0, 1)
    refused = verdict_of(elsewhere.row, "coins")
    assert refused.outcome == "not_applicable" and "every class is a fair coin" in (refused.reason or "")
    assert from_spec({"family": "two_coins", "apart": 3.0}).apart == 3.0
    population, engine = (check_plugin(str(file), name, 1) for name in ("far_coins", "coin_engine"))
    assert population.violations == () and population.compared > 20
    assert engine.violations == () and engine.compared == 0


def test_a_wrong_engine_and_a_wrong_population_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The control: an engine that calls every lattice errorless, a population that understates its spread."""
    choose = sys.modules["simulations.engines.choose"]
    monkeypatch.setattr(choose, "ENGINES", choose.ENGINES)
    file = tmp_path / "wrong_kinds.py"
    text = EVERYTHING_NEW[: EVERYTHING_NEW.index("b = PairBound")]
    text = text.replace("two_coins", "false_coins").replace("FairCoins", "FalseCoins")
    text = text.replace("coin_engine", "lying_engine").replace("LIES = False", "LIES = True")
    text = text.replace("apart > 2", "apart > 100").replace("apart=9.0", "apart=0.9")
    text += """

class Narrow(type(far_coins)):
    def moments(self, unit):
        import dataclasses

        return [
            dataclasses.replace(each, covariance=each.covariance / 1e4, third=each.third / 1e6,
                                fourth=each.fourth / 1e8, directional_fourth=each.directional_fourth / 1e8)
            for each in super().moments(unit)
        ]


narrow = Narrow(0.9)
"""
    file.write_text(text, encoding="utf-8")
    status, out, err = run([str(file), "--out", str(tmp_path / "out"), "--jobs", "1", "--json"], capsys)
    assert status == 1, err
    newcomers = {each["name"]: each for each in json.loads(out)["newcomers"]}
    assert newcomers["far_coins"]["violations"] == []
    assert any("is violated by the error" in line for line in newcomers["narrow"]["violations"])
    assert any("where enumeration finds" in line for line in newcomers["lying_engine"]["violations"])
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "lying_engine" in page and "estimates of other engines" in page


@pytest.mark.slow
def test_what_a_file_prints_is_not_part_of_the_output(tmp_path: Path) -> None:
    """At import, from a method that runs in a worker, and past Python's own stdout."""
    file = tmp_path / "loud.py"
    file.write_text(
        """
import os
from sys import stdout

from simulations.populations.finite_support import FiniteSupport

print("loud: import")
stdout.write("loud: kept\\n")
os.write(1, b"loud: descriptor\\n")


class Loud(FiniteSupport):
    def geometry(self):
        print("loud: worker", os.getpid())
        return super().geometry()


loud = Loud([[[0], [1]], [[9], [10]]], [[0.5, 0.5]] * 2)
""",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "simulations", "check", str(file), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [*command, "--jobs", "1", "--json"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert [each["name"] for each in json.loads(done.stdout)["newcomers"]] == ["loud"]
    for what in ("import", "kept", "descriptor", "worker"):
        assert f"loud: {what}" in done.stderr
    # A file with nothing but a population: every bound with its value, on the page and in the document.
    (first, *_) = json.loads(done.stdout)["newcomers"][0]["results"]
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    applicable = [bound for bound in first["bounds"] if bound["verdict"] != "not_applicable"]
    assert len(applicable) > 8
    for bound in applicable:
        assert f'<th scope="row">{bound["name"]}</th>' in page
    assert "<td>exact</td>" in page and "error / bound" in page


# -- installed packages -----------------------------------------------------------------------------------
PLUGIN = """
from typing import Literal

from simulations.engines.base import Engine
from simulations.estimates import Effort, Estimate, Exact
from simulations.populations.base import Spec
from simulations.populations.finite_support import FiniteSupport


class CoinsSpec(Spec):
    family: Literal["coins"]
    apart: float

    def build(self):
        return FiniteSupport([[[0], [1]], [[self.apart], [self.apart + 1]]], [[0.5, 0.5]] * 2)


class Seven(Engine):
    name = "seven"
    rank = -1

    def refusal(self, population, question, budget):
        return None if question.shots == 7 else "knows 7 shots only"

    def run(self, population, question, context):
        return [Estimate.of(0.0, Exact(0.0), self.name, Effort(0.0)) for _ in question.ways]


seven = Seven()
"""


def wheel(folder: Path) -> Path:
    """A real wheel with one good and one broken plug-in, written by hand (no network, no build tool)."""
    path = folder / "tiny_plugin-1.0-py3-none-any.whl"
    info = "tiny_plugin-1.0.dist-info"
    files = {
        "tiny_plugin.py": a_bound("tiny", "100 * lam_i / d**2 + 100 * (v_i + v_j) / (n * d**2)") + PLUGIN,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: tiny-plugin\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": (
            "[collapse.bounds]\ntiny = tiny_plugin:b\nbroken = tiny_plugin:missing\n"
            "[collapse.populations]\ncoins = tiny_plugin:CoinsSpec\n"
            "[collapse.engines]\nseven = tiny_plugin:seven\nwrong_kind = tiny_plugin:b\n"
        ),
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(name, text)
    return path


@pytest.mark.slow
def test_an_installed_package_joins_and_a_broken_one_is_named(tmp_path: Path) -> None:
    target = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*pip, str(wheel(tmp_path))], check=True, capture_output=True)
    population = tmp_path / "p.toml"
    population.write_text(
        'family = "coins"\napart = 9.0\n',
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{target}"}
    command = [sys.executable, "-m", "simulations", "evaluate", str(population), "--shots", "1,7", "--json"]
    done: Any = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    one, other = json.loads(done.stdout)["results"]
    assert (one["error"]["method"], other["error"]["method"]) == ("enumeration", "seven")
    rows = one["bounds"]
    assert next(row for row in rows if row["name"] == "tiny")["verdict"] in ("holds", "vacuous")
    lines = sorted(done.stderr.splitlines())
    assert len(lines) == 2
    assert all("plug-in" in line and "is left out" in line for line in lines)
    assert "broken" in lines[0] and "wrong_kind" in lines[1]
