"""The main job and its report: same numbers for any number of jobs, safe pages, false bounds caught."""

from __future__ import annotations

import io
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from rich.console import Console

from simulations import report
from simulations.jobs.verify import run as verify
from simulations.jobs.verify.chapters import Request
from simulations.jobs.verify.chapters.base import OUTCOMES
from simulations.jobs.verify.chapters.few_shot import FewShot
from simulations.populations.suite import Entry, entries
from simulations.report.figures.bounds import Panel, PlottedPoint, bound_drawing
from simulations.report.overview.statements import statement_groups
from simulations.report.terminal import progress_bar
from theory import catalogue
from theory.bound import PairBound, derived
from theory.quantities import d, lam_i

HOSTILE = '<script>alert("x")</script>&\'$\\frac{ {{ 7*7 }}'
SMALL = ("sharp two-point law", "isotropic, p = 2", "mixture, p = 3")
TIME_ROW = '<tr><th scope="row">time</th>'
VOID = {"meta", "link", "br", "hr", "img", "input"}


def small() -> list[Entry]:
    return [
        replace(entry, shots=tuple(shots for shots in entry.shots if shots != 10))
        for entry in entries()
        if entry.name in SMALL
    ]


def false_bound() -> PairBound:
    """`cdnv_optimal` at infinite shots with 4 lowered to 3: its extremal law refutes it."""
    return PairBound(
        name="planted",
        title="A planted false bound",
        statement=3 * lam_i / (3 * lam_i + d**2),
        assumptions=(),
        provenance=derived("made wrong on purpose"),
    )


@pytest.fixture(scope="module")
def run():
    return verify.run(seed=7, jobs=2, chapters=(FewShot(populations=small()),))


@pytest.fixture(scope="module")
def planted():
    law = next(entry for entry in entries() if entry.name == "sharp two-point law")
    hostile = Entry(HOSTILE, f"because {HOSTILE}", law.spec, shots=(1, 5, math.inf))
    chapter = FewShot(bounds=(catalogue.get("cdnv_optimal"), false_bound()), populations=[hostile])
    return verify.run(seed=7, jobs=1, chapters=(chapter,))


DETAILED = ("cdnv_optimal", "exact_moment", "gaussian_two_class", "constant_is_sharp", "snr_2022")


@pytest.fixture(scope="module")
def detailed(run):
    """What ``run`` found of a statement of each kind: a figure takes longer than its numbers."""
    (findings,) = run.chapters
    places = [place for place, bound in enumerate(findings.chapter.bounds) if bound.name in DETAILED]
    chapter = FewShot([findings.chapter.bounds[place] for place in places], small())
    few = replace(
        findings,
        chapter=chapter,
        statements=tuple(findings.statements[place] for place in places),
        detail=tuple(
            replace(cell, verdicts=tuple(cell.verdicts[place] for place in places))
            for cell in findings.detail
        ),
    )
    return replace(run, chapters=(few,))


@pytest.fixture(scope="module")
def pages(detailed, planted, tmp_path_factory):
    """The report of both runs, written once: run -> the folder that holds its index.html."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("run", "planted")}
    for folder, one in zip(folders.values(), (detailed, planted), strict=True):
        assert report.write(one, folder) == folder / "index.html"
    return folders


class Page(HTMLParser):
    """Checks nesting and collects what the tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack and self.stack[-1] == tag, f"</{tag}> closes {self.stack[-3:]}"
        self.stack.pop()

    def handle_data(self, data):
        self.words.append(data)


def numbers(run) -> dict:
    """Everything in the document but how long it took and on how many workers."""
    document = run.to_json()
    for key in ("seconds", "jobs"):
        del document[key]
    return json.loads(re.sub(r'"seconds": [0-9.e+-]+', '"seconds": 0', json.dumps(document)))


@pytest.mark.slow
def test_same_numbers_and_pictures_for_any_number_of_jobs(run):
    alone = verify.run(seed=7, jobs=1, chapters=(FewShot(populations=small()),))
    assert numbers(alone) == numbers(run)
    assert report.draw(alone) == report.draw(run)


