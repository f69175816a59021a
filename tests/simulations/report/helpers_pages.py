"""Real reports of little work: the same templates and the same width, with hostile names everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from simulations import measure, report
from simulations.features import load_features
from simulations.jobs.verify.chapters import Network, NewSamples, Request, Sharpness
from simulations.jobs.verify.chapters.base import Chapter
from simulations.jobs.verify.chapters.few_shot import FewShot
from simulations.jobs.verify.run import Run, versions
from simulations.populations.suite import entries
from simulations.report.pages import measurement
from theory import catalogue
from theory.bound import PairBound, derived

HOSTILE = (
    "<script>document.title='ran'</script>",
    "<img src=x onerror=\"document.title='ran'\">",
    "'\"><svg onload=document.title='ran'>",
    "a\nb\tc",
    "\u202egnp.exe\u2066",
    "\x1b[31m\x07red",
    "javascript:alert(1)",
)


SHOWN_BOUNDS = ("cdnv_2022", "exact_moment", "directional_2025", "gaussian_two_class", "union_moment_optimal")
"""Of every width and height of formula."""


class OnePoint(NewSamples):
    """One coverage and one point of the experiment: every part of the chapter's template but its rates."""

    def tasks(self, request: Request) -> Sequence[object]:  # type: ignore[override]
        every_task = super().tasks(request)
        return [every_task[0], next(each for each in every_task if "identity" in each.label)]


def run_here(chapters: Sequence[Chapter]) -> Run:
    """The main job without worker processes."""
    request = Request(7, False)
    results = [[t.function(*t.arguments) for t in chapter.tasks(request)] for chapter in chapters]
    tests = sum(
        chapter.tests(chapter_result) for chapter, chapter_result in zip(chapters, results, strict=True)
    )
    gathered = tuple(c.gather(each, tests) for c, each in zip(chapters, results, strict=True))
    return Run(
        seed=7,
        full=False,
        jobs=1,
        tests=tests,
        seconds=1.0,
        versions=versions(),
        chapters=gathered,
    )


def verify_pages(folder: Path) -> dict[str, Path]:
    """As many populations as the main job has, under their names: one small law stands for all of them."""
    law = next(entry for entry in entries() if entry.name == "sharp two-point law")
    named = [replace(law, name=entry.name, why=entry.why, shots=(1,)) for entry in entries()]
    odd = [replace(law, name=name, why=f"because {name}", shots=(1,)) for name in HOSTILE]
    bounds = [catalogue.get(name) for name in SHOWN_BOUNDS]
    few_shot = FewShot(bounds=bounds, populations=[*named, *odd])
    first = report.write(run_here([few_shot, Sharpness(), OnePoint(), Network(bounds)]), folder)
    return {
        "verify": first,
        "verify, few-shot": folder / "few_shot.html",
        "verify, statement": folder / "statements" / "union_moment_optimal.html",
        "verify, network": folder / "network.html",
    }


def measure_page(folder: Path) -> Path:
    rng = np.random.default_rng(4)
    names = np.array([*HOSTILE, "ant", "bee"])
    features = rng.standard_normal((8 * len(names), 5)) + 3 * np.repeat(
        rng.standard_normal((len(names), 5)), 8, 0
    )
    folder.mkdir()
    file = folder / "<script>document.title='ran'< script>\u202e.npz"
    np.savez(file, features=features, labels=np.repeat(names, 8))
    return measurement.write(measure(load_features(file), [1, 3], [2, 5]), folder)


def check_page(folder: Path) -> Path:
    """A false bound with a hostile title, without the matrix: that takes minutes and adds rows alone."""
    from simulations.attack.hunt import hunt
    from simulations.attack.target import Target
    from simulations.jobs.check.properties import check_properties
    from simulations.jobs.check.run_checks import CheckedBound
    from simulations.plugins.load import load_extension
    from simulations.report.pages import check

    folder.mkdir()
    file = folder / "bad<b>.py"
    file.write_text(BOUND_FILE, encoding="utf-8")
    bound = load_extension(file).bound("too_small")
    search = hunt(Target("too_small", str(file)), seed=1, lattices=0)
    hostile = replace(bound, title=HOSTILE[0] + HOSTILE[1], provenance=derived(HOSTILE[2]))
    assert isinstance(bound, PairBound)
    checked = CheckedBound(hostile, (), check_properties(bound, 1, draws=1), search, (), None)
    return check.write([checked], Path(f"{HOSTILE[0]}{HOSTILE[3]}.py"), folder)


BOUND_FILE = """from theory.assumptions import DistinctMeans, FiniteVariance
from theory import catalogue
from theory.bound import PairBound, derived
from theory.quantities import d, lam_i, n, v_i, v_j
b = PairBound(name="too_small", statement=3 * lam_i / d**2 + (v_i + v_j) / (2 * n * d**2),
              assumptions=(FiniteVariance(), DistinctMeans()), provenance=derived("a test"))
"""
PAGES = ("verify", "verify, few-shot", "verify, statement", "verify, network", "measure", "check")


def make_pages(folder: Path) -> dict[str, Path]:
    """Every kind of page that the suite writes, by the names of ``PAGES``."""
    pages = verify_pages(folder / "verify")
    return pages | {"measure": measure_page(folder / "measure"), "check": check_page(folder / "check")}
