"""Not proved here: an inequality up to unnamed constants makes no claim that a proof could check."""

WHY_CITED = (
    "the whole statement is taken from arXiv 2212.12532, as published: its constants and logarithms are not "
    "named, so only its slopes in m and l can be checked, by simulation"
)
