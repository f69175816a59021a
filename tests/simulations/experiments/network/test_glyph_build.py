"""The builder of the glyphs: faces, drawing, and the data card of the packaged file."""

from __future__ import annotations

import io
from types import SimpleNamespace

import numpy as np
import pytest
from helpers_images import noise_classes

from simulations.experiments.network.data.dataset import GLYPHS, GLYPHS_SHA256, SIDE, load_glyphs
from simulations.experiments.network.glyphs import build as build_glyphs
from simulations.experiments.network.glyphs import rules
from simulations.experiments.network.glyphs.draw import BASELINE, CAPITAL, Pen
from simulations.experiments.network.glyphs.fonts import Face, group_of, instances, spread

FOLDER = GLYPHS.parent


@pytest.fixture(scope="module")
def pen() -> Pen:
    from fontTools.ttLib import TTFont
    from matplotlib import get_data_path

    file = f"{get_data_path()}/fonts/ttf/DejaVuSans.ttf"
    letters = frozenset(TTFont(file, lazy=True).getBestCmap())
    with open(file, "rb") as opened:
        return Pen(Face("dejavu-sans", "dejavu", "DejaVuSans", opened.read(), None, letters))


def test_capitals_stand_on_the_baseline_at_one_height(pen: Pen) -> None:
    picture = pen.letter(ord("H"))
    assert picture is not None and picture.shape == (SIDE, SIDE)
    assert np.flatnonzero(picture.any(axis=1)).tolist() == list(range(BASELINE - CAPITAL, BASELINE))
    small, large = pen.letter(ord("c")), pen.letter(ord("C"))
    assert small is not None and large is not None and small.sum() < 0.8 * large.sum()


@pytest.mark.parametrize("letter", ["Ǻ", "Щ", "W", "ģ", "Ȑ"])
def test_letters_lie_whole_in_the_frame(pen: Pen, letter: str) -> None:
    picture = pen.letter(ord(letter))
    assert picture is not None
    edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    assert not edge.any() and picture.any()


def test_blanks_missing_letters_and_notdef_are_rejected(pen: Pen) -> None:
    assert 0xA0 in pen.face.letters and pen.letter(0xA0) is None
    assert 0x10FFFD not in pen.face.letters and pen.letter(0x10FFFD) is None
    # A cmap that claims a letter which the font draws as .notdef.
    claims = Face("", "", "", pen.face.content, None, pen.face.letters | {0x10FFFD})
    assert Pen(claims).letter(0x10FFFD) is None


def test_instances_span_the_axes() -> None:
    assert spread([100.0, 200.0, 300.0, 400.0, 500.0, 700.0, 900.0]) == [100.0, 400.0, 700.0, 900.0]
    assert spread([400.0]) == [400.0]
    weight = SimpleNamespace(axisTag="wght", minValue=100, defaultValue=400, maxValue=900)
    width = SimpleNamespace(axisTag="wdth", minValue=75, defaultValue=100, maxValue=100)
    styles = instances([width, weight])
    assert len(styles) == len(set(styles)) == 6
    assert (75, 400.0) in styles and (100, 900.0) in styles and (75, 900.0) not in styles


def test_siblings_are_one_group() -> None:
    assert group_of("roboto") == group_of("roboto-slab") != group_of("lora") == "lora"


def test_candidates_have_at_most_one_mark() -> None:
    letters = set(map(chr, build_glyphs.candidates()))
    assert {"A", "é", "Ж", "ω", "Ǽ"} <= letters
    assert letters.isdisjoint("ấǅŉſ7")


def test_the_same_pictures_make_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "LEAST", 10)
    data = noise_classes(classes=4, groups=14, per_class=1, side=SIDE)
    faces = tuple(Face("", name, name, b"", None, frozenset()) for name in data.group_names)
    glyphs = build_glyphs.DrawnGlyphs(data.images, data.labels + 65, data.groups, faces)
    packed = [build_glyphs.packed(build_glyphs.choose(glyphs, lambda _: None)[0]) for _ in range(2)]
    assert packed[0] == packed[1]
    with np.load(io.BytesIO(packed[0]), allow_pickle=False) as stored:
        assert np.array_equal(stored["images"], data.images)
        assert stored["class_names"].tolist() == list("ABCD")
        assert [stored["group_names"][group] for group in stored["groups"][:14]] == list(data.group_names)


def test_the_card_and_the_pins_belong_to_the_file() -> None:
    data = load_glyphs()
    card = (FOLDER / "DATA.md").read_text("utf-8")
    assert GLYPHS_SHA256 in card
    assert f"{len(data.labels)} grey images" in card and f": {len(data.class_names)} letters" in card
    assert " ".join(data.class_names) in card
    rows = [line.split(" | ") for line in card.splitlines() if line.endswith(" |") and line.count("|") == 7]
    table = rows[2:] if rows[1][0].startswith("|--") else rows[1:]
    counts = dict.fromkeys(data.group_names, 0)
    for row in table:
        counts[row[0].removeprefix("| ")] += int(row[-1].removesuffix(" |"))
    assert list(counts.values()) == np.bincount(data.groups).tolist()
    pins = (FOLDER / "requirements.txt").read_text("utf-8").splitlines()
    packages = {row[2].replace(" ", "==") for row in table}
    assert packages == {line for line in pins if not line.startswith("#")}
    assert (FOLDER / "DATA.png").stat().st_size < 100_000
