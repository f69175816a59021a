"""End to end: bounds on the error on new classes from source data alone."""
