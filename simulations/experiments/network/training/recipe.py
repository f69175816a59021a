"""What a training run is made of: everything but the images and the seed. No torch here."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

MODELS = ("conv4", "wrn-28-4")


@dataclass(frozen=True)
class Recipe:
    """One training run: stochastic gradient descent with momentum on a cosine schedule.

    model     : ``conv4`` (four convolutions) or ``wrn-28-4`` (the paper's own; slow without a GPU).
    dimension : features before the classifier (``wrn-28-4`` has 256, whatever is asked).
    width     : channels of the first layer of ``conv4``; the next two have twice and four times as many.
    decay     : weight decay on every parameter.
    shift     : images are moved by up to this many pixels, anew every epoch; 0 for none.
    """

    model: str = "conv4"
    dimension: int = 128
    width: int = 32
    epochs: int = 30
    batch: int = 64
    rate: float = 0.1
    momentum: float = 0.9
    decay: float = 2e-3
    shift: int = 0

    def key(self, *others: object) -> str:
        """A digest of the recipe and of whatever else must stay the same for a run to be resumed."""
        text = json.dumps([asdict(self), *map(str, others)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Sizes:
    """How many classes a run uses, and how many samples of each.

    samples : training samples of a class; None for all there are.
    held    : samples of a class in the other groups at most.
    """

    source: int
    validation: int
    new: int
    samples: int | None = None
    held: int | None = 20


QUICK = Recipe(epochs=14, decay=5e-3, width=16)
FULL = Recipe(epochs=25, decay=2e-3, width=32)


def log_epochs(epochs: int, count: int) -> tuple[int, ...]:
    """0 (the untrained network) and up to ``count - 1`` epochs on a log scale, the last included."""
    epochs_kept = {0, epochs}
    steps = max(count - 2, 1)
    epochs_kept |= {max(1, round(epochs ** (step / steps))) for step in range(steps + 1)}
    return tuple(sorted(epochs_kept))
