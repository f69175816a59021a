"""Assumptions as objects: a sentence, what it implies, the values it brings, and how it is checked.

A population declares what it satisfies; a data set only what was tested on it or what its user grants
by name. A bound whose assumptions are not all granted answers ``NotApplicable(reason)``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np
import sympy as sp

from theory.array import Operand
from theory.geometry import ClassGeometry
from theory.inheritance import override
from theory.setting import Setting


@dataclass(frozen=True)
class Assumption:
    """A named hypothesis. Subclasses give the ``sentence`` and may carry values.

    To write one of your own, derive a frozen dataclass with a ``sentence``; ``implies`` names weaker
    assumptions that follow from it; the static method ``holds(population)`` says which populations satisfy it
    where they do not declare it themselves. A value that it carries is a field with an annotation.
    """

    sentence: ClassVar[str] = ""
    implies: ClassVar[tuple[str, ...]] = ()
    holds: ClassVar[Callable[[Any], bool] | None] = None
    """Whether a population satisfies the assumption: an optional static method, for assumptions that the
    populations of this suite do not declare themselves."""

    @property
    def name(self) -> str:
        """The class's own name, by which statements and reasons call it."""
        return type(self).__name__

    def refusal(self, geometry: ClassGeometry, setting: Setting, granted: Granted) -> str | None:
        """Why the hypothesis is not met, or None when it is. By default it must have been granted."""
        return None if self.name in granted else f"needs {self.name}: {self.sentence}"

    def values(self, geometry: ClassGeometry) -> dict[str, Operand]:
        """Values for statement symbols that the assumption brings, by symbol name, in the geometry's unit
        of length."""
        return {}

    def symbol_values(self) -> dict[str, float]:
        """Values for statement symbols that belong to no geometry, by symbol name."""
        return {}

    def implied(self) -> tuple[Assumption, ...]:
        """Weaker assumptions that follow from this one."""
        return tuple(REGISTRY[name]() for name in self.implies)

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "brings" in vars(cls):
            raise TypeError(f"{cls.__name__}: the method brings is now called symbol_values; rename it")
        REGISTRY[cls.__name__] = cls
        if "holds" in cls.__dict__:
            TESTED[cls.__name__] = cls


REGISTRY: dict[str, type[Assumption]] = {}
TESTED: dict[str, type[Assumption]] = {}
"""The assumptions with a ``holds`` test of their own, by name."""


def assumptions_that_hold(population: object) -> Iterator[Assumption]:
    """The assumptions whose own test says that ``population`` satisfies them. Raises ValueError with the name
    of one whose test fails."""
    for kind in TESTED.values():
        try:
            answer: object = kind.holds is not None and kind.holds(population)
            if np.asarray(answer).dtype != bool:
                raise TypeError(f"it returns {answer!r}; return True or False")
            each = kind() if answer else None
        except (Exception, SystemExit) as wrong:  # a user's own lines, which may fail in any way
            why = f"{type(wrong).__name__}: {' '.join(str(wrong).split())[:200]}"
            raise ValueError(
                f"{kind.__name__}: `holds` fails on a {type(population).__name__}: {why}; it is asked of "
                "every population"
            ) from wrong
        if each is not None:
            yield each


class Granted:
    """The assumptions in force, closed under implication; looked up by name."""

    def __init__(self, assumptions: Iterable[Assumption] | Granted = ()) -> None:
        self._by_name: dict[str, Assumption] = {}
        pending = list(assumptions)
        while pending:
            assumption = pending.pop(0)
            if assumption.name not in self._by_name:
                self._by_name[assumption.name] = assumption
                pending.extend(_implied_by(assumption))

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Assumption]:
        return iter(self._by_name.values())

    def get(self, name: str) -> Assumption | None:
        """The assumption of that name, with its values; None where it is not in force."""
        return self._by_name.get(name)

    def values(self, geometry: ClassGeometry) -> dict[str, Operand]:
        """The values that all of them supply for this geometry, by symbol name, in its unit of length."""
        return {name: value for each in self for name, value in each.values(geometry).items()}

    def symbol_values(self) -> dict[str, float]:
        """The values that all of them supply and that belong to no geometry, by symbol name."""
        return {name: value for each in self for name, value in each.symbol_values().items()}

    def sentence_of(self, name: str) -> str | None:
        """What the assumption called ``name`` says, in force or not."""
        return REGISTRY[name].sentence if name in REGISTRY else None


