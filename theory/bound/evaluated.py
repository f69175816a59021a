"""What is asked of a bound by those who evaluate it again: a ``Bound`` is one, which imports them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import sympy as sp

from theory.array import Array
from theory.assumptions import Granted
from theory.bound.answer import BoundValue
from theory.evaluation.optimise import FreeParameter
from theory.geometry import ClassGeometry
from theory.setting import Setting


class Evaluated(Protocol):
    """The parts of a ``Bound``, explained there, that its value depends on."""

    @property
    def kind(self) -> str:
        """How the claim is checked."""

    @property
    def layout(self) -> str:
        """Axes of the statement's values."""

    @property
    def rounds_itself(self) -> bool:
        """Whether its values come with what rounding leaves."""

    @property
    def closed_form(self) -> sp.Expr:
        """The statement in quantities only."""

    @property
    def free(self) -> FreeParameter | None:
        """A parameter that the statement holds for every value of."""

    def _evaluate(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: dict[str, float]
    ) -> BoundValue: ...

    def _of_classes(self, geometry: ClassGeometry, setting: Setting, values: Array) -> Array: ...

    def _parameters_of_pairs(
        self, geometry: ClassGeometry, setting: Setting, granted: Granted, at: Mapping[str, float]
    ) -> Array | None: ...

    def _margins_in_own_units(self, geometry: ClassGeometry, setting: Setting) -> dict[str, Array]: ...
