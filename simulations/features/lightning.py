"""A Lightning callback that logs collapse metrics of every validation epoch."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from simulations.features.tracker import Tracker
from simulations.runtime.errors import InputError

if TYPE_CHECKING:
    from lightning.pytorch import Callback, LightningModule

Features = Callable[[Any, Any], tuple[Any, Any]]


def collapse_callback(
    features: Features, *, shots: Sequence[int] = (1, 5), ways: int | None = None, directional: bool = False
) -> Callback:
    """A ``lightning.pytorch.Callback``. ``features(module, batch)`` returns (features, labels) of a
    batch of the validation set; metrics of an epoch are merged over processes and logged as ``collapse/...``.

    Raises InputError when Lightning is not installed.
    """
    base = None
    for name in ("lightning.pytorch", "pytorch_lightning"):
        try:
            base = importlib.import_module(name).Callback
            break
        except ImportError:
            continue
    if base is None:
        raise InputError(
            "is not installed; install it with python3 -m pip install lightning", field="lightning"
        )

    class CollapseCallback(base):  # type: ignore[misc, valid-type]  # found at run time
        tracker = Tracker(directional=directional)

        def on_validation_epoch_start(self, trainer: object, pl_module: object) -> None:
            self.tracker = Tracker(directional=directional)

        def on_validation_batch_end(
            self,
            trainer: object,
            pl_module: object,
            outputs: object,
            batch: object,
            *rest: object,
            **named: object,
        ) -> None:
            self.tracker.update(*features(pl_module, batch))

        def on_validation_epoch_end(self, trainer: object, pl_module: LightningModule) -> None:
            self.tracker.all_reduce()
            try:
                metrics = self.tracker.compute(shots, ways)
            except InputError:
                return  # the sanity check of a first epoch may see too few classes
            pl_module.log_dict(metrics.flat())

    return CollapseCallback()
