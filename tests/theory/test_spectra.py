"""Spectra from one Gram matrix are those from the samples themselves, term by term."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from theory.geometry import spectra


def samples(size: int, dimension: int) -> Any:
    rng = np.random.default_rng([size, dimension])
    rows = rng.standard_normal((size, dimension)) * np.r_[5.0, 3.0, np.ones(dimension - 2)]
    return rows - rows.mean(axis=0)


@pytest.mark.parametrize(
    ("size", "dimension"), [(4, 3), (4, 40), (5, 10), (9, 9), (10, 9), (30, 64), (220, 300)]
)
def test_the_summary_is_its_three_parts(size: int, dimension: int) -> None:
    rows = samples(size, dimension)
    own, crossed, fourth = spectra.summary(np, rows, size - 1.0, 8, True)
    assert own == pytest.approx(spectra.leading(np, rows, size - 1.0, 8), rel=1e-9, abs=1e-9)
    assert crossed == pytest.approx(spectra.crossed(np, rows, 8), rel=1e-6, abs=1e-9)
    assert float(fourth) == pytest.approx(float(spectra.top_fourth(np, rows)), rel=1e-9)


def test_crossing_is_the_variance_of_held_out_samples_by_loops() -> None:
    rows = samples(12, 40)
    expected = np.zeros(3)
    for fold in range(4):
        held_out = rows[fold::4]
        rest = np.concatenate([rows[f::4] for f in range(4) if f != fold])
        _, _, directions = np.linalg.svd(rest - rest.mean(axis=0), full_matrices=False)
        for k in range(3):
            expected[k] += np.var(held_out @ directions[k], ddof=1) / 4
    assert spectra.summary(np, rows, 11.0, 3, True)[1] == pytest.approx(expected, rel=1e-8)


def test_directions_made_by_rounding_hold_no_variance() -> None:
    """Samples in a plane: beyond two directions there is only rounding, which is no direction."""
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((12, 2)) @ rng.standard_normal((2, 40))
    rows -= rows.mean(axis=0)
    crossed = spectra.summary(np, rows, 11.0, 8, True)[1]
    assert np.all(crossed[:2] > 0.1) and np.all(crossed[2:] == 0)
