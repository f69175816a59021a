"""Populations whose covariances do not fit a TOML file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulations.populations import array_file, load, save
from simulations.populations.finite_support import FiniteSupport
from simulations.populations.gaussian import GaussianClasses
from simulations.runtime.errors import InputError


def wide(dimension: int, classes: int = 2) -> GaussianClasses:
    rng = np.random.default_rng(0)
    factors = rng.standard_normal((classes, dimension, dimension)) / np.sqrt(dimension)
    matrices = [factor @ factor.T for factor in factors]
    return GaussianClasses(
        rng.standard_normal((classes, dimension)).tolist(), [(m + m.T) / 2 for m in matrices]
    )


def test_full_covariances_in_512_dimensions_come_back(tmp_path: Path) -> None:
    population, path = wide(512), tmp_path / "wide.toml"
    save(population, path)
    assert path.stat().st_size < 1 << 20 and (tmp_path / "wide.npz").exists()
    again = load(path)
    assert isinstance(again, GaussianClasses)
    for a, b in zip(population.covariances, again.covariances, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(population.means, again.means)


def test_what_fits_stays_one_file(tmp_path: Path) -> None:
    save(wide(8), tmp_path / "small.toml")
    assert [each.name for each in tmp_path.iterdir()] == ["small.toml"]


def test_decimals_stay_exact(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Atoms are decimals, not floats: they are never moved into the npz file."""
    monkeypatch.setattr(array_file, "MOST_INLINE", 3)
    monkeypatch.setattr(array_file, "LARGE", 2)
    population = FiniteSupport([[["0.1", "1e-30"], ["0.3", "2"]], [["5", "7"]]], [["0.5", "0.5"], ["1"]])
    save(population, tmp_path / "atoms.toml")
    again = load(tmp_path / "atoms.toml")
    assert isinstance(again, FiniteSupport) and again.exact_points == population.exact_points


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('arrays = "../other.npz"', "arrays"),
        ('arrays = "gone.npz"', "gone.npz"),
        ("arrays = 3", "arrays"),
        ('arrays = "bad.npz"', "bad.npz"),
        ('arrays = "words.npz"', "words.npz"),
        ('arrays = "numbers.npz"', "'c' is not an array"),
    ],
)
def test_wrong_array_files_are_one_line(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "bad.npz").write_bytes(b"PK no zip at all")
    np.savez(tmp_path / "words.npz", c=np.array(["a", "b"]))
    np.savez(tmp_path / "numbers.npz", d=np.eye(2))
    classes = "".join(f'[[classes]]\nmean = [{c}.0, 0.0]\ncovariance = "c"\n' for c in (0, 1))
    (tmp_path / "p.toml").write_text(f'family = "gaussian"\n{text}\n{classes}')
    with pytest.raises(InputError) as raised:
        load(tmp_path / "p.toml")
    assert message in str(raised.value) and "\n" not in str(raised.value)


def test_arrays_are_judged_as_numbers_in_the_file_are(tmp_path: Path) -> None:
    classes = "".join(f'[[classes]]\nmean = [{c}.0, 0.0]\ncovariance = "c"\n' for c in (0, 1))
    (tmp_path / "p.toml").write_text(f'family = "gaussian"\narrays = "n.npz"\n{classes}')
    for wrong, message in (
        (np.array([[1.0, 2.0], [0.0, 1.0]]), "symmetric"),
        (np.full((2, 2), np.nan), "finite"),
    ):
        np.savez(tmp_path / "n.npz", c=wrong)
        with pytest.raises(InputError, match=message):
            load(tmp_path / "p.toml")
