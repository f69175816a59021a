"""Few-shot error on new classes under a linear map learned from the source classes themselves.

Assumes     features W x with |x| <= R_x and |W|_F <= Lambda, W learned in any way; l independent classes;
            a floor Delta on distances fixed in advance (V is invariant under W -> cW, so one is needed)
Claims      with N = (2 + 1/n)(v_i + v_j), D = d^2, phi = min(1, 1 - (D - N)/max(D, Delta^2)) and
            K = floor(l/2), uniformly in W with probability >= 1 - delta:
            E err <= (k-1)[Avg phi + (4 Lambda^2 R_x^2/Delta^2) sqrt(((4 + 2/n)^2 + 16)/K)
                           + sqrt(log(1/delta)/(2K))]
Kind        high_probability
Source      derived here (Jensen over blocks, McDiarmid, symmetrization, vector contraction of Maurer 2016,
            sup over W'W of norm Lambda^2); proof in proofs/new_classes/linear_maps.py
"""

import sympy as sp

from theory.assumptions.sampling import BoundedLinearMaps, IndependentClasses, MinimumClasses
from theory.bound import derived
from theory.bound.confidence import TransferConfidence
from theory.evidence import SourceClasses
from theory.expressions import Avg
from theory.new_classes.u_statistic import blocks, pairs
from theory.quantities import Lam, Mark, R_x, d, failure, floor_d, k, local, n, v_i, v_j

N = local("N_v", "what the variances of two classes amount to at n shots", Mark("N"), nonnegative=True)
phi = local("phi", "Lipschitz majorant of min(1, N/d^2)", Mark("φ"), nonnegative=True)

majorant = sp.Min(1, 1 - (d**2 - N) / sp.Max(d**2, floor_d**2))

linear_maps = TransferConfidence(
    name="linear_maps",
    section="new_classes",
    title="Few-shot error on new classes, learned linear map",
    statement=(k - 1)
    * (
        Avg(phi)
        + 4 * Lam**2 * R_x**2 / floor_d**2 * sp.sqrt(((4 + 2 / n) ** 2 + 16) / blocks)
        + sp.sqrt(sp.log(1 / failure) / (2 * blocks))
    ),
    where=((blocks, pairs), (N, (2 + 1 / n) * (v_i + v_j)), (phi, majorant)),
    assumptions=(IndependentClasses(), BoundedLinearMaps(), MinimumClasses(2)),
    reads=SourceClasses,
    provenance=derived("Rademacher complexity of positive semidefinite forms of bounded norm"),
)
