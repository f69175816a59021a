"""Quantities and the symbols that proofs bring in share one space of names: no name is used twice."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
import sympy as sp

from proofs import library
from proofs.kernel.steps import Proof
from proofs.kernel.terms import Vector
from theory.quantities import LOCALS, TABLE

PROVED = [name for name in library.names() if library.has_proof(name)]


def symbols(proof: Proof) -> Iterator[sp.Symbol]:
    for part in (*proof.premises, *proof.steps):
        yield from part.claim.atoms(sp.Symbol)
    yield from (part for part in proof.defined if isinstance(part, sp.Symbol))


def clashes(proof: Proof) -> set[str]:
    """Names of quantities that a number of the proof has, which isn't that quantity. (A vector is told from a
    number by its kind: the noise ``b`` of a centre is no upper end ``b`` of a kernel; sizes of matrices are
    whole numbers.)"""
    return {
        symbol.name
        for symbol in symbols(proof)
        if symbol.name in TABLE
        and TABLE[symbol.name].symbol != symbol
        and not isinstance(symbol, Vector)
        and not symbol.is_integer
    }


@pytest.mark.parametrize("name", PROVED)
def test_no_symbol_of_a_proof_has_the_name_of_a_quantity(name: str) -> None:
    proof = library.write(library.statement(name))
    assert proof is not None
    assert not clashes(proof)


def test_no_abbreviation_of_a_statement_has_the_name_of_a_quantity() -> None:
    assert not {symbol.name for symbol in LOCALS} & TABLE.keys()


def test_a_new_quantity_with_the_name_of_a_proof_symbol_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: ``sc`` is a symbol of the proof of `union_moment`."""
    proof = library.write(library.statement("union_moment"))
    assert proof is not None and not clashes(proof)
    monkeypatch.setitem(TABLE, "sc", dataclasses.replace(TABLE["d"], symbol=sp.Symbol("sc", positive=True)))
    assert clashes(proof) == {"sc"}
