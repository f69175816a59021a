"""What a term depends on: which random draws, and which classes. Read off the term and the definitions.

A symbol of no known meaning may be anything: random, depending on every draw and on every class. A number
that is fixed before anything is drawn, and the same for all classes, must be introduced as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sympy as sp

from proofs.kernel.judging import JUDGE
from proofs.kernel.nodes import Node, node, walk
from proofs.kernel.reading import read, read_vector
from proofs.kernel.terms import (
    INNER,
    LABELLED,
    LENGTHS,
    OUTER,
    Vector,
    all_episodes,
    disjoint_mean,
    form,
    half_square,
    input_variance,
    lam_t,
    margin_l,
    nearest,
    noise,
    root_of_R,
    v_it,
    v_jt,
    width,
)
from theory import expressions as ex
from theory.quantities import TABLE

INSIDE, OUTSIDE = "given the classes", "with the classes"
"""What a plain random symbol depends on: every random vector, or the classes and their samples as well."""
EVERY = frozenset("ijlr")
NOTHING: frozenset[Any] = frozenset()

POSITIVE, NONNEGATIVE = "positive", "nonnegative"
_OWN = {
    **dict.fromkeys((half_square, disjoint_mean, all_episodes), (NONNEGATIVE, "")),
    **dict.fromkeys((ex.few_shot_error, ex.kernel, ex.limiting_ratio), (NONNEGATIVE, "")),
    **dict.fromkeys((ex.mean_map_error, ex.vote_error), (NONNEGATIVE, "")),
    ex.class_error: (NONNEGATIVE, "i"),
    ex.margin: ("", "ij"),
    margin_l: ("", "il"),
    form: ("", "i"),
    nearest: (NONNEGATIVE, "ij"),
    ex.margin_loss: ("", "ij"),
    width: (POSITIVE, "ij"),
    root_of_R: (POSITIVE, "ij"),
    input_variance: (NONNEGATIVE, "ij"),
    noise: (POSITIVE, ""),
    lam_t: (NONNEGATIVE, "i"),
    v_it: (NONNEGATIVE, "i"),
    v_jt: (NONNEGATIVE, "j"),
    ex.axes_cosine: ("", ""),
    **dict.fromkeys(LABELLED, ("", "")),
}
"""Sign and classes of the symbols that are in no table of quantities, by their meaning."""


def meaning(symbol: sp.Symbol) -> tuple[str, str] | None:
    """Sign and classes of a symbol that has a meaning of its own; None for any other."""
    if symbol in _OWN:
        return _OWN[symbol]
    entry = TABLE.get(symbol.name)
    if entry is None or entry.symbol != symbol:
        return None
    known = symbol._assumptions_orig
    sign = POSITIVE if known.get("positive") else NONNEGATIVE if known.get("nonnegative") else ""
    return sign, "".join(sorted(entry.index))


_BOUND = {
    "Avg": "ij",
    "SumOver": "j",
    "MaxOver": "j",
    "SumOverPairs": "jl",
    "SumAxes": "r",
    "MaxAxes": "r",
    "OverClasses": "ijl",
    "forevery": "j",
    "forallpairs": "ijl",
    "Deviation": "ijl",
    "Rademacher": "ijl",
    "LargestChange": "ijl",
}
_VECTORS = {"D": "ij", "D_l": "il"}
_FAMILIES = ("Avg", "SumOver", "MaxOver", "SumOverPairs")
MEANS = ("mean", "expect", "pool")
"""A mean as it is written; given the classes, or of what is random as they are; over a pool of classes."""
NOT_RANDOM = (*MEANS, "prob", "OverClasses", "Deviation", "Rademacher", "LargestChange", "LimitAtZero")
"""Numbers, whatever random vectors they are taken over."""


class Sorts:
    """The sorts of the terms of one proof, from its definitions and the numbers it fixes in advance."""

    def __init__(self, definitions: Mapping[Node, Node], numbers: frozenset[Node] = NOTHING) -> None:
        self.definitions = definitions
        self.numbers = numbers
        self.roles: dict[str, str] = {}
        self.mentioned: frozenset[Node] = NOTHING
        """Symbols that some premise mentions, other than the definitions' own."""
        self.premises: tuple[Node, ...] = ()
        """What is taken for granted, but for the definitions."""
        self._sources: dict[Node, frozenset[Any]] = {}
        self._index: dict[Node, frozenset[str]] = {}

    @property
    def state(self) -> tuple[Any, ...]:
        """All that an answer may depend on."""
        return (tuple(self.definitions.items()), self.numbers, self.premises)

    def state_of(self, terms: Iterable[Node]) -> tuple[Any, ...]:
        """All that an answer may depend on that is about these terms alone: definitions of what stands in
        them, and in those definitions. Mutants of a statement share most of their questions."""
        met: set[Node] = set()
        pending = [node("sym", symbol) for symbol in LENGTHS.values()]  # normal forms put them for norms
        pending += terms
        while pending:
            inside = walk(pending.pop()) - met
            met |= inside
            pending += [self.definitions[part] for part in inside if part in self.definitions]
        defined = [(left, right) for left, right in self.definitions.items() if left in met]
        return (tuple(defined), self.numbers & met)

    # -- what is random ------------------------------------------------------------------------------------
    def sources(self, term: Node) -> frozenset[Any]:
        """The random vectors a term depends on outside its expectations, or ``INSIDE`` or ``OUTSIDE``."""
        if term not in self._sources:
            self._sources[term] = NOTHING
            self._sources[term] = self._sources_of(term)
        return self._sources[term]

    def _sources_of(self, term: Node) -> frozenset[Any]:  # noqa: C901 - one case for each kind of term that is trusted
        if term.op in NOT_RANDOM:
            return NOTHING
        if term.op == "sym":
            symbol = term.args[0]
            if term in self.definitions:
                return self.sources(self.definitions[term])
            if term in self.numbers:
                return NOTHING
            if symbol in OUTER:
                return frozenset({OUTSIDE})
            if symbol in INNER:
                return frozenset({INSIDE})
            if symbol in LABELLED:
                return LABELLED[symbol]
            return NOTHING if meaning(symbol) is not None else frozenset({OUTSIDE})
        if term.op == "vector":
            return frozenset({term}) if term.args[0].random else NOTHING
        if term.op in ("matrix", "graph"):
            return NOTHING
        sources = frozenset().union(*(self.sources(part) for part in term.parts))
        if sources and term.op in _FAMILIES:
            # the draws of several classes, those of the classes at hand among them
            return sources | {INSIDE}
        return sources

    @staticmethod
    def tied(first: frozenset[Any], second: frozenset[Any]) -> bool:
        """Whether what depends on the one and what depends on the other may depend on each other."""
        if not first or not second:
            return False
        return bool(first & second or {INSIDE, OUTSIDE} & (first | second))

    # -- which classes ---------------------------------------------------------------------------------------
    def index(self, term: Node) -> frozenset[str]:
        """The classes (i, j, l) and the axis (r) that a term is about."""
        if term not in self._index:
            self._index[term] = EVERY
            self._index[term] = self._about(term)
        return self._index[term]

    def _about(self, term: Node) -> frozenset[str]:  # noqa: C901 - one case for each kind of term that is trusted
        if term.op == "sym":
            if term in self.definitions:
                return self.index(self.definitions[term])
            if term in self.numbers:
                return NOTHING
            known = meaning(term.args[0])
            return EVERY if known is None else frozenset(known[1])
        if term.op == "vector":
            vector: Vector = term.args[0]
            if vector.random:
                return frozenset(str(vector.law))
            return frozenset(_VECTORS.get(vector.name, EVERY) if vector.kind == "gap" else EVERY)
        if term.op in ("scalar", "fact", "matrix", "graph"):
            if term in self.definitions:
                return self.index(self.definitions[term])
            return EVERY
        if term.op == "coordinate":
            return self.index(term.args[0]) | {"r"}
        inside = frozenset().union(*(self.index(part) for part in term.parts))
        if term.op == "moment":
            inside |= {term.args[0]}
        if term.op in MEANS:
            over = self.level(term)
            if over == "pool" or (OUTSIDE in self.sources(term.args[0]) and not self.mixed(term.args[0])):
                return NOTHING
            return inside
        return inside - frozenset(_BOUND.get(term.op, ""))

    def mixed(self, term: Node) -> bool:
        """Whether it is random as the classes are, and about a given class as well."""
        return OUTSIDE in self.sources(term) and bool(self.index(term) & frozenset("ijl"))

    def level(self, term: Node) -> str:
        """Which mean a term is: of what is random as it is written, or over a pool of classes of what is not.
        It stays what it is when something random has cancelled, or equals have been put in for equals."""
        if term.op != "mean":
            return str(term.op)
        return "expect" if self.sources(term.args[0]) else "pool"

    # -- what lemmas ask, of SymPy expressions ---------------------------------------------------------------
    def mean(self, expression: sp.Expr) -> sp.Expr:
        """The expectation given the classes, which leaves alone what isn't random."""
        term = read(expression)
        if self.mixed(term):
            raise ValueError(f"{expression} is random as the classes are, and about a given class as well")
        return ex.Expect(expression) if self.sources(term) else expression


