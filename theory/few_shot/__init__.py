"""Few-shot error from class geometry (claim 3 of the paper): one result per file."""
