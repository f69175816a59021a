"""Not proved here: an inequality up to constants without a name has nothing that a proof could show."""

WHY_CITED = (
    "the whole statement is taken from arXiv 2212.12532, as published: its constants and logarithms are not "
    "named, so only its slopes in m and l can be checked, by simulation"
)
