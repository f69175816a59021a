"""u_1.z less its mean given the first label still has the second labeling's means; Cauchy-Schwarz against
the contrast of two of its classes. The same with the labelings exchanged; no mean exceeds the worst class.
"""

import sympy as sp

from proofs import lemmas
from proofs.argument import Argument, Proof
from proofs.kernel.terms import contrast_1, contrast_2, given_1, given_2, mean, reading_1, reading_2
from theory.bound import Bound
from theory.expressions import axes_cosine
from theory.quantities import K1, K2, W1, W2, d1, d2

PROVES = ("axes_orthogonality", "axes_orthogonality_2026")


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    one_way(p, 1, (reading_1, given_1, contrast_2), d1 / d2 * sp.sqrt(2 * K2 * W1), (d1, W1, d2, K2))
    one_way(p, 2, (reading_2, given_2, contrast_1), d2 / d1 * sp.sqrt(2 * K1 * W2), (d2, W2, d1, K1))
    uses = ["way 1", "way 2"]
    if bound.name == "axes_orthogonality_2026":
        for labeling in (1, 2):
            uses.append(f"worst {labeling}")
            p.cite(uses[-1], "No mean exceeds the largest.", lemmas.mean_at_most_worst(labeling))
    p.inequality("bound", "The smaller of the two.", p.goal, *uses)
    return p.finish()


def one_way(
    p: Argument,
    labeling: int,
    random: tuple[sp.Symbol, sp.Symbol, sp.Symbol],
    value: sp.Expr,
    sizes: tuple[sp.Symbol, sp.Symbol, sp.Symbol, sp.Symbol],
) -> None:
    """|u_1.u_2| <= ``value``, by the axis of ``labeling`` against the contrast of the other."""
    reading, given, contrast = random
    d, W, d_other, K_other = sizes
    left = reading - given
    name = f" {labeling}"
    p.cite("contrast" + name, "The other label.", lemmas.balanced_contrast(3 - labeling))
    p.cite("means" + name, "Class means of the other labeling.", lemmas.difference_of_means(labeling))
    p.cite("along" + name, "Meaning of W.", lemmas.variance_along_axis(labeling))
    p.expectation(
        "independent" + name,
        "The two labels are independent.",
        sp.Eq(mean(left * contrast), mean(reading * contrast) - mean(given) * mean(contrast), evaluate=False),
    )
    p.cite("schwarz" + name, "The Cauchy-Schwarz inequality.", lemmas.mean_of_product(left, contrast))
    p.inequality(
        "product" + name,
        "Put in what the three expectations are.",
        (d_other * axes_cosine / K_other) ** 2 <= d**2 * W * 2 / K_other,
        *(each + name for each in ("contrast", "means", "along", "independent", "schwarz")),
    )
    p.inequality(
        "square" + name,
        "Multiply by (K_other / d_other)^2.",
        axes_cosine**2 <= (d / d_other) ** 2 * (2 * K_other * W),
        "product" + name,
    )
    p.inequality(
        "way" + name, "Take square roots of both sides.", sp.Abs(axes_cosine) <= value, "square" + name
    )
