"""Student classes at every number of degrees of freedom, infinitely many included, without warnings."""

from __future__ import annotations

import math
import warnings
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

from simulations.cli import main
from simulations.engines import Budget, Question, estimate
from simulations.engines.direct import Direct
from simulations.engines.exact.student_pairs import student_pairs
from simulations.engines.radial import NEARLY_NORMAL, Radial, radial_tail
from simulations.engines.sampling.chi_squares import doublings, rarity
from simulations.engines.tilted import Tilted, spheres
from simulations.populations import from_spec, load, save
from simulations.populations.student import StudentClasses
from simulations.runtime.errors import InputError
from tests.simulations.helpers_engines import run
from theory.setting import Setting

# Two dimensions, means 3 apart, standard deviation 1: the Gaussian limit at 1, 5 and infinitely many shots.
LIMIT = {1: 0.15306853, 5: 0.08143391, math.inf: 0.06680720}


def pair(*dfs: float) -> StudentClasses:
    return StudentClasses([[3.0 * c, 0.0] for c in range(len(dfs))], [1.0] * len(dfs), dfs)


@pytest.mark.parametrize("df", [1e6, 1e14, 1e17, 1e100, math.inf])
@pytest.mark.parametrize("shots", LIMIT)
def test_large_df_is_the_gaussian_limit(df: float, shots: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimated = estimate(pair(df, df), Setting(shots, 2), budget=Budget(draws=3e5))
        direct = run(Direct(), pair(df, df), shots, 2, 3e5)
    for each in (estimated, direct):
        strict = each.at(0.99999)
        assert strict.low - 1e-6 <= LIMIT[shots] <= strict.high + 1e-6, each
    if math.isinf(df) and math.isfinite(shots):
        assert estimated.exact


@pytest.mark.parametrize("df", [5.0, 300.0, 1e5])
def test_no_warning_at_any_df(df: float) -> None:
    """exp of a ratio of densities overflows from about 300 degrees on."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        a, b = (run(engine, pair(df, df, 7.0), 2, 3, 4e5) for engine in (Radial(), Direct()))
    assert a.at(0.9999).low <= b.at(0.9999).high and b.at(0.9999).low <= a.at(0.9999).high


def exact_tail(radius: float, degrees: int, df: float) -> mp.mpf:
    mp.mp.dps = 40
    a, b = mp.mpf(degrees) / 2, mp.mpf(df) / 2
    constant = mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    start = mp.mpf(radius) ** 2 / df
    points = [start + s / b for s in (0, 1, 3, 8, 20, 50, 120, 300)]
    return mp.quad(
        lambda t: mp.exp((a - 1) * mp.log(t) - (a + b) * mp.log1p(t) + constant), [*points, points[-1] * 100]
    )


@pytest.mark.parametrize("df", [9e7, 1.1e8, 1e14])
def test_radial_tails_keep_their_digits(df: float) -> None:
    for degrees in (1, 4, 30):
        for radius in (0.5, 3.0, 9.0):
            tail = float(radial_tail(np.array([radius]), degrees, df)[0])
            assert tail == pytest.approx(float(exact_tail(radius, degrees, df)), rel=1e-8)
    assert 9e7 < NEARLY_NORMAL < 1.1e8


def test_infinite_df_is_read_and_written(tmp_path: Any) -> None:
    path = tmp_path / "s.toml"
    save(pair(math.inf, 5.0), path)
    assert "df = inf" in path.read_text()
    again = load(path)
    assert isinstance(again, StudentClasses) and again.dfs.tolist() == [math.inf, 5.0]
    assert "Gaussian" in pair(math.inf, math.inf).granted() and "Gaussian" not in again.granted()
    for wrong in (math.nan, 4.0, -math.inf):
        with pytest.raises(InputError, match="df"):
            StudentClasses([[0.0], [1.0]], [1.0, 1.0], [wrong, 5.0])
    with pytest.raises(InputError, match=r"std"):
        from_spec(
            {
                "family": "student",
                "classes": [{"mean": [float(c)], "std": math.inf, "df": 5.0} for c in (0, 1)],
            }
        )


@pytest.mark.slow
@pytest.mark.parametrize("df", ["300", "1e17", "inf"])
def test_the_command_prints_nothing_but_its_table(
    df: str, tmp_path: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    classes = "".join(f"[[classes]]\nmean = [{3 * c}.0, 0.0]\nstd = 1.0\ndf = {df}\n" for c in (0, 1))
    (tmp_path / "s.toml").write_text(f'family = "student"\n{classes}')
    assert main(["evaluate", str(tmp_path / "s.toml"), "--shots", "1", "--json"]) == 0
    assert capfd.readouterr().err == ""


def apart(df: float, distance: float) -> StudentClasses:
    """Five classes in 16 dimensions."""
    means = np.random.default_rng([77, 16]).standard_normal((5, 16)) * distance / math.sqrt(32)
    return StudentClasses(means.tolist(), [1.0] * 5, [df] * 5)


def test_light_tails_waste_no_draws_on_jumps() -> None:
    """No error comes about by one of their draws lying hundreds of times as far out: 76 % of the episodes had
    such a draw, and no weight, and the deviation was four times that without."""
    normal, some, many = (
        run(Radial(), apart(df, 5.0), 5, 5, 2e6).rule.rule.deviation for df in (2e3, 30, 300)
    )
    assert some < 3 * normal and many < 1.5 * normal


def test_radial_knows_where_it_is_of_no_use() -> None:
    """Errors of light tails come from centres that it draws plainly: its forecast was .02 at any error."""
    question, budget, widths = Question(5, (5,)), Budget(draws=2e6), []
    for df, distance in ((5.0, 14.0), (1000.0, 14.0), (1000.0, 5.0)):
        width = Radial().expected_width(apart(df, distance), question, budget)
        assert width is not None
        widths.append(width)
    assert widths[0] < 0.05 and widths[2] < 0.05 and math.isinf(widths[1])


@pytest.mark.parametrize(
    ("dimension", "shots", "dfs", "distance"),
    [
        (1, 5, (6.0, 4.5), 7.0),
        (2, 30, (6.0, 400.0), 9.0),
        (3, 2, (50.0, 50.0), 8.0),
        (40, 5, (400.0, 6.0), 9.0),
    ],
)
def test_tilted_spheres_agree_with_exact_pairs(
    dimension: int, shots: int, dfs: tuple[float, float], distance: float
) -> None:
    """Pairs of Student classes are exact by lattices over three scales: no draw, no tilt, no frame."""
    means = np.random.default_rng(dimension).standard_normal((2, dimension))
    means *= distance / float(np.linalg.norm(means[1] - means[0]))
    population = StudentClasses(means.tolist(), [1.0, 0.7], dfs)
    known = student_pairs(population, shots)
    assert known.values is not None and known.accuracy < 1e-4
    right, answer = float(np.mean(known.values)), run(Tilted(), population, shots, 2, 3e5)
    assert abs(answer.value - right) < 4.5 * answer.rule.deviation / 8 < 0.1 * right


def test_tilted_spheres_of_wrong_densities_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: chi-squares whose densities belong to other degrees of freedom."""
    population = apart(6.0, 11.0)
    right = run(Radial(), population, 5, 5, 2e6)
    assert abs(run(Tilted(), population, 5, 5, 1e6).value - right.value) < 3 * (right.high - right.low)
    table = spheres.Table
    monkeypatch.setattr(spheres, "Table", lambda df, squares: table(df + 1, squares))
    assert abs(run(Tilted(), population, 5, 5, 1e6).value - right.value) > 3 * (right.high - right.low)


@pytest.mark.parametrize("df", [30.0, 100.0, 300.0, 2000.0])
def test_rare_errors_of_light_tails_are_known(df: float) -> None:
    """By centres that are drawn plainly they were known to a factor of 24, or not at all."""
    answer = estimate(apart(df, 14.0), Setting(5, 5), budget=Budget(draws=1e6))
    assert answer.value < 1e-5 and answer.high - answer.low < 0.1 * answer.value


@pytest.mark.parametrize("df", [5.0, 30.0, 300.0])
def test_rarity_is_about_the_logarithm_of_a_chance(df: float) -> None:
    factors = np.array([1.5, 2.0, 8.0])
    assert rarity(df, factors) == pytest.approx(stats.chi2.logcdf(df / factors, df), abs=5, rel=0.1)
    assert rarity(math.inf, np.array([1.0, 2.0])).tolist() == [0.0, -math.inf]
    assert doublings(df, 40.0) == {5.0: 20, 30.0: 6, 300.0: 2}[df] and doublings(math.inf, 40.0) == 1
