"""``SampleMargins``: moments of the margins of stored features, kept for each number of shots and ways."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from theory.array import Array, device
from theory.geometry.blocks import CentredBlocks
from theory.geometry.margins import nearest_sweeps, sweeps
from theory.geometry.margins.supports import Supports
from theory.geometry.source import MomentSource
from theory.inheritance import override

LADDER_ORDER = 8
"""Moments of the margins that one sweep gives: those that the highest rung asks for."""


class SampleMargins(MomentSource):
    """What ``SampleMoments`` says of margins; it makes the blocks and the means that the sweeps need."""

    counts: Sequence[int]
    _blocks: CentredBlocks
    _raw_means: Array
    _ratio: float
    """The blocks' unit in multiples of ``unit``."""

    def __init__(self, estimator: str, seed: int) -> None:
        self.estimator, self._seed = estimator, seed
        self._margins: dict[float, Array | None] = {}
        self._supports: tuple[tuple[int, int | None], Supports | None] | None = None
        self._nearest_margins: dict[tuple[float, int], Array | None] = {}

    @property
    def _debiased(self) -> bool:
        return self.estimator == "debiased"

    @override
    def margin_moments(self, shots: float, order: int) -> Array | None:
        """Unbiased from the samples outside the support; ``plugin``: of the sample as if it were the law."""
        moments = self._swept(shots)
        return None if moments is None else moments[0, ...]

    @override
    def left_out_margins(self, shots: float) -> Annotated[Array, "groups orders classes classes"] | None:
        """(groups, orders, classes, classes): the moments without one group of the samples at a time."""
        moments = self._swept(shots)
        return None if moments is None or int(moments.shape[0]) == 1 else moments[1:, ...]

    def why_no_margins(self, shots: float) -> str:
        """In words, where ``margin_moments`` answers None."""
        if sweeps.queries_for(self.counts, self.dimension) is None:
            return f"of {self.classes} classes in dimension {self.dimension} they take too long; give fewer"
        if not math.isfinite(shots):
            return "stored samples are finitely many"
        return f"a class of {min(self.counts)} samples has none left as a query beside a support"

    @override
    def nearest_moments(self, shots: float, order: int, ways: int) -> Array | None:
        """As ``margin_moments``, against the nearest of ways - 1 other classes."""
        moments = self._nearest(shots, ways)
        return None if moments is None else moments[0, ...]

    @override
    def left_out_nearest(
        self, shots: float, ways: int
    ) -> Annotated[Array, "groups orders classes classes"] | None:
        """(groups, orders, classes, classes): the same without one group of the samples at a time."""
        moments = self._nearest(shots, ways)
        return None if moments is None or int(moments.shape[0]) == 1 else moments[1:, ...]

    def why_no_nearest(self, shots: float) -> str:
        """In words, where ``nearest_moments`` answers None."""
        return self.why_no_margins(shots)

    def _nearest(self, shots: float, ways: int) -> Array | None:
        key = (shots, ways)
        if key not in self._nearest_margins:
            known = math.isfinite(shots)
            self._nearest_margins[key] = self._sweep(int(shots), ways) if known else None
        return self._nearest_margins[key]

    def _swept(self, shots: float) -> Array | None:
        if shots not in self._margins:
            self._margins[shots] = self._sweep(int(shots)) if math.isfinite(shots) else None
        return self._margins[shots]

    def _sweep(self, shots: int, ways: int | None = None) -> Array | None:
        """A sweep for the margins of all pairs or, with ``ways``, for those against the nearest of the other
        classes."""
        xp = self.xp
        if self._cached_supports(shots, ways) is None:
            return None
        moments = self._plain_margins(shots, ways, self._centres(shots, ways))
        powers = [1.0, self._ratio**2, *(self._ratio ** (2 * q) for q in range(2, LADDER_ORDER + 1))]
        return moments * xp.asarray(powers, dtype=xp.float64, device=device(moments))[None, :, None, None]

    def _cached_supports(self, shots: int, ways: int | None) -> Supports | None:
        """Kept for the two passes that need it."""
        if self._supports is None or self._supports[0] != (shots, ways):
            self._supports = ((shots, ways), self._draw(shots, ways))
        return self._supports[1]

    def _draw(self, shots: int, ways: int | None) -> Supports | None:
        rule = sweeps if ways is None else nearest_sweeps
        most = sweeps.queries_for(self.counts, self.dimension)
        if most is None:
            return None
        supports = rule.supports_for(self.counts, self.dimension)
        drawn_supports = rule.draw(self.counts, shots, supports, self._seed, apart=self._debiased)
        return None if drawn_supports is None else sweeps.limit_queries(drawn_supports, most, self._seed)

    def _centres(self, shots: int, ways: int | None) -> Array:
        """(classes, supports, p): of every support, about the mean of its class, in the blocks' unit."""
        return sweeps.centres(self._blocks, self._supports_of(shots, ways), shots, self._raw_means)

    def _plain_margins(self, shots: int, ways: int | None, centres: Array) -> Array:
        """Plug-in moments of margins in the blocks' unit."""
        means, supports = self.means() / self._ratio, self._supports_of(shots, ways)
        if ways is None:
            return sweeps.margin_moments(self._blocks, means, supports, centres, LADDER_ORDER)
        return nearest_sweeps.nearest_moments(self._blocks, means, supports, centres, LADDER_ORDER, ways)

    def _supports_of(self, shots: int, ways: int | None) -> Supports:
        supports = self._cached_supports(shots, ways)
        assert supports is not None
        return supports
