"""Collapse generalizes to new samples: statements about the true CDNV from samples."""
