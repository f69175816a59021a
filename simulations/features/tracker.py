"""Collapse while training: batches in, metrics out, in one pass and with constant memory a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from simulations.features.collapse_metrics import nc1, nc2, nc3, trace_quotient
from simulations.features.halves import Halves
from simulations.features.memory import plain
from simulations.features.peer_metrics import peer_metrics
from simulations.features.tracked_moments import TrackedMoments
from simulations.runtime.errors import InputError
from theory import catalogue, collapse
from theory.array import Array, Flags, Floats, Integers, NumPyArray, to_numpy
from theory.assumptions import Granted
from theory.bound import Value
from theory.geometry import ClassGeometry
from theory.setting import Setting


@dataclass(frozen=True)
class Tracked:
    """The metrics of a tracker. Mean CDNV over pairs by normalization; ``predicted`` and ``guaranteed`` by
    shots.

    Names in ``left_out`` are classes of one sample, which have no variance. None: not asked for, or no value.
    """

    samples: int
    classes: int
    cdnv: dict[str, float]
    directional_cdnv: float | None
    nc1: float
    nc1_traces: float
    nc2: dict[str, float]
    nc3: float | None
    nc4: float | None
    gnc2: float
    unc3: float | None
    predicted: dict[int, float | None]
    guaranteed: dict[int, float]
    left_out: tuple[str, ...]

    def flat(self, prefix: str = "collapse/") -> dict[str, float]:
        """One level of names and numbers, for a logger."""
        values = {f"cdnv_{name}": value for name, value in self.cdnv.items()}
        values |= {"nc1": self.nc1, "nc1_traces": self.nc1_traces, "gnc2": self.gnc2}
        values |= {f"nc2_{name}": value for name, value in self.nc2.items()}
        optional = {"directional_cdnv": self.directional_cdnv, "nc3": self.nc3, "nc4": self.nc4}
        optional |= {"unc3": self.unc3}
        optional |= {f"predicted_error_{n}_shot": value for n, value in self.predicted.items()}
        values |= {f"guaranteed_error_{n}_shot": value for n, value in self.guaranteed.items()}
        values |= {name: value for name, value in optional.items() if value is not None}
        return {prefix + name: value for name, value in values.items()}


class Tracker:
    """Accumulates class means and spreads from batches of (features, labels).

    directional : keep the covariance of every class (classes x dimension^2 numbers) for the directional CDNV;
    means : {label: mean} of an earlier pass, to which NC4 compares the predictions given to ``update``.

    Features may be float16, bfloat16 or on a device; sums are float64, about the running mean of each class,
    so that a common offset costs no digits.
    """

    def __init__(self, *, directional: bool = False, means: dict[Any, Floats] | None = None) -> None:
        self._names: list[Any] = []
        self._directional = directional
        self._reference = means
        self._counts = np.zeros(0)
        self._halves = np.zeros((0, 2))
        self._means = self._half_means = self._squares = self._within = self._scatter = np.zeros(0)
        self._compared = self._differed = 0

    # -- in ------------------------------------------------------------------------------------------------
    def update(
        self,
        features: Annotated[Floats, "samples p"],
        labels: Annotated[NumPyArray, "samples"],
        predictions: NumPyArray | None = None,
    ) -> None:
        """A batch: features (samples, dimension), labels (samples,), and the labels that the classifier
        predicts, for NC4. Raises InputError on shapes that differ and on NaN, infinity or masked entries."""
        rows = np.asarray(plain(features, "features")).astype(np.float64)
        names = np.asarray(plain(labels, "labels"))
        if rows.ndim != 2 or names.shape != rows.shape[:1]:
            raise InputError(
                f"has shape {rows.shape} with labels of shape {names.shape}; give (samples, dimension) and "
                "one label a sample",
                field="features",
            )
        if not np.all(np.isfinite(rows)):
            raise InputError("holds NaN or infinity; drop such samples", field="features")
        if len(rows) == 0:
            return
        self._start(rows.shape[1])
        distinct, inverse = np.unique(names, return_inverse=True)
        chosen = np.array([self._number(name) for name in distinct.tolist()])
        self._add(chosen, rows, inverse)
        if predictions is not None and self._reference:
            self._compare(rows, np.asarray(plain(predictions, "predictions")))

    def _start(self, dimension: int) -> None:
        if self._within.ndim == 2:
            if self._within.shape[0] != dimension:
                raise InputError(
                    f"has dimension {dimension} after {self._within.shape[0]}; track one network",
                    field="features",
                )
            return
        self._within = np.zeros((dimension, dimension))
        self._means, self._half_means = np.zeros((0, dimension)), np.zeros((0, 2, dimension))
        self._scatter = np.zeros((0, dimension, dimension))

    def _number(self, name: object) -> int:
        if name in self._names:
            return self._names.index(name)
        self._names.append(name)
        for field in ("_counts", "_halves", "_squares", "_means", "_half_means"):
            array = getattr(self, field)
            setattr(self, field, np.concatenate([array, np.zeros((1, *array.shape[1:]))]))
        if self._directional:
            self._scatter = np.concatenate([self._scatter, np.zeros((1, *self._scatter.shape[1:]))])
        return len(self._names) - 1

    def _add(self, chosen: Integers, rows: Floats, inverse: Integers) -> None:
        """Rows of the classes ``chosen`` (numbers), ``inverse`` (rows,) giving the class of each."""
        order = np.argsort(inverse, kind="stable")
        rows, own = rows[order], inverse[order]
        sizes = np.bincount(own)
        starts = np.cumsum(sizes) - sizes
        shift = rows[starts]
        means = np.add.reduceat(rows - shift[own], starts) / sizes[:, None] + shift
        self._add_halves(chosen, rows, own, starts)
        rows -= means[own]
        squares = np.add.reduceat(np.einsum("np,np->n", rows, rows), starts)
        before = self._counts[chosen]
        apart = means - self._means[chosen]
        weights = before * sizes / (before + sizes)
        self._counts[chosen] += sizes
        self._means[chosen] += apart * (sizes / self._counts[chosen])[:, None]
        self._squares[chosen] += squares + weights * np.einsum("cp,cp->c", apart, apart)
        self._within += rows.T @ rows + (apart * weights[:, None]).T @ apart
        if self._directional:
            for k, c in enumerate(chosen):
                part = rows[starts[k] : starts[k] + sizes[k]]
                self._scatter[c] += part.T @ part + weights[k] * np.outer(apart[k], apart[k])

    def _add_halves(self, chosen: Integers, rows: Floats, own: Integers, starts: Integers) -> None:
        """Samples of a class go to the halves in turn."""
        turn = np.arange(len(rows)) - starts[own] + self._counts[chosen].astype(int)[own]
        for half in range(2):
            here = turn % 2 == half
            counts = np.add.reduceat(here, starts, dtype=float)
            gaps = (rows - self._half_means[chosen, half][own]) * here[:, None]
            self._halves[chosen, half] += counts
            weights = np.maximum(self._halves[chosen, half], 1.0)
            self._half_means[chosen, half] += np.add.reduceat(gaps, starts) / weights[:, None]

    def _join(self, c: int, size: float, mean: Floats, square: float, scatter: Floats | None) -> None:
        """Chan's merge of other samples of class c; their own scatter joins ``_within`` elsewhere."""
        before = self._counts[c]
        apart = mean - self._means[c]
        weight = before * size / (before + size)
        self._counts[c] += size
        self._means[c] += apart * (size / self._counts[c])
        self._squares[c] += square + weight * float(apart @ apart)
        outer = np.outer(apart, apart) * weight
        self._within += outer
        if scatter is not None:
            self._scatter[c] += scatter + outer

    def _compare(self, rows: Floats, predictions: NumPyArray) -> None:
        assert self._reference is not None
        names = list(self._reference)
        means = np.stack([np.asarray(plain(self._reference[name]), dtype=np.float64) for name in names])
        origin = means.mean(axis=0)
        scores = (rows - origin) @ (means - origin).T - 0.5 * np.sum((means - origin) ** 2, axis=1)
        nearest = np.argmax(scores, axis=1)
        self._compared += len(rows)
        self._differed += sum(names[j] != p for j, p in zip(nearest, predictions.tolist(), strict=True))

    # -- together ------------------------------------------------------------------------------------------
    def merge(self, other: Tracker) -> None:
        """Add what another tracker has seen; the order does not matter beyond rounding."""
        if other._within.ndim != 2:
            return
        self._start(other._within.shape[0])
        for index, name in enumerate(other._names):
            c = self._number(name)
            for half in range(2):
                count = other._halves[index, half]
                if count:
                    self._halves[c, half] += count
                    apart = other._half_means[index, half] - self._half_means[c, half]
                    self._half_means[c, half] += apart * (count / self._halves[c, half])
            scatter = other._scatter[index] if self._directional and other._directional else None
            self._join(c, other._counts[index], other._means[index], other._squares[index], scatter)
        self._within += other._within
        self._compared += other._compared
        self._differed += other._differed

    def all_reduce(self) -> None:
        """Every process of ``torch.distributed`` gets what all have seen, merged in order of rank; nothing
        happens outside of it."""
        import torch.distributed as distributed

        if not (distributed.is_available() and distributed.is_initialized()):
            return
        states: list[Any] = [None] * distributed.get_world_size()
        distributed.all_gather_object(states, self.__dict__)
        fresh = Tracker(directional=self._directional, means=self._reference)
        for state in states:
            one = Tracker()
            one.__dict__.update(state)
            fresh.merge(one)
        self.__dict__.update(fresh.__dict__)

    # -- out -----------------------------------------------------------------------------------------------
    @property
    def means(self) -> dict[Any, Floats]:
        """{label: mean (dimension,)} of what was seen, for the next pass's NC4."""
        return {name: self._means[c].copy() for c, name in enumerate(self._names)}

    def compute(
        self, shots: Sequence[int] = (1, 5), ways: int | None = None, weights: Floats | None = None
    ) -> Tracked:
        """Metrics of what was seen; ``ways`` (default: all classes) are those of the few-shot errors; weights
        (classes, dimension), rows by sorted label, are the classifier's, for NC3.

        ``guaranteed`` is `cdnv_sharp` with the variance of a class for its largest eigenvalue, which is never
        smaller, without the sampling error of the moments; ``predicted`` takes margins as normal and the mean
        covariance, scaled, for every class's.
        Raises InputError before two classes have two samples each.
        """
        order = sorted(range(len(self._names)), key=lambda c: self._names[c])
        kept = [c for c in order if self._counts[c] >= 2]
        if len(kept) < 2:
            raise InputError(f"{len(kept)} classes have two samples; update with more", field="labels")
        names = [str(self._names[c]) for c in kept]
        source = TrackedMoments(
            self._counts[kept],
            self._means[kept],
            self._squares[kept],
            self._within,
            self._scatter[kept] if self._directional else None,
        )
        geometry = ClassGeometry(source, names)
        split = self._split(kept, source)
        usable = to_numpy(geometry.resolved) & ~np.eye(len(kept), dtype=bool)
        found_weights = None if weights is None else np.asarray(plain(weights), dtype=np.float64)
        fits = found_weights is not None and len(found_weights) == len(kept)
        peers = peer_metrics(split, found_weights if fits else None, None, 0.95)
        settings = {n: Setting(n, min(ways or len(kept), len(kept))) for n in shots}
        return Tracked(
            samples=int(self._counts.sum()),
            classes=len(kept),
            cdnv={name: _mean(collapse.cdnv(geometry, name), usable) for name in collapse.CDNV},
            directional_cdnv=_mean(collapse.directional(geometry), usable) if self._directional else None,
            nc1=nc1(geometry, split, 0.95).value,
            nc1_traces=trace_quotient(split, 0.95).value,
            nc2={name: metric.value for name, metric in nc2(split, 0.95).items()},
            nc3=nc3(split, found_weights, 0.95).value if fits and found_weights is not None else None,
            nc4=self._differed / self._compared if self._compared else None,
            gnc2=peers["gnc2"].value,
            unc3=peers["unc3"].value if "unc3" in peers else None,
            predicted={n: source.predicted(geometry, setting) for n, setting in settings.items()},
            guaranteed={n: _guaranteed(geometry, setting) for n, setting in settings.items()},
            left_out=tuple(str(self._names[c]) for c in order if c not in kept),
        )

    def _split(self, kept: list[int], source: TrackedMoments) -> Halves:
        counts = np.maximum(self._halves[kept].T, 1)[None]
        means = np.moveaxis(self._half_means[kept], 1, 0)[None]
        variances = self._squares[kept] / (self._counts[kept] - 1)
        return Halves(means, counts, self._means[kept], self._counts[kept], variances, source.within_root())


def _mean(values: Array, usable: Flags) -> float:
    return float(to_numpy(values)[usable].mean()) if np.any(usable) else float("inf")


def _guaranteed(geometry: ClassGeometry, setting: Setting) -> float:
    answer = catalogue.get("cdnv_sharp").evaluate(geometry, setting, Granted())
    return min(answer.value, 1.0) if isinstance(answer, Value) else 1.0
