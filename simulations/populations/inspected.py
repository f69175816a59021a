"""What a population of a user's own gives, looked at by its declared types as soon as it is made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from simulations.populations.base import Population
from simulations.runtime.arrays import Generator
from simulations.runtime.randomness import stream
from simulations.runtime.users_code import file_of, in_users_code, of_user, shown
from theory.array import Floats
from theory.assumptions import Assumption
from theory.geometry import ClassGeometry, ClassMoments
from theory.quantities import TABLE

SHOTS, ORDERS = 5.0, (2, 8)
"""Of the moments of margins: the lowest and the highest order that a statement here reads."""
UNEVEN = 1e-9
"""A covariance is symmetric to the last digits only, relative to its largest entry."""
DRAWS, MOST_NUMBERS = 256, 1 << 18
"""Of the noise of each class, and the numbers in them."""
MOST_AXES = 512
"""Of a covariance whose eigenvalues are looked at."""


def inspect(population: Population) -> Population:
    """The population itself. Raises InputError, with file, class and method, where its class is a user's own
    and something that it gives is of another type or shape, is not finite, or raises."""
    if file_of(population) is not None:
        _names(population)
        geometry = _moments(population)
        _assumptions(population, geometry)
        _noise(population)
        _margins(population)
        _spec(population)
    return population


def _names(population: Population) -> None:
    family: object = getattr(population, "family", None)
    if not isinstance(family, str) or not family:
        raise of_user(population, "family", f'is {shown(family)}; write a name, as family = "coins"')
    with in_users_code(population, "means"):
        means: object = population.means
    wrong = "one class a row, one coordinate a column, as np.array([[0.0, 0.0], [4.0, 0.0]])"
    array = _numbers(population, "means", means, wrong)
    if array.ndim != 2 or array.shape[0] < 2 or array.shape[1] < 1:
        raise of_user(
            population, "means", f"has the shape {array.shape}; give {wrong}, of two classes or more"
        )
    with in_users_code(population, "names"):
        names: Any = population.names
    good = isinstance(names, tuple | list) and all(isinstance(name, str) for name in names)
    if not good or len(names) != population.classes:
        raise of_user(population, "names", f"is {shown(names)}; give a tuple of one text a class")


def _numbers(population: Population, where: str, value: object, wanted: str) -> Floats:
    """``value`` as an array of finite real numbers. Raises InputError where it is none."""
    if not isinstance(value, np.ndarray):
        what = "None" if value is None else f"a {type(value).__name__}"
        raise of_user(population, where, f"is {what}, not a NumPy array; give {wanted}")
    if value.dtype.kind not in "fiu":
        raise of_user(population, where, f"holds numbers of type {value.dtype}; give real ones: {wanted}")
    if not np.all(np.isfinite(value)):
        raise of_user(population, where, f"holds a NaN or an infinity; give finite numbers: {wanted}")
    return value


def _shaped(population: Population, where: str, value: object, shapes: tuple[tuple[int, ...], ...]) -> Floats:
    wanted = "an array of shape " + " or ".join(map(str, shapes))
    array = _numbers(population, where, value, wanted)
    if array.shape not in shapes:
        raise of_user(population, where, f"has the shape {array.shape}; give {wanted}")
    return array


def _moments(population: Population) -> ClassGeometry:
    with in_users_code(population, "unit"):
        unit: Any = population.unit
    if not _is_number(unit) or not 0 < unit < math.inf:
        raise of_user(population, "unit", f"is {shown(unit)}; give a positive number")
    with in_users_code(population, "moments"):
        moments: Any = population.moments(unit)
    if not isinstance(moments, list | tuple) or not all(isinstance(each, ClassMoments) for each in moments):
        raise of_user(population, "moments", f"returns {shown(moments)}; return a list of ClassMoments")
    if len(moments) != population.classes:
        raise of_user(
            population,
            "moments",
            f"returns {len(moments)} entries for {population.classes} classes; return one a class",
        )
    for each in moments:
        _of_class(population, each)
    with in_users_code(population, "moments"):
        return population.geometry()


def _of_class(population: Population, moments: ClassMoments) -> None:
    p = population.dimension
    _shaped(population, "moments: mean", moments.mean, ((p,),))
    covariance = _shaped(population, "moments: covariance", moments.covariance, ((p,), (p, p)))
    variances = covariance if covariance.ndim == 1 else np.diagonal(covariance)
    if np.min(variances) < 0:
        raise of_user(population, "moments: covariance", "holds a negative variance; give variances")
    if covariance.ndim == 2 and np.max(np.abs(covariance - covariance.T)) > UNEVEN * np.max(variances):
        raise of_user(population, "moments: covariance", "is not symmetric; give E (z - mu)(z - mu)'")
    if covariance.ndim == 2 and p <= MOST_AXES:
        least, *_, most = np.linalg.eigvalsh(covariance) if p > 1 else (variances[0], variances[0])
        if least < -UNEVEN * most:
            raise of_user(
                population, "moments: covariance", f"has the eigenvalue {least:.3g}; give E (z - mu)(z - mu)'"
            )
    if moments.third is not None:
        _shaped(population, "moments: third", moments.third, ((p,),))
    for name in ("fourth", "directional_fourth"):
        value = getattr(moments, name)
        if value is not None and not (_is_number(value) and 0 <= value < math.inf):
            raise of_user(
                population,
                f"moments: {name}",
                f"is {shown(value)}; give a number of at least 0, or None where none is known",
            )


def _is_number(value: object) -> bool:
    """Zero-dimensional arrays are what NumPy's functions give."""
    plain = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    return isinstance(plain, Real) and not isinstance(plain, bool) and not math.isnan(plain)