def current() -> Sorts | None:
    """The sorts of the proof that is being checked; None while a proof is only written down."""
    judge = JUDGE.get()
    assert judge is None or isinstance(judge, Sorts)  # no other object is ever used as judge
    return judge


@contextmanager
def judged_by(sorts: Sorts) -> Iterator[None]:
    """Within it, the demands that lemmas make below are decided."""
    token = JUDGE.set(sorts)
    try:
        yield
    finally:
        JUDGE.reset(token)


def _terms(expressions: tuple[Any, ...]) -> list[Node]:
    terms = []
    for expression in expressions:
        if _vector_like(expression):
            pairs = read_vector(expression)
            terms += [*pairs, *pairs.values()]
        else:
            terms.append(read(expression))
    return terms


def _vector_like(expression: sp.Basic) -> bool:
    if isinstance(expression, sp.Add | sp.Mul):
        return any(map(_vector_like, expression.args))
    return isinstance(expression, Vector)


def fixed_before(*expressions: sp.Basic) -> None:
    """Raise ValueError where one of them is random."""
    judge = current()
    for term in _terms(expressions) if judge is not None else ():
        if judge is not None and judge.sources(term):
            raise ValueError(f"{expressions} must be fixed before anything is drawn: it depends on {term}")


def same_for(classes: str, *expressions: sp.Basic) -> None:
    """Raise ValueError where one of them may differ between these classes (or axes)."""
    judge = current()
    for expression in expressions if judge is not None else ():
        for term in _terms((expression,)):
            if judge is not None and judge.index(term) & frozenset(classes):
                raise ValueError(f"{expression} may differ between classes, or axes: it must be one number")