def _implied_by(assumption: Assumption) -> Iterable[Assumption]:
    """What follows from it. Raises TypeError where a user's own answers something else."""
    implied: object = assumption.implied()
    if isinstance(implied, tuple | list) and all(isinstance(each, Assumption) for each in implied):
        return implied
    raise TypeError(
        f"{assumption.name}.implied returns {implied!r}; return a tuple of assumptions, (FiniteVariance(),)"
    )


# -- moments -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class FiniteVariance(Assumption):
    """Assumed by every statement on second moments."""

    sentence = "every class has a finite second moment"


@dataclass(frozen=True)
class FiniteFourthMoment(Assumption):
    """Assumed by every statement on fourth moments."""

    sentence = "every class has a finite fourth moment"
    implies = ("FiniteVariance",)


@dataclass(frozen=True)
class FiniteMoments(Assumption):
    """E|z - mu_c|^order is finite for every class; without a number, for every order."""

    order: float = math.inf
    sentence = "every class has finite moments of high order"
    implies = ("FiniteVariance",)

    def __post_init__(self) -> None:
        if not self.order >= 2:
            raise ValueError(f"FiniteMoments: order must be at least 2, not {self.order}")

    @override
    def refusal(self, geometry: ClassGeometry, setting: Setting, granted: Granted) -> str | None:
        known = granted.get("FiniteMoments")
        if isinstance(known, FiniteMoments) and known.order >= self.order:
            return None
        return f"needs FiniteMoments: every class has finite moments of order {self.order:g}"


@dataclass(frozen=True)
class BoundedKurtosis(Assumption):
    """E(h.(z-mu))^4 <= kappa (h'Sh)^2 for every direction h; kappa = 3 for a Gaussian."""

    kappa: float | None = None
    sentence = "directional fourth moments are bounded (sup over unit h of E(h.(z-mu))^4 is known)"
    implies = ("FiniteFourthMoment",)

    def __post_init__(self) -> None:
        if self.kappa is not None and not self.kappa >= 1:
            raise ValueError(f"BoundedKurtosis: kappa must be at least 1, not {self.kappa}")

    @override
    def values(self, geometry: ClassGeometry) -> dict[str, Operand]:
        if self.kappa is None:
            known = geometry.directional_fourth_moments
            return {} if known is None else {"kap_i": known}
        return {"kap_i": self.kappa * geometry.largest_eigenvalues**2}


# -- geometry ------------------------------------------------------------------------------------------
CLOSEST = 1e-35
"""Statements hold fourth powers of distances, and their products, side by side with those of other pairs."""


@dataclass(frozen=True)
class DistinctMeans(Assumption):
    """Refuses a geometry of which two means coincide."""

    sentence = "class means are distinct"

    @override
    def refusal(self, geometry: ClassGeometry, setting: Setting, granted: Granted) -> str | None:
        pair = geometry.coincident_pair
        if pair is None:
            if geometry.smallest_distance >= CLOSEST:
                return None
            return (
                f"two class means are {geometry.smallest_distance:.1e} of the median distance apart: "
                "eighth powers of that leave double precision"
            )
        return (
            f"class means of {pair[0]} and {pair[1]} coincide: CDNV and every bound on it need distinct means"
        )


@dataclass(frozen=True)
class MinimumShots(Assumption):
    """At least ``shots`` support draws of each class; ``math.inf`` puts centres at the class means. Raises
    ValueError for what is no number of at least 1."""

    shots: float = 1
    sentence = "enough support draws of each class"

    def __post_init__(self) -> None:
        if not isinstance(self.shots, Real | sp.Number) or not self.shots >= 1:
            raise ValueError(f"MinimumShots takes a number of at least 1, or math.inf, not {self.shots!r}")

    @override
    def refusal(self, geometry: ClassGeometry, setting: Setting, granted: Granted) -> str | None:
        if setting.shots >= self.shots:
            return None
        wanted = "infinitely many" if math.isinf(self.shots) else f"at least {self.shots}"
        return f"needs {wanted} shots, not {setting.shots_text}"


@dataclass(frozen=True)
class TwoClasses(Assumption):
    """Refuses any number of ways but two."""

    sentence = "two classes at a time (ways = 2)"

    @override
    def refusal(self, geometry: ClassGeometry, setting: Setting, granted: Granted) -> str | None:
        return None if setting.ways == 2 else f"needs ways = 2, not {setting.ways}"


