"""What a ``ClassGeometry`` asks of whatever its moments come from."""

from __future__ import annotations

from typing import Annotated, Protocol

from theory.array import Array, Namespace


class MomentSource(Protocol):
    """Where the moments come from: closed form, or samples. All in multiples of ``unit``."""

    xp: Namespace
    unit: float
    classes: int
    dimension: int
    estimator: str

    def means(self) -> Annotated[Array, "classes p"]:
        """(classes, p): class means."""

    def differences(self, rows: slice) -> Annotated[Array, "rows classes p"]:
        """(rows, classes, p): mu_j - mu_i for the classes i of ``rows``."""
        means = self.means()
        return means[None, :, :] - means[rows, None, :]

    def variances(self) -> Annotated[Array, "classes"]:
        """(classes,): traces of the covariances."""

    def squared_distances(self) -> Annotated[Array, "classes classes"]:
        """(classes, classes): of the means."""

    def eigenvalues(self) -> Annotated[Array, "classes values"]:
        """(classes, values): of the covariances, the largest first."""

    def squared_traces(self) -> Annotated[Array, "classes"]:
        """(classes,): tr S_i^2."""

    def trace_products(self) -> Annotated[Array, "classes classes"]:
        """(classes, classes): tr S_i S_j."""

    def directional_variances(self) -> Annotated[Array, "classes classes"]:
        """(classes, classes): D'S_i D / |D|^2 with D = mu_j - mu_i; 0 where D is."""

    def third_moments_along(self) -> Annotated[Array, "classes classes"] | None:
        """(classes, classes): E |x|^2 x.(mu_i - mu_j), x of class i about its mean; None where not known."""

    def fourth_moments(self) -> Annotated[Array, "classes"] | None:
        """(classes,): E |x|^4 about the mean; None where it is not known."""

    def directional_fourth_moments(self) -> Annotated[Array, "classes"] | None:
        """(classes,): the largest fourth moment along a direction; None where it is not known."""

    def cross_variances(self, rows: slice) -> Annotated[Array, "rows classes classes"]:
        """(rows, classes, classes): D_j'S_i D_l with D_j = mu_j - mu_i."""

    def within_along(self, axes: Annotated[Array, "axes p"]) -> Annotated[Array, "axes"]:
        """(axes,): h'S_W h for each row h of ``axes``, S_W the mean of the covariances."""

    def margin_moments(self, shots: float, order: int) -> Annotated[Array, "orders classes classes"] | None:
        """(orders, classes, classes), order + 1 of them or more: moments of M_ij for supports of ``shots``
        samples; None where they are not known."""

    def left_out_margins(self, shots: float) -> Annotated[Array, "groups orders classes classes"] | None:
        """(groups, orders, classes, classes): the same without each group of samples; None without
        samples."""

    def nearest_moments(
        self, shots: float, order: int, ways: int
    ) -> Annotated[Array, "orders classes classes"] | None:
        """(orders, classes, classes), order + 1 of them or more: of M_ij where class j is the nearest of
        ways - 1 other classes, see ``ClassGeometry.nearest_moments``; None where they are not known."""

    def left_out_nearest(
        self, shots: float, ways: int
    ) -> Annotated[Array, "groups orders classes classes"] | None:
        """(groups, orders, classes, classes): the same without each group of samples; None without
        samples."""