def independent(of: sp.Basic, *expressions: sp.Basic) -> None:
    """Raise ValueError where one of them may depend on the random ``of``."""
    judge = current()
    if judge is None:
        return
    sources = frozenset().union(*(judge.sources(term) for term in _terms((of,))))
    if not sources:
        raise ValueError(f"{of} is not random")
    for term in _terms(expressions):
        if judge.tied(judge.sources(term), sources):
            raise ValueError(f"{term} must be independent of {of}")


def one_level(*expressions: sp.Basic) -> None:
    """Raise ValueError where they mix what is random as the classes are with what is said of given ones."""
    judge = current()
    if judge is None:
        return
    terms = _terms(expressions)
    random = any(OUTSIDE in judge.sources(term) for term in terms)
    if random and any(judge.index(term) & frozenset("ijl") for term in terms):
        raise ValueError(f"{expressions}: random as the classes are, and about a given class")


def of_classes(*expressions: sp.Basic) -> None:
    """Raise ValueError unless they are fixed functions of the pair of classes at hand."""
    fixed_before(*expressions)
    for expression in expressions:
        met = {part.op for term in _terms((expression,)) for part in _inside(term)}
        if met & {*_BOUND, *MEANS, "LimitAtZero"}:
            raise ValueError(f"{expression} must be a function of the two classes at hand alone")
        judge = current()
        if judge is not None and any(judge.index(term) & frozenset("lr") for term in _terms((expression,))):
            raise ValueError(f"{expression} must be about the two classes at hand")


def _inside(term: Node) -> set[Node]:
    judge = current()
    met = walk(term)
    if judge is not None:
        for part in tuple(met):
            if part in judge.definitions:
                met |= _inside(judge.definitions[part])
    return met


def role(symbol: sp.Symbol, says: str) -> None:
    """Say what a symbol means here. Raise ValueError where the same proof has it mean something else."""
    judge = current()
    if judge is None:
        return
    if judge.roles.setdefault(symbol.name, says) != says:
        raise ValueError(f"{symbol} cannot be {says} and {judge.roles[symbol.name]} in one proof")


def unconstrained(*symbols: sp.Symbol) -> None:
    """Raise ValueError where one of them has a meaning, or a premise of the proof speaks of it."""
    judge = current()
    for symbol in symbols if judge is not None else ():
        own = meaning(symbol) is not None
        if judge is not None and (own or read(symbol) in judge.mentioned | judge.definitions.keys()):
            raise ValueError(f"{symbol} stands for any number, but a premise is about it")
