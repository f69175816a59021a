"""The builder of the packaged data set, run by hand; and what it built (see DATA.md)."""
