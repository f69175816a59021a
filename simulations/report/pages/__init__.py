"""Pages of their own: a measurement, a checked file, a bench."""
