"""Evidence: what has been observed of the source classes, the only thing that a high-probability statement
reads.

Each kind of evidence holds the ``evidence`` quantities of ``theory.quantities`` as properties of the same
name as their ``field``. Arrays may have leading batch axes (replicates): a statement then has one value a
replicate (``ConfidenceBound.values``).
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

from theory.array import Array, Namespace, array_namespace
from theory.evidence.lineage import NO_SPLIT, UNKNOWN, Lineage, MapRecord, SplitLineage
from theory.geometry import ClassGeometry
from theory.inheritance import override
from theory.setting import Setting


class Evidence(ABC):
    """Base of every kind of evidence. ``lineage`` says of which classes, which samples and through which
    map."""

    meaning: ClassVar[str]
    lineage: Lineage
    geometry: ClassGeometry | None = None
    """Exact moments of the source classes, where the evidence consists of them."""

    @property
    def xp(self) -> Namespace:
        """The namespace of its arrays."""
        raise NotImplementedError

    @property
    def class_count(self) -> int:
        """How many source classes it is about."""
        raise NotImplementedError

    def problem(self, setting: Setting) -> str | None:
        """Why these numbers cannot serve, whatever the statement; None when they can."""
        return None


@dataclass(frozen=True, eq=False)
class SourceClasses(Evidence):
    """Exact class geometry of l source classes, as if every class had infinitely many samples."""

    geometry: ClassGeometry
    lineage: Lineage = UNKNOWN
    chosen: Array | None = None
    """Positions (..., l) of the source classes among those of ``geometry``; all of them by default. A class
    may occur twice: two draws that coincide."""
    meaning: ClassVar[str] = "the exact geometry of source classes"

    def __post_init__(self) -> None:
        _same_count(self.lineage, self.class_count)

    @property
    @override
    def xp(self) -> Namespace:
        return self.geometry.xp

    @property
    @override
    def class_count(self) -> int:
        return self.geometry.classes if self.chosen is None else int(self.chosen.shape[-1])

    @override
    def problem(self, setting: Setting) -> str | None:
        if self.geometry.estimator == "exact":
            return None
        return (
            f"the class geometry is estimated from samples ({self.geometry.estimator}), not exact: "
            "use a statement about samples"
        )


@dataclass(frozen=True, eq=False)
class SourceSamples(Evidence):
    """Features of m samples of each of l source classes, shape (..., l, m, p)."""

    features: Array
    lineage: Lineage = UNKNOWN
    meaning: ClassVar[str] = "samples of source classes"

    def __post_init__(self) -> None:
        if self.features.ndim < 3:
            raise ValueError("features have the shape (..., classes, samples, dimension)")
        _same_count(self.lineage, self.class_count)

    @property
    @override
    def xp(self) -> Namespace:
        xp: Namespace = array_namespace(self.features)
        return xp

    @property
    @override
    def class_count(self) -> int:
        return int(self.features.shape[-3])

    @property
    def samples_per_class(self) -> int:
        """m, the same for every class."""
        return int(self.features.shape[-2])

    @cached_property
    def sample_means(self) -> Annotated[Array, "... classes p"]:
        """(..., classes, p): means of the samples of each class."""
        return self.xp.mean(self.features, axis=-2)

    @cached_property
    def sample_variances(self) -> Annotated[Array, "... classes"]:
        """(..., classes): mean squared distance of the samples from their mean, divided by m."""
        gap = self.features - self.sample_means[..., None, :]
        return self.xp.mean(self.xp.sum(gap * gap, axis=-1), axis=-1)

    @cached_property
    def sample_distances(self) -> Annotated[Array, "... classes classes"]:
        """(..., classes, classes): distances of the sample means, 1 on the diagonal."""
        xp, means = self.xp, self.sample_means
        gap = means[..., None, :, :] - means[..., :, None, :]
        squares = xp.sum(gap * gap, axis=-1)
        # The diagonal is no pair; 1 keeps quotients finite there.
        return xp.sqrt(xp.where(_diagonal(xp, squares), xp.ones_like(squares), squares))

    @cached_property
    def _half_squares(self) -> Array:
        half = self.samples_per_class // 2
        gap = self.features[..., 0 : 2 * half : 2, :] - self.features[..., 1 : 2 * half : 2, :]
        return self.xp.sum(gap * gap, axis=-1) / 2

    @property
    def half_square_means(self) -> Annotated[Array, "... classes"]:
        """(..., classes): means of the half squared distances of disjoint pairs of samples, which estimate
        the variance without bias."""
        return self.xp.mean(self._half_squares, axis=-1)

    @property
    def half_square_variances(self) -> Annotated[Array, "... classes"]:
        """(..., classes): sample variances of the same, divided by their number less 1."""
        return self.xp.var(self._half_squares, axis=-1, correction=1)

    @cached_property
    def largest_norm(self) -> float:
        """The largest length of a feature vector."""
        return float(self.xp.sqrt(self.xp.max(self.xp.sum(self.features * self.features, axis=-1))))


@dataclass(frozen=True, eq=False)
class KernelSample(Evidence):
    """A symmetric kernel of two classes, in [0, upper], on all pairs of l source classes: (..., l, l).

    The diagonal is not read. Raises ValueError when the kernel is not symmetric or leaves its range.
    """

    kernel: Array
    upper: float = 1.0
    lineage: Lineage = UNKNOWN
    meaning: ClassVar[str] = "a kernel on pairs of source classes"

    def __post_init__(self) -> None:
        xp = self.xp
        if self.kernel.ndim < 2 or self.kernel.shape[-1] != self.kernel.shape[-2]:
            raise ValueError("a kernel has the shape (..., classes, classes)")
        _same_count(self.lineage, self.class_count)
        if not self.upper > 0:
            raise ValueError(f"the kernel's upper end must be positive, not {self.upper}")
        slack = 1e-12 * self.upper
        values = self._off_diagonal
        if float(xp.max(xp.abs(values - xp.matrix_transpose(values)))) > slack:
            raise ValueError("the kernel is not symmetric; average it with its transpose")
        if float(xp.min(values)) < -slack or float(xp.max(values)) > self.upper + slack:
            raise ValueError(f"the kernel leaves [0, {self.upper:g}]")

    @property
    @override
    def xp(self) -> Namespace:
        xp: Namespace = array_namespace(self.kernel)
        return xp

    @property
    @override
    def class_count(self) -> int:
        return int(self.kernel.shape[-1])

    @cached_property
    def _off_diagonal(self) -> Array:
        return self.xp.where(_diagonal(self.xp, self.kernel), 0 * self.kernel, self.kernel)

    @property
    def total(self) -> Annotated[Array, "..."]:
        """(...,): sum of the kernel over ordered pairs of distinct classes."""
        return self.xp.sum(self._off_diagonal, axis=(-2, -1))

    @property
    def average(self) -> Annotated[Array, "..."]:
        """(...,): its mean over ordered pairs of distinct classes."""
        return self.total / (self.class_count * (self.class_count - 1))

    @property
    def total_of_squares(self) -> Annotated[Array, "..."]:
        """(...,): sum of its squares over the same pairs."""
        return self.xp.sum(self._off_diagonal**2, axis=(-2, -1))

    @property
    def squared_row_sums(self) -> Annotated[Array, "..."]:
        """(...,): sum over the classes of the square of each one's sum."""
        return self.xp.sum(self.xp.sum(self._off_diagonal, axis=-1) ** 2, axis=-1)


