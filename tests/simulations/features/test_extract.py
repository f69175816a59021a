"""Features of a torch model: blocks, no gradients, evaluation mode, and everything put back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations import extract, load_features, measure
from simulations.features.inputs import torch_model
from simulations.runtime.errors import InputError

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.slow

LABELS = np.random.default_rng(1).permutation(np.repeat([2, 5, 9], 14))
INPUTS = np.random.default_rng(2).standard_normal((42, 6)).astype(np.float32) + 3 * np.eye(6)[LABELS % 6]


def loader(batch: int = 10) -> Any:
    from torch.utils.data import DataLoader, TensorDataset

    return DataLoader(
        TensorDataset(torch.tensor(INPUTS, dtype=torch.float32), torch.tensor(LABELS)), batch_size=batch
    )


def network() -> Any:
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(6, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 4)
    )
    model.train()
    model[1].eval()  # frozen, as in fine-tuning: it must stay so
    return model


def expected(model: Any) -> Any:
    model.eval()
    with torch.no_grad():
        return model(torch.tensor(INPUTS, dtype=torch.float32)).numpy()


def test_features_are_those_of_the_model_in_evaluation_mode() -> None:
    extracted = extract(network(), loader())
    assert np.allclose(extracted.features, expected(network()), atol=1e-6)
    assert extracted.labels.tolist() == LABELS.tolist()
    assert len(measure(extracted, [1], [2]).rows) == 1


def test_every_part_is_put_back_whatever_happens() -> None:
    model = network()
    buffers = {name: value.clone() for name, value in model.named_buffers()}
    modes: list[Any] = []

    def of(module: Any, inputs: Any) -> Any:
        modes.append((module.training, torch.is_grad_enabled()))
        if len(modes) == 3:
            raise RuntimeError("broken")
        return module(inputs)

    with pytest.raises(RuntimeError):
        extract(model, loader(), features=of)
    assert modes == [(False, False)] * 3 and torch.is_grad_enabled()
    assert [module.training for module in model] == [True, False, True, True] and model.training
    assert all(torch.equal(value, buffers[name]) for name, value in model.named_buffers())


def test_shards_hold_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_model, "SHARD_BYTES", 200)
    extracted = extract(network(), loader(5), folder=tmp_path / "shards")
    assert len(list((tmp_path / "shards").glob("features-*.npy"))) == 3
    assert np.allclose(extracted.features[:], expected(network()), atol=1e-6)
    again = load_features(tmp_path / "shards")
    assert (
        np.array_equal(again.features[:], extracted.features[:]) and again.labels.tolist() == LABELS.tolist()
    )
    with pytest.raises(InputError, match="not empty"):
        extract(network(), loader(), folder=tmp_path / "shards")


def test_a_layer_and_pictures_are_flattened() -> None:
    model = network()
    extracted = extract(model, loader(), features=lambda m, x: m[0](x)[:, :, None, None].bfloat16())
    assert extracted.features.shape == (42, 8) and extracted.features.dtype == np.float32


def test_wrong_batches_and_outputs_are_one_line() -> None:
    class Two(torch.nn.Module):
        def forward(self, inputs: Any) -> Any:
            return {"logits": inputs}

    for model, batches, field in (
        (network(), [torch.ones(3, 6)], "batches"),
        (network(), [], "batches"),
        (Two(), loader(), "model"),
        (network(), [(torch.ones(3, 6), torch.ones(2))], "features"),
    ):
        with pytest.raises(InputError) as wrong:
            extract(model, batches)
        assert "\n" not in str(wrong.value) and field in str(wrong.value)
