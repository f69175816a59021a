"""Wrong options, names and usage are refused with exit status 2 and one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers_bad_features import GOOD, SPLIT, archive, changed, good
from helpers_bad_populations import gaussian
from helpers_refusal import Refusal

from simulations import cli


@pytest.fixture
def population(tmp_path: Path) -> Path:
    path = tmp_path / "population.toml"
    path.write_text(gaussian())
    return path


@pytest.fixture
def features(tmp_path: Path) -> Path:
    path = tmp_path / "features.npz"
    path.write_bytes(archive(**good(split=SPLIT)))
    return path


SHOTS = [
    "0",
    "-1",
    "1.5",
    "",
    "1,,5",
    ",",
    "x",
    "nan",
    "1e3",
    "1;5",
    "5,0",
    "10000000000",
    "9" * 5000,
    "\x1b[2J",
]
WAYS = ["1", "0", "-2", "x", "", "2.0", "2,1", "inf", "9" * 5000]


@pytest.mark.parametrize("shots", SHOTS)
@pytest.mark.parametrize("verb", ["evaluate", "measure"])
def test_shots(verb: str, shots: str, population: Path, features: Path, refuse: Refusal) -> None:
    file = population if verb == "evaluate" else features
    assert "--shots" in refuse(verb, file, f"--shots={shots}")


@pytest.mark.parametrize("ways", WAYS)
@pytest.mark.parametrize("verb", ["evaluate", "measure"])
def test_ways(verb: str, ways: str, population: Path, features: Path, refuse: Refusal) -> None:
    file = population if verb == "evaluate" else features
    assert "--ways" in refuse(verb, file, "--shots", "1", f"--ways={ways}")


def test_more_ways_than_classes(population: Path, features: Path, refuse: Refusal) -> None:
    line = refuse("evaluate", population, "--shots", "1", "--ways", "2,3")
    assert "--ways" in line and "at most 2" in line
    line = refuse("measure", features, "--shots", "1", "--ways", "4")
    assert "--ways" in line and "at most 3" in line


def test_more_shots_than_samples(features: Path, refuse: Refusal) -> None:
    line = refuse("measure", features, "--shots", "1,8")
    assert "features.npz" in line and "class 0 has 8 samples" in line and "at most 7" in line
    assert "at most 3" in refuse("measure", features, "--shots", "4", "--split", "new")


def test_infinite_shots_need_a_population(features: Path, refuse: Refusal) -> None:
    assert "--shots" in refuse("measure", features, "--shots", "inf")


@pytest.mark.parametrize("value", ["0", "1", "-0.5", "1.5", "nan", "inf", "x", "", "95"])
@pytest.mark.parametrize("verb", ["evaluate", "measure"])
def test_confidence(verb: str, value: str, population: Path, features: Path, refuse: Refusal) -> None:
    file = population if verb == "evaluate" else features
    assert "--confidence" in refuse(verb, file, "--shots", "1", f"--confidence={value}")


@pytest.mark.parametrize("value", ["-1", "x", "1.5", ""])
@pytest.mark.parametrize("verb", ["evaluate", "measure", "verify"])
def test_seed(verb: str, value: str, population: Path, features: Path, refuse: Refusal) -> None:
    rest: list[object] = {
        "evaluate": [population, "--shots", "1"],
        "measure": [features, "--shots", "1"],
    }.get(verb, [])
    assert "--seed" in refuse(verb, *rest, f"--seed={value}")


@pytest.mark.parametrize(
    ("value", "needles"),
    [
        ("Gausian", ["did you mean Gaussian"]),
        ("", ["SubGaussian"]),
        ("\x1b[31m", ["\\x1b[31m"]),
        ("DistinctMeans", ["can be granted"]),
        ("MinimumSamples=3", ["can be granted"]),
        ("SubGaussian", ["needs a value", "SubGaussian=NUMBER"]),
        ("SubGaussian=", ["needs a value"]),
        ("SubGaussian=x", ["x"]),
        ("SubGaussian=-1", ["negative"]),
        ("SubGaussian=nan", ["nan"]),
        ("SubGaussian=inf", ["inf"]),
        ("BoundedKurtosis=0.5", ["at least 1"]),
        ("BoundedKurtosis=inf", ["inf"]),
        ("EqualIsotropicGaussian=0", ["0"]),
        ("EqualIsotropicGaussian=-1", ["-1"]),
        ("SphericallySymmetric=3", ["takes no value"]),
    ],
)
def test_assume(value: str, needles: list[str], features: Path, refuse: Refusal) -> None:
    line = refuse("measure", features, "--shots", "1", f"--assume={value}")
    for needle in ["--assume", *needles]:
        assert needle in line


def test_split(features: Path, tmp_path: Path, refuse: Refusal) -> None:
    line = refuse("measure", features, "--shots", "1", "--split", "nwe")
    assert "features.npz" in line and "split" in line and "new, source" in line
    assert "\\x1b[31m" in refuse("measure", features, "--shots", "1", "--split", "\x1b[31m")
    (tmp_path / "bare.npz").write_bytes(archive(**GOOD))
    line = refuse("measure", tmp_path / "bare.npz", "--shots", "1", "--split", "new")
    assert "bare.npz" in line and "missing" in line


def test_split_that_leaves_too_little(tmp_path: Path, refuse: Refusal) -> None:
    split = np.array(["new"] * 8 + ["source"] * 16)
    (tmp_path / "f.npz").write_bytes(archive(**good(split=split)))
    assert "1 class" in refuse("measure", tmp_path / "f.npz", "--shots", "1", "--split", "new")


@pytest.mark.parametrize(("option", "value"), [("--estimator", "unbiased"), ("--normalize", "l1")])
def test_choices_of_measure(option: str, value: str, features: Path, refuse: Refusal) -> None:
    line = refuse("measure", features, "--shots", "1", option, value)
    assert option in line and value in line


def test_a_zero_sample_has_no_direction(tmp_path: Path, refuse: Refusal) -> None:
    arrays = good(features=changed(GOOD["features"], 3, 0.0))
    (tmp_path / "f.npz").write_bytes(archive(**arrays))
    line = refuse("measure", tmp_path / "f.npz", "--shots", "1", "--normalize", "l2")
    assert "f.npz" in line and "features" in line and "sample 3" in line


@pytest.mark.parametrize(
    "name", ["exact_momnet", "", "x" * 5000, "\x1b[31mexact", "../cdnv_2022", "cdnv_2022\n"]
)
def test_unknown_statement(name: str, refuse: Refusal) -> None:
    for verb in ("bounds", "prove"):
        plain, as_json = refuse(verb, name), refuse(verb, name, "--json")
        assert plain == as_json and plain.startswith("collapse: NAME: no statement is called")


def test_a_near_name_is_offered(refuse: Refusal) -> None:
    assert "did you mean exact_moment" in refuse("bounds", "exact_momnet")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nosuchverb"],
        ["\x1b[31m"],
        ["--nosuchoption"],
        ["evaluate"],
        ["evaluate", "p.toml"],
        ["evaluate", "p.toml", "--shots"],
        ["evaluate", "p.toml", "q.toml", "--shots", "1"],
        ["measure"],
        ["measure", "f.npz"],
        ["bounds", "a", "b"],
        ["bounds", "--nosuchoption"],
        ["verify", "--jobs", "0"],
        ["verify", "--jobs", "-3"],
        ["verify", "--jobs", "x"],
        ["verify", "--full=3"],
        ["bench", "--device", "tpu"],
        ["bench", "--repetitions", "1"],
        ["prove", "a", "b"],
        ["verify", "extra"],
        ["verify", "--\x1b[31m"],
    ],
)
def test_usage(arguments: list[str], refuse: Refusal) -> None:
    line = refuse(*arguments)
    # The remedy names where to look, or the choices there are.
    assert "--help" in line or "use " in line or "collapse " in line.split("; ")[-1], line


def test_hostile_file_names(tmp_path: Path, refuse: Refusal) -> None:
    for verb in ("evaluate", "measure"):
        assert "\\x1b]0;owned\\x07" in refuse(verb, tmp_path / "\x1b]0;owned\x07", "--shots", "1")
        assert "a\\nb" in refuse(verb, tmp_path / "a\nb", "--shots", "1")
        assert "\\udcff" in refuse(verb, tmp_path / "\udcff", "--shots", "1")


@pytest.mark.parametrize("verb", ["measure", "certify"])
def test_inf_is_neither_offered_nor_recommended_where_it_is_refused(
    verb: str, features: Path, refuse: Refusal, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refuse(verb, features, "--shots", "inf")
    assert "write whole numbers like 1,5" in message and "inf needs a population" in message
    assert cli.main([verb, "--help"]) == 0
    help_text = " ".join(capsys.readouterr().out.split())
    assert "example 1,5" in help_text and "or inf" not in help_text
    assert cli.main(["evaluate", "--help"]) == 0
    assert "or inf" in " ".join(capsys.readouterr().out.split())


def test_help_of_certify_names_the_splits(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["certify", "--help"]) == 0
    help_text = " ".join(capsys.readouterr().out.split())
    assert '"source"' in help_text and '"new"' in help_text and "is measured too" in help_text


def test_plot_refuses_more_ways_than_classes(population: Path, tmp_path: Path, refuse: Refusal) -> None:
    line = refuse("plot", population, "--ways", "9", "--out", tmp_path / "figure.pdf")
    assert "--ways: 9 ways, but there are" in line
    assert "--bounds: 'none'" in refuse("plot", population, "--bounds", "none", "--out", tmp_path / "f.pdf")


def test_attack_refuses_an_unusable_folder_before_it_searches(
    tmp_path: Path, refuse: Refusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setattr("simulations.attack.hunt.hunt", None)  # not reached
    for name in ("exact_moment", "axes_orthogonality"):
        assert "is not a folder; choose another --out" in refuse("attack", name, "--out", file)


def test_prove_says_that_an_approximation_has_no_proof(refuse: Refusal) -> None:
    assert "'snr_2022' has no proof to run, as an approximation" in refuse("prove", "snr_2022")
