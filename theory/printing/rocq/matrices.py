"""A bound stated with a matrix that may be chosen: its entries are pairs of classes other than i.

The classes j other than i are counted by ``enum_val``, of which a row and a column of the matrices are made.
What a matrix symbol of the statement stands for is said in ``theory.bound.matrix``: the means m_j, variances
Sigma_jj and covariances Sigma_jl of the margins, and the roots s_j of the diagonal of the matrix chosen.
"""

from __future__ import annotations

import sympy as sp

from theory.bound.matrix import MatrixBound
from theory.printing.rocq.algebra import NotPrintable, expression
from theory.printing.rocq.parts import hypotheses_of, lets, proposition_of, wrapped
from theory.printing.rocq.scopes import CLASSES

CHOSEN, ROWS = "Rm", "#|[pred j | j != i]|"
MATRICES = {"R": CHOSEN, "Sigma": "Sigma", "m": "m", "s": "s"}
MEANINGS = (
    "let Sigma := \\matrix_(a, b) (if a == b then Sigma_jj (enum_val a)",
    "    else Sigma_jl (enum_val a) (enum_val b)) in",
    "let m := \\col_a m_j (enum_val a) in",
    f"let s := \\col_a Num.sqrt ({CHOSEN} a a) in",
)
BINDERS = "(R : rcfType) (p n : nat) (I Support : finType) (c : I -> class_of R p Support)"


def matrix_statement(bound: MatrixBound) -> str:
    """For every choice of a positive definite matrix for each class, its value bounds the class's error."""
    where = [(symbol, value) for symbol, value in bound.sharpens.where if str(symbol) in _USED]
    abbreviations, _ = lets(where, CLASSES)
    used = {symbol for _, value in where for symbol in value.free_symbols}
    chosen = f"({CHOSEN} : 'M[R]_{ROWS})"
    value = wrapped(
        "\n  ".join(
            (
                f"Definition {bound.name}_bound {BINDERS} (i : I)\n    {chosen} : R :=",
                *abbreviations,
                *MEANINGS,
                f"{_scaled(bound.statement)}.",
            )
        )
    )
    here = f"{bound.name}_bound n c ({CHOSEN} i)"
    hypotheses = [
        *hypotheses_of(used, bound.assumptions, CLASSES),
        f"(forall i, is_positive_definite ({CHOSEN} i))",
    ]
    goals = (
        f"(forall i, class_error c n i <= {here}) /\\",
        f"few_shot_error c n <= (ways R I)^-1 * \\sum_i {here}",
    )
    binders = f"{BINDERS}\n    ({CHOSEN} : forall i : I, 'M[R]_{ROWS})"
    return f"{value}\n\n{proposition_of(f'{bound.name}_statement', binders, hypotheses, goals)}"


_USED = ("m_j", "Sigma_jj", "Sigma_jl")


def _scaled(tree: sp.Expr) -> str:
    factor, form = tree.as_coeff_Mul()
    return _matrix(form) if factor == 1 else f"({expression(factor, CLASSES)}) * {_matrix(form)}"


def _matrix(tree: sp.Basic) -> str:
    """A matrix expression, in parentheses where it is a sum or a product."""
    if isinstance(tree, sp.MatrixSymbol):
        if str(tree) not in MATRICES:
            raise NotPrintable(f"no Rocq matrix stands for '{tree}'")
        return MATRICES[str(tree)]
    if isinstance(tree, sp.Trace):
        return f"\\tr {_matrix(tree.arg)}"
    if isinstance(tree, sp.Inverse):
        return f"(invmx {_matrix(tree.arg)})"
    if isinstance(tree, sp.Transpose):
        return f"{_matrix(tree.arg)}^T"
    if isinstance(tree, sp.MatAdd):
        return _sum(tree)
    if isinstance(tree, sp.MatMul):
        coefficient, factors = tree.as_coeff_matrices()
        if coefficient != 1:
            raise NotPrintable(f"no rule for the factor {coefficient} of a matrix product")
        return f"({' *m '.join(_matrix(factor) for factor in factors)})"
    raise NotPrintable(f"no rule for a {type(tree).__name__} of matrices")


def _sum(tree: sp.MatAdd) -> str:
    """Terms with the factor -1 last, as differences."""
    plus, minus = [], []
    for term in tree.args:
        coefficient, factors = term.as_coeff_matrices() if isinstance(term, sp.MatMul) else (1, [term])
        if coefficient == -1:
            minus.append(_matrix(sp.MatMul(*factors) if len(factors) > 1 else factors[0]))
        else:
            plus.append(_matrix(term))
    if not plus:
        raise NotPrintable("no rule for a sum of matrices that are all subtracted")
    return f"({' + '.join(plus)}{''.join(f' - {term}' for term in minus)})"
