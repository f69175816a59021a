"""Exact pairs of Gaussian classes do not depend on how both are turned, however narrow one of them is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulations.engines.exact import margins
from simulations.populations.gaussian import root_along
from theory.array import Floats
from theory.geometry.quadratic import Gap

ANGLES = (0.0, 0.2, 0.7, 1.1, 2.3)


def turned(angle: float, stds: tuple[float, float]) -> Floats:
    """The covariance of a class of these standard deviations along axes turned by ``angle``."""
    axes = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    root = axes * np.array(stds)
    return np.asarray(root @ root.T)


def narrow_beside_long(angle: float, short: float, narrow: float) -> float:
    """P(wrong) at one shot for a query of a class of deviations ``narrow`` and a third of it, beside one of
    deviations 1 and ``short``; the means differ by 2.5 along the long axis, and a little along the short."""
    query, other = turned(angle + 0.4, (narrow, narrow / 3)), turned(angle, (1.0, short))
    gap = turned(angle, (1.0, 0.0)) @ [2.5 * math.cos(angle), 2.5 * math.sin(angle)]
    gap = gap + 2 * short * np.array([-math.sin(angle), math.cos(angle)])
    return margins.wrong_pair_full(query, query, other, Gap.of(gap))


@pytest.mark.parametrize("short", [3e-5, 1e-3, 0.03])
@pytest.mark.parametrize("narrow", [1e-3, 3e-3, 0.01])
def test_a_narrow_class_beside_a_long_one(short: float, narrow: float) -> None:
    values = [narrow_beside_long(angle, short, narrow) for angle in ANGLES]
    # An entry's last digit moves them by some 1e-11.
    assert np.ptp(values) < 1e-7 * np.max(values)


def test_what_rounding_leaves_of_the_first_column_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a second column along the difference, as long as roundings are."""

    def with_rest(covariance: Floats, gap: Gap) -> object:
        right = root_along(covariance, gap)
        right.root[:, -1] += 1e-8 * math.sqrt(np.trace(covariance)) * gap.high / np.linalg.norm(gap.high)
        return right

    right = narrow_beside_long(0.7, 1e-3, 1e-3)
    monkeypatch.setattr(margins, "root_along", with_rest)
    assert abs(narrow_beside_long(0.7, 1e-3, 1e-3) / right - 1) > 1e-5
