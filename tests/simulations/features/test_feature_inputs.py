"""Features in the forms that people have: every form gives the numbers of the npz file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations import cli, measure
from simulations.features import FeatureFile, feature_file, load_features
from simulations.features.rows import Chosen, StoredRows
from simulations.runtime.errors import InputError

RNG = np.random.default_rng(2)
LABELS = RNG.permutation(np.repeat([3, 7, 20], 12))
FEATURES = (RNG.standard_normal((36, 4)) + 4 * np.eye(4)[LABELS % 4]).astype(np.float32)


def npz(folder: Path) -> Path:
    np.savez(folder / "f.npz", features=FEATURES, labels=LABELS)
    return folder / "f.npz"


def npy(folder: Path) -> Path:
    np.save(folder / "f.npy", FEATURES)
    np.save(folder / "f_labels.npy", LABELS)
    return folder / "f.npy"


def shards(folder: Path) -> Path:
    (folder / "shards").mkdir()
    for shard, part in ((2, slice(0, 11)), (10, slice(11, 36))):
        np.save(folder / "shards" / f"features-{shard}.npy", FEATURES[part])
        np.save(folder / "shards" / f"labels-{shard}.npy", LABELS[part])
    return folder / "shards"


def parquet_list(folder: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"features": pa.array(FEATURES.tolist(), pa.list_(pa.float32())), "label": LABELS})
    pq.write_table(table, folder / "f.parquet", row_group_size=10)
    return folder / "f.parquet"


def parquet_fixed(folder: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    column = pa.FixedSizeListArray.from_arrays(pa.array(FEATURES.ravel()), 4)
    pq.write_table(pa.table({"z": column, "y": LABELS}), folder / "f.parquet", row_group_size=7)
    return folder / "f.parquet"


def parquet_columns(folder: Path) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {f"x{c}": FEATURES[:, c] for c in range(4)} | {"labels": LABELS}
    pq.write_table(pa.table(columns), folder / "f.parquet")
    return folder / "f.parquet"


def safetensors(folder: Path) -> Path:
    from safetensors.numpy import save_file

    save_file({"features": FEATURES, "labels": LABELS}, folder / "f.safetensors")
    return folder / "f.safetensors"


def torch_file(folder: Path) -> Path:
    torch = pytest.importorskip("torch", reason="needs torch (extra `network`)")

    torch.save({"features": torch.tensor(FEATURES), "labels": torch.tensor(LABELS)}, folder / "f.pt")
    return folder / "f.pt"


def hdf5(folder: Path) -> Path:
    import h5py

    with h5py.File(folder / "f.h5", "w") as file:
        file["features"], file["labels"] = FEATURES, LABELS
    return folder / "f.h5"


def zarr_group(folder: Path) -> Path:
    import zarr

    group = zarr.open_group(str(folder / "f.zarr"), mode="w")
    for name, values in (("features", FEATURES), ("labels", LABELS)):
        group.create_array(name, shape=values.shape, dtype=values.dtype)[...] = values
    return folder / "f.zarr"


FORMS: list[Callable[[Path], Path]] = [
    npz,
    npy,
    shards,
    parquet_list,
    parquet_fixed,
    parquet_columns,
    safetensors,
    torch_file,
    hdf5,
    zarr_group,
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_form_holds_the_same(form: Callable[[Path], Path], tmp_path: Path) -> None:
    file = load_features(form(tmp_path))
    np.testing.assert_array_equal(file.features[:], FEATURES)
    np.testing.assert_array_equal(file.labels, LABELS)
    some = np.array([30, 2, 2, 17, 35, 0])
    np.testing.assert_array_equal(file.features[some], FEATURES[some])


def test_a_directory_of_shards_measures_as_the_whole(tmp_path: Path) -> None:
    whole, parts = (measure(load_features(form(tmp_path)), [1], [2]) for form in (npz, shards))
    assert whole.rows[0].estimate.value == parts.rows[0].estimate.value
    assert whole.cdnv == parts.cdnv and whole.nc == parts.nc
    values = [[v.value for v in measurement.rows[0].verdicts] for measurement in (whole, parts)]
    assert values[0] == values[1]


@pytest.mark.slow
def test_features_that_stay_in_the_file_measure_as_those_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = npz(tmp_path)
    memory = measure(load_features(path), [1], [2], normalize="l2")
    monkeypatch.setattr(feature_file, "IN_MEMORY", 0)
    file = load_features(path)
    assert isinstance(file.features, StoredRows)
    stored = measure(file, [1], [2], normalize="l2")
    assert memory.cdnv == stored.cdnv and memory.bound_intervals == stored.bound_intervals
    assert memory.rows[0].estimate.value == stored.rows[0].estimate.value
    assert isinstance(load_features(path).at_least(12).features, StoredRows)
    np.savez(tmp_path / "g.npz", features=FEATURES, labels=LABELS, split=np.where(LABELS == 3, "a", "b"))
    part = load_features(tmp_path / "g.npz").restrict("b")
    assert isinstance(part.features, Chosen)
    np.testing.assert_array_equal(part.features[:], FEATURES[LABELS != 3])
    # Samples of other classes may stay in the file too, or be lists.
    others = load_features(tmp_path / "g.npz").restrict("a").features
    assert isinstance(others, Chosen)
    rows = FEATURES[LABELS == 3]
    peers = [measure(part, [1], [2], outside=each).peers for each in (others, rows, rows.tolist())]
    assert peers[0] == peers[1] == peers[2] and "nc5" in peers[0]


def test_bfloat16_is_widened(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="needs torch (extra `network`)")
    from safetensors.torch import save_file

    half = torch.tensor(FEATURES).to(torch.bfloat16)
    save_file({"features": half, "labels": torch.tensor(LABELS)}, tmp_path / "f.safetensors")
    np.testing.assert_array_equal(load_features(tmp_path / "f.safetensors").features[:], half.float().numpy())
    np.testing.assert_array_equal(FeatureFile.of(half, LABELS).features, half.float().numpy())


@pytest.mark.parametrize(
    ("suffix", "module", "extra"),
    [
        (".parquet", "pyarrow.parquet", "parquet"),
        (".safetensors", "safetensors", "safetensors"),
        (".pt", "torch", "network"),
        (".h5", "h5py", "hdf5"),
        (".zarr", "zarr", "zarr"),
    ],
)
def test_a_missing_library_is_named_with_its_extra(
    suffix: str,
    module: str,
    extra: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / f"f{suffix}"
    path.write_bytes(b"x")
    monkeypatch.setitem(sys.modules, module, None)
    assert cli.main(["measure", str(path), "--shots", "1"]) == 2
    line = capsys.readouterr().err
    assert f"[{extra}]" in line and module.split(".")[0] in line and line.count("\n") == 1


@pytest.mark.parametrize("suffix", [".parquet", ".safetensors", ".pt", ".h5", ".npy"])
def test_damaged_files_are_one_line(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"f{suffix}"
    path.write_bytes(b"nothing of the kind" * 20)
    np.save(tmp_path / "labels.npy", LABELS)
    assert cli.main(["measure", str(path), "--shots", "1"]) == 2
    line = capsys.readouterr().err
    assert path.name in line and "; " in line and line.count("\n") == 1


class Bomb:
    def __reduce__(self) -> Any:
        return print, ("a pickle went off",)


def test_a_torch_file_with_code_is_named_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch = pytest.importorskip("torch", reason="needs torch (extra `network`)")

    torch.save({"features": Bomb(), "labels": torch.tensor(LABELS)}, tmp_path / "f.pt")
    with pytest.raises(InputError, match="torch file that holds more than tensors"):
        load_features(tmp_path / "f.pt")
    assert "went off" not in capsys.readouterr().out


# -- from Python -----------------------------------------------
def test_frames_tensors_and_batches_go_in() -> None:
    import pandas as pd
    import polars as pl

    torch = pytest.importorskip("torch", reason="needs torch (extra `network`)")
    from torch.utils.data import DataLoader, TensorDataset

    loader = DataLoader(TensorDataset(torch.tensor(FEATURES), torch.tensor(LABELS)), batch_size=10)
    forms = [
        FeatureFile.of(pd.DataFrame(FEATURES), pd.Series(LABELS)),
        FeatureFile.of(pl.DataFrame(FEATURES), pl.Series(LABELS)),
        FeatureFile.of(torch.tensor(FEATURES, requires_grad=True), torch.tensor(LABELS)),
        FeatureFile.of(loader),
        FeatureFile.of((FEATURES[i : i + 7], LABELS[i : i + 7]) for i in range(0, 36, 7)),
        FeatureFile.of(FEATURES, LABELS.astype(float)),
        FeatureFile.of(FEATURES, LABELS.astype(object)),
    ]
    for file in forms:
        np.testing.assert_array_equal(np.asarray(file.features, dtype=np.float32), FEATURES)
        np.testing.assert_array_equal(file.labels, LABELS)
    names = FeatureFile.of(FEATURES, pd.Series([f"c{label}" for label in LABELS], dtype=object))
    assert names.members[0] == ("c20", "c3", "c7")
    assert FeatureFile.of(FEATURES > 0, LABELS).features.dtype == np.float64
    with pytest.raises(InputError, match="integers or strings"):
        FeatureFile.of(FEATURES, LABELS + 0.5)


def test_a_dask_array_goes_in() -> None:
    import dask.array as da

    file = FeatureFile.of(da.from_array(FEATURES, chunks=(9, 4)), LABELS)
    np.testing.assert_array_equal(file.features, FEATURES)