def test_another_seed_gives_other_numbers(run):
    chapter = FewShot(populations=[entry for entry in small() if entry.name == "mixture, p = 3"])
    one, other = (
        [task.function(*task.arguments)[0].error.value for task in chapter.tasks(Request(seed))[:2]]
        for seed in (7, 8)
    )
    assert one != other


def test_nothing_true_is_violated_and_every_bound_is_judged_everywhere(run):
    assert run.exit_status == 0 and run.violations == ()
    (findings,) = run.chapters
    settings = sum(len(entry.shots) * (2 if entry.name == "mixture, p = 3" else 1) for entry in small())
    for statement in findings.statements:
        assert sum(statement.counts.values()) == settings
    assert [s.name for s in findings.statements] == [b.name for b in FewShot().bounds]


def test_equality_is_judged_by_an_engine_that_does_not_rest_on_it(run):
    equalities = [
        cell
        for cell in run.chapters[0].detail
        for verdict in cell.verdicts
        if verdict.bound == "gaussian_two_class" and verdict.outcome == "holds"
    ]
    assert equalities
    for cell in equalities:
        used = cell.measured.evaluated.independent.get("gaussian_two_class", cell.measured.error)
        assert "gaussian_two_class" not in used.rests_on
    assert run.tests == len(run.chapters[0].detail) + len(equalities)


def test_sharp_law_attains_its_bounds(run):
    counts = {each.name: each for each in run.chapters[0].statements}
    assert counts["cdnv_optimal"].worst_ratio == pytest.approx(1, abs=1e-9)
    assert "∞" in counts["cdnv_optimal"].worst_where
    assert counts["constant_is_sharp"].counts["holds"] == 1


def test_planted_false_bound_is_caught(planted):
    assert planted.exit_status == 1
    assert [each.split(": ")[0] for each in planted.violations] == ["planted", "planted"]
    assert "1 shot, 2 ways" in planted.violations[0] and "∞ shots" in planted.violations[1]
    by_name = {each.name: each.counts for each in planted.chapters[0].statements}
    assert by_name["planted"]["violated"] == 2 and by_name["cdnv_optimal"]["violated"] == 0


def test_report_files(pages):
    page = pages["run"] / "index.html"
    document = json.loads((page.parent / "results.json").read_text(encoding="utf-8"))
    assert document["schema"] == 1 and document["version"] and document["seed"] == 7
    plots = {path.name for path in (page.parent / "plots").iterdir()}
    assert "few_shot-exact_moment.svg" in plots and "few_shot-exact_moment.png" in plots
    assert not [path for path in page.parent.rglob("*") if path.name.startswith(".")]
    assert page.stat().st_size < 5_000_000


@pytest.mark.slow
def test_a_report_is_written_over_an_earlier_one(run, tmp_path):
    pages = [report.write(run, tmp_path / "report").read_text(encoding="utf-8") for _ in range(2)]
    # The row of the time names the seconds that writing took: the only line that may differ.
    first, second = ([line for line in page.splitlines() if TIME_ROW not in line] for page in pages)
    assert first == second and len(first) == len(pages[0].splitlines()) - 1


@pytest.mark.parametrize("which", ["run", "planted"])
def test_pages_are_sound_html_and_load_nothing(which, pages):
    written = sorted(pages[which].rglob("*.html"))
    assert pages[which] / "index.html" in written
    assert any(page.parent.name == "statements" for page in written)
    for page in written:
        parsed = Page(page.read_text(encoding="utf-8"))
        check_page(page, parsed)
        identifiers = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
        assert len(identifiers) == len(set(identifiers))


def check_page(page, parsed):
    assert parsed.stack == []
    names = {tag for tag, _ in parsed.tags}
    assert not names & {"script", "link", "iframe", "object", "embed", "base", "form"}
    for tag, attributes in parsed.tags:
        for key in ("src", "href", "xlink:href", "action", "data"):
            value = attributes.get(key)
            own = value is None or value.startswith("#")
            assert own or (tag == "a" and (page.parent / value).is_file()), (page, tag, value)
        assert not [key for key in attributes if key.startswith("on")]
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"url\(\s*['\"]?(?!#)|@import", text)
    own = {attributes["id"] for _, attributes in parsed.tags if "id" in attributes}
    links = {attributes.get("href") or "" for tag, attributes in parsed.tags if tag == "a"}
    assert {link[1:] for link in links if link.startswith("#")} <= own


