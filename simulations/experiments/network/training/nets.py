"""The networks. Weights are drawn from the suite's own streams: the same for every version of torch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from simulations.experiments.network.training.recipe import Recipe
from simulations.runtime.randomness import stream
from theory.inheritance import override

if TYPE_CHECKING:
    from torch import Tensor


class Classifier(nn.Module):
    """A body that maps images (n, channels, height, width) to features (n, dimension), and a linear head."""

    stages: tuple[tuple[int, str], ...]
    """Where a stage of the body ends, the last one included: how many of its modules, and what they are."""

    def __init__(
        self, body: nn.Sequential, dimension: int, classes: int, stages: tuple[tuple[int, str], ...]
    ) -> None:
        super().__init__()
        self.body, self.head = body, nn.Linear(dimension, classes)
        self.stages = stages

    @override
    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.body(images))


class _Residual(nn.Module):
    """Two 3 x 3 convolutions before which the batch is normalized, and a way around them."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(inputs), nn.BatchNorm2d(outputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        same = inputs == outputs and stride == 1
        self.around = None if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        first = torch.relu(self.norm1(images))
        kept = images if self.around is None else self.around(first)
        return kept + self.conv2(torch.relu(self.norm2(self.conv1(first))))


class _Patches(nn.Module):
    """Every 2 x 2 pixels become one place with four times the channels: less work, nothing lost."""

    def forward(self, images: Tensor) -> Tensor:
        height, width = images.shape[2:]
        return functional.pixel_unshuffle(functional.pad(images, (0, width % 2, 0, height % 2)), 2)


def _conv4(channels: int, width: int, dimension: int) -> tuple[nn.Sequential, tuple[tuple[int, str], ...]]:
    sizes = (4 * channels, width, 2 * width, 4 * width, dimension)
    layers: list[nn.Module] = [_Patches()]
    for index in range(4):
        layers += [nn.Conv2d(sizes[index], sizes[index + 1], 3, padding=1, bias=False)]
        layers += [nn.BatchNorm2d(sizes[index + 1]), nn.ReLU()]
        if index < 3:
            layers.append(nn.MaxPool2d(2))
    # Patches, then four modules a block (the last has no pooling of its own but the average, and flattens).
    stages = (*((1 + 4 * block, f"block {block}") for block in (1, 2, 3)), (len(layers) + 2, "block 4"))
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), stages


def _wide_residual(
    channels: int, depth: int = 28, factor: int = 4
) -> tuple[nn.Sequential, tuple[tuple[int, str], ...]]:
    """Zagoruyko and Komodakis 2016: three groups of (depth - 4) / 6 blocks, 16, 32, 64 times ``factor``."""
    layers: list[nn.Module] = [nn.Conv2d(channels, 16, 3, padding=1, bias=False)]
    inputs = 16
    for group in range(3):
        outputs = 16 * 2**group * factor
        for block in range((depth - 4) // 6):
            layers.append(_Residual(inputs, outputs, 2 if group > 0 and block == 0 else 1))
            inputs = outputs
    blocks = (depth - 4) // 6
    stages = (*((1 + blocks * group, f"group {group}") for group in (1, 2)), (len(layers) + 4, "group 3"))
    layers += [nn.BatchNorm2d(inputs), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*layers), stages


def build(recipe: Recipe, channels: int, classes: int, seed: int) -> Classifier:
    """The network of a recipe with its first weights: He's normal law, head uniform, biases 0."""
    # Modules draw weights of their own when made: from torch's global stream, which is left as it was.
    with torch.random.fork_rng(devices=[]):
        if recipe.model == "wrn-28-4":
            body, stages = _wide_residual(channels)
            net = Classifier(body, 256, classes, stages)
        else:
            body, stages = _conv4(channels, recipe.width, recipe.dimension)
            net = Classifier(body, recipe.dimension, classes, stages)
    with torch.no_grad():
        for name, weights in net.named_parameters():
            if weights.dim() < 2:
                continue
            rng = stream(seed, "network", "weights", name)
            fan = math.prod(weights.shape[1:])
            if weights.dim() == 2:
                initial = rng.uniform(-1 / math.sqrt(fan), 1 / math.sqrt(fan), tuple(weights.shape))
            else:
                initial = rng.normal(0.0, math.sqrt(2 / fan), tuple(weights.shape))
            weights.copy_(torch.from_numpy(initial.astype(np.float32)))
        net.head.bias.zero_()
    # Twice as fast on a processor.
    net.to(memory_format=torch.channels_last)
    return net


def pixels(images: Tensor) -> Tensor:
    """uint8 images (n, h, w) or (n, h, w, 3) as float32 (n, channels, h, w) in [-1, 1]."""
    given = torch.from_numpy(np.ascontiguousarray(images)).to(torch.float32)
    given = given[:, None] if given.dim() == 3 else given.permute(0, 3, 1, 2)
    return (given / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def features(net: Classifier, images: Tensor, batch: int = 512) -> Tensor:
    """Features (n, dimension) in float32, as NumPy, with the running statistics of batch normalization."""
    net.eval()
    with torch.no_grad():
        batches = [net.body(pixels(images[at : at + batch])).numpy() for at in range(0, len(images), batch)]
    return np.concatenate(batches)


def features_by_stage(net: Classifier, images: Tensor, batch: int = 512) -> dict[str, Any]:
    """Features (n, values) in float32 after each stage of the network, of all its channels and places, with
    the running statistics of batch normalization; those of the last stage are those of ``features``."""
    net.eval()
    by_stage: dict[str, list[Any]] = {name: [] for _, name in net.stages}
    with torch.no_grad():
        for at in range(0, len(images), batch):
            values, begin = pixels(images[at : at + batch]), 0
            for end, name in net.stages:
                values = net.body[begin:end](values)
                begin = end
                by_stage[name].append(values.flatten(1).numpy())
    return {name: np.concatenate(parts) for name, parts in by_stage.items()}
