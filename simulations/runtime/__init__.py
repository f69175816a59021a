"""What everything stands on: arrays, randomness, devices, workers, files, errors."""
