"""Every theorem compiles and uses no unproved assumption; broken statements and proofs are refused."""

import dataclasses
import shutil
from pathlib import Path

import formal_controls
import pytest
import sympy as sp

from proofs.formal import record
from proofs.formal.build import INSTALL, NoCompiler, compiler
from proofs.formal.compile import compile_theorems
from proofs.formal.files import theorems
from proofs.formal.generate import statement_file
from theory.few_shot.cdnv_2022 import cdnv_2022
from theory.few_shot.cdnv_sharp import cdnv_sharp
from theory.few_shot.exact_moment import exact_moment
from theory.quantities import lam_i

needs_rocq = [
    pytest.mark.slow,
    pytest.mark.skipif(compiler() is None, reason="Rocq is not installed"),
]


@pytest.fixture
def copy_of_the_build(tmp_path: Path) -> Path:
    """A build folder in which everything is compiled already, to be broken."""
    assert all(outcome.checked for outcome in compile_theorems())
    folder = tmp_path / "build"
    shutil.copytree(record.build_folder(), folder)
    return folder


@pytest.mark.parametrize("name", [pytest.param(None, marks=needs_rocq)])
def test_every_theorem_compiles_and_rests_on_nothing(name: None) -> None:
    files: list[str] = []
    outcomes = compile_theorems(report=lambda file, done, total: files.append(file))
    assert [outcome.theorem.name for outcome in outcomes] == list(theorems())
    assert {outcome.theorem.name: outcome.reason for outcome in outcomes if not outcome.checked} == {}
    assert len(files) > 3 * len(outcomes)
    assert compile_theorems() == [dataclasses.replace(outcome, seconds=0.0) for outcome in outcomes]


def _lower(bound, old, new):  # type: ignore[no-untyped-def]
    changed = dataclasses.replace(bound, statement=bound.statement.subs(old, new))
    assert changed.statement != bound.statement
    return changed


BROKEN = {
    "cdnv_sharp with 3.6 in place of 4": lambda: _lower(cdnv_sharp, 4 * lam_i, sp.Rational(18, 5) * lam_i),
    "cdnv_2022 with 14.4 in place of 16": lambda: dataclasses.replace(
        cdnv_2022, statement=cdnv_2022.statement * sp.Rational(9, 10)
    ),
    "exact_moment with 9/10 in place of 1": lambda: dataclasses.replace(
        exact_moment, statement=exact_moment.statement * sp.Rational(9, 10)
    ),
}


@pytest.mark.parametrize("what", [pytest.param(what, marks=needs_rocq) for what in BROKEN])
def test_a_lowered_constant_does_not_compile(what: str, copy_of_the_build: Path) -> None:
    bound = BROKEN[what]()
    theorem = dataclasses.replace(theorems()[bound.name], claim=bound)
    text = statement_file([theorem])
    assert text != record.text_of(theorem.statement)
    [outcome] = compile_theorems([bound.name], folder=copy_of_the_build, texts={theorem.statement: text})
    assert not outcome.checked


UNNEEDED = {
    "(1 < #|I|)%N",
    "(1 <= n)%N",
    "mean cj != mean ci",
    "(forall i j, j != i -> mean (c j) != mean (c i))",
}
"""Hypotheses that the catalogue has and some proofs do not need: there is no other class, no draw, or no
quotient that the distance would have to be positive for."""


NEEDED, ONE_CLASS = "is_largest_eigenvalue ci lam_i", "(1 < #|I|)%N"


@pytest.mark.parametrize("name", [pytest.param("cdnv_sharp", marks=needs_rocq)])
def test_no_wrong_statement_is_proved(name: str, full: bool, copy_of_the_build: Path) -> None:
    """By default two hypotheses of one theorem, one of them needed; with --full every wrong statement of
    every theorem (some 350, 20 minutes of CPU time)."""
    chosen = [
        control
        for each in (theorems() if full else [name])
        for control in formal_controls.controls(each)
        if full or control.without in (NEEDED, ONE_CLASS)
    ]
    survived = [control for control in chosen if not control.refused(copy_of_the_build)]
    assert [control.what for control in survived if control.without not in UNNEEDED] == []
    assert f"{name}_classes without {ONE_CLASS}" in [control.what for control in survived]
    assert any(control.without == NEEDED for control in chosen)


@pytest.mark.parametrize(
    ("file", "right", "wrong", "why"),
    [
        pytest.param(
            "statements/few_shot/cdnv_sharp.v", "    (1 <= n)%N ->\n", "", "Error", marks=needs_rocq,
            id="a hypothesis dropped",
        ),
        pytest.param(
            "few_shot/cdnv_sharp.v", "split; first exact: pair.",
            "split; first exact: pair.\nAdmitted.\nTheorem rest : True.\nProof. exact: I. Qed.",
            "rests on", marks=needs_rocq, id="a proof admitted",
        ),
        pytest.param(
            "few_shot/cdnv_sharp.v", "Theorem cdnv_sharp : cdnv_sharp_statement.\nProof.",
            "Theorem cdnv_sharp : cdnv_sharp_pair.\nProof. exact: pair. Qed.\n"
            "Theorem all : cdnv_sharp_statement.\nProof.",
            "Error", marks=needs_rocq, id="another statement proved under the name",
        ),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused(
    file: str, right: str, wrong: str, why: str, copy_of_the_build: Path
) -> None:
    original = record.text_of(file)
    assert right in original
    broken = original.replace(right, wrong)
    if "Admitted" in wrong:
        broken = broken[: broken.index(wrong) + len(wrong)]
    [outcome] = compile_theorems(["cdnv_sharp"], folder=copy_of_the_build, texts={file: broken})
    assert not outcome.checked
    assert why in outcome.reason


def test_without_rocq_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoCompiler) as raised:
        compile_theorems()
    assert str(raised.value) == INSTALL
    assert "\n" not in INSTALL
