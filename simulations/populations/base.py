"""The base of all populations: classes that can be sampled, with exact moments and declared assumptions."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, get_origin

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from simulations.runtime.arrays import Generator, namespace
from simulations.runtime.errors import InputError, printable
from simulations.runtime.memory import require_memory
from theory.array import Array, Floats
from theory.assumptions import Assumption, Granted, assumptions_that_hold
from theory.geometry import ClassGeometry, ClassMoments

LARGEST_NUMBER = 1e150
PAIR_NUMBERS, CLASS_NUMBERS = 4, 75
"""Numbers held at once for each coordinate of a pair of classes, and of a class, where all bounds are
evaluated: measured from 2 to 300 classes in up to 300,000 dimensions."""


class Spec(BaseModel):
    """Base of the TOML form of a family: unknown keys, NaN, infinities, words in place of numbers, and
    numbers whose squares leave double precision are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)

    def build(self) -> Population:
        """The population that it describes. Raises InputError on combinations of fields that are invalid."""
        raise NotImplementedError(f"{type(self).__name__} needs a method build")

    @field_validator("*", mode="before")
    @classmethod
    def _plain_numbers(cls, value: object, info: ValidationInfo) -> object:
        if get_origin(cls.model_fields[str(info.field_name)].annotation) is not Literal:
            _check_numbers(value)
        return value


def _check_numbers(value: object) -> None:
    if isinstance(value, list):
        for entry in value:
            _check_numbers(entry)
    elif isinstance(value, bool | str):
        shown = printable(str(value), 40)
        raise ValueError(f"'{shown}' is not a number; write one like 0.5")
    elif isinstance(value, int | float | Decimal) and (isinstance(value, int) or math.isfinite(value)):
        size: Any = abs(value)
        if size > LARGEST_NUMBER or 0 < size < 1 / LARGEST_NUMBER:
            raise ValueError(
                f"{printable(str(value), 40)} or its square leaves double precision; rescale the population"
            )