def _assumptions(population: Population, geometry: ClassGeometry) -> None:
    remedy = "write `yield` and an assumption for each that holds, as yield FiniteVariance()"
    with in_users_code(population, "assumptions"):
        given: Any = population.assumptions()
        if not isinstance(given, Assumption | str) and hasattr(given, "__iter__"):
            given = [*given]
    if not isinstance(given, list):
        raise of_user(population, "assumptions", f"returns {shown(given)}; {remedy}")
    for each in given:
        if isinstance(each, type) and issubclass(each, Assumption):
            raise of_user(
                population, "assumptions", f"gives the class {each.__name__}; write {each.__name__}()"
            )
        if not isinstance(each, Assumption):
            raise of_user(population, "assumptions", f"gives {shown(each)}, which is no assumption; {remedy}")
    with in_users_code(population, "assumptions"):
        granted = population.granted()
    for each in granted:
        with in_users_code(population, f"assumptions: {each.name}"):
            problem = wrong_values(each, geometry)
        if problem is not None:
            raise of_user(population, f"assumptions: {each.name}", problem)


def wrong_values(assumption: Assumption, geometry: ClassGeometry) -> str | None:
    """What is wrong with the values that an assumption carries for a geometry; None where nothing is."""
    values: Any = assumption.values(geometry)
    if not isinstance(values, Mapping):
        return f"`values` returns {shown(values)}; return a dictionary from names of symbols to numbers"
    for name, given in values.items():
        value = np.asarray(given)
        index = TABLE[name].index if name in TABLE else ""
        shape = tuple(geometry.dimension if letter == "r" else geometry.classes for letter in index)
        if value.shape not in ((), shape):
            wanted = f", or an array of shape {shape}" if shape else ""
            return f"carries values of shape {value.shape} for `{name}`; carry a number{wanted}"
        if value.dtype.kind not in "fiu" or np.any(np.isnan(value)):
            return f"carries {shown(given)} for `{name}`; carry real numbers"
    return None


def _noise(population: Population) -> None:
    rng: Generator = stream(0, "inspected")
    p = population.dimension
    draws = max(3, min(DRAWS, MOST_NUMBERS // p))
    for c in range(population.classes):
        for shape in ((draws,), (2, draws)) if c == 0 else ((draws,),):
            with in_users_code(population, "noise"):
                noise = population.noise(rng, c, shape)
            _shaped(population, f"noise(rng, {c}, {shape})", noise, ((*shape, p),))
    with in_users_code(population, "centre_noise"):
        centres = population.centre_noise(rng, 0, 2, draws)
    _shaped(population, f"centre_noise(rng, 0, 2, {draws})", centres, ((draws, p),))


def _margins(population: Population) -> None:
    classes, unit = population.classes, population.unit
    for order in ORDERS:
        with in_users_code(population, "margin_moments"):
            margins = population.margin_moments(SHOTS, order, unit)
        with in_users_code(population, "nearest_moments"):
            nearest = population.nearest_moments(SHOTS, order, classes, unit) if classes > 2 else None
        for where, value in (("margin_moments", margins), ("nearest_moments", nearest)):
            if value is not None:
                _shaped(population, f"{where}, order {order}", value, ((order + 1, classes, classes),))


def _spec(population: Population) -> None:
    with in_users_code(population, "spec"):
        spec: object = population.spec()
    if not isinstance(spec, Mapping) or not isinstance(spec.get("family"), str):
        raise of_user(
            population,
            "spec",
            f'returns {shown(spec)}; return a dictionary that begins with "family": {population.family!r}',
        )
