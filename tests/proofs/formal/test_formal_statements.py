"""The statement files are those generated from the present catalogue, and the record belongs to them."""

import dataclasses
import re

import pytest
import sympy as sp

from proofs.formal import record
from proofs.formal.files import FOLDER, LIBRARY, closure, home, imports, sources, theorems
from proofs.formal.generate import statement_files
from proofs.formal.state import COVERS, formal_state
from theory import catalogue
from theory.assumptions import FollowsLaw
from theory.expressions import Avg
from theory.few_shot.cdnv_sharp import cdnv_sharp
from theory.few_shot.constant_is_sharp import constant_is_sharp
from theory.few_shot.subgaussian import subgaussian
from theory.few_shot.union_moment_optimal import union_moment_optimal
from theory.printing.rocq import CLASSES, PAIR, NotPrintable, expression, statement
from theory.printing.rocq.scopes import BEYOND, GIVEN, MEANINGS, RADII
from theory.quantities import T_i, d, lam_i, n, v_i, v_j

FORBIDDEN = re.compile(r"\b(Admitted|admit|Axiom|Axioms|Conjecture|Parameter|Parameters|give_up)\b")

TENTHS = sp.Rational(9, 10)


def without_comments(text: str) -> str:
    return re.sub(r"\(\*.*?\*\)", "", text, flags=re.S)


def test_the_statement_files_are_those_that_the_catalogue_gives() -> None:
    generated = statement_files()
    on_disk = {
        str(path.relative_to(FOLDER)): path.read_text(encoding="utf-8")
        for path in (FOLDER / "statements").rglob("*.v")
    }
    assert on_disk == generated


def test_every_proof_file_proves_a_statement_of_the_catalogue() -> None:
    proved = {theorem.proof for theorem in theorems().values()}
    others = {file for file in sources() if not file.startswith((LIBRARY, "statements"))}
    assert proved == others
    for theorem in theorems().values():
        text = (FOLDER / theorem.proof).read_text(encoding="utf-8")
        assert f"Theorem {theorem.name} : {theorem.name}_statement." in text


def test_no_file_assumes_anything() -> None:
    for file in sources():
        match = FORBIDDEN.search(without_comments((FOLDER / file).read_text(encoding="utf-8")))
        assert match is None, f"{file}: {match}"


def test_the_search_for_assumptions_finds_one() -> None:
    assert FORBIDDEN.search(without_comments("Lemma x : False. (* Qed. *) Admitted."))
    assert not FORBIDDEN.search(without_comments("(* no Admitted here *)"))


def test_every_theorem_is_recorded_as_it_is_now() -> None:
    recorded = record.read(record.RECORD)
    assert recorded == {name: record.fingerprint(theorem) for name, theorem in theorems().items()}


def test_a_theorem_changed_in_any_file_under_it_is_no_longer_recorded(monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    theorem = theorems()["exact_moment"]
    assert formal_state("exact_moment").verdict == "recorded"
    assert "recorded, not re-run here" in formal_state("exact_moment").sentence
    assert COVERS in formal_state("exact_moment").sentence
    original = record.text_of
    assert len(closure(theorem.proof)) > 8
    for file in closure(theorem.proof):
        monkeypatch.setattr(
            record, "text_of", lambda name, file=file: original(name) + ("\n" if name == file else "")
        )
        record.fingerprint.cache_clear()
        assert formal_state("exact_moment").verdict == "none", file
    record.fingerprint.cache_clear()


def test_what_a_machine_has_compiled_is_said_to_be_checked(monkeypatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    record.write(record.local_record(), "8.16.1", ["cdnv_sharp"])
    assert formal_state("cdnv_sharp").verdict == "checked"
    assert formal_state("cdnv_optimal").verdict == "recorded"
    assert formal_state("no_such_statement").verdict == "none"
    record.local_record().write_text("not JSON", encoding="utf-8")
    assert formal_state("cdnv_sharp").verdict == "recorded"


def test_a_statement_without_a_form_in_rocq_is_refused_and_has_no_state() -> None:
    with pytest.raises(NotPrintable):
        statement(subgaussian)
    assert formal_state("subgaussian").verdict == "none"


def test_a_changed_bound_prints_differently() -> None:
    lower = dataclasses.replace(cdnv_sharp, statement=(sp.Rational(18, 5) * lam_i + (v_i + v_j) / n) / d**2)
    assert statement(lower) != statement(cdnv_sharp)
    assert "18%:R * lam_i / 5%:R" in statement(lower)


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (v_i / n - v_j, "variance ci / n%:R - variance cj"),
        (-2 * v_i * d, "- (2%:R * variance ci * distance ci cj)"),
        (v_i * (v_i - v_j) ** 2 / n, "variance ci * (variance ci - variance cj) ^+ 2 / n%:R"),
        (v_i / (n * d**3), "variance ci / (n%:R * distance ci cj ^+ 3)"),
        (sp.sqrt(v_i + v_j), "Num.sqrt (variance ci + variance cj)"),
        ((v_i + 1) ** sp.Rational(-1, 4), "1 / Num.sqrt (Num.sqrt (variance ci + 1))"),
        (sp.Min(v_i, v_j), "Num.min (variance ci) (variance cj)"),
        (sp.Piecewise((v_i, d >= n), (1, True)), "if n%:R <= distance ci cj then variance ci else 1"),
        (sp.Rational(3, 7), "3%:R / 7%:R"),
    ],
)  # fmt: skip
def test_expressions(tree: sp.Expr, text: str) -> None:
    assert expression(tree, PAIR) == text


