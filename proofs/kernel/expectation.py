"""Expectations of polynomials in inner products of independent centred vectors, in general dimension.

The rules, each tested against exact enumeration:

* linearity, and factors without a common random vector are independent;
* a mean of N draws is opened: sum over the ways to let its occurrences share draws, weight
  N(N-1)...(N-b+1)/N^occurrences for b distinct draws;
* a centred draw that occurs once has expectation zero;
* a draw that meets only vectors it is independent of is integrated out first: (x.u)(x.w) -> u'S w;
* what remains is a graph of draws joined by inner products, named up to renaming the draws
  (E x.x = tr S, E (x.y)^2 = tr S_x S_y, ...); ``model.NAMES`` holds the names that the statements use.

Whatever is no polynomial (lengths, cases) stays inside an opaque expectation; so does what is not random, of
which a mean over a pool of classes is taken. What is random as the classes
are is not multiplied by what is said of given classes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from proofs.kernel.forms import Forms
from proofs.kernel.model import NAMES, Graph
from proofs.kernel.nodes import ONE, ZERO, Node, is_claim, node, number
from proofs.kernel.polynomials import Monomial, Poly, as_node, plus
from proofs.kernel.reading import inner, read

Vertex: TypeAlias = Any
"""A vector symbol, or a ``_Draw``; in the graph's own name a draw is a pair of its class and number."""
Edge = tuple[Vertex, Vertex]
"""Two ends: vector symbols, or ``_Draw`` objects that the calculus itself brings in."""


@dataclass(frozen=True, eq=False)
class _Draw:
    """One centred draw of a class."""

    law: str


@dataclass
class _Product:
    """One monomial: a known factor, inner products between vertices, and everything else."""

    known: Node
    edges: list[Edge]
    opaque: list[Node]


class Calculus:
    """Expectations given the premises of a step."""

    def __init__(self, forms: Forms) -> None:
        self.forms = forms
        self.sorts = forms.sorts

    def normal(self, term: Node) -> Node:
        """The term with each of its outermost expectations and moments worked out."""
        if term.op == "expect":
            return self.expected(term.args[0])
        if term.op == "moment" and not self.sorts.sources(term):
            return self.expected(term)
        if is_claim(term) or term.op in ("prob", "norm", "LimitAtZero") or not term.parts:
            return term
        return node(term.op, *(self.normal(arg) if isinstance(arg, Node) else arg for arg in term.args))

    def expected(self, inside: Node) -> Node:
        """E of it: a polynomial in moments and opaque expectations."""
        if self.sorts.mixed(inside):
            raise ValueError("something random as the classes are is multiplied by what given classes have")
        terms = [self._term(monomial, scale) for monomial, scale in self.forms.poly(inside).items()]
        return node("add", *terms) if terms else ZERO

    def _term(self, monomial: Monomial, scale: Fraction) -> Node:
        product = _Product(number(scale), [], [])
        for atom, power in monomial:
            self._sort(atom, power, product)
        tied: set[Any] = set().union(*(self.sorts.sources(factor) for factor in product.opaque))
        parts = [self._components_product(part, tied) for part in self._opened(product, tied)]
        return node("add", *parts) if parts else ZERO

    def _sort(self, atom: Node, power: int, product: _Product) -> None:
        random = self.sorts.sources(atom)
        if atom.op == "moment" or (atom.op == "dot" and random):
            for _ in range(power):
                product.edges += _edges(atom)
        elif not random:
            product.known = node("mul", product.known, _power(atom, power))
        else:
            product.opaque.append(_power(atom, power))

    def _opened(self, product: _Product, tied: set[Any]) -> Iterator[_Product]:
        """The monomial with its means of draws written in draws, unless something opaque holds them."""
        conditional = bool(tied) and any(isinstance(source, str) for source in tied)
        means = {
            v for edge in product.edges for v in edge if _is_mean(v) and v not in tied and not conditional
        }
        if not means:
            yield product
            return
        mean = min(means, key=lambda vertex: vertex.serial)
        places = [(e, end) for e, edge in enumerate(product.edges) for end in (0, 1) if edge[end] is mean]
        count = read(mean.args[0].count)
        for blocks in _partitions(len(places)):
            if any(blocks.count(block) < 2 for block in blocks):
                continue
            number_of = max(blocks) + 1
            draws = [_Draw(str(mean.args[0].law)) for _ in range(number_of)]
            edges = [list(edge) for edge in product.edges]
            for (edge, end), block in zip(places, blocks, strict=True):
                edges[edge][end] = draws[block]
            ways = [node("add", count, number(-index)) for index in range(number_of)]
            weight = node("mul", *ways, _power(node("inv", count), len(places)))
            known = node("mul", product.known, weight)
            yield from self._opened(_Product(known, [(u, v) for u, v in edges], product.opaque), tied)

    def _components_product(self, product: _Product, tied: set[Any]) -> Node:
        value = product.known
        for edges, opaque in self._components(product):
            value = node("mul", value, self._component(edges, opaque, tied))
        return value

    def _components(self, product: _Product) -> list[tuple[list[Edge], list[Node]]]:
        """Parts that share no random vector, hence are independent."""
        parts: list[tuple[frozenset[Any], list[Edge], list[Node]]] = []
        items: list[tuple[frozenset[Any], list[Edge], list[Node]]] = [
            (frozenset(v for v in edge if _is_random(v)), [edge], []) for edge in product.edges
        ]
        items += [(self.sorts.sources(factor), [], [factor]) for factor in product.opaque]
        for joined in items:
            for part in [part for part in parts if self.sorts.tied(part[0], joined[0])]:
                parts.remove(part)
                joined = (joined[0] | part[0], part[1] + joined[1], part[2] + joined[2])
            parts.append(joined)
        return [(edges, opaque) for _, edges, opaque in parts]

    def _component(self, edges: list[Edge], opaque: list[Node], tied: set[Any]) -> Node:
        whole = any(isinstance(source, str) for source in tied)
        draws = {
            v
            for edge in edges
            for v in edge
            if _law(v) is not None and v not in tied and not (whole and opaque)
        }
        degree = {v: sum((u is v) + (w is v) for u, w in edges) for v in draws}
        if any(count < 2 for count in degree.values()):
            return ZERO
        if not opaque:
            return _named(edges, draws)
        # A draw that meets only vectors held by opaque factors is integrated out given those.
        rest = list(opaque)
        pending = list(edges)
        for vertex in draws:
            touching = [edge for edge in pending if vertex in edge]
            others = [edge[1] if edge[0] is vertex else edge[0] for edge in touching]
            if any(other in draws for other in others) or any(isinstance(other, _Draw) for other in others):
                raise ValueError("no rule for draws joined to each other and to something opaque")
            rest.append(inner("moment", (_law(vertex),), tuple(others)))
            pending = [edge for edge in pending if vertex not in edge]
        if any(isinstance(v, _Draw) for edge in pending for v in edge):
            raise ValueError("no rule for a draw inside something opaque")
        return node("expect", node("mul", *rest, *(inner("dot", (), edge) for edge in pending)))


