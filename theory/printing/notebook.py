"""How statements, their values and geometries show themselves in a notebook: small safe pieces of HTML."""

from __future__ import annotations

from html import escape

from theory.array import floats
from theory.bound import Bound
from theory.display import prints
from theory.geometry import ClassGeometry
from theory.printing.definitions import definitions
from theory.printing.layout import latex, mathml


@prints("latex", Bound)
def bound_latex(bound: Bound) -> str:
    """The relation in LaTeX."""
    return latex(bound.relation)


@prints("mathml", Bound)
def bound_mathml(bound: Bound) -> str:
    """The relation in MathML."""
    return mathml(bound.relation)


@prints("html", Bound)
def bound_html(bound: Bound) -> str:
    """Title, statement and abbreviations as MathML, assumptions and provenance."""
    where = "".join(f"<li>{each.mathml} {escape(each.meaning)}</li>" for each in definitions(bound))
    assumes = "; ".join(escape(assumption.sentence) for assumption in bound.assumptions) or "nothing"
    return (
        f"<b>{escape(bound.name)}</b> {escape(bound.title)}"
        f"<div>{mathml(bound.relation, block=True)}</div>"
        + (f"<details><summary>where</summary><ul>{where}</ul></details>" if where else "")
        + f"<div>Assumes {assumes}.</div>"
        f"<div>{escape(bound.provenance.status)}: {escape(bound.provenance.source)}</div>"
    )


@prints("html", ClassGeometry)
def geometry_html(geometry: ClassGeometry) -> str:
    """Size, estimator and the range of what most bounds are made of, in the geometry's own unit."""
    rows = [
        ("distance of two means", _pairs(geometry)),
        ("variance of a class", floats(geometry.variances)),
        ("largest eigenvalue of a class", floats(geometry.largest_eigenvalues)),
    ]
    body = "".join(
        f"<tr><td>{name}</td><td>{min(values):.4g}</td><td>{max(values):.4g}</td></tr>"
        for name, values in rows
        if values
    )
    return (
        f"<b>ClassGeometry</b>: {geometry.classes} classes, dimension {geometry.dimension}, "
        f"{escape(geometry.estimator)} moments, unit {geometry.unit:.6g}"
        f"<table><tr><th>in units</th><th>least</th><th>largest</th></tr>{body}</table>"
    )


def _pairs(geometry: ClassGeometry) -> list[float]:
    distances = geometry.distances
    return [float(distances[i, j]) for i, j in geometry.pairs() if i < j]
