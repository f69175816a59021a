"""The long jobs: verify, sweep, check and bench. They compute and return plain data."""
