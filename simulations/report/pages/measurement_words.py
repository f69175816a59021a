"""The names of a measurement's numbers on its page, with a line on each."""

from __future__ import annotations

from simulations.report.page import MEANINGS

NC_NAMES = {
    "nc1_traces": "NC1, by traces",
    "nc2_norms": "NC2, norms",
    "nc2_angles": "NC2, angles",
    "nc4_held_out": "NC4, held out",
    "gnc2_riesz": "GNC2, Riesz",
    "gnc2_cv": "GNC2, variation",
}
NC_WORDS = {
    "nc1": "tr(S_W pinv(S_B)) / classes: spread within classes over that of their means",
    "nc1_traces": "tr S_W / tr S_B",
    "nc2_norms": "relative deviation of the lengths of the centred means, alike in a regular simplex",
    "nc2_angles": "mean of |cos + 1/(classes - 1)| over the angles of the centred means",
    "nc3": "squared distance of the classifier's weights from the centred means, both scaled to norm 1",
    "nc4": "share of samples on which the classifier and the nearest class mean disagree",
    "nc4_held_out": "the same, each sample left out of its own class's mean; intervals of both are for fresh "
    "files of as many samples, which give means of their own",
    "gnc2": "generalised NC2, directions of the means that spread evenly: their logarithmic energy above "
    "that of a regular simplex, which is the least",
    "gnc2_riesz": "the same with Riesz's energy, the mean inverse distance, relative to the simplex's",
    "gnc2_cv": "coefficient of variation of the logarithmic kernel over pairs",
    "unc3": "coefficient of variation of the cosine of a class's weights and its centred mean",
    "nc5": "mean |cos| of a class mean and the mean of samples from outside the classes, about the origin",
}
"""All are 0 at collapse."""
SPREAD_WORDS = {
    "half": "mean variance of the two classes over the squared distance of their means",
    "one_sided": "variance of the first class over the squared distance of the means",
    "sum": "sum of the two variances over the squared distance of the means: twice the half",
    "directional": "variance of the first class along the line of the means over their squared distance",
}
"""By normalization; the variance of a class is that of all coordinates together."""
GLOSSARY = {
    "CDNV": "class-distance-normalized variance of a pair of classes: how widely they spread for how far "
    "apart their means are",
    "shots, ways": "samples of each class that its mean is taken from, and classes to tell apart",
    "episode": "one draw of classes, of their shots and of a query, a further sample to be classified",
    "predicted": "the error if margins had about a Gaussian's shape: an estimate without a guarantee",
    "NC1 to NC4": "the four properties of neural collapse, each with what it measures in its table",
    "bound": "a statement proved for the true moments of the classes, here computed from estimated ones",
    "holds": MEANINGS["holds"],
    "undecided": f"{MEANINGS['undecided']}; its proof stands, so it may be the tightest bound all the same",
    "violated": MEANINGS["violated"],
    "vacuous": MEANINGS["vacuous"],
    "above chance": "the bound is larger than the error of guessing, and so of no use",
    "scored": MEANINGS["scored"],
    "fresh samples": "samples of these classes that were not stored",
    "new classes": "classes that were not stored, if those stored are a random sample of all there are",
}
