"""Few-shot error on new classes from samples of source classes alone.

Assumes     l source classes drawn independently with m independent samples each, features of norm <= R; the
            map fixed before the classes were drawn, or one of |F| such maps
Claims      `pair_bound_new_classes` with every v_c and lam_c at its upper confidence limit and every d at
            its lower one (radii of `cdnv_new_samples_bernstein`): the pair bound increases in v, lam and 1/d;
            with probability >= 1 - (delta_s + delta_c)
Kind        high_probability; the failure probabilities of samples and classes add up
Source      derived here; proof in proofs/transfer/transfer_end_to_end.py
"""

import sympy as sp

from theory.bound import derived
from theory.bound.confidence import TransferConfidence
from theory.evidence import SourceSamples
from theory.expressions import Avg
from theory.few_shot.cdnv_optimal import cdnv_optimal
from theory.new_classes.u_statistic import independent, kl_limit, pairs
from theory.new_samples.cdnv_new_samples_bernstein import cdnv_new_samples_bernstein, v_up_i, v_up_j
from theory.quantities import (
    F,
    Mark,
    d,
    d_hat,
    eps_i,
    eps_j,
    failure,
    failure_c,
    failure_s,
    k,
    lam_i,
    local,
    v_i,
    v_j,
)

d_low = local("d_low", "lower confidence limit of the distance of the means", Mark("d̲"))
B_up = local("B_up", "the pair bound at the limits of its quantities", Mark("B̄"), nonnegative=True)

worst_pair = cdnv_optimal.closed_form.subs(
    {lam_i: v_up_i, v_i: v_up_i, v_j: v_up_j, d: d_low}, simultaneous=True
)
sample_radii = tuple(
    (symbol, meaning.subs(failure, failure_s)) for symbol, meaning in cdnv_new_samples_bernstein.where
)

transfer_end_to_end = TransferConfidence(
    name="transfer_end_to_end",
    title="Transfer error from source samples alone",
    statement=(k - 1)
    * kl_limit(
        Avg(sp.Piecewise((sp.Min(1, B_up), d_low > 0), (sp.S.One, True))),
        sp.S.One,
        pairs,
        sp.log(F / failure_c),
    ),
    where=(*sample_radii, (d_low, d_hat - eps_i - eps_j), (B_up, worst_pair)),
    failures=(failure_s, failure_c),
    assumptions=(*cdnv_new_samples_bernstein.assumptions, *independent),
    reads=SourceSamples,
    provenance=derived("monotonicity of the pair bound; union of the failures over samples and classes"),
)
