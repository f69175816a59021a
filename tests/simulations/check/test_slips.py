"""The files that `collapse new` writes, with one slip each: one line with file, thing and field, status 2."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulations import cli
from simulations.cli.new import skeleton
from simulations.engines import Question, asked
from simulations.engines.base import Budget, Context
from simulations.plugins import load
from simulations.populations import FAMILIES, from_spec
from simulations.runtime.errors import InputError

CHOOSE = sys.modules["simulations.engines.choose"]
POINTS = [{"points": [[float(x)], [x + 1.0]], "weights": [0.5, 0.5]} for x in (0, 3)]
TWO = {"family": "finite_support", "classes": POINTS}

COVARIANCE = "np.array([variance, variance])"
MEANS = "np.array([[0.0, 0.0], [distance, 0.0]])"
NOISE = "rng.uniform(-self.half_width, self.half_width, (*shape, 2))"
PROXY = "yield SubGaussian(self.half_width)"
RESULT = 'return {"family": "own_population", "half_width"'
THREE = (
    "    def margin_moments(self, shots, order, unit):\n        return np.zeros((3, 2, 2))\n\n    def spec("
)
POPULATION = {
    ("family", 'family = "own_population"', "family = 5"): "write a name",
    ("family", 'family: Literal["own_population"]', "family: str"): "write family: Literal",
    ("family", '"own_population"', '"gaussian"'): "choose another name",
    ("build", "return OwnPopulation(self.half_width, self.distance)", "pass"): "returns None",
    ("build", "return OwnPopulation(self.half_width", "return 1 // 0, (self.half_width"): "ZeroDivisionError",
    ("means", f"self.means = {MEANS}", "self.mean = 0"): "no attribute 'means'",
    ("means", MEANS, "[[0.0, 0.0], [distance, 0.0]]"): "not a NumPy array",
    ("means", MEANS, "np.array([0.0, distance])"): "has the shape (2,)",
    ("means", MEANS, "np.array([[0.0, distance]])"): "two classes or more",
    ("means", MEANS, "np.array([[0.0, np.nan], [distance, 0.0]])"): "holds a NaN",
    ("moments", "for mean in self.means\n        ]", "for mean in self.means[:1]\n        ]"): "1 entries",
    ("moments", "return [\n            ClassM", "[\n            ClassM"): "returns None",
    ("moments", "a = self.half_width / unit", "a = self.width / unit"): "line 4",
    ("moments: covariance", COVARIANCE, "[variance, variance]"): "is a list",
    ("moments: covariance", COVARIANCE, "variance"): "is a float",
    ("moments: covariance", COVARIANCE, "variance * np.ones(3)"): "has the shape (3,)",
    ("moments: covariance", COVARIANCE, "-variance * np.ones(2)"): "negative variance",
    ("moments: covariance", COVARIANCE, "variance * np.array([[1.0, 2.0], [2.0, 1.0]])"): "eigenvalue",
    ("moments: covariance", COVARIANCE, "variance * np.array([[1.0, 0.5], [0.0, 1.0]])"): "not symmetric",
    ("moments: third", "np.zeros(2)", "np.zeros(3)"): "has the shape (3,)",
    ("moments: fourth", "fourth=2 * fourth + 2 * variance**2", "fourth='a'"): "is 'a'",
    ("assumptions", "yield BoundedKurtosis()", "yield BoundedKurtosis"): "write BoundedKurtosis()",
    ("assumptions", "yield BoundedKurtosis()", "yield 'BoundedKurtosis'"): "no assumption",
    ("assumptions", f"yield BoundedKurtosis()\n        {PROXY}", "return None"): "returns None",
    ("assumptions: SubGaussian", PROXY, "yield SubGaussian((1.0, 1.0, 1.0))"): "shape (3, 3)",
    ("noise", NOISE, "1 // 0"): "ZeroDivisionError",
    ("noise", NOISE, "__import__('sys').exit(3)"): "SystemExit: 3",
    ("noise", "def noise(self, rng, c, shape)", "def noise(self, rng, shape)"): "positional arguments",
    ("noise(rng, 0, (256,))", f"return {NOISE}", "pass"): "is None",
    ("noise(rng, 0, (256,))", NOISE, f"{NOISE}.tolist()"): "is a list",
    ("noise(rng, 0, (256,))", NOISE, f"{NOISE} + 0j"): "complex128",
    ("noise(rng, 0, (256,))", NOISE, "rng.uniform(-1, 1, shape)"): "has the shape (256,)",
    ("noise(rng, 0, (256,))", NOISE, "rng.uniform(-1, 1, (*shape, 3))"): "has the shape (256, 3)",
    ("noise(rng, 0, (256,))", NOISE, "np.inf * np.ones((*shape, 2))"): "an infinity",
    ("margin_moments, order 8", "    def spec(", THREE): "has the shape (3, 2, 2)",
    ("spec", RESULT, "{'half_width'"): "returns None",
    ("spec", RESULT, "return {'half_width'"): "begins with",
    ("spec", RESULT, 'return {"family": "own_population", "half"'): "not read back: half",
}
VALUE = "                float(errors.mean()),\n                rule"
RUN = "return [\n            Estimate.of("
ENGINE = {
    ("name", 'name = "own_engine"', "pass"): "is None",
    ("name", '"own_engine"', '"enumeration"'): "choose another name",
    ("rank", "rank = 90", "pass"): "is None",
    ("rank", "rank = 90", "rank = 'sampling'"): "is 'sampling'",
    ("rests_on", "rank = 90", "rank = 90; rests_on = 5"): "a tuple of names",
    ("rests_on", "rank = 90", "rank = 90; rests_on = 'cdnv_sharp'"): "a tuple of names",
    ("rests_on", "rank = 90", "rank = 90; rests_on = ('cdnv_shrap',)"): "no statement",
    ("refusal", "        return None", "        return True"): "returns True",
    ("refusal", "        return None", "        return 1 // 0"): "ZeroDivisionError",
    ("expected_width", "rank = 90", "rank = 90; expected_width = lambda *_: 'wide'"): "returns 'wide'",
    ("expected_width", "rank = 90", "rank = 90; expected_width = lambda *_: -1.0"): "returns -1.0",
    ("run", "start = time.perf_counter()", "raise RuntimeError('mine')"): "RuntimeError: mine",
    ("run", RUN, "return []\n        [\n            Estimate.of("): "returns 0 estimates",
    ("run", RUN, "return 0.1\n        [\n            Estimate.of("): "returns 0.1",
    ("run", RUN, "return [0.1]\n        [\n            Estimate.of("): "returns [0.1]",
    ("run", "for _ in question.ways", "for _ in (2, 2)"): "returns 2 estimates",
    ("run", VALUE, "                float('nan'),\n                rule"): "the value nan",
    ("run", VALUE, "                2.0,\n                rule"): "the value 2.0",
    ("run", VALUE, "                -0.5,\n                rule"): "the value -0.5",
    ("run", VALUE, "                0.999,\n                rule"): "outside its own interval",
    ("run", "float(errors.var(ddof=1))", "float('nan')"): "the variance nan",
    ("run", "BoundedMean(EPISODES", "BoundedMean(0"): "ZeroDivisionError",
    ("run", "context.confidence", "2"): "ValueError",
    ("run", "context.confidence", "0.5"): "write confidence=context.confidence",
}


@pytest.fixture(autouse=True)
def _nothing_stays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(CHOOSE, "ENGINES", CHOOSE.ENGINES)  # type: ignore[attr-defined]  # a module
    for family in {"own_population"} & FAMILIES.keys():
        monkeypatch.delitem(FAMILIES, family)
    yield
    load.forget()
    FAMILIES.pop("own_population", None)


def _written(folder: Path, kind: str, old: str = "", new: str = "") -> Path:
    text = skeleton(kind, f"own_{kind}")
    assert old in text
    path = folder / f"own_{kind}.py"
    path.write_text(text.replace(old, new) if old else text)
    return path


def _ask(path: Path) -> None:
    (engine,) = load.load_extension(path).engines.values()
    population, question, budget = from_spec(TWO), Question(5.0, (2,)), Budget()
    if asked.refusal(engine, population, question, budget) is None:
        asked.expected_width(engine, population, question, budget)
        asked.run(engine, population, question, Context(budget))


@pytest.mark.parametrize("slip", POPULATION, ids=lambda slip: f"{slip[0]}: {slip[2]}")
def test_a_slip_in_a_population_is_one_line(slip: tuple[str, str, str], tmp_path: Path) -> None:
    where, old, new = slip
    path = _written(tmp_path, "population", old, new)
    with pytest.raises(InputError) as wrong:
        load.load_extension(path)
        from_spec({"family": "own_population"})
    line = str(wrong.value)
    assert line.startswith(f"{path}: OwnPopulation") and f".{where}: " in line and ";" in line
    assert POPULATION[slip] in line and "\n" not in line


@pytest.mark.parametrize("slip", ENGINE, ids=lambda slip: f"{slip[0]}: {slip[2]}")
def test_a_slip_in_an_engine_is_one_line(slip: tuple[str, str, str], tmp_path: Path) -> None:
    where, old, new = slip
    path = _written(tmp_path, "engine", old, new)
    with pytest.raises(InputError) as wrong:
        _ask(path)
    line = str(wrong.value)
    assert line.startswith(f"{path}: OwnEngine.{where}: ") and ";" in line
    assert ENGINE[slip] in line and "\n" not in line


def test_files_without_a_slip_are_taken(tmp_path: Path) -> None:
    """The negative control: what the slips are made in."""
    load.load_extension(_written(tmp_path, "population"))
    assert from_spec({"family": "own_population", "distance": 3.0}).classes == 2
    _ask(_written(tmp_path, "engine"))


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("engine", VALUE, "                float('nan'),\n                rule"),
        ("population", NOISE, "1 // 0"),
    ],
)
def test_evaluate_ends_with_the_line(
    kind: str, old: str, new: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, population = _written(tmp_path, kind, old, new), tmp_path / "two.toml"
    if kind == "engine":
        path.write_text(path.read_text().replace("rank = 90", "rank = -1"))
    population.write_text(
        "family = 'finite_support'\n"
        + "[[classes]]\npoints = [[0.0], [1.0]]\nweights = [0.5, 0.5]\n"
        + "[[classes]]\npoints = [[3.0], [4.0]]\nweights = [0.5, 0.5]\n"
    )
    assert cli.main(["evaluate", str(population), "--shots", "5", "--with", str(path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1 and f"{path}: Own" in printed.err
