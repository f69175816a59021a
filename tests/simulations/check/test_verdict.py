"""The verdict in words: its sentence, that its counterexample is the stored one, and its warnings."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest

from simulations.attack.claims import Claim
from simulations.attack.probing.gaussians import GaussianPair
from simulations.attack.probing.probe import ProbePoint
from simulations.attack.probing.regimes import read
from simulations.attack.probing.results import LawSearch, Nearest, Probed, plainest
from simulations.attack.probing.search import SearchLimits, search_law, spread_of
from simulations.attack.probing.stars import Star, SteppingSimplex
from simulations.attack.records import Hunt
from simulations.attack.witness import read as read_witness
from simulations.cli.check_show import document
from simulations.jobs.check.checked import CheckedBound
from simulations.jobs.check.counterexample import apart
from simulations.jobs.check.finding import Finding
from simulations.jobs.check.matrix import measure
from simulations.jobs.check.run_checks import Listener, check
from simulations.jobs.check.statement_mistakes import problems
from simulations.plugins.load import load_extension
from simulations.report.figures.attack import path_drawing
from simulations.report.figures.bounds import PlottedPoint as Setting
from simulations.report.figures.bounds import unseen_errors
from simulations.report.pages.check import write
from simulations.report.terminal import plain_progress
from theory import catalogue
from theory.assumptions import DistinctMeans, Gaussian, MinimumShots, TwoClasses
from theory.bound import Bound
from theory.quantities import d, lam_i, n, v_i, v_j
from theory.setting import Setting as At

SHARP = catalogue.get("cdnv_sharp")
FALSE = dataclasses.replace(SHARP, name="three", statement=(3 * lam_i + (v_i + v_j) / n) / d**2)


def probed(bound: Bound, *laws: object, most: int | None = None) -> Probed:
    regimes = read(bound)
    spread = spread_of(bound, regimes)
    limits = SearchLimits(most=most)
    return Probed(regimes, tuple(search_law(bound, law, spread, limits=limits) for law in laws))  # type: ignore[arg-type]


def checked(bound: Bound, probed: Probed) -> CheckedBound:
    return CheckedBound(bound, (), None, None, (), None, probed)


@pytest.fixture(scope="module")
def refuted() -> CheckedBound:
    return checked(FALSE, probed(FALSE, Star(), SteppingSimplex()))


def refutation(ratio: float, shots: float, ways: int = 2, query: int | None = None) -> Nearest:
    return Nearest("law", ProbePoint(shots, ways), 1, Claim(ratio, ratio, 1.0, query), True)


def test_of_nearly_equal_ratios_the_smallest_numbers_are_shown() -> None:
    far, plain, unclear = refutation(1.334, 98701493), refutation(1.31, 17), refutation(1.01, 1)
    assert plainest([far, plain, unclear]) is plain
    assert plainest([refutation(1.3, 17, 5), refutation(1.3, math.inf), plain]) is plain
    # Beyond twice the bound nothing becomes clearer.
    assert plainest([refutation(1e9, 1e6), refutation(2.0, 3)]).point.shots == 3  # type: ignore[union-attr]
    assert plainest([]) is None


def test_the_sentence_tells_the_largest_ratio_beside_the_simplest_refutation() -> None:
    bound = dataclasses.replace(SHARP, name="two", statement=(2 * lam_i + (v_i + v_j) / n) / d**2)
    both = checked(bound, probed(bound, Star(), SteppingSimplex()))
    simplest, worst = both.counterexamples[0], max(both.counterexamples, key=lambda each: each.ratio)
    assert worst.ratio > 1.01 * simplest.ratio
    assert both.verdict.endswith(f"of 2 refutations the largest ratio is {worst.ratio:.3g}")
    assert both.probed is not None
    alone = checked(bound, Probed(both.probed.regimes, both.probed.laws[:1]))
    assert alone.verdict.endswith(alone.counterexamples[0].text)


def test_the_reported_refutation_is_the_stored_one(refuted: CheckedBound, tmp_path: Path) -> None:
    source = tmp_path / "mine.py"
    page = write([refuted], source, tmp_path / "out").read_text(encoding="utf-8")
    first = refuted.counterexamples[0]
    path = first.path(tmp_path / "out")
    assert path is not None
    stored = read_witness(path)
    assert stored.bound == "three" and stored.shots == first.shots and stored.population.classes == first.ways
    # What the file holds refutes the bound by the ratio that the sentence names.
    value = FALSE.evaluate(
        stored.population.geometry(), At(int(stored.shots), first.ways), stored.population.granted()
    ).value
    assert f"three = {value:.3g} is below" in first.text
    assert f"ratio {apart(stored.ratio, 1.0)[0]}" in first.text
    assert refuted.verdict == f"VIOLATED: {first.text}" == f"VIOLATED: {refuted.violations[0]}"
    command = f"collapse evaluate {path} --shots {first.shots:.0f} --ways {first.ways} --with {source}"
    assert first.command(source, tmp_path / "out") == command
    assert page.index("VIOLATED: three") < page.index(str(path)) < page.index(command) < page.index("<h2>")
    assert document(refuted)["verdict"] == refuted.verdict
    # Small numbers were evaluated although the points come in random order.
    assert first.shots <= 30 and first.ways == 2


@pytest.mark.slow
def test_the_stated_limits_are_those_of_the_points_evaluated() -> None:
    whole = probed(SHARP, Star(), SteppingSimplex())
    (few,) = (probed(SHARP, Star(), most=5),)
    for probing in (whole, few):
        shots = float(probing.limits.split("shots above ")[1].split(", ")[0])
        for law in probing.laws:
            assert law.nearest is not None
            at = law.nearest.point.shots
            assert math.isinf(at) or at <= shots
            assert law.reach.shots <= shots
            beyond = law.reach.shots > 1_000_000
            assert beyond == ("from the nearest of these to" in law.covers)
    law = few.laws[0]
    assert law.left_out == law.planned - 5
    assert few.limits.endswith(f"; {law.left_out} planned probes were left out for time")
    assert "left out" not in whole.limits
    assert "left out once it was refuted" in probed(FALSE, Star()).limits


def test_a_search_ended_by_a_refutation_is_not_reported_as_out_of_time(refuted: CheckedBound) -> None:
    assert refuted.probed is not None
    assert all(law.left_out_because == "once it was refuted" for law in refuted.probed.laws if law.left_out)


def _few(law: LawSearch) -> Probed:
    return Probed(read(SHARP), (dataclasses.replace(law, tried=4764, applied=838),))


def test_few_probes_within_the_assumptions_are_a_weak_test() -> None:
    law = probed(SHARP, GaussianPair(), most=20).laws[0]
    (warning,) = checked(SHARP, _few(law)).warnings
    assert "only 17 % of the probes satisfy its assumptions (838 of 4764)" in warning
    assert warning.endswith("this is a weak test")
    assert "a weak test, as only 17 %" in checked(SHARP, _few(law)).verdict
    enough = Probed(read(SHARP), (dataclasses.replace(law, tried=4764, applied=1191),))
    assert checked(SHARP, enough).warnings == ()


def test_a_catalogue_bound_under_another_name_is_recognised(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from dataclasses import replace\nfrom theory.catalogue import cdnv_sharp\n"
        "same, larger = (replace(cdnv_sharp, name=name, statement=cdnv_sharp.statement * c)\n"
        "                for name, c in (('same', 1), ('larger', 1.0001)))\n",
        encoding="utf-8",
    )
    extension = load_extension(file)
    cells = [
        cell
        for population in ("skewed atoms", "point against rare atom")
        for shots in (1.0, 5.0, 50.0)
        for cell in measure(str(file), population, shots, 1)
    ]
    checks = {
        name: CheckedBound(extension.bound(name), tuple(cells), None, None, (), None)
        for name in ("same", "larger")
    }
    assert checks["same"].equals == ("cdnv_sharp",)
    assert "equals `cdnv_sharp` everywhere it was tried (" in checks["same"].verdict
    assert checks["same"].verdict.endswith("; no proof in the file")
    assert f"no violation found in {len(cells)} settings" in checks["same"].verdict
    assert checks["larger"].equals == ()
    # One setting is no evidence of being the same statement.
    alone = dataclasses.replace(checks["same"], cells=tuple(cells[:1]))
    assert alone.equals == ()


def test_a_statement_that_nothing_satisfies_is_not_called_unviolated() -> None:
    assert "nothing was tested" in CheckedBound(SHARP, (), None, None, (), None).verdict


def test_a_check_that_decided_nothing_is_none() -> None:
    open_ = (Finding("coverage", "undecided", "x"),)
    undecided = CheckedBound(SHARP, (), None, None, (), None, findings=open_)
    assert "nothing was tested, as no check can decide it" in undecided.verdict
    decided = dataclasses.replace(undecided, findings=(*open_, Finding("coverage", "holds", "y")))
    assert "no violation found in 1 check;" in decided.verdict


def test_numbers_have_three_digits_or_as_many_as_distinguish_them() -> None:
    assert apart(1 / 3, 2 / 3) == ("0.333", "0.667")
    assert apart(1.0, 1.0 + 1e-8) == ("1", "1.00000001")
    assert apart(0.1, 0.1) == ("0.1", "0.1")


def test_the_attack_curve_has_plain_ticks() -> None:
    near = Hunt("b", None, None, "", 1, 900, 1.0, 1, path=((1, 0.99999), (30, 0.999999)))
    markup = path_drawing(near).svg.decode()
    assert "1e" not in markup.split("</defs>", 1)[-1] and "+9" not in markup


def test_the_attack_curve_leaves_out_a_ratio_without_end() -> None:
    refuted = Hunt("b", None, None, "", 1, 900, math.inf, 1, path=((1, 0.5), (30, math.inf)))
    assert b"largest error / bound" in path_drawing(refuted).svg


def test_a_panel_without_marks_says_why() -> None:
    visible, tiny = Setting(1, 0.1, 0.1, 0.1, 0.2), Setting(5, 1e-15, 0.0, 1e-15, 0.2)
    assert unseen_errors([visible]) == ""
    assert unseen_errors([tiny]) == "error below 1e-12"
    assert unseen_errors([visible, tiny]) == "error below 1e-12 at 5 shots"


def test_a_missing_assumption_names_both_remedies() -> None:
    bare = dataclasses.replace(SHARP, name="bare", assumptions=SHARP.assumptions[1:])
    lines = problems(bare)
    assert any("add FiniteVariance()" in line and 'implies = ("FiniteVariance",)' in line for line in lines)


def test_a_long_run_reports_progress_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report = plain_progress()
    for done in range(1, 101):
        report(done, 100, "task")
    report(1, 1, "alone")
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 4
    assert "100 of 100 tasks done" in printed.err


class _Interrupted:
    """A pool that is interrupted when one law's probes have been evaluated, without a message of its own."""

    def run(self, calls: list[Any], progress: object, into: list[object]) -> list[object]:
        into[:] = [None] * len(calls)
        if self.asks:
            into[0] = calls[0].function(*calls[0].arguments)
        raise KeyboardInterrupt

    def __init__(self, asks: bool) -> None:
        self.asks = asks


