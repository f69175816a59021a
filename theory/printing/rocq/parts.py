"""The parts of a statement in Rocq: abbreviations, variables, hypotheses, definitions and propositions."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable

import sympy as sp

from theory.assumptions import Assumption, MinimumShots
from theory.bound import Bound, Statement
from theory.expressions import REDUCTIONS
from theory.printing.rocq.algebra import NotPrintable, expression
from theory.printing.rocq.scopes import CLASSES, GIVEN, PAIR, RADII, Scope, coefficients, described_variables
from theory.quantities import lookup

RESERVED = {"R", "p", "n", "m", "I", "Support", "Ti", "Tj", "c", "ci", "cj", "yi", "yj", "i", "j", "l", "E"}
_ALWAYS = {"FiniteVariance", "FiniteFourthMoment", "FiniteMoments"}
"""Assumptions that every law with finite support satisfies."""
_BY_QUANTITY = {"BoundedKurtosis", "SphericallySymmetric", "DistinctMeans"}
"""Assumptions that the quantities of the statement bring along, as hypotheses on their values."""


def reduces(tree: sp.Basic) -> bool:
    """Whether the expression averages, sums or maximises over classes."""
    return any(isinstance(node, REDUCTIONS) for node in sp.preorder_traversal(tree))


def symbols(bound: Statement) -> set[sp.Symbol]:
    """The quantities that the written-out statement and its condition use."""
    trees = [
        getattr(bound, "relation", None) if not isinstance(bound, Bound) else bound.statement,
        bound.condition,
    ]
    used = {symbol for tree in trees if tree is not None for symbol in tree.free_symbols}
    for symbol, meaning in reversed(bound.where):
        used = (used - {symbol}) | meaning.free_symbols if symbol in used else used
    return used


def finite(tree: sp.Expr) -> tuple[sp.Expr, sp.Basic]:
    """A statement that is infinite outside a condition says nothing there: the claim and that condition."""
    if isinstance(tree, sp.Piecewise) and tree.args[-1] == (sp.oo, True) and len(tree.args) == 2:
        claim, holds = tree.args[0]
        return claim, holds
    return tree, sp.true


def lets(where: Iterable[tuple[sp.Symbol, sp.Expr]], scope: Scope) -> tuple[list[str], dict[sp.Symbol, str]]:
    """``let`` lines for the abbreviations; those that depend on another class are functions of it."""
    lines: list[str] = []
    names: dict[sp.Symbol, str] = {}
    depends: dict[sp.Symbol, tuple[str, ...]] = {}
    for symbol, meaning in where:
        if str(symbol) in RESERVED:
            raise NotPrintable(f"the abbreviation '{symbol}' would hide a name of the statement")
        indices = _indices(meaning, depends) if scope.classes else ()
        depends[symbol] = indices
        binder = f"fun {' '.join(indices)} => " if indices else ""
        lines.append(f"let {symbol} := {binder}{expression(meaning, scope, names)} in")
        names[symbol] = f"({symbol} {' '.join(indices)})" if indices else str(symbol)
    return lines, names


def _indices(tree: sp.Basic, depends: dict[sp.Symbol, tuple[str, ...]]) -> tuple[str, ...]:
    """The other classes, j and l, that an expression depends on (a reduction binds both)."""
    if reduces(tree):
        return ()
    used: set[str] = set()
    for symbol in tree.free_symbols:
        entry = lookup(symbol)
        used |= set(depends.get(symbol, ())) | set(entry.index if entry else "")
    return tuple(index for index in "jl" if index in used)


def variables_of(used: set[sp.Symbol], bound: Statement, scope: Scope) -> list[tuple[str, str]]:
    """Names and types of the statement's variables beyond the laws: values that predicates describe, granted
    values and the free parameter."""
    variables = []
    for symbol in described_variables(used):
        name = scope.variable(str(symbol))
        variables.append((name[1:].split()[0], "I -> R") if name.startswith("(") else (name, "R"))
    entries = [(lookup(symbol), symbol) for symbol in sorted(used, key=str)]
    variables += [(str(s), "R") for entry, s in entries if entry and entry.field == "SphericallySymmetric"]
    if bound.free is not None:
        variables.append((str(bound.free.symbol), "R"))
    kind = "I -> I -> R" if scope.classes else "R"
    variables += [(name, kind) for name in coefficients(bound)]
    return list(dict.fromkeys(variables))


def arguments_of(used: set[sp.Symbol], bound: Statement) -> list[str]:
    """The same variables as arguments of a pair bound, where all classes are at hand."""
    values = [CLASSES.variable(str(symbol)) for symbol in described_variables(used)]
    values += [str(bound.free.symbol)] if bound.free is not None else []
    return values + [f"({name} i j)" for name in coefficients(bound)]


def _binders(scope: Scope) -> str:
    if scope.classes:
        return "(R : rcfType) (p n : nat) (I Support : finType) (c : I -> class_of R p Support)"
    if scope.samples:
        return (
            "(R : rcfType) (p m : nat) (Ti Tj : finType)\n"
            "    (ci : class_of R p Ti) (cj : class_of R p Tj) (yi yj : 'I_m -> 'rV[R]_p)"
        )
    numbers = "(p n : nat)" if scope.shots else "(p : nat)"
    return f"(R : rcfType) {numbers} (Ti Tj : finType)\n    (ci : class_of R p Ti) (cj : class_of R p Tj)"


def _typed(variables: list[tuple[str, str]]) -> str:
    return "".join(f" ({name} : {kind})" for name, kind in variables)


def definition(
    bound: Bound, scope: Scope, variables: list[tuple[str, str]], claim: sp.Expr, index: str = ""
) -> str:
    """The bound's value as a definition."""
    lines, names = lets(bound.where, scope)
    lines.append(expression(claim, scope, names))
    more = f" ({index} : I)" if index else ""
    head = f"Definition {bound.name}_bound {_binders(scope)}{_typed(variables)}{more} : R :="
    return wrapped("\n  ".join((head, *lines)) + ".")


