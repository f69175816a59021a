"""The lazy facade over a source of moments, with one field for each quantity of ``theory.quantities``.

Lengths are in multiples of ``unit`` (the median distance of the means), so that neither d^4 nor d^-4
leaves the range of a double, whatever the scale of the features; every bound is scale invariant. Fields
are computed when first read and kept: tr(S_i S_j) for 1,000 classes is not paid for by a CDNV.
"""

from __future__ import annotations

import contextlib
import copy
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Annotated, Any

from array_api_compat import is_numpy_namespace

from theory.array import Array, Device, Operand, device, is_array_api_obj, is_numpy_array
from theory.display import rendered
from theory.geometry.exact import ClassMoments, ExactMoments, Margins, NearestMargins
from theory.geometry.features import batch_moments, feature_moments
from theory.geometry.quiet import quiet
from theory.geometry.samples import SampleMoments
from theory.geometry.source import MomentSource


class ClassGeometry:
    """Class means, variances and the moments around them, for C classes in dimension p.

    Build one with ``from_moments`` (closed form), ``from_features`` (one array in memory) or
    ``from_batches`` (streamed). Arrays stay in the namespace that they came in.
    """

    def __init__(self, source: MomentSource, names: Sequence[str] | None = None) -> None:
        self.source = source
        self.xp = source.xp
        self.unit = source.unit
        self.classes = source.classes
        self.dimension = source.dimension
        self.estimator = source.estimator
        self._sample_spectra = False
        self.names = tuple(names) if names is not None else tuple(str(c) for c in range(self.classes))
        self._margins: dict[float, Array] = {}
        self._nearest: dict[tuple[float, int], Array] = {}

    # -- ways to build one ------------------------------------------------------------------------------
    @staticmethod
    def from_moments(  # noqa: PLR0913 - public: one keyword for each thing that may be known
        moments: Sequence[ClassMoments],
        *,
        unit: float = 1.0,
        names: Sequence[str] | None = None,
        differences: Array | None = None,
        margins: Margins | None = None,
        nearest: NearestMargins | None = None,
    ) -> ClassGeometry:
        """From exact moments of each class, given in multiples of ``unit``.

        differences : (classes, classes, dimension), [i, j] = mu_j - mu_i, where the caller knows them to
            more digits than float64 means hold (two near classes beside a far one).
        margins : (shots, order) -> mean and central moments of the pair margins, see ``margin_moments``.
        nearest : (shots, order, ways) -> the same against the nearest of the others, see ``nearest_moments``.
        Raises ValueError when fewer than two classes are given or shapes differ.
        """
        return ClassGeometry(ExactMoments(moments, unit, differences, margins, nearest), names)

    @staticmethod
    def from_features(
        features: Array,
        labels: Array,
        *,
        estimator: str = "debiased",
        classes: Sequence[object] | None = None,
        seed: int = 0,
    ) -> ClassGeometry:
        """From features of shape (samples, dimension) and one label a sample.

        estimator : ``debiased`` (variances with N-1, squared distances minus v_i/N_i + v_j/N_j) or
            ``plugin`` (moments of the sample as if it were the law; biased, see the README).
        seed : of the supports that the margin moments are averaged over.
        Raises ValueError on NaN, infinite or masked features, fewer than two classes, or (debiased) a class
        with one sample.
        """
        source = feature_moments(features, labels, estimator, classes, seed)
        return ClassGeometry(source, source.names)

    @staticmethod
    def from_batches(
        batches: Callable[[], Iterable[tuple[Array, Any]]], *, estimator: str = "debiased", seed: int = 0
    ) -> ClassGeometry:
        """From a re-iterable source of (features, labels) batches: means and variances in one pass,
        higher moments in a second one when they are first asked for."""
        source = batch_moments(batches, estimator, seed)
        return ClassGeometry(source, source.names)

    @staticmethod
    def from_blocks(
        blocks: Callable[[], Iterable[tuple[int, Array]]],
        names: Sequence[str],
        *,
        estimator: str = "debiased",
        seed: int = 0,
    ) -> ClassGeometry:
        """From a re-iterable source of (class number, rows of that class), so that features of any size are
        read block by block; ``names`` are those of the classes, by number. Raises ValueError as
        ``from_features`` does."""
        return ClassGeometry(SampleMoments(blocks, names, estimator, seed), names)

    # -- helpers for array code -----------------------------------------------------------------------------
    def array(self, values: Operand | Sequence[Any]) -> Array:
        """``values`` as a float64 array in this geometry's namespace, on its device."""
        xp = self.xp
        if isinstance(values, float | int):
            return xp.asarray(values, dtype=xp.float64, device=self._device)
        plain = is_numpy_array(values) and not is_numpy_namespace(xp)
        if is_array_api_obj(values) and not plain:
            return xp.astype(values, xp.float64)
        return xp.asarray(values, dtype=xp.float64, device=self._device)

    def quiet(self) -> contextlib.AbstractContextManager[Any]:
        """Both branches of a Piecewise are computed, so NumPy would warn about the one not taken."""
        return quiet(self.xp)

    def off_diagonal(
        self, values: Annotated[Array, "classes classes"], diagonal: float
    ) -> Annotated[Array, "classes classes"]:
        """``values`` (classes x classes) with its diagonal replaced."""
        xp = self.xp
        eye = xp.eye(self.classes, dtype=xp.float64, device=device(values)) > 0
        return xp.where(eye, xp.full_like(values, diagonal), values)

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Ordered pairs (i, j) of distinct classes."""
        return ((i, j) for i in range(self.classes) for j in range(self.classes) if i != j)

    @cached_property
    def _device(self) -> Device:
        """Where its arrays lie."""
        return device(self.distances)

    # -- fields (names as in ``theory.quantities``) --------------------------------------
    @cached_property
    def means(self) -> Annotated[Array, "classes dimension"]:
        """(classes, dimension), relative to a common reference point."""
        return self.source.means()

    @cached_property
    def variances(self) -> Annotated[Array, "classes"]:
        """(classes,): v_c = tr S_c."""
        return self.source.variances()

    @cached_property
    def squared_distances(self) -> Annotated[Array, "classes classes"]:
        """(classes, classes): |mu_j - mu_i|^2; a de-biased estimate may be negative."""
        return self.source.squared_distances()

    @cached_property
    def resolved(self) -> Annotated[Array, "classes classes"]:
        """(classes, classes), bool: pairs whose squared distance is positive; True on the diagonal."""
        return self.off_diagonal(self.squared_distances, 1.0) > 0

    @cached_property
    def distances(self) -> Annotated[Array, "classes classes"]:
        """(classes, classes): distances of the means, 0 where the pair is not resolved."""
        xp, squares = self.xp, self.squared_distances
        return xp.sqrt(xp.where(squares > 0, squares, xp.zeros_like(squares)))

    @cached_property
    def separations(self) -> Annotated[Array, "classes classes"]:
        """(classes, classes): ``distances``, with 1 on the diagonal, which statements divide by."""
        return self.off_diagonal(self.distances, 1.0)

    @cached_property
    def unresolved_pairs(self) -> tuple[tuple[str, str], ...]:
        """Names of the unordered pairs with no positive squared distance."""
        resolved = self.resolved
        if bool(self.xp.all(resolved)):
            return ()
        return tuple(
            (self.names[i], self.names[j]) for i, j in self.pairs() if i < j and not bool(resolved[i, j])
        )

    @property
    def coincident_pair(self) -> tuple[str, str] | None:
        """One pair of classes whose means coincide by closed form; None if all are distinct.

        An estimated distance that is not positive is not a coincidence: see ``unresolved_pairs``.
        """
        if self.estimator == "debiased":
            pairs = self.unresolved_pairs
            total = self.classes * (self.classes - 1) // 2
            return pairs[0] if pairs and len(pairs) == total else None
        return self.unresolved_pairs[0] if self.unresolved_pairs else None

    @cached_property
    def smallest_distance(self) -> float:
        """Smallest positive distance of two means, in multiples of ``unit`` (infinite when there is none)."""
        xp, squares = self.xp, self.squared_distances
        positive = xp.where(squares > 0, squares, xp.full_like(squares, math.inf))
        return math.sqrt(float(xp.min(self.off_diagonal(positive, math.inf))))

    @cached_property
    def eigenvalues(self) -> Annotated[Array, "classes r"]:
        """(classes, r) in descending order, r <= dimension; the rest are 0."""
        return self.source.eigenvalues()

    @cached_property
    def largest_eigenvalues(self) -> Annotated[Array, "classes"]:
        """(classes,): lam_c, never above v_c. Of features, de-biased: what cross-fitting leaves of it."""
        return self.xp.minimum(self._top_sums(1), self.variances)

    def top_eigenvalue_sums(self, count: int) -> Annotated[Array, "classes"]:
        """(classes,): sum of the ``count`` largest eigenvalues of S_c (v_c when count >= dimension)."""
        if count >= self.dimension:
            return self.variances
        return self._top_sums(count)

    def _top_sums(self, count: int) -> Array:
        if self._sample_spectra:
            own: Array = self.source.sample_eigenvalue_sums(count)  # type: ignore[attr-defined]  # samples alone have them
            return own
        known = getattr(self.source, "top_eigenvalue_sums", None)
        if known is not None:
            sums: Array = known(count)
            return sums
        return self.xp.sum(self.eigenvalues[:, :count], axis=1)

    def with_sample_spectra(self) -> ClassGeometry:
        """The same geometry with the eigenvalues of the sample covariances where de-biased features have
        cross-fitted ones: the two lie on either side of the law's, on average. ``self`` where there is no
        difference."""
        if not hasattr(self.source, "sample_eigenvalue_sums"):
            return self
        other = copy.copy(self)
        other._sample_spectra = True
        for name in ("largest_eigenvalues",):
            other.__dict__.pop(name, None)
        return other

    @cached_property
    def squared_traces(self) -> Annotated[Array, "classes"]:
        """(classes,): tr S_c^2."""
        return self.source.squared_traces()

    @cached_property
    def trace_products(self) -> Annotated[Array, "classes classes"]:
        """(classes, classes): tr(S_i S_j)."""
        return self.source.trace_products()

    @cached_property
    def directional_variances(self) -> Annotated[Array, "classes classes"]:
        """(classes, classes): [i, j] = u'S_i u along the line of the means of i and j; 0 on the diagonal."""
        return self.source.directional_variances()

    @cached_property
    def third_moments_along(self) -> Annotated[Array, "classes classes"] | None:
        """(classes, classes): [i, j] = (mu_j - mu_i).t_j with t_j = E|z-mu_j|^2 (z-mu_j)."""
        return self.source.third_moments_along()

    @cached_property
    def fourth_moments(self) -> Annotated[Array, "classes"] | None:
        """(classes,): E|z - mu_c|^4."""
        return self.source.fourth_moments()

    @cached_property
    def directional_fourth_moments(self) -> Annotated[Array, "classes"] | None:
        """(classes,): an upper bound on sup over unit h of E(h.(z - mu_c))^4."""
        return self.source.directional_fourth_moments()

    def cross_variances(self, rows: slice) -> Annotated[Array, "rows classes classes"]:
        """(rows, classes, classes): [i, j, l] = D_j'S_i D_l with D_j = mu_j - mu_i."""
        return self.source.cross_variances(rows)

    def cross_sums(
        self, rows: slice, left: Annotated[Array, "rows classes"], right: Annotated[Array, "rows classes"]
    ) -> Annotated[Array, "rows"]:
        """(rows,): sum over j and l, distinct, of left[i, j] D_j'S_i D_l right[i, l]; ``left`` and ``right``
        (rows, classes). No array over triples of classes is made where the source knows a shorter way."""
        shorter = getattr(self.source, "cross_sums", None)
        if shorter is not None:
            known: Array = shorter(rows, left, right)
            return known
        xp, sums = self.xp, []
        for row, i in enumerate(range(rows.start, rows.stop)):
            form = self.cross_variances(slice(i, i + 1))[0, :, :]
            both = left[row, :] * right[row, :]
            diagonal = xp.linalg.diagonal(form)
            sums.append(left[row, :] @ (form @ right[row, :]) - both @ diagonal)
        return xp.stack(sums)

    def differences(self, rows: slice) -> Annotated[Array, "rows classes dimension"]:
        """(rows, classes, dimension): [i, j] = mu_j - mu_i."""
        return self.source.differences(rows)

    def margin_moments(self, shots: float, order: int) -> Annotated[Array, "order+1 classes classes"] | None:
        """(order + 1, classes, classes) of the margin M_ij = |z - m_j|^2 - |z - m_i|^2, z of class i: 1, its
        mean, and its central moments of order 2, 3, ... None where they are infinite or not known."""
        moments = self._margins.get(shots)
        if moments is None or int(moments.shape[0]) <= order:
            computed = self.source.margin_moments(shots, max(order, 1))
            if computed is None:
                return None
            moments = self._margins[shots] = self.array(computed)
        return moments[: order + 1, ...]

    def why_no_margins(self, shots: float) -> str:
        """Why ``margin_moments`` answers None, where the source knows; else an empty string."""
        reason = getattr(self.source, "why_no_margins", None)
        return "" if reason is None else f": {reason(shots)}"

    def nearest_moments(
        self, shots: float, ways: int, order: int
    ) -> Annotated[Array, "order+1 classes classes"] | None:
        """(order + 1, classes, classes) of the margin M_ij where class j is the nearest of the other classes:
        the probability of that, the mean of M_ij given it, and its central moments of order 2, 3, ...

        With ways < classes over the subsets of that size that hold i and j. Of two ways the one other class
        is the nearest. None where the moments are infinite or not known.
        """
        if ways == 2:
            return self.margin_moments(shots, order)
        moments = self._nearest.get((shots, ways))
        if moments is None or int(moments.shape[0]) <= order:
            # A statement may read the probability alone.
            computed = self.source.nearest_moments(shots, max(order, 1), ways)
            if computed is None:
                return None
            moments = self._nearest[shots, ways] = self.array(computed)
        return moments[: order + 1, ...]

    def why_no_nearest(self, shots: float, ways: int) -> str:
        """Why ``nearest_moments`` answers None, where the source knows; else an empty string."""
        if ways == 2:
            return self.why_no_margins(shots)
        reason = getattr(self.source, "why_no_nearest", None)
        return "" if reason is None else f": {reason(shots)}"

    def left_out(self, shots: float) -> list[ClassGeometry]:
        """This geometry with the margin moments at ``shots`` of all samples but one group of them, for each
        group; empty for exact moments, and where samples are too few."""
        return [self._with({shots: one}, {}) for one in _slices(self.source.left_out_margins(shots))]

    def left_out_nearest(self, shots: float, ways: int) -> list[ClassGeometry]:
        """The same with the moments of the margins against the nearest of the other classes."""
        if ways == 2:
            return self.left_out(shots)
        left_out = self.source.left_out_nearest(shots, ways)
        return [self._with({}, {(shots, ways): one}) for one in _slices(left_out)]

    def _with(self, margins: dict[float, Array], nearest: dict[tuple[float, int], Array]) -> ClassGeometry:
        """This geometry with these moments of margins in place of its own."""
        view = copy.copy(self)
        view._margins, view._nearest = margins, nearest
        return view

    def within_along(self, axes: Annotated[Array, "axes p"]) -> Annotated[Array, "axes"]:
        """(axes,): h'S_W h for each row h of ``axes``, S_W the mean of the class covariances."""
        return self.source.within_along(axes)

    def within_along_means(self, weights: Annotated[Array, "axes classes"]) -> Annotated[Array, "axes"]:
        """(axes,): h'S_W h for h = sum_j weights[a, j] mu_j, rows of ``weights`` (axes, classes) of sum 0."""
        shorter = getattr(self.source, "within_along_means", None)
        if shorter is not None:
            known: Array = shorter(weights)
            return known
        means = self.means
        return self.source.within_along(weights @ (means - self.xp.mean(means, axis=0)[None, :]))

    def _repr_html_(self) -> str:
        return rendered("html", self)


def _slices(values: Array | None) -> list[Array]:
    return [] if values is None else [values[place, ...] for place in range(int(values.shape[0]))]