# -- shape of the class distributions ----------------------------------------------------------------------
@dataclass(frozen=True)
class SphericallySymmetric(Assumption):
    """Every class is spherically symmetric about its mean; brings s = 1/p (without it s = 1)."""

    sentence = "every class is spherically symmetric about its mean"

    @override
    def values(self, geometry: ClassGeometry) -> dict[str, Operand]:
        return {"s": 1.0 / geometry.dimension}


@dataclass(frozen=True)
class Gaussian(Assumption):
    """Every class is Gaussian; their covariances may be any."""

    sentence = "every class is Gaussian"
    implies = ("BoundedKurtosis", "FiniteMoments")


@dataclass(frozen=True)
class EqualIsotropicGaussian(Assumption):
    """All classes are N(mu_c, std^2 I) with one common ``std``."""

    std: float = 1.0
    sentence = "all classes are isotropic Gaussians with one common standard deviation"

    def __post_init__(self) -> None:
        if not self.std > 0:
            raise ValueError(f"EqualIsotropicGaussian: std must be positive, not {self.std}")

    @override
    def values(self, geometry: ClassGeometry) -> dict[str, Operand]:
        return {"std": self.std / geometry.unit}

    def symbol_values(self) -> dict[str, float]:
        """Values for statement symbols that belong to no geometry, by symbol name."""
        return {}

    @override
    def implied(self) -> tuple[Assumption, ...]:
        return Gaussian(), SphericallySymmetric(), SubGaussian(self.std)


@dataclass(frozen=True)
class SubGaussian(Assumption):
    """E exp(t u.(z-mu_c)) <= exp(t^2 sigma_c^2/2) for all unit u, real t.

    ``sigma`` is one number for all classes or a tuple with one number a class (in units of length).
    """

    sigma: float | tuple[float, ...] = 1.0
    sentence = "every class is sub-Gaussian with a known proxy sigma"
    implies = ("FiniteFourthMoment", "FiniteMoments")

    def __post_init__(self) -> None:
        values = self.sigma if isinstance(self.sigma, tuple) else (self.sigma,)
        if not all(value >= 0 for value in values):
            raise ValueError(f"SubGaussian: sigma must not be negative, not {self.sigma}")

    def values(self, geometry: ClassGeometry) -> dict[str, Operand]:
        """Each pair uses the larger of its two proxies."""
        xp = geometry.xp
        proxies = self.sigma if isinstance(self.sigma, tuple) else (self.sigma,) * geometry.classes
        sigma = geometry.array(proxies) / geometry.unit
        return {"sigma": xp.maximum(sigma[:, None], sigma[None, :])}


@dataclass(frozen=True)
class SubGaussianAxes(Assumption):
    """Independent-axes proxy: E exp(h.(z-mu_c)) <= exp(sum_r proxies[c][r] h_r^2 / 2) for every h.

    ``proxies`` has one row a class and one column an axis (variances, in squared units of length).
    """

    proxies: tuple[tuple[float, ...], ...] = ()
    sentence = "every class is sub-Gaussian with diagonal proxies in one common basis"
    implies = ("FiniteFourthMoment", "FiniteMoments")

    @override
    def values(self, geometry: ClassGeometry) -> dict[str, Operand]:
        proxies = geometry.array(self.proxies) / geometry.unit / geometry.unit
        return {"s_r": proxies, "g_r": proxies}


@dataclass(frozen=True)
class FollowsLaw(Assumption):
    """The population is the very law that a lower bound or existence statement is about."""

    law: str = ""
    sentence = "the population is the law of the statement"

    @override
    def refusal(self, geometry: ClassGeometry, setting: Setting, granted: Granted) -> str | None:
        known = granted.get("FollowsLaw")
        if isinstance(known, FollowsLaw) and known.law == self.law:
            return None
        return f"a statement about one named law ({self.law}), not about this population"


@dataclass(frozen=True)
class GivenCentres(Assumption):
    """Refuses centres that are drawn: the statement is about those at hand."""

    sentence = "the centres are given, not drawn"

    @override
    def refusal(self, geometry: ClassGeometry, setting: Setting, granted: Granted) -> str | None:
        return "a formula for given centres: its value depends on the support draws"
