"""A user's own bound, assumption, population or engine: loading, checking and reporting it."""