class Population(ABC):
    """A fixed list of class distributions in R^p.

    ``means`` has shape (classes, dimension). A family gives ``moments``, ``assumptions``, ``noise`` and
    ``spec``; ``collapse new population NAME`` writes a commented file with its TOML form. For example, two
    classes that are fair coins on a line:

    >>> import numpy as np
    >>> from theory.assumptions import BoundedKurtosis
    >>> class Coins(Population):
    ...     family = "coins"
    ...     means = np.array([[0.0], [4.0]])
    ...     def moments(self, unit):
    ...         return [
    ...             ClassMoments(
    ...                 mean=mean / unit,
    ...                 covariance=np.array([1.0]) / unit**2,
    ...                 fourth=1.0 / unit**4,
    ...                 directional_fourth=1.0 / unit**4,
    ...             )
    ...             for mean in self.means
    ...         ]
    ...     def assumptions(self):
    ...         yield BoundedKurtosis()
    ...     def noise(self, rng, c, shape):
    ...         return rng.choice([-1.0, 1.0], (*shape, 1))
    ...     def spec(self):
    ...         return {"family": "coins"}
    >>> from theory.catalogue import cdnv_sharp
    >>> from theory.setting import Setting
    >>> coins = Coins()
    >>> answer = cdnv_sharp.evaluate(coins.geometry(), Setting(shots=10, ways=2), coins.granted())
    >>> round(answer.value, 4)
    0.2625
    """

    family: ClassVar[str]
    few_show_all: ClassVar[bool] = False
    """Whether a few episodes show how near to each other centres come: surely not where most draws may be
    far, and a rare part near."""
    means: Floats

    @property
    def classes(self) -> int:
        """How many there are."""
        return int(self.means.shape[0])

    @property
    def dimension(self) -> int:
        """Dimension of the feature space."""
        return int(self.means.shape[1])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the classes, in order."""
        return tuple(f"class {c}" for c in range(self.classes))

    # -- moments that a bound may use
    # ---------------------------------------------------------------------------
    @abstractmethod
    def moments(self, unit: float) -> list[ClassMoments]:
        """Exact moments of each class with all lengths divided by ``unit``, about a common origin."""

    @abstractmethod
    def assumptions(self) -> Iterable[Assumption]:
        """What the population satisfies, with the values that assumptions carry."""

    def granted(self) -> Granted:
        """The assumptions that hold, those that a test of their own finds included. Raises InputError where
        such a test fails."""
        try:
            tested = [*assumptions_that_hold(self)]
        except ValueError as wrong:
            raise InputError(str(wrong)) from wrong
        return Granted([*self.assumptions(), *tested])

    @property
    def unit(self) -> float:
        """Median distance of distinct class means; 1 when all coincide."""
        distances = []
        # One row of pairs at a time: all of them take classes^2 x dimension numbers.
        for row in map(self.differences_from, range(self.classes)):
            size = np.max(np.abs(row)) or 1.0
            distances.append(size * np.sqrt(np.sum((row / size) ** 2, axis=1)))
        lengths = np.concatenate(distances)
        positive = lengths[lengths > 0]
        return float(np.median(positive)) if positive.size else 1.0

    def geometry(self) -> ClassGeometry:
        """Exact class geometry, in multiples of ``unit``."""
        unit = self.unit
        return ClassGeometry.from_moments(
            self.moments(unit),
            unit=unit,
            names=self.names,
            # Not from the means about an origin, of which each is rounded to the digits of its own length.
            differences=self.all_differences(unit),
            margins=partial(self.margin_moments, unit=unit),
            nearest=partial(self.nearest_moments, unit=unit),
        )

    def margin_moments(
        self, shots: float, order: int, unit: float
    ) -> Annotated[Floats, "orders classes classes"] | None:
        """Mean and central moments of the pair margins, (order + 1, classes, classes), with all lengths
        divided by ``unit`` (see ``ClassGeometry.margin_moments``); None where a family has none in closed
        form."""
        return None

    def nearest_moments(
        self, shots: float, order: int, ways: int, unit: float
    ) -> Annotated[Floats, "orders classes classes"] | None:
        """The same against the nearest of the other classes (see ``ClassGeometry.nearest_moments``), for more
        than two ways."""
        return None

    def all_differences(self, unit: float) -> Annotated[Floats, "classes classes dimension"]:
        """(classes, classes, dimension), [i, j] = (mu_j - mu_i) / unit."""
        return np.stack([self.differences_from(c) for c in range(self.classes)]) / unit

    def differences_from(self, c: int) -> Annotated[Floats, "classes dimension"]:
        """(classes, dimension), [j] = mu_j - mu_c. Families that know them to more digits than ``means``
        override this."""
        return np.asarray(self.means - self.means[c])

    # -- methods that engines need
    # -----------------------------------------------------------------------------
    @abstractmethod
    def noise(self, rng: Generator, c: int, shape: tuple[int, ...]) -> Annotated[Array, "... dimension"]:
        """Draws of z - mu_c, shape (*shape, dimension)."""

    def centre_noise(
        self, rng: Generator, c: int, shots: int, episodes: int
    ) -> Annotated[Array, "episodes dimension"]:
        """Draws of m_c - mu_c, shape (episodes, dimension). Families that know its law override this."""
        noise = self.noise(rng, c, (episodes, shots))
        return namespace(rng).mean(noise, axis=1)

    def centre_draws(self, shots: int) -> int:
        """Random numbers that one class's centre costs, for planning effort."""
        return shots * self.dimension

    @property
    def may_tie(self) -> bool:
        """Whether queries may be just as near to two centres that differ: surely not where all noise is
        Gaussian or has another density. What computes as nearly a tie then is none."""
        return True

    # -- files --------------------------------------------------------------------------------------------
    @abstractmethod
    def spec(self) -> dict[str, Any]:
        """The TOML form as plain data; ``simulations.populations.from_spec`` reads it back."""


def check_size(classes: int, dimension: int, field: str, others: float = 0.0) -> None:
    """Raises InputError when the moments of all pairs would not fit the memory of this machine.

    others : numbers that the family needs besides, at once.
    """
    numbers = (PAIR_NUMBERS * classes**2 + CLASS_NUMBERS * classes) * dimension + others
    require_memory(
        8.0 * numbers,
        f"the moments of {classes} classes in dimension {dimension}",
        f"use fewer classes{', atoms' if others else ''} or dimensions",
        field=field,
    )
