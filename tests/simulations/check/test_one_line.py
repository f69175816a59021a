"""A new theorem, population or engine is one new file and one line: counted by adding one of each."""

from __future__ import annotations

import difflib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
FLOORS = ("theory", "proofs", "simulations")

THEOREM = '''"""Ten times `cdnv_sharp`: a theorem that is new here."""
from theory.assumptions import DistinctMeans, FiniteVariance
from theory.bound import PairBound, derived
from theory.few_shot.cdnv_sharp import cdnv_sharp

tenfold = PairBound(
    name="tenfold",
    title="Ten times too large",
    statement=10 * cdnv_sharp.statement,
    assumptions=(FiniteVariance(), DistinctMeans()),
    provenance=derived("a test"),
)
'''
CONFIDENCE = '''"""Hoeffding's bound over {blocks} blocks{comment}: new here."""
import sympy as sp

from theory.assumptions.sampling import FixedFeatureMap, IndependentClasses, MinimumClasses
from theory.bound import KernelConfidence, derived
from theory.quantities import F, U, b, failure, l

{name} = KernelConfidence(
    name="{name}",
    title="A new one",
    section="new_classes",
    statement=U + b * sp.sqrt(sp.log(F / failure) / (2 * {blocks})),
    assumptions=(IndependentClasses(), FixedFeatureMap("classes"), MinimumClasses(2)),
    provenance=derived("a test"),
)
'''
"""The number of blocks is floor(l/2); sixteen times as many narrow the radius to a quarter."""
FAMILY = '''"""Two coins: a family that is new here."""
from typing import Literal

from simulations.populations.base import Spec
from simulations.populations.finite_support import FiniteSupport


class CoinsSpec(Spec):
    family: Literal["coins"]
    apart: float

    def build(self):
        return FiniteSupport([[[0], [1]], [[self.apart], [self.apart + 1]]], [[0.5, 0.5]] * 2)
'''
ENGINE = '''"""The sharpest engine of all, for one number of shots: an engine that is new here."""
from simulations.engines.base import Engine
from simulations.estimates import Effort, Estimate, Exact


class Oracle(Engine):
    name = "oracle"
    rank = -1

    def refusal(self, population, question, budget):
        return None if question.shots == 7 else "the oracle knows 7 shots only"

    def run(self, population, question, context):
        return [Estimate.of(0.0, Exact(0.0), self.name, Effort(0.0)) for _ in question.ways]
'''
CHAPTER = '''"""Nothing but the number of tasks: a chapter that is new here."""
from simulations.jobs.verify.chapters.base import Chapter, Findings, Task


class Counted(Chapter):
    name = "counted"
    title = "Counted"
    place = 15

    def tasks(self, request):
        return [Task(len, ("abc",), "a count")]

    def tests(self, results):
        return 0

    def gather(self, results, tests):
        return Findings(self, (), (), {"counted": results})
'''
SECTION = '''"""What the new chapter counted: a section that is new here."""
from simulations.report.sections.base import Section, SectionWriter


class CountedSection(SectionWriter):
    chapter = "counted"

    def drawings(self, findings):
        return []

    def section(self, findings, pictures):
        return Section(f"<p>counted: {findings.data['counted']}</p>")
'''
VERB = '''"""`collapse hello`: a verb that is new here."""


def run() -> int:
    """Greets."""
    print('{"hello": 1}')
    return 0
'''
ADDITIONS = {
    "simulations/jobs/verify/chapters/counted.py": CHAPTER,
    "simulations/report/sections/counted.py": SECTION,
    "simulations/cli/hello.py": VERB,
    "theory/few_shot/tenfold.py": THEOREM,
    "theory/new_classes/again.py": CONFIDENCE.format(name="again", blocks="sp.floor(l / 2)", comment=""),
    "theory/new_classes/quarter.py": CONFIDENCE.format(
        name="quarter", blocks="(8 * l)", comment=" too many, so that it is false"
    ),
    "simulations/populations/coins.py": FAMILY,
    "simulations/engines/oracle.py": ENGINE,
}
LINES = (
    (
        "simulations/jobs/verify/chapters/__init__.py",
        "from simulations.jobs.verify.chapters.claims import",
        "from simulations.jobs.verify.chapters.counted import Counted",
    ),
    (
        "simulations/report/sections/registry.py",
        "from simulations.report.sections.claims import",
        "from simulations.report.sections.counted import CountedSection",
    ),
    (
        "simulations/cli/verbs.py",
        '    "bounds",',
        '    "hello",',
    ),
    (
        "theory/catalogue.py",
        "from theory.few_shot.cdnv_sharp import",
        "from theory.few_shot.tenfold import tenfold",
    ),
    (
        "theory/catalogue.py",
        "from theory.new_classes.cdnv_new_classes import",
        "from theory.new_classes.again import again",
    ),
    (
        "theory/catalogue.py",
        "from theory.new_classes.cdnv_new_classes import",
        "from theory.new_classes.quarter import quarter",
    ),
    (
        "simulations/populations/files.py",
        "from simulations.populations.laplace import",
        "from simulations.populations.coins import CoinsSpec",
    ),
    (
        "simulations/engines/choose.py",
        "from simulations.engines.direct import",
        "from simulations.engines.oracle import Oracle",
    ),
)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the suite with one of each added, one line beside its like."""
    root = tmp_path_factory.mktemp("extended")
    for floor in FLOORS:
        shutil.copytree(ROOT / floor, root / floor, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in ADDITIONS.items():
        (root / name).write_text(text, encoding="utf-8")
    for name, after, line in LINES:
        lines = (root / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (place,) = [k for k, each in enumerate(lines) if each.startswith(after)]
        lines.insert(place + 1, line + "\n")
        (root / name).write_text("".join(lines), encoding="utf-8")
    return root


def environment(root: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(root)}


def collapse(root: Path, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "simulations", *arguments],
        cwd=root,
        env=environment(root),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_each_addition_is_one_file_and_one_line(extended: Path) -> None:
    new, changed = [], []
    for floor in FLOORS:
        for path in sorted((extended / floor).rglob("*.py")):
            name = str(path.relative_to(extended))
            if not (ROOT / name).exists():
                new.append(name)
                continue
            pair = [(root / name).read_text(encoding="utf-8").splitlines() for root in (ROOT, extended)]
            changed += [
                (name, line)
                for line in difflib.unified_diff(*pair, n=0, lineterm="")
                if line[0] in "+-" and line[:3] not in ("+++", "---")
            ]
    assert sorted(new) == sorted(ADDITIONS)
    assert sorted(changed) == sorted((name, f"+{line}") for name, _, line in LINES)


def test_the_theorem_is_everywhere(extended: Path, tmp_path: Path) -> None:
    """In the catalogue beside its like, in an evaluation with the new family, and open to attack."""
    names = [each["name"] for each in collapse(extended, "bounds", "--json")["bounds"]]
    assert names.index("tenfold") == names.index("cdnv_sharp") + 1
    population = tmp_path / "coins.toml"
    population.write_text('family = "coins"\napart = 9.0\n', encoding="utf-8")
    rows = collapse(extended, "evaluate", str(population), "--shots", "1,7", "--json")["results"]
    assert [row["error"]["method"] for row in rows] == ["enumeration", "oracle"]
    values = {each["name"]: each["value"] for each in rows[0]["bounds"]}
    assert values["tenfold"] == pytest.approx(10 * values["cdnv_sharp"])
    code = (
        "from simulations.attack.target import Target, upper_bounds; "
        "from simulations.jobs.verify.chapters import CHAPTERS; "
        "assert 'tenfold' in upper_bounds(); assert Target('tenfold').load().name == 'tenfold'; "
        "assert 'tenfold' in [bound.name for bound in CHAPTERS[0].bounds]"
    )
    subprocess.run([sys.executable, "-c", code], cwd=extended, env=environment(extended), check=True)


def test_the_high_probability_bounds_are_covered_by_verify(extended: Path) -> None:
    """The true one holds on every scenario of the suite for its shape; the false one, the control, is
    violated, so verify would fail."""
    code = (
        "import json; from simulations.jobs.verify.chapters.base import Request; "
        "from simulations.jobs.verify.chapters.claims import NewClasses; "
        "chapter = NewClasses(); names = ('again', 'quarter'); "
        "tasks = [t for t in chapter.tasks(Request(7)) if t.label.split()[-1] in names]; "
        "results = [t.function(*t.arguments) for t in tasks]; "
        "found = chapter.gather(results, chapter.tests(results)); "
        "counts = {c.name: dict(c.counts) for c in found.statements if c.name in names}; "
        "tried = sum(t.label.split()[-1] == 'again' for t in tasks); "
        "print(json.dumps({'counts': counts, 'violations': found.violations, 'tried': tried}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=extended, env=environment(extended), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    again, quarter = document["counts"]["again"], document["counts"]["quarter"]
    assert again["violated"] == 0 and again["holds"] + again["vacuous"] == document["tried"] > 3
    assert quarter["violated"] >= 1
    assert document["violations"] and all(line.startswith("quarter") for line in document["violations"])


def test_the_chapter_its_section_and_the_verb_are_there(extended: Path, tmp_path: Path) -> None:
    assert collapse(extended, "hello") == {"hello": 1}
    code = (
        "import sys; from simulations.jobs.verify import run as job; "
        "from simulations.report.write import write; "
        "from simulations.jobs.verify.chapters import CHAPTERS; "
        "assert [c.name for c in CHAPTERS][:2] == ['few_shot', 'counted']; "
        "write(job.run(jobs=1, chapters=(CHAPTERS[1],)), sys.argv[1])"
    )
    subprocess.run(
        [sys.executable, "-c", f"if __name__ == '__main__':\n    {code}", str(tmp_path)],
        cwd=extended,
        env=environment(extended),
        check=True,
    )
    assert "<p>counted: [3]</p>" in (tmp_path / "counted.html").read_text(encoding="utf-8")
    assert "counted.html" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_without_the_line_nothing_joins(tmp_path: Path) -> None:
    """The control: the file alone is not enough, so it is the line that was tested above."""
    shutil.copytree(ROOT / "theory", tmp_path / "theory", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "theory/few_shot/tenfold.py").write_text(THEOREM, encoding="utf-8")
    code = "from theory import catalogue; print(catalogue.__file__, *catalogue.names())"
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True
    )
    place, *names = process.stdout.split()
    assert Path(place).is_relative_to(tmp_path), process.stderr
    assert "cdnv_2022" in names and "tenfold" not in names