def test_every_statement_has_its_page_and_its_row(detailed, pages):
    text = (pages["run"] / "index.html").read_text(encoding="utf-8")
    for statement in detailed.chapters[0].statements:
        assert f'href="statements/{statement.name}.html"' in text
        own = (pages["run"] / "statements" / f"{statement.name}.html").read_text(encoding="utf-8")
        assert f"<code>{statement.name}</code>" in own and "Assumes" in own
    folder = pages["run"] / "statements"
    links = re.findall(
        r'href="(\.\./plots/[^"]+)"', (folder / "exact_moment.html").read_text(encoding="utf-8")
    )
    assert links and all((folder / link).is_file() for link in links)


def test_the_tightest_upper_bound_comes_first(run):
    rows = next(group.rows for group in statement_groups(run) if group.title.startswith("Upper"))
    medians = [row.median for row in rows if row.median is not None]
    assert len(medians) > 3 and medians == sorted(medians, reverse=True)


@pytest.mark.parametrize("which", ["run", "planted"])
def test_every_picture_has_a_text_alternative(which, pages):
    pictures = 0
    for page in pages[which].rglob("*.html"):
        if page.name == "bench.html":
            continue
        parsed = Page(page.read_text(encoding="utf-8"))
        for attributes in (a for tag, a in parsed.tags if tag in ("svg", "img")):
            assert attributes.get("role") == "img" and attributes["aria-label"]
            pictures += 1
    assert pictures >= len(list(pages[which].glob("plots/*.svg"))) > 0


def test_hostile_names_are_escaped(pages):
    for page in pages["planted"].rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text and "49" not in re.findall(r"frac\{ (\S+)", text)
    text = (pages["planted"] / "few_shot.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in text
    assert any(HOSTILE in words for words in Page(text).words)


def test_violations_stand_at_the_top_of_the_page(pages):
    text = (pages["planted"] / "index.html").read_text(encoding="utf-8")
    assert text.index("2 claim(s) violated") < text.index("<main>")


def test_summary_fits_one_screen(run, planted):
    for whole, line in ((run, "OK: no claim violated"), (planted, "VIOLATED: 2 of 6 verdicts")):
        out = Console(file=io.StringIO(), width=80)
        out.print(report.summary(whole, "report/index.html"))
        printed = out.file.getvalue()
        assert len(printed.splitlines()) <= 24
        assert printed.splitlines()[-1].startswith(line)
        assert "report: report/index.html" in printed
        rows = {row.split()[0]: row.split() for row in printed.splitlines() if row.strip()}
        listed = [statement for statement in whole.chapters[0].statements if statement.name in rows]
        left_out = len(whole.chapters[0].statements) - len(listed)
        assert (f"{left_out} more statements" in printed) == (left_out > 0)
        assert all(statement.name in rows for statement in listed if statement.counts["violated"])
        for statement in listed:
            counts = [str(statement.counts[outcome] or "·") for outcome in OUTCOMES if outcome != "scored"]
            assert rows[statement.name][1 : 1 + len(counts)] == counts


def test_no_progress_where_stderr_is_no_terminal(capsys):
    with progress_bar() as progress:
        assert progress is None
    assert capsys.readouterr().err == ""


def test_pictures_are_the_same_bytes_each_time_and_keep_no_state():
    import matplotlib

    before = dict(matplotlib.rcParams)
    panel = Panel(
        "a $ b", 2, (PlottedPoint(1, 0.1, 0.05, 0.2, 0.5), PlottedPoint(5, 0.0, 0.0, 0.01, 1e-160)), 0.2
    )
    one, other = (bound_drawing("name", "title", (panel,)) for _ in range(2))
    assert one == other and b"<dc:date>" not in one.svg and one.png.startswith(b"\x89PNG")
    assert dict(matplotlib.rcParams) == before


def test_jobs_below_one_are_refused():
    with pytest.raises(ValueError, match="jobs must be at least 1"):
        verify.run(jobs=0)