def test_a_bound_with_a_matrix_prints_as_it_is_written() -> None:
    assert "\\tr ((invmx Rm) *m (((m - s) *m (m^T - s^T)) + Sigma))." in statement(union_moment_optimal)
    less = dataclasses.replace(union_moment_optimal, statement=union_moment_optimal.statement * TENTHS)
    assert "(9%:R / 10%:R) * \\tr ((invmx Rm)" in statement(less)
    other = sp.MatrixSymbol("Q", 2, 2)
    with pytest.raises(NotPrintable, match="'Q'"):
        statement(dataclasses.replace(union_moment_optimal, statement=sp.Trace(other)))
    with pytest.raises(NotPrintable, match="Determinant"):
        statement(dataclasses.replace(union_moment_optimal, statement=sp.Determinant(other)))


def test_a_statement_about_a_law_without_a_definition_is_refused() -> None:
    with pytest.raises(NotPrintable, match="no definition in Rocq"):
        statement(dataclasses.replace(constant_is_sharp, assumptions=(FollowsLaw("another"),)))
    with pytest.raises(NotPrintable, match="lower bounds"):
        statement(dataclasses.replace(constant_is_sharp, kind="upper"))
    assert "exists2 lam_i, is_largest_eigenvalue ci lam_i &" in statement(constant_is_sharp)


def test_what_depends_on_the_number_of_classes_needs_all_of_them() -> None:
    pair = dataclasses.replace(cdnv_sharp, statement=T_i / d**2)
    with pytest.raises(NotPrintable, match="number of classes"):
        statement(pair)


def test_averages_need_all_classes() -> None:
    assert expression(Avg(v_i / d), CLASSES) == "average (fun i j => variance (c i) / distance (c i) (c j))"
    with pytest.raises(NotPrintable):
        expression(Avg(v_i / d), PAIR)
    with pytest.raises(NotPrintable):
        expression(v_i ** sp.Rational(1, 3), PAIR)


def test_every_word_that_is_printed_is_defined_in_the_library() -> None:
    library = (FOLDER / "library/quantities.v").read_text(encoding="utf-8")
    for field, definition in {**MEANINGS, **GIVEN, **RADII}.items():
        text = (FOLDER / f"library/{BEYOND[field]}.v").read_text() if field in BEYOND else library
        assert re.search(rf"Definition {definition.split()[0]}\b", text), definition


def test_requirements_are_read_off_the_files() -> None:
    text = "From Collapse.library Require Import vectors facts.\nFrom Collapse.few_shot Require cdnv_sharp."
    assert list(imports(text)) == ["library/vectors.v", "library/facts.v", "few_shot/cdnv_sharp.v"]
    for file in sources():
        for needed in imports((FOLDER / file).read_text(encoding="utf-8")):
            assert (FOLDER / needed).is_file(), f"{file} requires {needed}"


def test_statements_live_in_files_of_their_name() -> None:
    assert home(catalogue.get("directional_2025_sum")) == "few_shot/directional_2025"
    assert home(catalogue.get("directional_second_moment")) == "few_shot/directional_second_moment"
    assert home(catalogue.get("cdnv_optimal")) == "few_shot/cdnv_optimal"
