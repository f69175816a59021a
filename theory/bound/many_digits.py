"""The value of a bound on a geometry in arithmetic of many digits, which shares no code with that in double
precision: a second opinion, for the few values on which something depends.

Moments are taken as the geometry holds them, digit for digit. Slow: one number at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, permutations
from typing import Any

import numpy as np
from mpmath import mp, mpf

from theory.array import Array, Floats, floats, to_numpy
from theory.assumptions import Granted
from theory.bound.answer import Value
from theory.bound.concavity import varies
from theory.bound.evaluated import Evaluated
from theory.bound.subsets import FROM_BELOW
from theory.evaluation import concentration, special
from theory.evaluation.environment import GeometryEnvironment
from theory.evaluation.many_digits import LETTERS, MOST_STEPS, At, NotExact, Rules, Walk
from theory.evaluation.missing import MissingQuantity
from theory.evaluation.rounding import ALIKE
from theory.expressions import ChiSquareLess, KlUpper, MixtureUpper
from theory.geometry import ClassGeometry
from theory.quantities import TABLE
from theory.setting import Setting

DIGITS = (60, 400, 1500)
"""Tried in turn, until two agree; the second tells 1 plus the smallest number of double precision from 1."""
AGREE = 1e-12
SAME = 1e-10
"""Share of a value by which double precision may be off without a word."""
LEAST = 1e-290
MOST_SUBSETS = 500


def in_many_digits(  # noqa: PLR0913 - what a bound is evaluated on, and how far to go
    bound: Evaluated,
    geometry: ClassGeometry,
    setting: Setting,
    granted: Granted,
    answer: Value,
    *,
    at: Mapping[str, float] | None = None,
    most: int = MOST_STEPS,
) -> Value | None:
    """What the statement says; None where it has no value of many digits, as of one that takes more than
    ``most`` steps.

    A free parameter is set as ``at`` says, or where ``answer`` has it from the search in double precision.
    """
    if not vars(type(bound)).get("is_plain", False) or geometry.unresolved_pairs:
        return None
    try:
        with geometry.quiet():
            return _Digits(bound, geometry, setting, granted, answer.parameters, at or {}, most).value()
    except (NotExact, MissingQuantity):
        return None


def put_right(
    bound: Evaluated, geometry: ClassGeometry, setting: Setting, granted: Granted, answer: Value
) -> Value:
    """``answer``, unless many digits say that it is on the unsafe side of what the statement says: then
    that."""
    digits = in_many_digits(bound, geometry, setting, granted, answer)
    return answer if digits is None else _safer(bound.kind, answer, digits)


def _safer(kind: str, answer: Value, digits: Value) -> Value:
    """``answer`` where the two agree or it is on the safe side; else the safer of both, class by class."""
    pairs = [(answer.value, digits.value)]
    pairs += zip(answer.per_class or (), digits.per_class or (), strict=True)
    if all(math.isclose(own, other, rel_tol=SAME) for own, other in pairs):
        return answer
    if kind in ("equality", "approximation"):
        return digits
    # Of NaN and a number these take the first.
    safest = min if kind in FROM_BELOW else max
    value, *classes = (
        own if math.isclose(own, other, rel_tol=SAME) else safest(other, own) for own, other in pairs
    )
    return Value(value, tuple(classes) if answer.per_class is not None else None, answer.parameters)


@dataclass(eq=False)
class _Digits:
    """One statement on one geometry; ``parameters`` by name."""

    bound: Evaluated
    geometry: ClassGeometry
    setting: Setting
    granted: Granted
    parameters: Mapping[str, float]
    at: Mapping[str, float]
    most: int

    def __post_init__(self) -> None:
        self._read: dict[str, tuple[str, Any]] = {}
        self._chosen = self.bound._parameters_of_pairs(self.geometry, self.setting, self.granted, self.at)

    def value(self) -> Value:
        """Raises NotExact, or what mpmath raises, where there is none."""
        before: Floats | None = None
        for digits in DIGITS:
            with mp.workdps(digits):
                values = self._values()
            if before is not None and np.allclose(values, before, rtol=AGREE, atol=0.0):
                return self._answer(values)
            before = values
        raise NotExact("more digits are needed than are tried")

    def _values(self) -> Floats:
        """Of pairs, of classes or one number: means over the subsets of the classes that hold them."""
        if self.geometry.classes ** len(self.bound.layout) > self.most:
            raise NotExact("there are too many pairs of classes")
        places = _places(self.bound, self.geometry.classes)
        totals = {place: mpf(0) for place in places}
        counts = dict.fromkeys(places, 0)
        axes, steps = range(self.geometry.dimension), 0
        for members in self._subsets():
            rules = Rules(self._parameter, _IN_DOUBLE, ALIKE, self.most - steps)
            walk = Walk(self._quantity, members, axes, rules)
            for place in places:
                if set(place) <= set(members):
                    totals[place] += walk(self.bound.closed_form, _at(place, members))
                    counts[place] += 1
            steps += walk.steps
        values = np.zeros((self.geometry.classes,) * len(places[0]))
        for place in places:
            values[place] = _number(totals[place] / counts[place])
        return values

    def _subsets(self) -> list[tuple[int, ...]]:
        classes, ways = self.geometry.classes, self.setting.ways
        if ways == classes or not varies(self.bound.closed_form):
            return [tuple(range(classes))]
        if math.comb(classes, ways) > MOST_SUBSETS:
            raise NotExact("there are too many subsets of the classes")
        return list(combinations(range(classes), ways))

    def _answer(self, values: Floats) -> Value:
        array = self.bound._of_classes(self.geometry, self.setting, self.geometry.array(values))
        per_class = floats(array) if array.ndim else None
        return Value(float(self.geometry.xp.mean(array)), per_class, self.parameters)

    def _parameter(self, name: str, at: At) -> mpf:
        if self.bound.free is None or name != self.bound.free.symbol.name:
            raise NotExact(f"'{name}' is no quantity")
        if self._chosen is not None:
            return mpf(float(self._chosen[at[0], at[1]]))
        if name not in self.parameters:
            raise NotExact(f"'{name}' has no value at which the bound says something")
        return mpf(self.parameters[name])

    def _quantity(self, name: str, at: At) -> mpf:
        if name not in self._read:
            self._read[name] = self._field(name)
        index, values = self._read[name]
        return mpf(float(values[tuple(at[LETTERS.index(letter)] for letter in index)]))

    def _field(self, name: str) -> tuple[str, Any]:
        """How a quantity varies, and its values."""
        entry = TABLE[name]
        margins = self.bound._margins_in_own_units(self.geometry, self.setting)
        env = GeometryEnvironment(self.geometry, self.setting, self.granted).with_margins(margins)
        values = to_numpy(env.symbol(entry.symbol, entry.index))
        return (entry.index if values.ndim else ""), values


def _places(bound: Evaluated, classes: int) -> list[tuple[int, ...]]:
    """What has a value: ordered pairs, classes, or all of them together."""
    return list(permutations(range(classes), len(bound.layout)))


def _at(place: Sequence[int], members: Sequence[int]) -> At:
    i = place[0] if place else members[0]
    j = place[1] if len(place) > 1 else i
    return i, j, j, 0


def _number(value: mpf) -> float:
    if mp.isnan(value):
        raise NotExact("it is 0/0 or a difference of infinities here")
    return float(value)


def _in_double(function: Callable[..., Array]) -> Callable[..., mpf]:
    """Once for the same numbers: every precision and every subset of the classes asks for them again."""

    @lru_cache(maxsize=1 << 12)
    def computed(*arguments: float) -> float:
        return float(function(*map(np.asarray, arguments)))

    def of_digits(*arguments: mpf) -> mpf:
        value = computed(*map(float, arguments))
        if not LEAST < value < math.inf:
            raise NotExact("a function that is known in double precision alone leaves it")
        return mpf(value)

    return of_digits


def _mixture_upper(mean: Array, count: Array, failure: Array, *tilts: Array) -> Array:
    return concentration.mixture_upper(mean, count, failure, [float(each) for each in tilts])


_IN_DOUBLE: dict[Any, Callable[..., mpf]] = {
    ChiSquareLess: _in_double(special.chi_square_less),
    KlUpper: _in_double(concentration.kl_upper),
    MixtureUpper: _in_double(_mixture_upper),
}
"""Integrals and inverses: many digits have their arguments and what is made of them, not they themselves."""
