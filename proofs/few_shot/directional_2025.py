"""The 2025 bound, in both normalizations, for every a > 0 with a positive bracket beta.

If the margin is not positive, either 2 xi.D >= 2 beta d^2, or what the centres' noise adds, -2 D.b + |a|^2 + 2 xi.e with
e = b - a, is at least (1 - 2 beta) d^2 >= (4/a) d^2. Chebyshev for the first, Markov on positive parts for the second:
a centred variable's positive part has half the mean of its size, which is what the declared normalization needs.
"""

import sympy as sp

from proofs.few_shot.model import MARGIN, D, a, b, xi
from proofs.kernel import Argument, Proof
from proofs.terms import Dot
from theory.bound import Bound
from theory.few_shot import directional_2025 as stated
from theory.quantities import d

beta = sp.Symbol("beta", real=True)
ahead, aside = Dot(D, b), Dot(xi, b - a)
noise = (sp.Abs(ahead) - ahead + Dot(a, a) + sp.Abs(aside) + aside) / d**2
free = stated.a


def proof(bound: Bound) -> Proof:
    p = Argument.about(bound)
    p.define("beta", beta, stated.bracket, "the published bracket")
    p.assume("margin", "definition of the margin", MARGIN)
    return p.finish()
