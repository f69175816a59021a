"""A bound's statement at rational moments, at 400 digits.

Shares nothing with the floating-point evaluation but the statement. All classes take part (ways = classes).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from mpmath import mp, mpf

from simulations.attack.exact_matrix import exact_matrix_bound
from simulations.attack.exact_moments import DIGITS, PreciseMoments
from simulations.populations.extremal import scaled
from simulations.populations.finite_support import FiniteSupport
from theory.bound import AverageBound, Bound, ClassBound, PairBound, Value
from theory.bound.ladder import LadderBound
from theory.bound.matrix import MatrixBound
from theory.bound.nearest import NearestBound
from theory.evaluation.many_digits import At, NotExact, Rules, Walk
from theory.setting import Setting


def exact_bound(bound: Bound, population: FiniteSupport, shots: float, query: int | None) -> mpf:
    """The bound for queries of class ``query``, or (None) for their mean, as an mpmath number.

    A free parameter is set where the floating-point search put it: the bound is valid at every value.
    Raises NotExact for shapes and symbols without an exact evaluation.
    """
    # A free parameter may have a unit of length: it is read and used in the geometry's unit.
    population = scaled(population, 1 / Fraction(population.unit))
    with mp.workdps(DIGITS):
        moments = PreciseMoments(population, shots)
        classes, rules = range(population.classes), Rules(_parameters(bound, population, shots))
        walk = Walk(lambda name, at: moments.quantity(name, *at), classes, moments.axes, rules)
        statement = None if isinstance(bound, MatrixBound) else bound.closed_form
        if isinstance(bound, PairBound):
            values = [
                sum((walk(statement, (i, j, j, 0)) for j in classes if j != i), mpf(0)) for i in classes
            ]
        elif isinstance(bound, ClassBound):
            values = [walk(statement, (i, i, i, 0)) for i in classes]
        elif isinstance(bound, AverageBound) and query is None:
            return +walk(statement, (0, 0, 0, 0))
        elif isinstance(bound, MatrixBound):
            values = exact_matrix_bound(bound, population, shots, walk)
        else:
            raise NotExact(f"a {type(bound).__name__} has no exact evaluation")
        value = values[query] if query is not None else sum(values, mpf(0)) / len(values)
        if mp.isnan(value):
            raise NotExact("it is 0/0 or a difference of infinities here")
        return value


def _parameters(bound: Bound, population: FiniteSupport, shots: float) -> Callable[[str, At], mpf]:
    if isinstance(bound, LadderBound | NearestBound):
        return _coefficients(bound, population, shots)
    setting = Setting(shots, population.classes)
    if isinstance(bound, PairBound) and bound.free is not None:
        _, chosen = bound.pair_values(population.geometry(), setting, population.granted())
        assert chosen is not None  # as of every bound with a free parameter
        return lambda wanted, at: mpf(float(chosen[at[0], at[1]]))
    answer = bound.evaluate(population.geometry(), setting, population.granted()) if bound.free else None

    def value(wanted: str, at: At) -> mpf:
        if not isinstance(answer, Value) or wanted not in answer.parameters:
            raise NotExact(f"'{wanted}' is no quantity")
        return mpf(answer.parameters[wanted])

    return value


def _coefficients(
    bound: LadderBound | NearestBound, population: FiniteSupport, shots: float
) -> Callable[[str, At], mpf]:
    """Those that the floating-point search proposes, digit for digit: any that are not negative give a
    bound."""
    geometry, setting = population.geometry(), Setting(shots, population.classes)
    _, chosen = bound.certificate(geometry, setting, population.granted())
    places = {symbol.name: chosen[k] for k, symbol in enumerate(bound.coefficients)}
    return lambda wanted, at: mpf(max(float(places[wanted][at[0], at[1]]), 0.0))