@dataclass(frozen=True, eq=False)
class EpisodeErrors(Evidence):
    """Average k-way n-shot error over episodes of source classes, in [0, 1], shape (...).

    Episodes are all k-subsets or chopped permutations (``episodes`` None), or ``episodes`` of them drawn
    at random. ``ways`` is k and ``classes`` the number of source classes.
    """

    average: Array
    classes: int
    ways: int
    lineage: Lineage = UNKNOWN
    episodes: int | None = None
    meaning: ClassVar[str] = "errors of episodes made of source classes"

    def __post_init__(self) -> None:
        _same_count(self.lineage, self.classes)

    @property
    @override
    def xp(self) -> Namespace:
        xp: Namespace = array_namespace(self.average)
        return xp

    @property
    @override
    def class_count(self) -> int:
        return self.classes

    @override
    def problem(self, setting: Setting) -> str | None:
        if setting.ways != self.ways:
            return f"the episodes have {self.ways} ways, not {setting.ways}"
        if self.ways > self.classes:
            return f"{self.classes} source classes make no {self.ways}-way episode"
        return None


@dataclass(frozen=True, eq=False)
class BlockErrors(Evidence):
    """Errors of maps f_r on test blocks of classes that f_r was not learned from.

    errors : (..., blocks), error of f_r on block r by chopped permutations
    sizes  : number of classes of each block
    order  : ``progressive`` when f_r was learned from the blocks before r only; ``folds`` when it was
        learned from all the other blocks
    """

    errors: Array
    sizes: tuple[int, ...]
    ways: int
    order: str
    split: SplitLineage = NO_SPLIT
    lineage: Lineage = UNKNOWN
    meaning: ClassVar[str] = "errors of learned maps on blocks of source classes held back from them"

    def __post_init__(self) -> None:
        if self.order not in ("progressive", "folds"):
            raise ValueError(f"order is progressive or folds, not '{self.order}'")
        if self.errors.shape[-1] != len(self.sizes):
            raise ValueError(f"{self.errors.shape[-1]} errors but {len(self.sizes)} block sizes")

    @property
    @override
    def xp(self) -> Namespace:
        xp: Namespace = array_namespace(self.errors)
        return xp

    @property
    @override
    def class_count(self) -> int:
        return sum(self.sizes)

    @property
    def tuples(self) -> tuple[int, ...]:
        """N_r = floor(size / k) of each block."""
        return tuple(size // self.ways for size in self.sizes)

    @property
    def effective_tuples(self) -> int:
        """Disjoint tuples of classes in all blocks together."""
        return sum(self.tuples)

    @property
    def smallest_tuples(self) -> int:
        """N_r of the smallest block: what counts where the blocks' maps may depend on each other."""
        return min(self.tuples)

    @property
    def average(self) -> Annotated[Array, "..."]:
        """(...,): mean error, each block weighted by its tuples."""
        weights = self.xp.asarray([float(count) for count in self.tuples], dtype=self.xp.float64)
        return self.xp.sum(self.errors * weights, axis=-1) / self.effective_tuples

    @override
    def problem(self, setting: Setting) -> str | None:
        if setting.ways != self.ways:
            return f"the episodes have {self.ways} ways, not {setting.ways}"
        if min(self.tuples) < 1:
            return f"a block of {min(self.sizes)} classes makes no {self.ways}-way episode"
        return None


def _same_count(lineage: Lineage, count: int) -> None:
    if lineage.classes is None:
        return
    if len(lineage.classes) != count:
        raise ValueError(f"the lineage names {len(lineage.classes)} classes, but there are {count}")


def _diagonal(xp: Namespace, values: Array) -> Array:
    from theory.array import device

    eye = xp.eye(values.shape[-1], dtype=xp.float64, device=device(values)) > 0
    return xp.broadcast_to(eye, values.shape)


__all__ = [
    "BlockErrors",
    "EpisodeErrors",
    "Evidence",
    "KernelSample",
    "Lineage",
    "MapRecord",
    "SourceClasses",
    "SourceSamples",
    "SplitLineage",
]
