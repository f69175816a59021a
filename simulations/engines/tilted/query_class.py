"""The interface of a query class for the engine, for all kinds of latent variables that make it Gaussian."""

from __future__ import annotations

import math
from typing import Protocol, Self

import numpy as np

from simulations.engines.tilted.margins import PLAIN, Margins
from simulations.runtime.arrays import Generator
from theory.array import Floats, Integers


class TiltedClass(Protocol):
    """A query class with one tilt for every other class."""

    @property
    def logs(self) -> Floats:
        """(components,): logarithms of the normalizers, about those of the chances that each tilt serves."""

    @property
    def draws(self) -> int:
        """Random numbers an episode costs, about."""

    def bound(self, share: float) -> float | None:
        """The largest value of an episode where ``share`` of the subsets err with one other class; None where
        nothing bounds it."""

    def exact(self) -> Floats | None:
        """(others,): P(M <= 0) of every pair, to 1e-9; None where that is not known."""

    def episodes(self, counts: Integers, rng: Generator) -> Margins:
        """counts[c] episodes of component c, in that order."""


class PlainComponent:
    """Base of classes whose latent variables are not drawn from the tilted law itself: a last component of
    plainly drawn episodes bounds every weight, and nothing bounds an episode's value more closely."""

    def _with_plain(self, logs: Floats) -> Floats:
        """The components' ``logs``, and that of the plain one, which is a share ``PLAIN`` of all."""
        peak = float(logs.max())
        return np.append(logs, peak + math.log(np.sum(np.exp(logs - peak)) * PLAIN / (1 - PLAIN)))

    def bound(self, share: float) -> float | None:
        """None: the weights are bounded, the value is not."""
        return None

    def exact(self) -> Floats | None:
        """None: no pair is known exactly."""
        return None

    def explored(self) -> Self:
        """For a pilot: with shares that neglect no component. Itself where shares are not fitted."""
        return self

    def refitted(self, pilot: Margins, values: Floats) -> tuple[Self, Floats]:
        """With the shares that suit the ``values`` (episodes,) of a pilot of this class, and values of the
        mean square that those shares would have given."""
        return self, values
