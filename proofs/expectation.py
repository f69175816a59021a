"""Expectations of polynomials in inner products of independent centred vectors, in general dimension.

``expected(F)`` brings E F to a normal form. The rules, each tested against exact enumeration:

* linearity, and factors without a common random vector are independent;
* a mean of N draws is opened: sum over the ways to let its occurrences share draws, weight
  N(N-1)...(N-b+1)/N^occurrences for b distinct draws;
* a centred draw that occurs once has expectation zero;
* a draw that meets only vectors it is independent of is integrated out first: (x.u)(x.w) -> u'S w;
* what remains is a graph of draws joined by inner products, named up to renaming the draws
  (E x.x = tr S, E (x.y)^2 = tr S_x S_y, ...); ``NAMES`` holds the names that the statements use.

Whatever is no polynomial (lengths, cases) stays inside an opaque expectation.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from proofs.terms import VECTORS, Dot, Moment, sources
from theory.expressions import Expect

Edge = tuple[sp.Symbol, sp.Symbol]

NAMES: dict[tuple[str, ...], sp.Expr] = {}
"""Names of moment graphs: sorted edges such as ("i0.i0",) for E x.x of class i, ("D.i0", "D.i0")."""


def expected(expression: sp.Expr) -> sp.Expr:
    """E of the expression in normal form: a polynomial in moments and opaque expectations."""
    return sp.Add(*(_term(term) for term in sp.Add.make_args(_expand(expression))))


def normal(expression: sp.Expr) -> sp.Expr:
    """The expression with each of its expectations in normal form, expanded."""
    replaced = {
        atom: expected(atom.args[0] if isinstance(atom, Expect) else atom) for atom in _outermost(expression)
    }
    return _expand(expression.xreplace(replaced))


def _outermost(expression: sp.Basic) -> set[sp.Basic]:
    if isinstance(expression, Expect) or (isinstance(expression, Moment) and not sources(expression)):
        return {expression}
    return set().union(*(_outermost(part) for part in expression.args)) if expression.args else set()


def _expand(expression: sp.Expr) -> sp.Expr:
    # Even powers of lengths become inner products only once multiplied out.
    while True:
        further = sp.expand(expression)
        if further == expression:
            return further
        expression = further


@dataclass
class _Product:
    """One monomial: a known factor, inner products between vertices, and everything else."""

    known: sp.Expr
    edges: list[Edge]
    opaque: list[sp.Expr]


def _term(term: sp.Expr) -> sp.Expr:
    product = _Product(sp.S.One, [], [])
    for factor in sp.Mul.make_args(term):
        _sort(factor, product)
    tied: set[sp.Symbol] = set().union(*(sources(factor) for factor in product.opaque))
    return sp.Add(*(_component_product(part, tied) for part in _opened(product, tied)))


def _sort(factor: sp.Expr, product: _Product) -> None:
    base, exponent = factor.as_base_exp()
    polynomial = bool(exponent.is_Integer and exponent > 0)
    if polynomial and (isinstance(base, Moment) or (isinstance(base, Dot) and sources(base))):
        for _ in range(int(exponent)):
            product.edges += _edges(base)
    elif not sources(factor):
        product.known *= factor
    else:
        product.opaque.append(factor)


def _edges(atom: sp.Expr) -> list[Edge]:
    if isinstance(atom, Dot):
        return [atom.args]
    fresh = sp.Dummy("x")
    _LAWS[fresh] = atom.args[0]
    return [(fresh, vector) for vector in atom.args[1:]]


_LAWS: dict[sp.Symbol, sp.Symbol] = {}
"""The classes of the draws that the calculus itself brings in."""


def _law(vertex: sp.Symbol) -> sp.Symbol | None:
    if vertex in _LAWS:
        return _LAWS[vertex]
    vector = VECTORS[vertex]
    return vector.law if vector.kind == "draw" else None


def _is_mean(vertex: sp.Symbol) -> bool:
    return vertex in VECTORS and VECTORS[vertex].kind == "mean"


def _is_random(vertex: sp.Symbol) -> bool:
    return vertex not in VECTORS or VECTORS[vertex].kind != "fixed"


def _opened(product: _Product, tied: set[sp.Symbol]) -> Iterator[_Product]:
    """The monomial with its means of draws written in draws, unless something opaque holds them."""
    means = sorted({v for edge in product.edges for v in edge if _is_mean(v) and v not in tied}, key=str)
    if not means:
        yield product
        return
    mean = means[0]
    places = [(e, end) for e, edge in enumerate(product.edges) for end in (0, 1) if edge[end] == mean]
    count = VECTORS[mean].count
    for blocks in _partitions(len(places)):
        if any(blocks.count(block) < 2 for block in blocks):
            continue
        number = max(blocks) + 1
        draws = [sp.Dummy("x") for _ in range(number)]
        for fresh in draws:
            _LAWS[fresh] = VECTORS[mean].law
        edges = [list(edge) for edge in product.edges]
        for (edge, end), block in zip(places, blocks, strict=True):
            edges[edge][end] = draws[block]
        weight = sp.Mul(*(count - index for index in range(number))) / count ** len(places)
        opened = _Product(product.known * weight, [(u, v) for u, v in edges], product.opaque)
        yield from _opened(opened, tied)


def _partitions(size: int) -> Iterator[list[int]]:
    """Set partitions as block numbers, first occurrences in increasing order."""

    def extend(prefix: list[int]) -> Iterator[list[int]]:
        if len(prefix) == size:
            yield prefix
            return
        for block in range(max(prefix, default=-1) + 2):
            yield from extend([*prefix, block])

    return extend([])


def _component_product(product: _Product, tied: set[sp.Symbol]) -> sp.Expr:
    value = product.known
    for edges, opaque in _components(product):
        value *= _component(edges, opaque, tied)
    return sp.expand(value)


def _components(product: _Product) -> list[tuple[list[Edge], list[sp.Expr]]]:
    """Parts that share no random vector, hence are independent."""
    parts: list[tuple[set[sp.Symbol], list[Edge], list[sp.Expr]]] = []
    items: list[tuple[set[sp.Symbol], list[Edge], list[sp.Expr]]] = [
        ({v for v in edge if _is_random(v)}, [edge], []) for edge in product.edges
    ]
    items += [(set(sources(factor)), [], [factor]) for factor in product.opaque]
    for vertices, edges, opaque in items:
        joined = (vertices, edges, opaque)
        for part in [part for part in parts if part[0] & vertices]:
            parts.remove(part)
            joined = (joined[0] | part[0], part[1] + joined[1], part[2] + joined[2])
        parts.append(joined)
    return [(edges, opaque) for _, edges, opaque in parts]


def _component(edges: list[Edge], opaque: list[sp.Expr], tied: set[sp.Symbol]) -> sp.Expr:
    draws = {v for edge in edges for v in edge if _law(v) is not None and v not in tied}
    degree = {v: sum(edge.count(v) for edge in edges) for v in draws}
    if any(count < 2 for count in degree.values()):
        return sp.S.Zero
    if not opaque:
        return _named(edges, draws)
    # A draw that meets only vectors held by opaque factors is integrated out given those.
    rest: list[sp.Expr] = list(opaque)
    pending = list(edges)
    for vertex in sorted(draws, key=str):
        touching = [edge for edge in pending if vertex in edge]
        others = [edge[1] if edge[0] == vertex else edge[0] for edge in touching]
        if any(other in draws for other in others):
            raise ValueError(f"no rule for draws joined to each other and to {opaque}")
        rest.append(Moment(_law(vertex), *others))
        pending = [edge for edge in pending if vertex not in edge]
    return Expect(sp.Mul(*rest, *(Dot(*edge) for edge in pending)))


def _named(edges: list[Edge], draws: set[sp.Symbol]) -> sp.Expr:
    key = canonical(edges, draws)
    return NAMES.get(key, sp.Symbol("E[" + " ".join(key) + "]", real=True))


def canonical(edges: list[Edge], draws: set[sp.Symbol]) -> tuple[str, ...]:
    """The graph's edges, the same for all ways to number the draws of one class."""
    by_law: dict[str, list[sp.Symbol]] = {}
    for vertex in sorted(draws, key=lambda v: v.dummy_index if v.is_Dummy else -1):
        by_law.setdefault(str(_law(vertex)), []).append(vertex)
    best: tuple[str, ...] | None = None
    laws = sorted(by_law)
    for orders in itertools.product(*(itertools.permutations(by_law[law]) for law in laws)):
        label = {v: f"{law}{r}" for law, order in zip(laws, orders, strict=True) for r, v in enumerate(order)}
        key = tuple(sorted(".".join(sorted(label.get(v, str(v)) for v in edge)) for edge in edges))
        best = key if best is None or key < best else best
    return best if best is not None else ()