def proposition(
    name: str, scope: Scope, variables: list[tuple[str, str]], hypotheses: Iterable[str], goal: Iterable[str]
) -> str:
    """A proposition in one of the scopes."""
    return proposition_of(name, f"{_binders(scope)}{_typed(variables)}", hypotheses, goal)


def proposition_of(name: str, binders: str, hypotheses: Iterable[str], goal: Iterable[str]) -> str:
    """A proposition with these binders."""
    body = [f"{hypothesis} ->" for hypothesis in hypotheses]
    head = f"Definition {name} : Prop :=\n  forall {binders},"
    return wrapped("\n    ".join((head, *body, *goal)) + ".")


def wrapped(text: str) -> str:
    """Long lines broken, with their indent kept."""
    lines = []
    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip()))
        lines += textwrap.wrap(
            line.strip(),
            100,
            initial_indent=indent,
            subsequent_indent=indent + "    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join(lines)


def hypotheses_of(used: set[sp.Symbol], assumptions: tuple[Assumption, ...], scope: Scope) -> list[str]:
    """Probabilities, shots, distinct means, and what describes the variables."""
    hypotheses = (
        ["(1 < #|I|)%N", "(forall i, probability (c i))"]
        if scope.classes
        else ["probability ci", "probability cj"]
    )
    if not scope.samples:
        hypotheses.append(f"({_shots(assumptions)} <= n)%N")
    entries = [(symbol, lookup(symbol)) for symbol in sorted(used, key=str)]
    if any(a.name == "DistinctMeans" for a in assumptions) or any(str(s) == "d" for s in used):
        hypotheses.append(
            "(forall i j, j != i -> mean (c j) != mean (c i))" if scope.classes else "mean cj != mean ci"
        )
    if any(str(symbol) == "d_hat" for symbol in used):
        hypotheses.append("sample_mean yj != sample_mean yi")
    for symbol in described_variables(used):
        hypotheses.append(_described(symbol, scope))
    if any(entry and entry.field == "SphericallySymmetric" for _, entry in entries):
        hypotheses.append("(s = 1 \\/ (s = p%:R^-1 /\\ forall i, is_isotropic (c i)))")
    for assumption in assumptions:
        if assumption.name not in _ALWAYS | _BY_QUANTITY | {"MinimumShots"}:
            raise NotPrintable(f"the assumption {assumption.name} has no form for finite laws")
    return hypotheses


def _described(symbol: sp.Symbol, scope: Scope) -> str:
    entry = lookup(symbol)
    assert entry is not None
    value, index = scope.variable(entry.name), entry.index
    if entry.field in RADII:
        return f"{RADII[entry.field]} {scope.member(index)} {scope.sample(index)} {value}"
    if "#|I|" in GIVEN[entry.field] and not scope.classes:
        raise NotPrintable(f"'{entry.name}' depends on the number of classes, which an ordered pair has not")
    claim = f"{GIVEN[entry.field]} {scope.member(index)} {value}"
    return f"(forall {index}, {claim})" if scope.classes else claim


def _shots(assumptions: tuple[Assumption, ...]) -> int:
    wanted = [a.shots for a in assumptions if isinstance(a, MinimumShots)]
    if any(math.isinf(shots) for shots in wanted):
        raise NotPrintable("infinitely many shots")
    return max([1, *(int(shots) for shots in wanted)])


def domain(bound: Bound, scope: Scope) -> list[str]:
    """The domain of the free parameter, and the signs of coefficients to choose."""
    chosen = coefficients(bound)
    if chosen and scope.classes:
        return [f"(forall i j, 0 <= {name} i j)" for name in chosen]
    if chosen or bound.free is None:
        return [f"0 <= {name}" for name in chosen]
    free = bound.free
    below = f"{expression(sp.sympify(free.lower), PAIR)} {'<=' if free.closed else '<'} {free.symbol}"
    if free.upper == sp.oo:
        return [below]
    return [below, f"{free.symbol} < {expression(free.upper, PAIR)}"]


def condition(
    bound: Statement, scope: Scope, extra: sp.Basic = sp.true, names: dict[sp.Symbol, str] | None = None
) -> list[str]:
    """The statement's condition, and the one under which it is finite."""
    conditions = []
    for condition in (bound.condition, extra):
        if condition == sp.true:
            continue
        text = expression(condition, scope, names)
        if scope.classes and _indices(condition, {}):
            text = f"(forall i j, j != i -> {text})"
        conditions.append(text if text.startswith("(") else f"({text})")
    return conditions
