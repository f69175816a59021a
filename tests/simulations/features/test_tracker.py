"""A tracker: one pass, merges, several processes, half precision, the numbers of the whole data set."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations import Tracker
from simulations.features.lightning import collapse_callback
from simulations.runtime.errors import InputError
from theory import ClassGeometry, cdnv, collapse

CLASSES, PER_CLASS, DIMENSION = 6, 40, 10


def data(offset: float = 0.0, seed: int = 0, spread: float = 2.0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(CLASSES), PER_CLASS))
    means = spread * rng.standard_normal((CLASSES, DIMENSION))
    return means[labels] + rng.standard_normal((len(labels), DIMENSION)) + offset, labels


def tracked(features: Any, labels: Any, batch: int = 17, **options: Any) -> Tracker:
    tracker = Tracker(**options)
    for start in range(0, len(labels), batch):
        tracker.update(features[start : start + batch], labels[start : start + batch])
    return tracker


def mean_of(values: Any) -> float:
    return float(np.asarray(values)[~np.eye(len(values), dtype=bool)].mean())


def test_it_agrees_with_the_whole_data_set() -> None:
    features, labels = data()
    geometry = ClassGeometry.from_features(features, labels)
    metrics = tracked(features, labels, directional=True).compute()
    for name in collapse.CDNV:
        assert metrics.cdnv[name] == pytest.approx(mean_of(cdnv(geometry, name)), rel=1e-12)  # type: ignore[arg-type]
    # The tracker leaves out what third moments add, a term of order 1/N.
    assert metrics.directional_cdnv == pytest.approx(mean_of(collapse.directional(geometry)), rel=0.05)
    assert metrics.nc1 == pytest.approx(collapse.nc1(geometry), rel=0.15)
    assert metrics.samples == len(labels) and metrics.classes == CLASSES and metrics.left_out == ()


def test_nc1_in_many_dimensions() -> None:
    """10 samples a class in 200 dimensions: half of a mean's length is noise, of which its own samples are a
    part. NC1 is 1."""
    quotients = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        means = np.linalg.qr(rng.standard_normal((200, 20)))[0].T
        centred = means - means.mean(axis=0)
        scale = (np.trace(np.linalg.pinv(centred.T @ centred / 20, rcond=1e-10)) / 20) ** -0.5
        labels = rng.permutation(np.repeat(np.arange(20), 10))
        quotients.append(
            tracked(means[labels] + scale * rng.standard_normal((200, 200)), labels, 50).compute().nc1
        )
    assert np.mean(quotients) == pytest.approx(1, abs=0.2)


def test_plain_sums_of_squares_would_not_agree() -> None:
    """The control: float32 E[x^2] - mu^2, as public accumulators have it, fails that check at an offset."""
    features, labels = data(offset=1e4)
    geometry = ClassGeometry.from_features(features, labels)
    single = features.astype(np.float32)
    variances = []
    for c in range(CLASSES):
        rows = single[labels == c]
        variances.append(float(np.sum(np.mean(rows**2, axis=0) - np.mean(rows, axis=0) ** 2)))
    right = np.asarray(geometry.variances) * geometry.unit**2
    assert np.max(np.abs(np.array(variances) / right - 1)) > 0.1


def test_an_offset_costs_no_digits() -> None:
    features, labels = data()
    near = tracked(features, labels).compute()
    # Numbers that an offset of 2^13 leaves as they are.
    exact = np.round(features * 2**20) / 2**20
    far = tracked(exact + 8192.0, labels).compute()
    same = tracked(exact, labels).compute()
    assert far.cdnv["half"] == pytest.approx(same.cdnv["half"], rel=1e-10)
    assert far.nc1 == pytest.approx(same.nc1, rel=1e-7)
    assert near.cdnv["half"] == pytest.approx(same.cdnv["half"], rel=1e-4)


def test_merged_parts_are_the_whole() -> None:
    features, labels = data()
    whole = tracked(features, labels, directional=True).compute()
    one, other = (
        tracked(features[part], labels[part], directional=True) for part in (slice(90), slice(90, None))
    )
    one.merge(other)
    one.merge(Tracker())
    merged = one.compute()
    assert merged.cdnv["half"] == pytest.approx(whole.cdnv["half"], rel=1e-12)
    assert merged.directional_cdnv == pytest.approx(whole.directional_cdnv, rel=1e-12)
    assert merged.nc1 == pytest.approx(whole.nc1, rel=0.1)  # its halves are others


def test_gaps_in_labels_and_classes_of_one_sample() -> None:
    """Labels 3 and 70; 5 has one sample, which has no variance; no class is made up between."""
    rng = np.random.default_rng(1)
    labels = np.array([3] * 10 + [70] * 10 + [5])
    features = rng.standard_normal((21, 4)) + 9 * (labels[:, None] == 70)
    metrics = tracked(features, labels).compute()
    assert metrics.classes == 2 and metrics.left_out == ("5",)
    alone = tracked(features[:20], labels[:20]).compute()
    assert metrics.cdnv == alone.cdnv
    with pytest.raises(InputError, match="two samples"):
        Tracker().compute()


def test_half_precision_tensors_go_in() -> None:
    torch = pytest.importorskip("torch", reason="needs torch (extra `network`)")
    features, labels = data()
    plain = tracked(features, labels).compute()
    for kind in (torch.float16, torch.bfloat16):
        tensor = torch.tensor(features, dtype=kind, requires_grad=True)
        tracker = Tracker()
        tracker.update(tensor, torch.tensor(labels))
        assert tracker.compute().cdnv["half"] == pytest.approx(plain.cdnv["half"], rel=0.02)


def test_nc3_and_nc4_of_the_nearest_mean_rule_itself() -> None:
    features, labels = data()
    first = tracked(features, labels)
    means = np.stack([first.means[c] for c in range(CLASSES)])
    nearest = np.argmin(np.sum((features[:, None] - means) ** 2, axis=2), axis=1)
    second = Tracker(means=first.means)
    second.update(features, labels, nearest)
    metrics = second.compute(weights=means - means.mean(axis=0))
    assert metrics.nc4 == 0.0 and metrics.nc3 is not None and metrics.nc3 < 0.05
    other = Tracker(means=first.means)
    other.update(features, labels, (nearest + 1) % CLASSES)
    assert other.compute().nc4 == 1.0


def test_predicted_and_guaranteed_errors_bracket_the_measured_one() -> None:
    from simulations.engines.pool import pool_errors

    features, labels = data(seed=3, spread=0.8)
    metrics = tracked(features, labels, directional=True).compute(shots=(5,), ways=2)
    (measured,) = pool_errors(features, labels, 5, [2])
    predicted = metrics.predicted[5]
    assert predicted is not None and measured.value / 3 < predicted < 3 * measured.value
    assert measured.value < metrics.guaranteed[5]
    assert set(metrics.flat()) > {"collapse/cdnv_half", "collapse/predicted_error_5_shot"}


def test_invalid_batches_are_refused() -> None:
    tracker = Tracker()
    with pytest.raises(InputError, match="one label a sample"):
        tracker.update(np.zeros((3, 2)), [0, 1])
    with pytest.raises(InputError, match="NaN"):
        tracker.update([[float("nan")]], [0])
    tracker.update(np.zeros((3, 2)), [0, 1, 0])
    with pytest.raises(InputError, match="dimension"):
        tracker.update(np.zeros((3, 5)), [0, 1, 0])


def test_the_lightning_callback_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the hooks that Lightning calls, without Lightning."""

    class Callback:
        pass

    stub = types.ModuleType("lightning.pytorch")
    stub.Callback = Callback  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lightning", types.ModuleType("lightning"))
    monkeypatch.setitem(sys.modules, "lightning.pytorch", stub)
    callback = collapse_callback(lambda module, batch: batch)
    logged: dict[str, float] = {}
    module = types.SimpleNamespace(log_dict=logged.update)
    features, labels = data()
    callback.on_validation_epoch_start(None, module)
    callback.on_validation_batch_end(None, module, None, (features, labels), 0)
    callback.on_validation_epoch_end(None, module)
    assert logged["collapse/cdnv_half"] == pytest.approx(tracked(features, labels).compute().cdnv["half"])


def together(rank: int, folder: str) -> None:
    import torch.distributed as distributed

    distributed.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
    features, labels = data()
    tracker = tracked(features[rank::2], labels[rank::2], directional=True)
    tracker.all_reduce()
    result = tracker.compute()
    np.savez(
        f"{folder}/{rank}.npz", cdnv=result.cdnv["half"], along=result.directional_cdnv, n=result.samples
    )
    distributed.destroy_process_group()


@pytest.mark.slow
def test_two_gloo_processes_see_what_one_sees(tmp_path: Path) -> None:
    processes = pytest.importorskip("torch.multiprocessing", reason="needs torch (extra `network`)")

    processes.spawn(together, args=(str(tmp_path),), nprocs=2)
    whole = tracked(*data(), directional=True).compute()
    for rank in range(2):
        metrics = np.load(tmp_path / f"{rank}.npz")
        assert metrics["n"] == whole.samples
        assert metrics["cdnv"] == pytest.approx(whole.cdnv["half"], rel=1e-12)
        assert metrics["along"] == pytest.approx(whole.directional_cdnv, rel=1e-10)
