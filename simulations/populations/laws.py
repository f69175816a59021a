"""The extremal laws: populations that lower bounds and existence statements are about, with exact atoms."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

from pydantic import Field

from simulations.populations.base import Spec
from simulations.populations.finite_support import FiniteSupport, Number, as_fraction
from simulations.runtime.errors import InputError
from theory.inheritance import override


class ConstantIsSharpSpec(Spec):
    """The law at which the constant 4 is attained."""

    family: Literal["constant_is_sharp"]
    probability: float = Field(gt=0, lt=1)
    distance: float = Field(default=1.0, gt=0)

    @override
    def build(self) -> ConstantIsSharp:
        return ConstantIsSharp(self.probability, self.distance)


class ConstantIsSharp(FiniteSupport):
    """One coordinate, means ``distance`` apart: a class steps half-way to the other one with the given
    probability. With infinite shots its error is that probability: the constant 4 is attained."""

    family = "constant_is_sharp"

    def __init__(self, probability: Number, distance: Number = 1) -> None:
        q, d = as_fraction(probability), as_fraction(distance)
        self._parameters = {"probability": float(q), "distance": float(d)}
        step, back = d / 2, -(d / 2) * q / (1 - q)
        super().__init__(
            [[[step], [back]], [[d - step], [d - back]]], [[q, 1 - q], [q, 1 - q]], law=self.family
        )

    @override
    def spec(self) -> dict[str, Any]:
        return {"family": self.family, **self._parameters}


class CdnvIsOptimalSpec(Spec):
    """The law whose error over `cdnv_optimal` is followed as ``noise`` goes to 0."""

    family: Literal["cdnv_is_optimal"]
    noise: float = Field(gt=0)
    dimension: int = Field(ge=1, le=8)
    shots: int = Field(ge=1, le=1000)
    lam: float = Field(default=1.0, gt=0)
    v_i: float = Field(default=1.0, gt=0)
    v_j: float = Field(default=1.0, ge=0)

    @override
    def build(self) -> CdnvIsOptimal:
        return CdnvIsOptimal(self.noise, self.dimension, self.shots, lam=self.lam, v_i=self.v_i, v_j=self.v_j)


class CdnvIsOptimal(FiniteSupport):
    """The law whose error (of class 0 against class 1) over `cdnv_optimal` tends to at least 4n/(4n+1).

    Means are 1 apart; lam, v_i, v_j are the moments divided by ``noise``, to first order. All wrong
    events are exact ties: the query half-way between the rest points; one of n draws of class 0 far off
    along another axis; one of n draws of class 1 that puts its centre on that of class 0.
    Raises InputError unless lam <= v_i <= dimension * lam and the noise leaves room for the rest points.
    """

    family = "cdnv_is_optimal"

    def __init__(  # noqa: PLR0913 - the parameters of the family
        self, noise: Number, dimension: int, shots: int, *, lam: Number = 1, v_i: Number = 1, v_j: Number = 1
    ) -> None:
        t, lam_, vi, vj = map(as_fraction, (noise, lam, v_i, v_j))
        if not lam_ <= vi <= dimension * lam_:
            raise InputError("does not fit lam; choose lam <= v_i <= dimension * lam", field="v_i")
        q1, q2, q3 = 4 * lam_ * t, (vi - lam_) * t / shots**2, vj * t / shots**2
        if q1 + q2 >= Fraction(1, 2) or shots * q3 >= Fraction(1, 2):
            raise InputError("leaves no room for the rest points; use less noise", field="noise")
        self._parameters = {"noise": float(t), "dimension": dimension, "shots": shots}
        self._parameters |= {"lam": float(lam_), "v_i": float(vi), "v_j": float(vj)}
        # Rest points c0 u (class 0) and e0 u (class 1), and the query's atom half-way between them.
        rho = q1 / (1 - q1)
        e0 = 1 / (1 - shots * q3 * (1 + rho / (2 + rho)))
        half_way = e0 / (2 + rho)
        c0 = -rho * half_way
        far = shots * (e0 - c0)

        def at(along: Fraction, axis: int = 0, across: Fraction = Fraction(0)) -> list[Fraction]:
            point = [Fraction(0)] * dimension
            point[axis] = across
            point[0] = along
            return point

        points, weights = [at(half_way), at(c0)], [q1, 1 - q1 - q2]
        if q2 > 0:
            for axis in range(1, dimension):
                for sign in (1, -1):
                    points.append(at(c0, axis, sign * far))
                    weights.append(q2 / (2 * (dimension - 1)))
        other, other_weights = [at(e0)], [1 - q3]
        if q3 > 0:
            other.append(at(shots * c0 - (shots - 1) * e0))
            other_weights.append(q3)
        super().__init__([points, other], [weights, other_weights], law=self.family)

    @override
    def spec(self) -> dict[str, Any]:
        return {"family": self.family, **self._parameters}
