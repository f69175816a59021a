"""What the recorded runs say: slopes, claims, pictures."""
