"""Figures for a paper or a talk, with the numbers behind them.

>>> from simulations.figures import bound_against_error
>>> from simulations.populations import from_spec
>>> classes = [{"points": [[0.0]], "weights": [1.0]}, {"points": [[0.0], [1.0]], "weights": [0.1, 0.9]}]
>>> population = from_spec({"family": "finite_support", "classes": classes})
>>> figure = bound_against_error(population, bounds=["exact_moment"], shots=[1, 2])
>>> [(row["shots"], row["bound"]) for row in figure.frame()]
[(1, 'exact_moment'), (2, 'exact_moment')]
>>> figure.savefig("bound.pdf")  # doctest: +SKIP

Every function returns a Matplotlib figure whose method ``frame()`` gives the rows that were drawn, as a list
of dictionaries (``pandas.DataFrame(figure.frame())`` makes a table). ``width`` is "column", "page" or inches,
``style`` is "paper", "talk" or "page".
"""

from simulations.figures.curves import bound_against_error, collapse_over_training
from simulations.figures.phase import phase
from simulations.figures.style import DataFigure, save
from simulations.figures.tightness import tightness

__all__ = [
    "DataFigure",
    "bound_against_error",
    "collapse_over_training",
    "phase",
    "save",
    "tightness",
]