def _power(term: Node, times: int) -> Node:
    return term if times == 1 else node("pow", term, times)


def _edges(atom: Node) -> list[Edge]:
    if atom.op == "dot":
        return [(atom.args[0], atom.args[1])]
    fresh = _Draw(atom.args[0])
    return [(fresh, vector) for vector in atom.args[1:]]


def _law(vertex: Vertex) -> str | None:
    if isinstance(vertex, _Draw):
        return vertex.law
    vector = vertex.args[0]
    return str(vector.law) if vector.kind == "draw" else None


def _is_mean(vertex: Vertex) -> bool:
    return isinstance(vertex, Node) and vertex.args[0].kind == "mean"


def _is_random(vertex: Vertex) -> bool:
    return isinstance(vertex, _Draw) or bool(vertex.args[0].random)


def _partitions(size: int) -> Iterator[list[int]]:
    """Set partitions as block numbers, first occurrences in increasing order."""

    def extend(prefix: list[int]) -> Iterator[list[int]]:
        if len(prefix) == size:
            yield prefix
            return
        for block in range(max(prefix, default=-1) + 2):
            yield from extend([*prefix, block])

    return extend([])


def _named(edges: list[Edge], draws: set[Any]) -> Node:
    key = canonical(edges, draws)
    return read(NAMES[key]) if key in NAMES else node("graph", *(part for edge in key for part in edge))


def canonical(edges: list[Edge], draws: set[Any]) -> Graph:
    """The graph's edges, the same for all ways to number the draws of one class. A draw is a tuple of its
    class and number; a vector is itself, so that no name can be taken for a draw."""
    by_law: dict[str, list[Any]] = {}
    for vertex in draws:
        by_law.setdefault(_law(vertex) or "", []).append(vertex)
    best: Graph | None = None
    laws = sorted(by_law)
    for orders in itertools.product(*(itertools.permutations(by_law[law]) for law in laws)):
        label = {v: (law, r) for law, order in zip(laws, orders, strict=True) for r, v in enumerate(order)}
        ends = [[label[v] if v in label else v.args[0] for v in edge] for edge in edges]
        key = tuple(sorted((tuple(sorted(pair, key=_order)) for pair in ends), key=_pair_order))
        if best is None or [_pair_order(e) for e in key] < [_pair_order(e) for e in best]:
            best = key
    return best if best is not None else ()


def _order(end: Vertex) -> tuple[int, str, int]:
    return (0, *end) if isinstance(end, tuple) else (1, str(end), 0)


def _pair_order(pair: tuple[Any, ...]) -> list[tuple[int, str, int]]:
    return [_order(end) for end in pair]


__all__ = ["ONE", "Calculus", "Poly", "as_node", "canonical", "plus"]
