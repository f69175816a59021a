"""Nothing of it is proved here: an inequality up to unnamed constants says nothing that could be."""

TAKEN = (
    "the whole statement is taken from arXiv 2212.12532, as published: its constants and logarithms are not "
    "named, so only its slopes in m and l can be checked, by simulation"
)
