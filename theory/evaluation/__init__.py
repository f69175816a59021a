"""From a SymPy statement to a number."""
