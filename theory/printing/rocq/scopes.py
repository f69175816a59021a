"""What a symbol of ``theory.quantities`` is called in Rocq: a definition applied to the classes at hand.

A scope says how the indices i, j, l are written: ``ci``, ``cj`` for an ordered pair of laws that may have
different supports, ``(c i)``, ``(c j)`` where all k classes are at hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from theory.bound import Statement
from theory.quantities import MARGIN_MOMENTS, TABLE, lookup, mean_M

MEANINGS = {
    "variances": "variance",
    "squared_traces": "squared_trace",
    "fourth_moments": "fourth",
    "distances": "distance",
    "directional_variances": "directional_variance",
    "trace_products": "trace_product",
    "third_moments_along": "third_along",
    "cross_variances": "cross_variance",
    "sample_variances": "sample_variance",
    "sample_distances": "sample_distance",
}
"""Field of ``ClassGeometry`` (or of the evidence): the definition in ``quantities.v`` that it has."""

GIVEN = {
    "largest_eigenvalues": "is_largest_eigenvalue",
    "directional_fourth_moments": "is_largest_directional_fourth",
    "top_eigenvalue_sums": "is_largest_eigenvalue_sum #|I|.-1",
}
"""Field of ``ClassGeometry`` whose value is a variable of the statement that a predicate describes: a largest
eigenvalue or a supremum has no closed form."""

BEYOND = {"top_eigenvalue_sums": "spectrum"}
"""Where the predicate is not in ``quantities.v``: its file."""

RADII = {"mean_radii": "is_mean_radius", "variance_radii": "is_variance_radius"}
"""The same for what samples give: a radius of a class and of its samples."""


@dataclass(frozen=True)
class Scope:
    """How the classes are written."""

    classes: bool
    samples: bool = False
    shots: bool = True

    def member(self, index: str) -> str:
        """The class with this index, as an argument."""
        return f"(c {index})" if self.classes else f"c{index}"

    def sample(self, index: str) -> str:
        """The name of the samples of class ``index``."""
        return f"y{index}"

    def variable(self, name: str) -> str:
        """A variable that a predicate describes: one number a class, or the number itself."""
        base, _, index = name.rpartition("_")
        return f"({base} {index})" if self.classes and base and index in ("i", "j", "l") else name

    def word(self, symbol: sp.Symbol) -> str | None:
        """The Rocq term that a quantity stands for, or None for one that has none."""
        entry = lookup(symbol)
        if entry is None:
            return None
        if entry.source == "setting":
            return {"ways": "ways R I", "dimension": "p%:R"}.get(entry.field, f"{entry.name}%:R")
        if entry.field == "margin_moments":
            pair = f"n n {self.member('i')} {self.member('j')}"
            if entry.symbol == mean_M:
                return f"mean_margin {pair}"
            return f"central_margin_moment {pair} {MARGIN_MOMENTS.index(entry.symbol) + 1}"
        if entry.field in MEANINGS and entry.source in ("geometry", "evidence"):
            of = self.sample if entry.source == "evidence" else self.member
            return " ".join((MEANINGS[entry.field], *(of(index) for index in entry.index)))
        if entry.field in GIVEN or entry.field in RADII:
            return self.variable(entry.name)
        return entry.name if entry.source in ("free", "granted") else None


def coefficients(bound: Statement) -> tuple[str, ...]:
    """The names of the coefficients that a bound leaves to choose for each pair."""
    return tuple(str(symbol) for symbol in getattr(bound, "coefficients", ()))


PAIR = Scope(classes=False)
AT_MEANS = Scope(classes=False, shots=False)
"""An ordered pair with as many shots as one likes: no n."""
CLASSES = Scope(classes=True)
SAMPLES = Scope(classes=False, samples=True)


def described_variables(symbols: set[sp.Symbol]) -> list[sp.Symbol]:
    """The variables among these symbols that a predicate describes, in the order of the table."""
    fields = {**GIVEN, **RADII}
    described = [entry.symbol for entry in TABLE.values() if entry.field in fields]
    return [symbol for symbol in described if symbol in symbols]