def test_an_interrupted_check_reports_its_results_so_far(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from dataclasses import replace\nfrom theory.catalogue import cdnv_sharp\n"
        "half = replace(cdnv_sharp, name='half', statement=cdnv_sharp.statement / 2)\n",
        encoding="utf-8",
    )
    phases: list[str] = []
    for asks, message in ((True, "after 1 of "), (False, "")):
        with pytest.raises(KeyboardInterrupt) as stopped:
            check(
                load_extension(file),
                _Interrupted(asks),  # type: ignore[arg-type]
                seed=1,
                quick=True,
                listener=Listener(phase=phases.append),
            )
        assert str(stopped.value).startswith(message)
        assert ("VIOLATED: half = " in str(stopped.value)) == asks
    assert len(phases) == 2 and all("to the first answer" in phase for phase in phases)


def test_the_stated_limits_are_those_of_the_probes_within_the_assumptions() -> None:
    """Once ways were said to be tried at which no probe satisfied the assumptions."""
    pair = dataclasses.replace(SHARP, name="pair", assumptions=(*SHARP.assumptions, MinimumShots(math.inf)))
    alone = probed(
        dataclasses.replace(pair, assumptions=(*pair.assumptions, TwoClasses())), SteppingSimplex()
    )
    assert alone.limits.startswith("no finite number of shots, no more than 2 ways")
    many = probed(pair, SteppingSimplex())
    assert "no more than 64 ways" in many.limits
    none = probed(dataclasses.replace(SHARP, assumptions=(Gaussian(), DistinctMeans())), SteppingSimplex())
    assert none.tried > 50 and none.limits == "nothing was tried, as no probe satisfies the assumptions"
